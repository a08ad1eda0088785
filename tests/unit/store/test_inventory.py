"""The inventory against one that looks at every number."""

from __future__ import annotations

import random

import pytest

from simulator.numbering.plan import plan_of, whole_plan
from simulator.store.changes import Change, undo
from simulator.store.inventory import Inventory

NUMBERS = [f"+1{area}5550{line}" for area in ("212", "415", "907") for line in range(100, 140)]
PATTERNS = ("+1**********", "+1212*******", "+1415*******", "+1907555012*", "+1***555013*")


class Plain:
    """Keeps the numbers in the order of the plan, and those that were released behind them."""

    def __init__(self) -> None:
        self.fresh = sorted(NUMBERS, key=whole_plan().position)  # type: ignore[arg-type]  # all of them are in the plan
        self.released: list[str] = []

    def first(self, pattern: str) -> str | None:
        """Return the first free number that matches a pattern."""
        order = [*self.fresh, *sorted(self.released, key=whole_plan().position)]  # type: ignore[arg-type]
        return next((number for number in order if _matches(pattern, number)), None)

    def take(self, number: str) -> None:
        """Reserve a number that is free."""
        (self.fresh if number in self.fresh else self.released).remove(number)


def _matches(pattern: str, number: str) -> bool:
    return all(sign in ("*", digit) for sign, digit in zip(pattern, number, strict=True))


@pytest.mark.parametrize("seed", range(20))
def test_reserves_the_first_free_number(seed: int) -> None:
    """In whatever order patterns alternate, numbers are reserved by name, released, and what was changed is undone."""
    chance = random.Random(seed)
    changes: list[Change] = []
    inventory, plain, taken = Inventory(changes, plan_of(NUMBERS)), Plain(), []
    for _ in range(150):
        pattern, act = chance.choice(PATTERNS), chance.random()
        changes.clear()
        expected = plain.first(pattern)
        assert inventory.match(pattern).first() == expected
        if act < 0.6:
            assert inventory.match(pattern).reserve_first() == expected
            if act < 0.1:
                undo(changes)
            elif expected is not None:
                plain.take(expected)
                taken.append(expected)
        elif act < 0.75 and plain.fresh:
            number = chance.choice(plain.fresh)
            assert inventory.reserve(number)
            plain.take(number)
            taken.append(number)
        elif taken:
            number = taken.pop(chance.randrange(len(taken)))
            inventory.release(number)
            plain.released.append(number)
    numbers = inventory.match(PATTERNS[0])
    assert numbers.window(0, 200) == [*plain.fresh, *sorted(plain.released, key=whole_plan().position)]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "number",
    [
        "",
        "+",
        "14155550142",
        "+014155550142",
        "+1415555014",
        "+141555501422",
        "+1 4155550142",
        "+1415555٠١٤٢",
        "+" + "1" * 5000,
    ],
)
def test_only_whole_numbers_have_a_place(number: str) -> None:
    """A text that is nearly a number of the plan, or far from it, is not for sale."""
    assert whole_plan().position(number) is None
    assert whole_plan().block_of("+14155550142") is not None
