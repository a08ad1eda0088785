"""The command: bench/run [--only PART …] [--rounds N] [--requests N] [--peers] [--smoke]."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable, Iterator, Sequence

from bench import (
    bytecodes,
    console,
    fixtures,
    handle,
    hanging,
    held,
    hunts,
    imports,
    inferred,
    log,
    machine,
    memory,
    peers,
    scale,
    search,
    start,
    steps,
    throughput,
    traffic,
    worlds,
)
from bench.effort import SMOKE, Effort
from bench.figures import Figure, Missing, head, row
from bench.servers import Failed, Unavailable

PARTS: dict[str, Callable[[Effort], Iterable[Figure | Missing]]] = {
    "throughput": throughput.measure,
    "handle": handle.measure,
    "bytecodes": bytecodes.measure,
    "held": held.measure,
    "log": log.measure,
    "console": console.measure,
    "start": start.measure,
    "memory": memory.measure,
    "search": search.measure,
    "fixtures": fixtures.measure,
    "worlds": worlds.measure,
    "hunts": hunts.measure,
    "hanging": hanging.measure,
    "traffic": traffic.measure,
    "inferred": inferred.measure,
    "imports": imports.measure,
    "peers": peers.measure,
    "steps": steps.measure,
    "scale": scale.measure,
}
ASKED_FOR = ("peers", "steps", "scale")  # only where they are named: they install something, or are another table


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, and print the table in Markdown."""
    options = _parser().parse_args(arguments)
    effort = SMOKE if options.smoke else Effort(rounds=options.rounds, seconds=options.seconds, requests=options.requests)
    print(f"{machine.told(effort)}\n\n{head()}", flush=True)
    wanted = options.only or [name for name in PARTS if name not in ASKED_FOR or (options.smoke and name != "peers")]
    for name in [*wanted, *["peers"] * options.peers]:
        for figure in _figures(name, effort):
            print(row(figure.cells()), flush=True)


def _figures(part: str, effort: Effort) -> Iterator[Figure | Missing]:
    try:
        yield from PARTS[part](effort)
    except Unavailable as why:
        yield Missing(part, str(why))
    except Failed as why:
        raise SystemExit(f"bench: {part}: {why}") from None


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="bench/run", description="Measure the simulator, as ratios within one run.")
    default = Effort()
    parser.add_argument("--only", action="extend", nargs="+", choices=PARTS, metavar="PART", help=f"parts: {', '.join(PARTS)}")
    parser.add_argument("--rounds", type=int, default=default.rounds, help="how often everything is measured (%(default)s)")
    parser.add_argument("--seconds", type=int, default=default.seconds, help="that each load lasts (%(default)s)")
    parser.add_argument("--requests", type=int, default=default.requests, help="whose growth is measured (%(default)s)")
    parser.add_argument("--peers", action="store_true", help="measure other mock servers too; installs them under bench/.peers")
    parser.add_argument("--smoke", action="store_true", help="only see that everything runs: the figures mean nothing")
    return parser


if __name__ == "__main__":
    main()
