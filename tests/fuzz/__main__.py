"""Fuzz the specs and try the properties for some minutes, and tell what came of it; or repeat what led to a failure."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.fuzz.properties import NAME as PROPERTIES
from tests.fuzz.properties import hold, once
from tests.fuzz.run import PEERS, SPECS, Report, fuzz, replay

USAGE = f"""usage: scripts/fuzz [MINUTES] [RUN…]     for 5 minutes and everything, unless told otherwise
       scripts/fuzz replay RUN/FAILURE    as a summary names it
runs: {", ".join(SPECS)}, {PROPERTIES}"""
FOLDER = Path(".fuzz")
BRIEF = ("--max-examples", "30")  # for the runs between peers, of which a check needs no more


def main(arguments: Sequence[str]) -> int:
    """Do what the command line says."""
    if arguments[:1] == ["replay"] and len(arguments) == 2:
        name, _, failure = arguments[1].partition("/")
        again = once(failure) if name == PROPERTIES else replay(name, FOLDER / name, failure)
        print(again.stdout)
        return again.returncode
    minutes, *wanted = arguments or ["5"]
    if not minutes.isdecimal() or not int(minutes) or not set(wanted) <= {*SPECS, PROPERTIES}:
        print(USAGE, file=sys.stderr)
        return 2
    reports = _fuzz(60 * int(minutes), wanted or [*SPECS, PROPERTIES])
    print("\n".join(_summary(reports)))
    return 0 if all(report.passed for report in reports) else 1


def _fuzz(seconds: int, wanted: Sequence[str]) -> list[Report]:
    """Share the time among what is wanted, of which as much is done at once as there are cores."""
    at_once = min(os.cpu_count() or 1, len(wanted))
    share = max(1, seconds * at_once // len(wanted))
    specs = [each for each in wanted if each in SPECS]
    peers = [f"{spec}-peers" for spec in specs if f"{spec}-peers" in PEERS]
    with ThreadPoolExecutor(at_once) as pool:
        runs = [pool.submit(hold, FOLDER / PROPERTIES, share)] if PROPERTIES in wanted else []
        runs += [pool.submit(fuzz, name, FOLDER / name, *BRIEF) for name in peers]
        runs += [pool.submit(fuzz, spec, FOLDER / spec, "--max-time", str(share), thorough=True) for spec in specs]
        return [run.result() for run in runs]


def _summary(reports: Sequence[Report]) -> list[str]:
    """A table, and for each failure the command that replays it."""
    lines = [f"{'run':<16}{'cases':>10}{'operations':>12}{'phases':>8}{'failures':>10}{'seconds':>9}"]
    for each in reports:
        where = "" if each.passed else f"   see {FOLDER / each.name / 'output.txt'}"
        counted = f"{each.cases:>10}{each.operations:>12}{each.phases:>8}{len(each.failures):>10}{each.seconds:>9.0f}"
        lines.append(f"{each.name:<16}{counted}{where}")
    cases, operations = sum(each.cases for each in reports), sum(each.operations for each in reports if each.name in SPECS)
    lines.append(f"{'all':<16}{cases:>10}{operations:>12}{'':>8}{sum(len(each.failures) for each in reports):>10}")
    lines += (
        [f"({PROPERTIES}: how many there are, and in how many rounds they were tried)"] if PROPERTIES in _names(reports) else []
    )
    return lines + [f"scripts/fuzz replay {each.name}/{failure}" for each in reports for failure in each.failures]


def _names(reports: Sequence[Report]) -> list[str]:
    return [each.name for each in reports]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
