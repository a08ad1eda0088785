"""The numbers for sale in one world: which are taken, what a search finds, how a number is bought and given back."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator

from simulator.blocks import TOLL_FREE_CODES, Block
from simulator.numberplan import Plan, Stretch, countries, whole_plan
from simulator.tables import Change

__all__ = ["TOLL_FREE_CODES", "Block", "Found", "Inventory", "countries", "describe", "is_us_number"]


def describe(number: str) -> Block | None:
    """Country, kind, area code, region and city of a number of the plan; None for any other number."""
    plan = whole_plan()
    position = plan.position(number)
    return None if position is None else plan.block_at(position)[0]


_US_OFFSHORE = {"340", "670", "671", "684", "787", "939"}  # US territories with area codes of their own


def is_us_number(number: str) -> bool:
    """Whether a number in E.164 belongs to the United States: its area code, as `+1` is shared with twenty countries.

    Raises nothing; anything that is not `+1` and ten digits is no US number.
    """
    if len(number) != 12 or not number.startswith("+1") or not (number[1:].isascii() and number[1:].isdigit()):
        return False
    code = number[2:5]
    return code in TOLL_FREE_CODES or code in _US_OFFSHORE or is_us_area_code(code)


def is_us_area_code(code: str) -> bool:
    """Whether three digits are a geographic area code of the United States."""
    return bool(whole_plan().stretches("US", "local", area_code=code))


class Found:
    """What a search found: a count, and windows into it, at the same cost wherever the window lies."""

    def __init__(self, inventory: Inventory, stretches: Iterable[Stretch]) -> None:
        self._inventory = inventory
        self._stretches = stretches

    def __len__(self) -> int:
        return sum(self._inventory.free(stretch) for stretch in self._stretches)

    def window(self, start: int, count: int) -> list[str]:
        """At most `count` numbers from place `start` on, in the order of the plan."""
        numbers: list[str] = []
        for stretch in self._stretches:
            free = self._inventory.free(stretch)
            if start < free and count > 0:
                taken = min(count, free - start)
                numbers.extend(self._inventory.window(stretch, start, taken))
                count -= taken
            start = max(0, start - free)
        return numbers

    def first(self) -> str | None:
        """The first number, or None when all are taken; looks no further than it must."""
        numbers = (self._inventory.first(stretch) for stretch in self._stretches)
        return next((number for number in numbers if number is not None), None)

    def buy(self) -> str | None:
        """Take the first number off the market; None when all are taken."""
        for stretch in self._stretches:
            number = self._inventory.buy(stretch)
            if number is not None:
                return number
        return None


class Inventory:
    """What can be bought in a world, whichever provider sells it; a number has one owner at most.

    Numbers outside the plan (imported ones) can be owned too: they are never for sale, but no two accounts hold one.
    """

    name = "inventory"

    def __init__(
        self, changes: list[Change], plan: Plan | None = None, taken: Iterable[str] = (), always: Iterable[str] = ()
    ) -> None:
        """Sell the numbers of a plan, but for `taken` ones; those of `always` however often they are bought."""
        self._plan = plan or whole_plan()
        self._changes = changes
        self._taken: list[int] = []
        self._always = frozenset(always)
        self._elsewhere: set[str] = set()
        for number in taken:
            self._set(number, self._plan.position(number), True)

    def search(self, country: str, kind: str = "local", *, area_code: str = "", region: str = "", locality: str = "") -> Found:
        """The free numbers of a country (ISO 3166-1 alpha-2) and kind, narrowed to an area code, region or city."""
        stretches = self._plan.stretches(country, kind, area_code=area_code, region=region, locality=locality)
        return Found(self, stretches)

    def matching(self, pattern: str, country: str = "", kind: str = "") -> Found:
        """The free numbers in E.164 that match a pattern, in which `*` stands for one digit; to be read once, with `first`."""
        return Found(self, self._plan.matching(pattern, country, kind))

    def is_for_sale(self, number: str) -> bool:
        """Whether a search could return this number now."""
        position = self._plan.position(number)
        return position is not None and not self._is_taken(position)

    def claim(self, number: str) -> bool:
        """Take a number off the market; False when somebody has it already."""
        if number in self._always:
            return True
        position = self._plan.position(number)
        if self._owned(number, position):
            return False
        self._changes.append(Change(self, number, False, True))
        self._set(number, position, True)
        return True

    def take(self, number: str | None) -> str:
        """Claim the number that a seed names, or any number of the US when it names none.

        Raises:
            ValueError: somebody has it already, or none is left.
        """
        found = number or self.search("US").first()
        if found is None or not self.claim(found):
            raise ValueError(f"the number {number or 'of a seed'} is taken already, expected one that is free")
        return found

    def release(self, number: str) -> None:
        """Put a number back on the market."""
        position = self._plan.position(number)
        if self._owned(number, position):
            self._changes.append(Change(self, number, True, False))
            self._set(number, position, False)

    def put_back(self, key: str, before: bool) -> None:
        """Undo one change."""
        self._set(key, self._plan.position(key), before)

    def save(self) -> tuple[list[int], set[str]]:
        """Everything that changes, for a snapshot."""
        return list(self._taken), set(self._elsewhere)

    def load(self, saved: tuple[list[int], set[str]]) -> None:
        """Back to what was saved."""
        self._taken, self._elsewhere = list(saved[0]), set(saved[1])

    def free(self, stretch: Stretch) -> int:
        """How many numbers of a stretch are for sale."""
        taken = bisect_left(self._taken, stretch.stop) - bisect_left(self._taken, stretch.start)
        return stretch.stop - stretch.start - taken

    def first(self, stretch: Stretch) -> str | None:
        """The first free number of a stretch, or None."""
        position = self._nth_free(stretch, 0)[0]
        return self._plan.number(position) if position < stretch.stop else None

    def buy(self, stretch: Stretch) -> str | None:
        """Take the first free number of a stretch off the market, or None."""
        position = self._nth_free(stretch, 0)[0]
        if position >= stretch.stop:
            return None
        number = self._plan.number(position)
        if number not in self._always:
            self._changes.append(Change(self, number, False, True))
            insort(self._taken, position)
        return number

    def window(self, stretch: Stretch, start: int, count: int) -> Iterator[str]:
        """`count` free numbers of a stretch from the `start`-th on, reading only those and jumping over what is taken."""
        while count > 0:
            position, index = self._nth_free(stretch, start)
            wall = self._taken[index] if index < len(self._taken) else self._plan.size
            run = min(count, wall - position)
            yield from self._plan.numbers(position, run)
            start += run
            count -= run

    def _nth_free(self, stretch: Stretch, nth: int) -> tuple[int, int]:
        """The position of the nth free number, and the index of the first taken position after it.

        The i-th taken position of the stretch has `position - i` free numbers before it, which never falls as i grows:
        so how many of them come before the nth free number is found by bisection.
        """
        taken, start = self._taken, stretch.start
        first = bisect_left(taken, start)
        low, high = first, bisect_left(taken, stretch.stop)
        if first < high and taken[high - 1] - start - (high - 1 - first) <= nth:
            low = high  # as when all that is taken was bought in order
        while low < high:
            middle = (low + high) // 2
            if taken[middle] - start - (middle - first) <= nth:
                low = middle + 1
            else:
                high = middle
        return start + nth + (low - first), low

    def _is_taken(self, position: int) -> bool:
        index = bisect_left(self._taken, position)
        return index < len(self._taken) and self._taken[index] == position

    def _owned(self, number: str, position: int | None) -> bool:
        return number in self._elsewhere if position is None else self._is_taken(position)

    def _set(self, number: str, position: int | None, taken: bool) -> None:
        if position is None:
            (self._elsewhere.add if taken else self._elsewhere.discard)(number)
        elif taken:
            insort(self._taken, position)
        else:
            del self._taken[bisect_left(self._taken, position)]
