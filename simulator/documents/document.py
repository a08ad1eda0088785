"""YAML documents and the faults in them, reported with file and line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from simulator.documents import yaml
from simulator.documents.parts import Parts

MAX_FAULTS = 100  # reported for one file: more would not help, and rendering them takes time
MAX_PROBLEM = 1000  # characters of one fault's text, which may quote the file

T = TypeVar("T")


class Fault(msgspec.Struct, frozen=True, order=True):
    """One fault in a file: where it is, what is there, and what was expected."""

    file: str
    line: int
    problem: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.problem}" if self.line else f"{self.file}: {self.problem}"


class BrokenFile(Exception):
    """A spec or scenario that cannot be used; `faults` lists everything that is wrong with it."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__("\n".join(map(str, faults)))
        self.faults = tuple(faults)


class Document:
    """A parsed YAML text that knows the line of each of its parts."""

    def __init__(self, file: str, content: Any, text: str) -> None:
        """Keep `content`, which was parsed from `text`; `file` is the name used in faults."""
        self.file = file
        self._content = content
        self._text = text

    @property
    def content(self) -> Any:
        """The content as plain Python values."""
        return self._content

    @property
    def parts(self) -> Mapping[str, Any]:
        """The content, of which a part need not be decoded before it is needed."""
        parts: Mapping[str, Any] = self.content
        return parts

    def convert(self, kind: type[T]) -> T:
        """Return the parts of the content that a type describes.

        Raises:
            msgspec.ValidationError: the content does not fit the type.
        """
        return msgspec.convert(self.content, kind)

    def written(self, pointer: Sequence[str | int]) -> str:
        """Return the text in the file of a value without quotes, such as `007`; empty for every other value."""
        return yaml.plain_text(self._tree, pointer)

    def line(self, pointer: Sequence[str | int]) -> int:
        """Return the line (from 1) of the deepest part of `pointer` that exists."""
        return yaml.line_of(self._tree, pointer)

    @cached_property
    def _tree(self) -> Any:
        """The text parsed again, with line numbers, which only faults need."""
        return yaml.compose(self._text)

    def fault(self, pointer: Sequence[str | int], problem: str) -> Fault:
        """Return a fault at the line of `pointer`."""
        return Fault(self.file, self.line(pointer), truncate(problem))


class InlineDocument(Document):
    """Content of a request body: its faults name the path to the place instead of a line."""

    def __init__(self, file: str, content: Any) -> None:
        super().__init__(file, content, "")

    def written(self, pointer: Sequence[str | int]) -> str:
        """Return an empty text: JSON has one way to write a number."""
        return ""

    def fault(self, pointer: Sequence[str | int], problem: str) -> Fault:
        """Return a fault at `pointer`, which the problem need not name again."""
        path = "/".join(map(str, pointer))
        return Fault(f"{self.file}/{path}" if path else self.file, 0, truncate(problem.removeprefix(f"{path}: ")))


class BuiltDocument(Document):
    """A YAML file of an installed package, read from the JSON that the build made of it.

    The content is decoded whenever it is read, and not kept. Only faults, which name lines, need the YAML.
    """

    def __init__(self, file: Path, built: Path) -> None:
        super().__init__(str(file), None, "")
        self._built = built

    @property
    def content(self) -> Any:
        """The content as plain Python values, decoded on each access."""
        return msgspec.json.decode(self._built.read_bytes())

    @property
    def parts(self) -> Mapping[str, Any]:
        """The content, of which a part is decoded when it is first needed, and then kept."""
        return Parts(self._built.read_bytes())

    def convert(self, kind: type[T]) -> T:
        """Return the parts of the content that a type describes; the others are not decoded.

        Raises:
            msgspec.ValidationError: the content does not fit the type.
        """
        return msgspec.json.decode(self._built.read_bytes(), type=kind)

    @cached_property
    def _tree(self) -> Any:
        return yaml.compose(Path(self.file).read_text(encoding="utf-8"))


def truncate(text: str) -> str:
    """Cut the middle out of a long text: the start quotes the file, the end says what is wrong."""
    return text if len(text) <= MAX_PROBLEM else f"{text[: MAX_PROBLEM // 2]} … {text[-MAX_PROBLEM // 2 :]}"


def parse(text: str, file: str) -> Document:
    """Parse YAML text; `file` is the name used in faults.

    Raises:
        BrokenFile: the text is not YAML, has a duplicate key, or uses an alias.
    """
    try:
        return Document(file, yaml.parse(text), text)
    except yaml.YamlError as error:
        raise BrokenFile([Fault(file, error.line, f"not readable as YAML: {error.problem}")]) from None


def reason(error: Exception) -> str:
    """Return why a file cannot be read or a server not be reached, in words and without the number of the system's error."""
    if isinstance(error, UnicodeDecodeError):
        return f"it is not UTF-8 (byte {error.start})"
    return getattr(error, "strerror", None) or str(error) or type(error).__name__


def read(path: Path) -> Document:
    """Read and parse a YAML file.

    Raises:
        BrokenFile: the file is not a regular file, not UTF-8, or `parse` rejects it.
    """
    try:
        if path.exists() and not path.is_file():  # opening a FIFO would wait for its writer
            raise OSError("not a regular file, expected a YAML file")
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BrokenFile([Fault(str(path), 1, f"cannot be read: {reason(error)}")]) from None
    return parse(text, str(path))


def read_built(path: Path) -> Document:
    """Read a YAML file of this package: from the JSON that the build put beside it, or itself in a checkout, which has none.

    Raises:
        BrokenFile: as `read`.
    """
    built = built_path(path)
    return BuiltDocument(path, built) if built.is_file() else read(path)


def built_path(path: Path) -> Path:
    """Return where the build puts the JSON that it makes of a YAML file."""
    return path.with_suffix(".json")
