"""From the start of the process to the first answer, and the memory that it then has."""

from __future__ import annotations

from collections.abc import Iterator

from bench.calls import PURCHASE
from bench.effort import Effort
from bench.figures import Figure, Samples, at_most
from bench.servers import bare, memory, running, simulator

MIB = 1024 * 1024


def measure(effort: Effort) -> Iterator[Figure]:
    """Started in turn."""
    found = Samples()
    for turn in effort.short_turns("start"):
        for name, command in (("ours", simulator), ("bare", bare)):
            with running(command, PURCHASE) as server:
                if turn:
                    found.note(name, "start", server.started * 1000)
                    found.note(name, "memory", memory(server.pid) / MIB)
    ours, theirs = found.of("ours", "start"), found.of("bare", "start")
    yield Figure("ms from the start of the process to its first answer", ours, theirs, "bare route", at_most(1.4))
    ours, theirs = found.of("ours", "memory"), found.of("bare", "memory")
    yield Figure("MiB of memory then (PSS)", ours, theirs, "bare route", at_most(1.3))
