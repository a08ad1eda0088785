"""Fuzz the specs for some minutes, and tell what came of it; or send again what led to a failure."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.fuzz.run import PEERS, SPECS, Report, fuzz, replay

USAGE = f"""usage: scripts/fuzz [MINUTES] [SPEC…]     for 5 minutes over all specs, unless told otherwise
       scripts/fuzz replay RUN/FAILURE    as a summary names it
specs: {", ".join(SPECS)}"""
FOLDER = Path(".fuzz")
BRIEF = ("--max-examples", "30")  # for the runs between peers, of which a check needs no more


def main(arguments: Sequence[str]) -> int:
    """Do what the command line says."""
    if arguments[:1] == ["replay"] and len(arguments) == 2:
        name, _, failure = arguments[1].partition("/")
        print(replay(name, FOLDER / name, failure))
        return 0
    minutes, *specs = arguments or ["5"]
    if not minutes.isdecimal() or not set(specs) <= set(SPECS):
        print(USAGE, file=sys.stderr)
        return 2
    reports = _fuzz(60 * int(minutes), specs or SPECS)
    print("\n".join(_summary(reports)))
    return 0 if all(report.passed for report in reports) else 1


def _fuzz(seconds: int, specs: Sequence[str]) -> list[Report]:
    """Share the time among the specs, of which as many are fuzzed at once as there are cores."""
    at_once = min(os.cpu_count() or 1, len(specs))
    share = ("--max-time", str(max(1, seconds * at_once // len(specs))))
    peers = [f"{spec}-peers" for spec in specs if f"{spec}-peers" in PEERS]
    with ThreadPoolExecutor(at_once) as pool:
        runs = [pool.submit(fuzz, name, FOLDER / name, *BRIEF) for name in peers]
        runs += [pool.submit(fuzz, spec, FOLDER / spec, *share, thorough=True) for spec in specs]
        return [run.result() for run in runs]


def _summary(reports: Sequence[Report]) -> list[str]:
    """A table, and for each failure the command that replays it."""
    lines = [f"{'run':<16}{'cases':>10}{'operations':>12}{'failures':>10}{'seconds':>9}"]
    for each in reports:
        where = "" if each.passed else f"   see {FOLDER / each.name / 'output.txt'}"
        counted = f"{each.cases:>10}{each.operations:>12}{len(each.failures):>10}{each.seconds:>9.0f}"
        lines.append(f"{each.name:<16}{counted}{where}")
    cases, operations = sum(each.cases for each in reports), sum(each.operations for each in reports if each.name in SPECS)
    lines.append(f"{'all':<16}{cases:>10}{operations:>12}{sum(len(each.failures) for each in reports):>10}")
    return lines + [f"scripts/fuzz replay {each.name}/{failure}" for each in reports for failure in each.failures]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
