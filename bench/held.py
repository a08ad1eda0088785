"""What many numbers cost: those who hold them wait no longer, and each takes little memory."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from bench import calls
from bench.calls import LIST, PURCHASE
from bench.effort import Effort
from bench.figures import Figure, Samples, at_most
from bench.load import load
from bench.servers import Server, ask, bare, memory, running, simulator

PAGE = 20  # numbers on a page that does not ask for more
FEW = PAGE + 1  # so that there is a page after it, as with many
CONNECTIONS = 32


def measure(effort: Effort) -> Iterator[Figure]:
    """Three servers anew in each round: an almost empty world, one that holds many numbers, and the bare route."""
    found = Samples()
    for _ in effort.turns("many numbers held"):
        with contextlib.ExitStack() as ending:
            few, many = (ending.enter_context(running(simulator, PURCHASE)) for _ in range(2))
            theirs = ending.enter_context(running(bare, PURCHASE))
            _round(found, effort, few, many, theirs)
    yield from _figures(found, f"{effort.held:,}")


def _round(found: Samples, effort: Effort, few: Server, many: Server, theirs: Server) -> None:
    before = memory(many.pid)
    ask(many.port, calls.world("held", calls.holding(effort.held)))
    found.note("many", "bytes", (memory(many.pid) - before) / effort.held)
    ask(few.port, calls.world("held", calls.holding(FEW)))
    purchase, page = PURCHASE.in_world("held"), LIST.in_world("held")
    buying = {"few": (few, purchase), "many": (many, purchase), "bare": (theirs, PURCHASE)}
    for server, call in buying.values():
        load(server, call, CONNECTIONS, effort.warm)
    ask(few.port, calls.reset("held"))
    for name, (server, call) in buying.items():
        got = load(server, call, CONNECTIONS, effort.seconds)
        found.note(name, "purchase", 1e6 / got.per_second)
        found.note(name, "p99", got.p99_ms)
    ask(few.port, calls.reset("held"))
    for name, server in (("few", few), ("many", many)):
        found.note(name, "page", 1e6 / load(server, page, CONNECTIONS, effort.seconds).per_second)


def _figures(found: Samples, held: str) -> Iterator[Figure]:
    ours, theirs = found.of("many", "p99"), found.of("bare", "p99")
    yield Figure(f"p99 ms, 32 connections, {held} numbers held", ours, theirs, "bare route", at_most(0.8))
    for what, name in (("purchase", "a purchase"), ("page", f"a list page of {PAGE}")):
        ours, theirs = found.of("many", what), found.of("few", what)
        yield Figure(f"µs {name}, {held} numbers held", ours, theirs, f"{FEW} held", at_most(1.2))
    yield Figure("bytes of memory a stored number", found.of("many", "bytes"), goal=at_most(450))
