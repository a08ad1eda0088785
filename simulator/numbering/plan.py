"""The numbers of the simulator: only those that regulators keep out of service, so that no client can call a real person.

The plan is one sequence of blocks, sorted by country, kind, region, city and area code. The numbers that match a search are
therefore mostly one span of positions; searching and paging neither iterate over the numbers nor store them.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from functools import cache, cached_property, lru_cache
from itertools import groupby

import msgspec

from simulator.numbering.blocks import Block, all_blocks
from simulator.numbering.magic import MAGIC_NUMBERS

MAX_LENGTH = 16  # characters of a number in E.164
MAX_PATTERNS = 256  # whose spans are remembered: the same few are searched again and again

_DIGITS = re.compile(rf"\+[1-9][0-9]{{0,{MAX_LENGTH - 2}}}")  # of a number


class Span(msgspec.Struct, frozen=True, gc=False):
    """The positions from `start` up to, not including, `stop`."""

    start: int
    stop: int


class Plan:
    """A sequence of blocks in which every number has a position; immutable, and shared by worlds with the same inventory."""

    def __init__(self, blocks: Iterable[Block]) -> None:
        self.blocks = tuple(blocks)
        self._starts: list[int] = []
        self._by_prefix: dict[str, list[int]] = {}
        self._by_kind: dict[tuple[str, str], list[int]] = {}
        self._by_area_code: dict[tuple[str, str, str], list[int]] = {}
        position = 0
        for index, block in enumerate(self.blocks):
            self._starts.append(position)
            self._by_prefix.setdefault(block.prefix, []).append(index)
            self._by_kind.setdefault((block.country, block.kind), []).append(index)
            self._by_area_code.setdefault((block.country, block.kind, block.area_code), []).append(index)
            position += block.size
        self.size = position
        self._prefixes = sorted(self._by_prefix)
        # By their first numbers, read as integers: `position` finds the block of a number by bisection.
        firsts = [int(block.prefix) * 10**block.width + block.start for block in self.blocks]
        self._ascending = sorted(range(len(firsts)), key=firsts.__getitem__)  # the indices of the blocks
        self._firsts = [firsts[index] for index in self._ascending]
        self._known = lru_cache(MAX_PATTERNS)(self._spans_of)
        self._whole: dict[tuple[str, str], tuple[Span, ...]] = {}  # the spans of a country and kind, from their first use on

    def spans(self, country: str, kind: str, *, area_code: str = "", region: str = "", locality: str = "") -> tuple[Span, ...]:
        """Return the spans of a country and kind, narrowed to an area code, region or city; mostly there is one."""
        if not (area_code or region or locality):
            whole = self._whole.get((country, kind))
            if whole is None and (country, kind) in self._by_kind:
                whole = self._whole[country, kind] = _merged(map(self._bounds, self._by_kind[country, kind]))
            return whole or ()
        if area_code:
            indices = self._by_area_code.get((country, kind, area_code), [])
        else:
            indices = self._by_kind.get((country, kind), [])
        if region or locality:
            region, locality = region.casefold(), locality.casefold()
            indices = [index for index in indices if self._is_in(self.blocks[index], region, locality)]
        return _merged(map(self._bounds, indices))

    @staticmethod
    def _is_in(block: Block, region: str, locality: str) -> bool:
        """Return whether a block lies in a region and city, both case-folded; an empty text matches any."""
        return region in ("", block.region.casefold()) and locality in ("", block.locality.casefold())

    def _bounds(self, index: int) -> tuple[int, int]:
        start = self._starts[index]
        return start, start + self.blocks[index].size

    def block_at(self, position: int) -> tuple[Block, int]:
        """Return the block at a position, and the offset of the position in the block."""
        index = bisect_right(self._starts, position) - 1
        return self.blocks[index], position - self._starts[index]

    def number(self, position: int) -> str:
        """Return the number at a position."""
        block, offset = self.block_at(position)
        return block.number(offset)

    def numbers(self, start: int, count: int) -> Iterator[str]:
        """Yield `count` consecutive numbers from a position on."""
        while count > 0:
            block, offset = self.block_at(start)
            length = min(count, block.size - offset)
            for step in range(offset, offset + length):
                yield block.number(step)
            start += length
            count -= length

    def position(self, number: str) -> int | None:
        """Return the position of a number; None when it is not in the plan."""
        place = self._place(number)
        return None if place is None else self._starts[place[0]] + place[1]

    def block_of(self, number: str) -> Block | None:
        """Return the block of a number; None when it is not in the plan."""
        place = self._place(number)
        return None if place is None else self.blocks[place[0]]

    def _place(self, number: str) -> tuple[int, int] | None:
        """Return the index of the block of a number, and the offset of the number in the block."""
        if not _DIGITS.fullmatch(number):
            return None
        value = int(number)
        place = bisect_right(self._firsts, value)
        if place == 0:
            return None
        index, offset = self._ascending[place - 1], value - self._firsts[place - 1]
        return (index, offset) if offset < self.blocks[index].size else None

    @cached_property
    def magic(self) -> tuple[list[int], list[str]]:
        """The sorted positions of the magic destinations, and those that are not in the plan."""
        positions = {number: self.position(number) for number in MAGIC_NUMBERS}
        within = sorted(position for position in positions.values() if position is not None)
        return within, [number for number, position in positions.items() if position is None]

    def without(self, patterns: Iterable[str]) -> Plan:
        """Return a plan without the numbers that match any of the patterns."""
        removed = sorted((span for pattern in patterns for span in self.match(pattern)), key=lambda span: span.start)
        return Plan(
            part for index, block in enumerate(self.blocks) for part in self._remaining(block, self._starts[index], removed)
        )

    @staticmethod
    def _remaining(block: Block, first: int, removed: list[Span]) -> Iterator[Block]:
        """Yield the parts of a block at position `first` that are outside the spans of `removed`."""
        position, end = first, first + block.size
        nearest = bisect_right(removed, first, key=lambda span: span.stop)
        for span in removed[nearest:]:
            if span.start >= end:
                break
            if position < span.start:
                yield msgspec.structs.replace(block, start=block.start + position - first, size=span.start - position)
            position = max(position, span.stop)
        if position < end:
            yield msgspec.structs.replace(block, start=block.start + position - first, size=end - position)

    def match(self, pattern: str, country: str = "", kind: str = "") -> Iterable[Span]:
        """Return the spans, in order, whose numbers match `pattern`, in which `*` stands for any one digit.

        They are few where only the last digits are open, and are computed one by one as they are read where others are.
        """
        if len(pattern) > MAX_LENGTH:
            return ()
        if "*" in pattern.rstrip("*"):
            return self._find(pattern, country, kind)
        return self._known(pattern, country, kind)

    def _spans_of(self, pattern: str, country: str, kind: str) -> tuple[Span, ...]:
        return _merged((span.start, span.stop) for span in self._find(pattern, country, kind))

    def _find(self, pattern: str, country: str, kind: str) -> Iterator[Span]:
        length, fixed = len(pattern), pattern.rstrip("*")
        prefixes: dict[int, re.Pattern[str]] = {}
        for index in self._candidates(pattern.partition("*")[0]):
            block = self.blocks[index]
            prefix = block.prefix
            width = len(prefix)
            if width + block.width != length or country not in ("", block.country) or kind not in ("", block.kind):
                continue
            if prefix.startswith(fixed):  # the fixed digits end within the prefix, so the whole block matches
                yield Span(*self._bounds(index))
                continue
            if width not in prefixes:
                prefixes[width] = re.compile(re.escape(pattern[:width]).replace(r"\*", "[0-9]"))
            if prefixes[width].fullmatch(prefix):
                yield from self._suffixes(block, self._starts[index], pattern[width:])

    def _candidates(self, head: str) -> list[int]:
        """Return, in order, the blocks that can hold numbers beginning with `head`."""
        first, last = bisect_left(self._prefixes, head), bisect_right(self._prefixes, head + "~")
        prefixes = [*self._prefixes[first:last], *(head[:width] for width in range(1, len(head)))]
        return sorted(index for prefix in prefixes for index in self._by_prefix.get(prefix, ()))

    @staticmethod
    def _suffixes(block: Block, first: int, pattern: str) -> Iterator[Span]:
        """Yield the spans of one block whose suffix matches: one for each way to fill the `*` before the last fixed digit."""
        head = pattern.rstrip("*")
        size, wildcards = 10 ** (len(pattern) - len(head)), head.count("*")
        for value in range(10**wildcards):
            digits = iter(f"{value:0{wildcards}d}")
            low = int("".join(next(digits) if sign == "*" else sign for sign in head) or 0) * size
            start, stop = max(low, block.start), min(low + size, block.start + block.size)
            if start < stop:
                yield Span(first + start - block.start, first + stop - block.start)


def _merged(parts: Iterable[tuple[int, int]]) -> tuple[Span, ...]:
    """Merge adjacent parts, which must be in order."""
    spans: list[Span] = []
    start = stop = 0
    for begin, end in parts:
        if begin != stop:
            if start < stop:
                spans.append(Span(start, stop))
            start = begin
        stop = end
    if start < stop:
        spans.append(Span(start, stop))
    return tuple(spans)


@cache
def whole_plan() -> Plan:
    """Return the plan of every number that the simulator can assign."""
    return Plan(all_blocks())


def plan_of(numbers: Iterable[str]) -> Plan:
    """Return a plan of nothing but `numbers`, all of which must be in the whole plan.

    Raises:
        ValueError: a number is outside the blocks that are kept out of service.
    """
    whole = whole_plan()
    positions = set()
    for number in numbers:
        position = whole.position(number)
        if position is None:
            raise ValueError(number)
        positions.add(position)
    places = map(whole.block_at, sorted(positions))
    return Plan(msgspec.structs.replace(block, start=block.start + offset, size=1) for block, offset in places)


@cache
def countries() -> tuple[str, ...]:
    """Return the countries that have numbers in the plan, as ISO 3166-1 alpha-2 codes."""
    return tuple(country for country, _ in groupby(whole_plan().blocks, key=lambda block: block.country))
