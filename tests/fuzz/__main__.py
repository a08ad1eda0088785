"""Fuzz the specs for some minutes, and tell what came of it; or send again what led to a failure."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.fuzz.run import SPECS, Report, fuzz, replay

USAGE = """usage: scripts/fuzz [MINUTES] [SPEC…]      (5 minutes over all specs by default)
       scripts/fuzz replay SPEC/FAILURE    (as a summary names it)"""
FOLDER = Path(".fuzz")


def main(arguments: Sequence[str]) -> int:
    """Do what the command line says."""
    if arguments[:1] == ["replay"] and len(arguments) == 2:
        spec, _, failure = arguments[1].partition("/")
        print(replay(spec, FOLDER / spec, failure))
        return 0
    minutes, *specs = arguments or ["5"]
    if not minutes.isdecimal() or not set(specs) <= set(SPECS):
        print(f"{USAGE}\nspecs: {', '.join(SPECS)}", file=sys.stderr)
        return 2
    reports = _fuzz(60 * int(minutes), specs or SPECS)
    print("\n".join(_summary(reports)))
    return 0 if all(report.passed for report in reports) else 1


def _fuzz(seconds: int, specs: Sequence[str]) -> list[Report]:
    """Share the time among the specs, of which as many are fuzzed at once as there are cores."""
    at_once = min(os.cpu_count() or 1, len(specs))
    share = max(1, seconds * at_once // len(specs))
    with ThreadPoolExecutor(at_once) as pool:
        runs = [pool.submit(fuzz, spec, FOLDER / spec, "--max-time", str(share), thorough=True) for spec in specs]
        return [run.result() for run in runs]


def _summary(reports: Sequence[Report]) -> list[str]:
    """A table, and for each failure the command that replays it."""
    lines = [f"{'spec':<12}{'cases':>10}{'operations':>12}{'failures':>10}{'seconds':>9}"]
    for each in reports:
        counted = f"{each.cases:>10}{each.operations:>12}{len(each.failures):>10}{each.seconds:>9.0f}"
        lines.append(f"{each.spec:<12}{counted}{'' if each.passed else '   ' + str(FOLDER / each.spec / 'output.txt')}")
    cases, operations = sum(each.cases for each in reports), sum(each.operations for each in reports)
    lines.append(f"{'all':<12}{cases:>10}{operations:>12}{sum(len(each.failures) for each in reports):>10}")
    return lines + [f"scripts/fuzz replay {each.spec}/{failure}" for each in reports for failure in each.failures]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
