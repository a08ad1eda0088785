"""Searching what is for sale, by the functions of the inventory itself, in a world that has sold many numbers."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from bench.clock import timed
from bench.effort import Effort
from bench.figures import Figure, at_most
from simulator.store.inventory import Inventory

PAGE = 50


def measure(effort: Effort) -> Iterator[Figure]:
    """Pages of the whole country and of one area code, and patterns that nobody has searched for before."""
    inventory = Inventory([])
    for number in inventory.search("US").window(0, effort.held):
        inventory.reserve(number)
    digits = itertools.cycle(range(10_000))
    functions = {
        "page 1": lambda: inventory.search("US").window(0, PAGE),
        "page 1,000": lambda: inventory.search("US").window(999 * PAGE, PAGE),
        "area code": lambda: inventory.search("US", area_code="415").window(0, PAGE),
        "known": lambda: inventory.match("+1**********", "US").first(),
        "new": lambda: inventory.match(f"+1******{next(digits):04}", "US").first(),
    }
    found = timed(effort, "search", functions)
    took = {name: [value * 1e6 for value in found.of(name, "seconds")] for name in functions}
    yield Figure(f"µs a search: page 1,000, of {PAGE} US numbers", took["page 1,000"], took["page 1"], "page 1", at_most(1.1))
    yield Figure(f"µs a search: a page of {PAGE} in one area code", took["area code"], goal=at_most(50))
    yield Figure("µs a search: the wildcard that any US number fits", took["known"], goal=at_most(400))
    yield Figure("µs a search: a wildcard over the whole country, new each time", took["new"], goal=at_most(400))
