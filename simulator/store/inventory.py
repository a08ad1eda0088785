"""The numbers for sale in one world: which are taken, what a search finds, how a number is bought and given back."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator

from simulator.numbering import Plan, Span, whole_plan
from simulator.store.tables import Change


class SearchResult:
    """What a search found: a count, and windows into it, at the same cost wherever the window lies."""

    def __init__(self, inventory: Inventory, spans: Iterable[Span]) -> None:
        self._inventory = inventory
        self._spans = spans

    def __len__(self) -> int:
        return sum(self._inventory.free(span) for span in self._spans)

    def window(self, start: int, count: int) -> list[str]:
        """At most `count` numbers from place `start` on, in the order of the plan."""
        numbers: list[str] = []
        for span in self._spans:
            free = self._inventory.free(span)
            if start < free and count > 0:
                taken = min(count, free - start)
                numbers.extend(self._inventory.window(span, start, taken))
                count -= taken
            start = max(0, start - free)
        return numbers

    def first(self) -> str | None:
        """The first number, or None when all are taken; looks no further than it must."""
        numbers = (self._inventory.first(span) for span in self._spans)
        return next((number for number in numbers if number is not None), None)

    def buy(self) -> str | None:
        """Take the first number off the market; None when all are taken."""
        for span in self._spans:
            number = self._inventory.buy(span)
            if number is not None:
                return number
        return None


class Inventory:
    """What can be bought in a world, whichever provider sells it; a number has one owner at most.

    Numbers outside the plan (imported ones) can be owned too: they are never for sale, but no two accounts hold one.
    """

    name = "inventory"
    visible = True

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

    def search(
        self, country: str, kind: str = "local", *, area_code: str = "", region: str = "", locality: str = ""
    ) -> SearchResult:
        """The free numbers of a country (ISO 3166-1 alpha-2) and kind, narrowed to an area code, region or city."""
        spans = self._plan.spans(country, kind, area_code=area_code, region=region, locality=locality)
        return SearchResult(self, spans)

    def matching(self, pattern: str, country: str = "", kind: str = "") -> SearchResult:
        """The free numbers in E.164 that match a pattern, in which `*` stands for one digit; to be read once, with `first`."""
        return SearchResult(self, self._plan.matching(pattern, country, kind))

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

    def free(self, span: Span) -> int:
        """How many numbers of a stretch are for sale."""
        taken = bisect_left(self._taken, span.stop) - bisect_left(self._taken, span.start)
        return span.stop - span.start - taken

    def first(self, span: Span) -> str | None:
        """The first free number of a stretch, or None."""
        position = self._nth_free(span, 0)[0]
        return self._plan.number(position) if position < span.stop else None

    def buy(self, span: Span) -> str | None:
        """Take the first free number of a stretch off the market, or None."""
        position = self._nth_free(span, 0)[0]
        if position >= span.stop:
            return None
        number = self._plan.number(position)
        if number not in self._always:
            self._changes.append(Change(self, number, False, True))
            insort(self._taken, position)
        return number

    def window(self, span: Span, start: int, count: int) -> Iterator[str]:
        """`count` free numbers of a stretch from the `start`-th on, reading only those and jumping over what is taken."""
        while count > 0:
            position, index = self._nth_free(span, start)
            wall = self._taken[index] if index < len(self._taken) else self._plan.size
            run = min(count, wall - position)
            yield from self._plan.numbers(position, run)
            start += run
            count -= run

    def _nth_free(self, span: Span, nth: int) -> tuple[int, int]:
        """The position of the nth free number, and the index of the first taken position after it.

        The i-th taken position of the stretch has `position - i` free numbers before it, which never falls as i grows:
        so how many of them come before the nth free number is found by bisection.
        """
        taken, start = self._taken, span.start
        first = bisect_left(taken, start)
        low, high = first, bisect_left(taken, span.stop)
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
