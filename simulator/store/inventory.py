"""The numbers of one world: search for free ones, reserve them, release them."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator

from simulator.numbering import Plan, Span, whole_plan
from simulator.store.tables import Change

LONGEST_SHORT_CODE = 6  # digits; short codes are in no plan, and cannot be called


class SearchResult:
    """The result of a search: a count, and windows into it, which cost the same wherever they start."""

    def __init__(self, inventory: Inventory, spans: Iterable[Span]) -> None:
        self._inventory = inventory
        self._spans = spans

    def __len__(self) -> int:
        return sum(self._inventory.free(span) for span in self._spans)

    def window(self, start: int, count: int) -> list[str]:
        """Return at most `count` numbers from place `start` on, in the order of the plan."""
        numbers: list[str] = []
        for span in self._spans:
            free = self._inventory.free(span)
            if start < free and count > 0:
                length = min(count, free - start)
                numbers.extend(self._inventory.window(span, start, length))
                count -= length
            start = max(0, start - free)
        return numbers

    def first(self) -> str | None:
        """Return the first number, or None when none is free."""
        numbers = (self._inventory.first(span) for span in self._spans)
        return next((number for number in numbers if number is not None), None)

    def reserve_first(self) -> str | None:
        """Reserve the first number and return it; None when none is free."""
        for span in self._spans:
            number = self._inventory.reserve_first(span)
            if number is not None:
                return number
        return None


class Inventory:
    """The numbers of a world, shared by all its providers; a number has one owner at most.

    Numbers outside the plan (imported ones) can be reserved too: they are never for sale, but no two accounts own the same one.
    """

    name = "inventory"
    visible = True

    def __init__(
        self, changes: list[Change], plan: Plan | None = None, taken: Iterable[str] = (), always: Iterable[str] = ()
    ) -> None:
        """Offer the numbers of a plan except `taken`; those of `always` stay free however often they are reserved."""
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
        """Return the free numbers of a country (ISO 3166-1 alpha-2) and kind, narrowed to an area code, region or city."""
        spans = self._plan.spans(country, kind, area_code=area_code, region=region, locality=locality)
        return SearchResult(self, spans)

    def match(self, pattern: str, country: str = "", kind: str = "") -> SearchResult:
        """Return the free numbers in E.164 that match a pattern, in which `*` stands for one digit.

        The result can be read only once, as its spans are computed while they are read.
        """
        return SearchResult(self, self._plan.match(pattern, country, kind))

    def is_for_sale(self, number: str) -> bool:
        """Return whether a search could return this number now."""
        position = self._plan.position(number)
        return position is not None and not self._is_taken(position)

    def reserve(self, number: str) -> bool:
        """Reserve a number; return False when it is reserved already."""
        if number in self._always:
            return True
        position = self._plan.position(number)
        if self._owned(number, position):
            return False
        self._changes.append(Change(self, number, False, True))
        self._set(number, position, True)
        return True

    def reserve_seeded(self, number: str | None) -> str:
        """Reserve the number that a seed names, or the first free US number when it names none; return it.

        Imported numbers are held to the same rule: a client under test may dial whatever its account holds.

        Raises:
            ValueError: the number could ring, is reserved already, or none is free.
        """
        if number is not None and len(number) > LONGEST_SHORT_CODE and whole_plan().position(number) is None:
            raise ValueError(
                f"{number} could ring; expected a number kept out of service that can never ring, such as +14155550142"
            )
        chosen = number or self.search("US").first()
        if chosen is None:
            raise ValueError("no free US number is left")
        if not self.reserve(chosen):
            raise ValueError(f"number {chosen} is already reserved; use a free number")
        return chosen

    def release(self, number: str) -> None:
        """Make a number free again."""
        position = self._plan.position(number)
        if self._owned(number, position):
            self._changes.append(Change(self, number, True, False))
            self._set(number, position, False)

    def put_back(self, key: str, before: bool) -> None:
        """Undo one change."""
        position = self._plan.position(key)
        if self._owned(key, position) != before:  # else it was interrupted before it took effect
            self._set(key, position, before)

    def save(self) -> tuple[list[int], set[str]]:
        """Return everything that changes, for a snapshot."""
        return list(self._taken), set(self._elsewhere)

    def load(self, saved: tuple[list[int], set[str]]) -> None:
        """Restore what `save` returned."""
        self._taken, self._elsewhere = list(saved[0]), set(saved[1])

    def free(self, span: Span) -> int:
        """Return how many numbers of a span are free."""
        taken = bisect_left(self._taken, span.stop) - bisect_left(self._taken, span.start)
        return span.stop - span.start - taken

    def first(self, span: Span) -> str | None:
        """Return the first free number of a span, or None."""
        position = self._nth_free(span, 0)[0]
        return self._plan.number(position) if position < span.stop else None

    def reserve_first(self, span: Span) -> str | None:
        """Reserve the first free number of a span and return it; None when none is free."""
        position = self._nth_free(span, 0)[0]
        if position >= span.stop:
            return None
        number = self._plan.number(position)
        if number not in self._always:
            self._changes.append(Change(self, number, False, True))
            insort(self._taken, position)
        return number

    def window(self, span: Span, start: int, count: int) -> Iterator[str]:
        """Yield `count` free numbers of a span from the `start`-th on; the taken ones between them are not read."""
        while count > 0:
            position, index = self._nth_free(span, start)
            next_taken = self._taken[index] if index < len(self._taken) else self._plan.size
            run = min(count, next_taken - position)
            yield from self._plan.numbers(position, run)
            start += run
            count -= run

    def _nth_free(self, span: Span, nth: int) -> tuple[int, int]:
        """Return the position of the nth free number, and the index of the first taken position after it.

        The i-th taken position of the span has `position - i` free numbers before it, which never decreases as i grows,
        so bisection counts the taken positions before the nth free number.
        """
        taken, start = self._taken, span.start
        first = bisect_left(taken, start)
        low, high = first, bisect_left(taken, span.stop)
        if first < high and taken[high - 1] - start - (high - 1 - first) <= nth:
            low = high  # All taken numbers come before it, as when they were reserved in order.
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
