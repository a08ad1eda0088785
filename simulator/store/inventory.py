"""The numbers of one world: search for free ones, reserve them, release them."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import chain

from simulator.numbering import MAGIC_NUMBERS, Plan, Span, whole_plan
from simulator.store.changes import Change, Log

Use = bool | None  # of a number
TAKEN, FRESH, RELEASED = True, False, None
Positions = array  # of numbers in the plan, sorted: four bytes each, for a plan of some millions of numbers
POSITION = "I"
SavedInventory = tuple["Positions[int]", "Positions[int]", set[str]]
LONGEST_SHORT_CODE = 6  # digits; short codes are in no plan, and cannot be called


class SearchResult:
    """The free numbers of some spans: a count, and windows into them, which cost the same wherever they start.

    Numbers that nobody has had come first, in the order of the plan, and released ones last.
    """

    def __init__(self, inventory: Inventory, spans: Iterable[Span]) -> None:
        self._inventory = inventory
        self._spans = spans

    def __or__(self, other: SearchResult) -> SearchResult:
        """Return the numbers of both."""
        return SearchResult(self._inventory, chain(self._spans, other._spans))

    def __len__(self) -> int:
        return sum(self._inventory.free(span) for span in self._spans)

    def window(self, start: int, count: int) -> list[str]:
        """Return at most `count` numbers from place `start` on."""
        numbers: list[str] = []
        for length, read in self._inventory.parts(self._spans):
            if start < length and count > 0:
                part = min(count, length - start)
                numbers.extend(read(start, part))
                count -= part
            start = max(0, start - length)
        return numbers

    def first(self) -> str | None:
        """Return the first number, or None when none is free."""
        return self._inventory.first(self._spans)

    def reserve_first(self) -> str | None:
        """Reserve the first number and return it; None when none is free."""
        return self._inventory.reserve_first(self._spans)


class Inventory:
    """The numbers of a world, shared by all its providers; a number has one owner at most.

    Numbers outside the plan (imported ones) can be reserved too: they are never for sale, but no two accounts own the same one.
    """

    name = "inventory"
    visible = True

    def __init__(
        self,
        changes: Log,
        plan: Plan | None = None,
        taken: Iterable[str] = (),
        always: Iterable[str] = (),
        *,
        sells_magic: bool = True,
    ) -> None:
        """Offer the numbers of a plan except `taken`, and except magic destinations unless it `sells_magic`.

        Those of `always` stay free however often they are reserved.
        """
        self._plan = plan or whole_plan()
        self._changes = changes
        magic, elsewhere = ([], ()) if sells_magic else self._plan.magic
        self._used = Positions(POSITION, magic)  # of numbers that somebody has, or had
        self._released = Positions(POSITION)  # of these, those that are free again
        self._guess = 0  # index behind the number that was reserved last, as mostly they are reserved in order
        self._always = frozenset(always)
        self._elsewhere: set[str] = {*elsewhere}
        for number in taken:
            self._set(number, self._plan.position(number), TAKEN)

    def log_in(self, changes: Log) -> None:
        """Log changes in another place from now on."""
        self._changes = changes

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
        return position is not None and self._use(number, position) is not TAKEN

    def reserve(self, number: str) -> bool:
        """Reserve a number; return False when it is reserved already."""
        if number in self._always:
            return True
        position = self._plan.position(number)
        use = self._use(number, position)
        if use is TAKEN:
            return False
        self._changes.append(Change(self, number, use, TAKEN))
        self._set(number, position, TAKEN)
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
        if number in MAGIC_NUMBERS:
            raise ValueError(
                f"{number} is a magic destination, which no account can have; expected another such as +14155550142"
            )
        if number is None:
            number = self.search("US").reserve_first()
            if number is None:
                raise ValueError("no free US number is left")
        elif not self.reserve(number):
            raise ValueError(f"number {number} is already reserved; use a free number")
        return number

    def release(self, number: str) -> None:
        """Make a number free again; it is the last to be handed out."""
        position = self._plan.position(number)
        if self._use(number, position) is TAKEN:
            self._changes.append(Change(self, number, TAKEN, RELEASED))
            self._set(number, position, RELEASED)

    def put_back(self, key: str, before: Use) -> None:
        """Undo one change."""
        position = self._plan.position(key)
        if self._use(key, position) is not before:  # else it was interrupted before it took effect
            self._set(key, position, before)

    def save(self) -> SavedInventory:
        """Return everything that changes, for a snapshot."""
        return self._used[:], self._released[:], set(self._elsewhere)

    def load(self, saved: SavedInventory) -> None:
        """Restore what `save` returned."""
        used, released, elsewhere = saved
        self._used, self._released, self._elsewhere = used[:], released[:], set(elsewhere)

    def numbers(self, saved: SavedInventory) -> tuple[list[str], list[str]]:
        """Return the numbers that are taken, and those that were released, of what `save` returned."""
        used, released, elsewhere = saved
        free = set(released)
        taken = [self._plan.number(position) for position in used if position not in free]
        return [*taken, *sorted(elsewhere)], [self._plan.number(position) for position in released]

    def load_numbers(self, taken: Iterable[str], released: Iterable[str]) -> None:
        """Restore what `numbers` returned; a released number that is not for sale any more is forgotten."""
        positions = {number: self._plan.position(number) for number in taken}
        again = {position for number in released if (position := self._plan.position(number)) is not None}
        again -= set(positions.values())
        self._used = Positions(POSITION, sorted({position for position in positions.values() if position is not None} | again))
        self._released = Positions(POSITION, sorted(again))
        self._elsewhere = {number for number, position in positions.items() if position is None}

    def free(self, span: Span) -> int:
        """Return how many numbers of a span are free."""
        return self._fresh(span) + len(self._released_in(span))

    def parts(self, spans: Iterable[Span]) -> Iterator[tuple[int, Callable[[int, int], Iterable[str]]]]:
        """Yield the free numbers of spans in order: how many in one go, and the function that reads some from a place on."""
        again = []
        for span in spans:
            yield self._fresh(span), partial(self._window, span)
            if self._released:
                again.append(span)
        for span in again:
            released = self._released_in(span)
            yield len(released), partial(self._numbers, released)

    def first(self, spans: Iterable[Span]) -> str | None:
        """Return the first free number of some spans, or None."""
        first = self._first(spans)
        return None if first is None else self._plan.number(first[0])

    def reserve_first(self, spans: Iterable[Span]) -> str | None:
        """Reserve the first free number of some spans and return it; None when none is free."""
        first = self._first(spans)
        if first is None:
            return None
        position, index = first
        number = self._plan.number(position)
        if number in self._always:
            return number
        if index is None:
            self._changes.append(Change(self, number, RELEASED, TAKEN))
            self._set(number, position, TAKEN)
        else:
            self._changes.append(Change(self, number, FRESH, TAKEN))
            self._used.insert(index, position)
            self._guess = index + 1
        return number

    def _first(self, spans: Iterable[Span]) -> tuple[int, int | None] | None:
        """Return the position of the first free number, and its place among the used ones; None for a released number."""
        again = []
        for span in spans:
            position, index = self._nth_fresh(span, 0)
            if position < span.stop:
                return position, index
            if self._released:
                again.append(span)
        return next(((released[0], None) for released in map(self._released_in, again) if released), None)

    def _fresh(self, span: Span) -> int:
        return span.stop - span.start - (bisect_left(self._used, span.stop) - bisect_left(self._used, span.start))

    def _released_in(self, span: Span) -> Positions[int]:
        return self._released[bisect_left(self._released, span.start) : bisect_left(self._released, span.stop)]

    def _numbers(self, positions: Positions[int], start: int, count: int) -> list[str]:
        return [self._plan.number(position) for position in positions[start : start + count]]

    def _window(self, span: Span, start: int, count: int) -> Iterator[str]:
        """Yield `count` fresh numbers of a span from the `start`-th on; the used ones between them are not read."""
        while count > 0:
            position, index = self._nth_fresh(span, start)
            next_used = self._used[index] if index < len(self._used) else self._plan.size
            run = min(count, next_used - position)
            yield from self._plan.numbers(position, run)
            start += run
            count -= run

    def _nth_fresh(self, span: Span, nth: int) -> tuple[int, int]:
        """Return the position of the nth fresh number, and the index of the first used position after it.

        The used position at index i has `used[i] - i` fresh positions before it, which never decreases as i grows, so bisection
        counts the used positions before the nth fresh number. A guess that is wrong costs nothing but time.
        """
        used, guess = self._used, self._guess
        low, high = bisect_left(used, span.start), bisect_left(used, span.stop)
        before = span.start + nth - low  # fresh positions before the nth of the span
        if low < guess <= high and used[guess - 1] - guess < before:
            low = guess
            if guess < high and used[guess] - guess > before:
                high = guess
        while low < high:
            middle = (low + high) // 2
            if used[middle] - middle <= before:
                low = middle + 1
            else:
                high = middle
        return before + low, low

    def _use(self, number: str, position: int | None) -> Use:
        if position is None:
            return TAKEN if number in self._elsewhere else FRESH
        if not _holds(self._used, position):
            return FRESH
        return RELEASED if _holds(self._released, position) else TAKEN

    def _set(self, number: str, position: int | None, use: Use) -> None:
        if position is None:
            (self._elsewhere.add if use is TAKEN else self._elsewhere.discard)(number)
        else:
            _put(self._released, position, there=use is RELEASED)
            _put(self._used, position, there=use is not FRESH)


def _holds(positions: Positions[int], position: int) -> bool:
    """Return whether sorted positions have one."""
    index = bisect_left(positions, position)
    return index < len(positions) and positions[index] == position


def _put(positions: Positions[int], position: int, *, there: bool) -> None:
    """Add a position to sorted ones, or remove it; nothing happens where that is so already."""
    index = bisect_left(positions, position)
    if (index < len(positions) and positions[index] == position) is there:
        return
    if there:
        positions.insert(index, position)
    else:
        del positions[index]
