"""Which numbers exist here: only those that regulators keep out of service, so that no client can ever ring a person.

The plan is one long row of blocks, sorted by country, kind, region, city and area code. Whatever a search asks for is
therefore one stretch of the row, and neither searching nor paging ever walks or stores the numbers themselves.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import groupby

import msgspec

from simulator.blocks import Block, every_block

KNOWN_PATTERNS, KNOWN_SEARCHES = 256, 4096  # how many searches are remembered
_DIGITS = re.compile("[0-9]+")  # str.isdigit knows digits of other scripts too


class Stretch(msgspec.Struct, frozen=True, gc=False):
    """The positions from `start` up to, not including, `stop`."""

    start: int
    stop: int


class Plan:
    """A row of blocks in which every number has a position; immutable, shared by all worlds with the same inventory."""

    def __init__(self, blocks: Iterable[Block]) -> None:
        self.blocks = tuple(blocks)
        self._starts: list[int] = []
        self._by_prefix: dict[str, list[int]] = {}
        self._known: dict[tuple[str, str, str], tuple[Stretch, ...]] = {}
        self._searched: dict[tuple[str, ...], tuple[Stretch, ...]] = {}
        position = 0
        for index, block in enumerate(self.blocks):
            self._starts.append(position)
            self._by_prefix.setdefault(block.prefix, []).append(index)
            position += block.size
        self.size = position
        counted = Counter(len(block.prefix) for block in self.blocks)
        self._widths = [width for width, _ in counted.most_common()]  # the commonest first, as it is tried first

    def stretches(
        self, country: str, kind: str, *, area_code: str = "", region: str = "", locality: str = ""
    ) -> tuple[Stretch, ...]:
        """Where the numbers of a country and kind stand, narrowed to an area code, a region, a city; mostly one stretch."""
        wanted = (country, kind, area_code, region.casefold(), locality.casefold())
        known = self._searched.get(wanted)
        if known is None:
            if len(self._searched) >= KNOWN_SEARCHES:
                self._searched.clear()
            known = self._searched[wanted] = _merged(self._where(*wanted))
        return known

    def _where(self, country: str, kind: str, area_code: str, region: str, locality: str) -> Iterator[tuple[int, int]]:
        """From where to where each block stands that is wanted; an empty text wants any."""
        for block, start in zip(self.blocks, self._starts, strict=True):
            if block.country != country or block.kind != kind or area_code not in ("", block.area_code):
                continue
            if region in ("", block.region.casefold()) and locality in ("", block.locality.casefold()):
                yield start, start + block.size

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
        cut = sorted((stretch for pattern in patterns for stretch in self.matching(pattern)), key=lambda each: each.start)
        return Plan(part for index, block in enumerate(self.blocks) for part in self._uncut(block, self._starts[index], cut))

    @staticmethod
    def _uncut(block: Block, first: int, cut: list[Stretch]) -> Iterator[Block]:
        """What is left of a block at position `first` when the stretches of `cut` are taken out."""
        at, end = first, first + block.size
        nearest = bisect_right(cut, first, key=lambda stretch: stretch.stop)
        for stretch in cut[nearest:]:
            if stretch.start >= end:
                break
            if at < stretch.start:
                yield msgspec.structs.replace(block, start=block.start + at - first, size=stretch.start - at)
            at = max(at, stretch.stop)
        if at < end:
            yield msgspec.structs.replace(block, start=block.start + at - first, size=end - at)

    def matching(self, pattern: str, country: str = "", kind: str = "") -> Iterable[Stretch]:
        """The stretches, in order, whose numbers match `pattern`, in which `*` stands for any one digit.

        Where only the last digits are left open these are few, and are remembered.
        """
        known = self._known.get((pattern, country, kind))
        if known is None:
            if "*" in pattern.rstrip("*"):
                return (Stretch(start, stop) for start, stop in self._find(pattern, country, kind))
            if len(self._known) >= KNOWN_PATTERNS:
                self._known.clear()
            known = self._known[pattern, country, kind] = _merged(self._find(pattern, country, kind))
        return known

    def _find(self, pattern: str, country: str, kind: str) -> Iterator[tuple[int, int]]:
        length, fixed = len(pattern), pattern.rstrip("*")
        prefixes: dict[int, re.Pattern[str]] = {}
        for block, start in zip(self.blocks, self._starts, strict=True):
            prefix = block.prefix
            width = len(prefix)
            if width + block.width != length or country not in ("", block.country) or kind not in ("", block.kind):
                continue
            if prefix.startswith(fixed):  # which ends within the prefix, so that the block matches whole
                yield start, start + block.size
                continue
            if width not in prefixes:
                prefixes[width] = re.compile(re.escape(pattern[:width]).replace(r"\*", "[0-9]"))
            if prefixes[width].fullmatch(prefix):
                yield from self._suffixes(block, start, pattern[width:])

    @staticmethod
    def _suffixes(block: Block, first: int, pattern: str) -> Iterator[tuple[int, int]]:
        """The parts of one block whose suffix matches: one for each way to fill the `*` before the last fixed digit."""
        tail = len(pattern) - len(pattern.rstrip("*"))
        head, span = pattern[: len(pattern) - tail], 10**tail
        for fill in range(10 ** head.count("*")):
            digits = iter(f"{fill:0{head.count('*')}d}")
            low = int("".join(next(digits) if sign == "*" else sign for sign in head) or 0) * span
            start, stop = max(low, block.start), min(low + span, block.start + block.size)
            if start < stop:
                yield first + start - block.start, first + stop - block.start


def _merged(parts: Iterable[tuple[int, int]]) -> tuple[Stretch, ...]:
    """Parts of the row in order, those that touch made one."""
    found: list[Stretch] = []
    start = stop = 0
    for begin, end in parts:
        if begin != stop:
            if start < stop:
                found.append(Stretch(start, stop))
            start = begin
        stop = end
    if start < stop:
        found.append(Stretch(start, stop))
    return tuple(found)


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
