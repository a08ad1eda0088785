"""Which numbers exist here: only those that regulators keep out of service, so that no client can ever ring a person.

The plan is one long row of blocks, sorted by country, kind, region, city and area code. Whatever a search asks for is
therefore one stretch of the row, and neither searching nor paging ever walks or stores the numbers themselves.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import groupby

import msgspec

from simulator.numbering.blocks import Block, every_block

_DIGITS = re.compile("[0-9]+")  # str.isdigit knows digits of other scripts too


class Span(msgspec.Struct, frozen=True, gc=False):
    """The positions from `start` up to, not including, `stop`."""

    start: int
    stop: int


class Plan:
    """A row of blocks in which every number has a position; immutable, shared by all worlds with the same inventory."""

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
        counted = Counter(len(block.prefix) for block in self.blocks)
        self._widths = [width for width, _ in counted.most_common()]  # the commonest first, as it is tried first
        self._whole = {kind: _merged(map(self._bounds, indices)) for kind, indices in self._by_kind.items()}

    def spans(self, country: str, kind: str, *, area_code: str = "", region: str = "", locality: str = "") -> tuple[Span, ...]:
        """Return where the numbers of a country and kind stand, narrowed to an area code, region or city; mostly one span."""
        if not (area_code or region or locality):
            return self._whole.get((country, kind), ())
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
        """Return where a block starts and stops."""
        start = self._starts[index]
        return start, start + self.blocks[index].size

    def block_at(self, position: int) -> tuple[Block, int]:
        """The block at a position, and the offset in it."""
        index = bisect_right(self._starts, position) - 1
        return self.blocks[index], position - self._starts[index]

    def number(self, position: int) -> str:
        """The number at a position."""
        block, offset = self.block_at(position)
        return block.number(offset)

    def numbers(self, start: int, count: int) -> Iterator[str]:
        """`count` consecutive numbers from a position on."""
        while count > 0:
            block, offset = self.block_at(start)
            taken = min(count, block.size - offset)
            for step in range(offset, offset + taken):
                yield block.number(step)
            start += taken
            count -= taken

    def position(self, number: str) -> int | None:
        """Where a number stands in the row; None when it is not in the plan."""
        for width in self._widths:
            for index in self._by_prefix.get(number[:width], ()):
                block, suffix = self.blocks[index], number[width:]
                if len(suffix) != block.width or (suffix and not _DIGITS.fullmatch(suffix)):
                    continue
                offset = int(suffix or 0) - block.start
                if 0 <= offset < block.size:
                    return self._starts[index] + offset
        return None

    def without(self, patterns: Iterable[str]) -> Plan:
        """The plan less all numbers that match one of the patterns."""
        removed = sorted((span for pattern in patterns for span in self.matching(pattern)), key=lambda each: each.start)
        return Plan(
            part for index, block in enumerate(self.blocks) for part in self._uncut(block, self._starts[index], removed)
        )

    @staticmethod
    def _uncut(block: Block, first: int, removed: list[Span]) -> Iterator[Block]:
        """What is left of a block at position `first` when the spans of `removed` are taken out."""
        at, end = first, first + block.size
        nearest = bisect_right(removed, first, key=lambda span: span.stop)
        for span in removed[nearest:]:
            if span.start >= end:
                break
            if at < span.start:
                yield msgspec.structs.replace(block, start=block.start + at - first, size=span.start - at)
            at = max(at, span.stop)
        if at < end:
            yield msgspec.structs.replace(block, start=block.start + at - first, size=end - at)

    def matching(self, pattern: str, country: str = "", kind: str = "") -> Iterator[Span]:
        """Yield the spans, in order, whose numbers match `pattern`, in which `*` stands for any one digit."""
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
        """The parts of one block whose suffix matches: one for each way to fill the `*` before the last fixed digit."""
        tail = len(pattern) - len(pattern.rstrip("*"))
        head, span = pattern[: len(pattern) - tail], 10**tail
        for fill in range(10 ** head.count("*")):
            digits = iter(f"{fill:0{head.count('*')}d}")
            low = int("".join(next(digits) if sign == "*" else sign for sign in head) or 0) * span
            start, stop = max(low, block.start), min(low + span, block.start + block.size)
            if start < stop:
                yield Span(first + start - block.start, first + stop - block.start)


def _merged(parts: Iterable[tuple[int, int]]) -> tuple[Span, ...]:
    """Parts of the row in order, those that touch made one."""
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
    """Every number that the simulator can ever hand out."""
    return Plan(every_block())


def plan_of(numbers: Iterable[str]) -> Plan:
    """A plan of nothing but `numbers`, each of which must be in the whole plan.

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
    found = map(whole.block_at, sorted(positions))
    return Plan(msgspec.structs.replace(block, start=block.start + offset, size=1) for block, offset in found)


@cache
def countries() -> tuple[str, ...]:
    """The countries, as ISO 3166-1 alpha-2 codes, that have numbers here."""
    return tuple(country for country, _ in groupby(whole_plan().blocks, key=lambda block: block.country))
