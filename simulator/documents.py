"""Files in YAML, and what is wrong with them, told with file and line."""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from types import ModuleType
from typing import Any

import msgspec

from simulator.version import VERSION

MOST_FAULTS = 100  # that are told of one file: more of them would help nobody, and each takes its time
LONGEST = 500  # characters of what is said of one fault: it may quote what was found


class Fault(msgspec.Struct, frozen=True, order=True):
    """One thing wrong in a file: where it stands, what was found and what was expected."""

    file: str
    line: int
    problem: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.problem}" if self.line else f"{self.file}: {self.problem}"


class BrokenFile(Exception):
    """A spec or scenario that cannot be used; `faults` says all that is wrong with it."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__("\n".join(map(str, faults)))
        self.faults = tuple(faults)


class Document:
    """A parsed YAML text that can tell on which line a part of it stands."""

    def __init__(self, file: str, content: Any, text: str | None = None) -> None:
        """`text` is what `content` was read from; without it, what stands in the file."""
        self.file = file
        self.content = content
        self._text = text

    def line(self, pointer: Sequence[str | int]) -> int:
        """The line (from 1) of the deepest part of `pointer` that exists."""
        found: int = yamltext().line(self._tree, pointer)
        return found

    @cached_property
    def _tree(self) -> Any:
        """The text parsed anew, with its lines: they are rarely asked for."""
        return yamltext().tree(_text(Path(self.file)) if self._text is None else self._text)

    def fault(self, pointer: Sequence[str | int], problem: str) -> Fault:
        """A fault at the line of `pointer`."""
        return Fault(self.file, self.line(pointer), cut(problem))


class Inline(Document):
    """Content that came without a text, in a request body: its faults tell the way to the place instead of a line."""

    def __init__(self, file: str, content: Any) -> None:
        super().__init__(file, content, "")

    def fault(self, pointer: Sequence[str | int], problem: str) -> Fault:
        """A fault at `pointer`."""
        return Fault("/".join([self.file, *map(str, pointer)]), 0, cut(problem))


def cut(text: str) -> str:
    """A text without its middle, where it is long: what is wrong is often said at the end, after what was found."""
    return text if len(text) <= LONGEST else f"{text[: LONGEST // 2]} … {text[-LONGEST // 2 :]}"


def yamltext() -> ModuleType:
    """The reader of YAML, which takes its time to import: what was read before needs none."""
    return importlib.import_module("simulator.yamltext")


def parse(text: str, file: str) -> Document:
    """Parse YAML text; `file` is the name used in errors.

    Raises:
        BrokenFile: the text is not YAML, holds a key twice, or uses an alias.
    """
    reader = yamltext()
    try:
        return Document(file, reader.values(text), text)
    except reader.Unreadable as error:
        raise BrokenFile([Fault(file, error.line, f"not readable as YAML: {error.problem}")]) from None


def read(path: Path) -> Document:
    """Read and parse a YAML file.

    Raises:
        BrokenFile: the file cannot be read as UTF-8 text, or `parse` refuses it.
    """
    return parse(_text(path), str(path))


def read_shipped(path: Path) -> Document:
    """Read a YAML file that comes with the simulator; what it says is kept beside byte code, and by Python's rules for that.

    Raises:
        BrokenFile: likewise.
    """
    kept, stamp = _Kept.place(path), _Kept.stamp_of(path)
    with suppress(OSError, msgspec.MsgspecError):
        known = msgspec.json.decode(kept.read_bytes(), type=_Kept)
        if known.stamp == stamp:
            return Document(str(path), known.content)
    document = read(path)
    if not sys.dont_write_bytecode:
        with suppress(OSError):  # such as a folder that is not ours
            _Kept(stamp, document.content).write(kept)
    return document


class _Kept(msgspec.Struct):
    """What a YAML file says, as JSON: a tenth of the time to read."""

    stamp: tuple[str, int, int]  # our version, and the file's time and size, by which Python knows its byte code to be current
    content: Any

    @staticmethod
    def place(path: Path) -> Path:
        """Where it is kept."""
        return Path(importlib.util.cache_from_source(str(path))).with_suffix(".json")

    @staticmethod
    def stamp_of(path: Path) -> tuple[str, int, int]:
        """What tells whether it is current; nothing is for a file that is not there."""
        try:
            facts = path.stat()
        except OSError:
            return (VERSION, 0, 0)
        return (VERSION, int(facts.st_mtime), facts.st_size)

    def write(self, kept: Path) -> None:
        """Keep it; whoever reads at the same time finds all or nothing."""
        kept.parent.mkdir(exist_ok=True)
        partial = kept.with_suffix(f".{os.getpid()}")
        partial.write_bytes(msgspec.json.encode(self))
        partial.replace(kept)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BrokenFile([Fault(str(path), 1, f"cannot be read: {error}")]) from None
