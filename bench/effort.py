"""How much is done to measure something."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import NamedTuple


class Effort(NamedTuple):
    """How often, how long, how many."""

    rounds: int = 5  # of everything; each has a value of the simulator and one of what it is compared with
    often: int = 4  # rounds of what is short, to one of a load
    seconds: float = 2  # that a load lasts
    warm: float = 1  # seconds of load before it
    requests: int = 1_000_000  # whose growth of memory is measured
    held: int = 100_000  # numbers that a world holds
    saved: int = 10_000  # numbers in a snapshot
    tests: int = 500  # in a run of pytest
    worlds: int = 100  # made in a row
    readers: int = 100  # of the events of a world
    sample: float = 0.02  # seconds of calls of one function, timed together

    def turns(self, what: str) -> Iterator[int]:
        """The rounds, told on the way."""
        return _told(what, range(1, self.rounds + 1))

    def short_turns(self, what: str) -> Iterator[int]:
        """More rounds, and before them round 0, which only warms."""
        return _told(what, range(self.rounds * self.often + 1))


def _told(what: str, rounds: range) -> Iterator[int]:
    for each in rounds:
        print(f"bench: {what}, round {each} of {rounds[-1]}", file=sys.stderr)
        yield each


SMOKE = Effort(
    rounds=1, often=1, seconds=0.1, warm=0.1, requests=2_000, held=200, saved=100, tests=20, worlds=5, readers=5, sample=0.001
)
