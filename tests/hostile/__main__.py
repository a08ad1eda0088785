"""Attack a server and print what was tried and what was lost: python -m tests.hostile [--short] [--markdown] [ATTACK]."""

from __future__ import annotations

import argparse
import sys
import textwrap

from tests.hostile.run import ATTACKS, Outcome, name, run
from tests.hostile.target import FULL, SHORT


def main(arguments: list[str]) -> int:
    """Run the attacks, all or those whose name contains a word; return 1 if one was lost, 2 if none has the word."""
    parser = argparse.ArgumentParser(prog="scripts/hostile", description="Attack a server, and print what was lost.")
    parser.add_argument("--short", action="store_true", help="a few of everything, in seconds")
    parser.add_argument("--markdown", action="store_true", help="print the table of docs/security.md at the end")
    parser.add_argument("attack", nargs="?", default="", help="a part of the names of attacks, such as costly (all)")
    options = parser.parse_args(arguments)
    if not any(options.attack in name(attack) for attack in ATTACKS):
        parser.error(f"no attack has {options.attack!r} in its name; expected part of one of {', '.join(map(name, ATTACKS))}")
    print(f"{'':<72} {'bystander':>17} {'memory in MiB':>17}")
    print(f"{'tried':<72} {'p99':>7} {'longest':>9} {'before peak after':>17}  answered, lost")
    outcomes = []
    for outcome in run(SHORT if options.short else FULL, options.attack):
        _print(outcome)
        outcomes.append(outcome)
    if options.markdown:
        print(markdown(outcomes))
    lost = [each.tried for each in outcomes if each.lost]
    print(f"{len(outcomes)} tried, {len(lost)} lost{': ' + '; '.join(lost) if lost else ''}")
    return 1 if lost else 0


def markdown(outcomes: list[Outcome]) -> str:
    """Return the table of docs/security.md: what was tried, how long others waited, and the memory."""
    rows: list[tuple[str, ...]] = [
        ("attack", "bystander, p99", "longest", "memory before, peak, after (MiB)"),
        ("---", "---:", "---:", "---:"),
    ]
    for one in outcomes:
        tried = one.tried.replace("|", "\\|")
        waited = [f"{1000 * seconds:.0f} ms" for seconds in (one.waited.p99, one.waited.longest)]
        memory = ", ".join(f"{mebibytes:.0f}" for mebibytes in one.memory)
        rows.append((f"{tried} **(lost)**" if one.lost else tried, *waited, memory))
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _print(outcome: Outcome) -> None:
    waited = f"{outcome.waited.p99 * 1000:>4.0f} ms {outcome.waited.longest * 1000:>6.0f} ms"
    memory = " ".join(f"{each:>5.0f}" for each in outcome.memory)
    told = f"LOST: {outcome.lost}" if outcome.lost else outcome.answered
    print(f"{textwrap.shorten(outcome.tried, 72):<72} {waited:>17} {memory:>17}  {told}", flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
