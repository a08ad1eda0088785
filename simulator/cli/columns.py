"""Text in columns and paragraphs that stay within the width of a terminal."""

from __future__ import annotations

import re
import shutil
import textwrap
from collections.abc import Iterator, Sequence

NARROWEST, WIDEST = 80, 120
SHORTEST = 24  # lines of the smallest terminal that output is made for
WIDEST_COLUMN = 36

Rows = list[tuple[str, ...]]


def screen() -> tuple[int, int]:
    """Return columns and lines of the terminal, at least 80 by 24: also where there is none."""
    size = shutil.get_terminal_size((NARROWEST, SHORTEST))
    return max(NARROWEST, min(size.columns, WIDEST)), max(SHORTEST, size.lines)


def width() -> int:
    """Return the columns of the terminal for text of any length; 120 where there is none."""
    return max(NARROWEST, min(shutil.get_terminal_size((WIDEST, 0)).columns, WIDEST))


def table(rows: Rows, columns: int) -> str:
    """Align columns; the last one holds text that is wrapped to stay within the width."""
    widths = [min(max(map(len, column)), WIDEST_COLUMN) for column in list(zip(*rows, strict=True))[:-1]]
    indent = 2 + sum(widths) + 2 * len(widths)
    return "\n".join(_row(row, widths, indent, columns - indent) for row in rows)


def _row(row: tuple[str, ...], widths: list[int], indent: int, room: int) -> str:
    head = "".join(f"{cell:{width}}  " for cell, width in zip(row, widths, strict=False))
    if len(head) + 2 > indent:  # a name that is longer than its column has a line of its own
        head = f"{head.rstrip()}\n{' ' * indent}"
    lines = textwrap.wrap(row[-1], max(room, 10), break_long_words=False, break_on_hyphens=False)
    return "  " + head + f"\n{' ' * indent}".join(lines)


def paragraph(head: str, items: Sequence[str], columns: int) -> list[str]:
    """Return lines with a head and a list of items; an item that no line has room for ends a line after one of its commas."""
    lines = [head]
    for piece in _pieces(items, columns):
        if len(lines[-1]) + len(piece.rstrip()) > columns and lines[-1].strip():
            lines.append("  ")
        lines[-1] += piece
    return [shortened(line.rstrip(), columns) for line in lines]


def _pieces(items: Sequence[str], columns: int) -> Iterator[str]:
    """Yield the texts that are not broken, each with its comma."""
    for number, item in enumerate(items, 1):
        text = f"{item}, " if number < len(items) else item
        yield from [text] if len(text) + 1 <= columns else re.findall(r"[^,]+,? ?", text)


def shortened(text: str, columns: int) -> str:
    """Return a text, cut off where it is wider than a line."""
    return text if len(text) <= columns else f"{text[: columns - 1]}…"
