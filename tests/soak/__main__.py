"""Soak a server, print what was done and what does not agree: python -m tests.soak [SECONDS [PROCESSES [CONNECTIONS]]]."""

from __future__ import annotations

import sys

from tests.soak.run import soak


def main(arguments: list[str]) -> int:
    """Run, print the counts and the problems; 1 if there are any."""
    seconds, processes, connections = [*map(int, arguments), *(60, 4, 16)[len(arguments) :]]
    report = soak(seconds, processes, connections)
    counts = ", ".join(f"{times} {name}" for name, times in report.counts.items())
    print(f"{processes * connections} clients in {processes} processes, {seconds} s: {counts}")
    print(f"{report.numbers} numbers held in the end, {report.restored} snapshots restored meanwhile")
    for problem in report.problems:
        print(f"WRONG: {problem}")
    print(
        "tables, ledger, journal and the clients' ledgers agree" if not report.problems else f"{len(report.problems)} problems"
    )
    return 1 if report.problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
