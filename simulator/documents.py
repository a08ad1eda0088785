"""Reading YAML strictly, and pointing at the line that is at fault.

YAML is read by the rules of YAML 1.2, as JSON Schema and OpenAPI expect it: `off`, `no` and `2026-03-01` are strings.
A key that stands twice in a mapping is refused, and so are anchors and aliases, by which a small upload could explode.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

MOST_VALUES = 20_000  # in one file, however deep: several times what a large specification or scenario has
MOST_FAULTS = 100  # that are told of one file: more of them would help nobody, and each takes its time
LONGEST_FAULT = 500  # characters: it may quote what is wrong

Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the C loader is ten times as fast, where libyaml is at hand


@dataclass(frozen=True, order=True)
class Fault:
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


@dataclass(frozen=True)
class Document:
    """A parsed YAML text that can tell on which line a part of it stands."""

    file: str
    text: str
    content: Any

    def line(self, pointer: Sequence[str | int]) -> int:
        """The line (from 1) of the deepest part of `pointer` that exists."""
        node = self._root
        line = 1
        for step in pointer:
            if isinstance(node, yaml.MappingNode):
                found = [(key, value) for key, value in node.value if key.value == str(step)]
                if not found:
                    break
                node, line = found[0][1], found[0][0].start_mark.line + 1
            elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
                node = node.value[step]
                line = node.start_mark.line + 1
        return line

    @cached_property
    def _root(self) -> Any:
        """The text parsed anew, with its lines: they are rarely asked for."""
        return yaml.compose(self.text, Loader=Loader)

    def fault(self, pointer: Sequence[str | int], problem: str) -> Fault:
        """A fault at the line of `pointer`."""
        return Fault(self.file, self.line(pointer), _short(problem))


class Inline(Document):
    """Content that came without a text, in a request body: its faults tell the way to the place instead of a line."""

    def __init__(self, file: str, content: Any) -> None:
        super().__init__(file, "", content)

    def fault(self, pointer: Sequence[str | int], problem: str) -> Fault:
        """A fault at `pointer`."""
        return Fault("/".join([self.file, *map(str, pointer)]), 0, _short(problem))


def _short(problem: str) -> str:
    return problem if len(problem) <= LONGEST_FAULT else f"{problem[:LONGEST_FAULT]} …"


_WORDS = {word: value for value, words in ((None, ("null", "Null", "NULL", "~", "")), (True, ("true", "True", "TRUE")),
          (False, ("false", "False", "FALSE"))) for word in words}  # fmt: skip
_INTEGER = re.compile(r"[-+]?[0-9]+")
_FLOAT = re.compile(r"[-+]?(?:[0-9]+\.[0-9]*|\.[0-9]+|[0-9]+)(?:[eE][-+]?[0-9]+)?")
_NUMBERLIKE = frozenset("-+.0123456789")


class _Builder:
    """Builds plain Python values from the events of a YAML stream, by YAML 1.2's core schema."""

    def __init__(self, text: str) -> None:
        self._next = yaml.parse(text, Loader=Loader).__next__
        self._left = MOST_VALUES

    def document(self) -> Any:
        """The one document of the stream; None for an empty one."""
        event = self._next()
        while not isinstance(event, yaml.DocumentStartEvent):
            if isinstance(event, yaml.StreamEndEvent):
                return None
            event = self._next()
        value = self._value(self._next())
        self._next()  # the document's end
        after = self._next()
        if not isinstance(after, yaml.StreamEndEvent):
            raise _refusal("found a second document, expected one", after)
        return value

    def _value(self, event: Any) -> Any:
        self._left -= 1
        if not self._left:
            raise _refusal(f"found more than {MOST_VALUES} values", event)
        kind = type(event)
        if kind is yaml.ScalarEvent:
            return self._scalar(event)
        if kind is yaml.AliasEvent:
            raise _refusal("found an alias, expected the text itself", event)
        if event.tag is not None:
            raise _refusal(f"found the tag {event.tag!r}, expected none", event)
        return self._mapping() if kind is yaml.MappingStartEvent else self._sequence()

    def _sequence(self) -> list[Any]:
        values = []
        while type(event := self._next()) is not yaml.SequenceEndEvent:
            values.append(self._value(event))
        return values

    def _mapping(self) -> dict[str, Any]:
        values: dict[str, Any] = {}
        while type(key := self._next()) is not yaml.MappingEndEvent:
            if type(key) is not yaml.ScalarEvent:
                raise _refusal("found a list or mapping as a key, expected text", key)
            if key.value in values:
                raise _refusal(f"found the key {key.value!r} a second time, expected it once", key)
            values[key.value] = self._value(self._next())  # JSON knows only text as a key: a spec's statuses stay text
        return values

    @staticmethod
    def _scalar(event: Any) -> Any:
        text: str = event.value
        if event.tag not in (None, "!", "tag:yaml.org,2002:str"):
            raise _refusal(f"found the tag {event.tag!r}, expected none", event)
        if not event.implicit[0]:  # quoted, or said to be text
            return text
        if text in _WORDS:
            return _WORDS[text]
        if text[0] not in _NUMBERLIKE:
            return text
        if _INTEGER.fullmatch(text):
            return int(text)
        if not _FLOAT.fullmatch(text):
            return text
        number = float(text)
        if not math.isfinite(number):
            raise _refusal(f"found {text}, expected a finite number", event)
        return int(number) if number.is_integer() and abs(number) < 2**53 else number  # to JSON Schema 1.0 is an integer


def _refusal(problem: str, event: Any) -> yaml.MarkedYAMLError:
    return yaml.MarkedYAMLError(problem=problem, problem_mark=event.start_mark)


def parse(text: str, file: str) -> Document:
    """Parse YAML text; `file` is the name used in errors.

    Raises:
        BrokenFile: the text is not YAML, holds a key twice, or uses an alias.
    """
    try:
        return Document(file, text, _Builder(text).document())
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        problem = ", ".join(filter(None, (error.context, error.problem)))
        raise BrokenFile([Fault(file, line, f"not readable as YAML: {problem}")]) from None
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise BrokenFile([Fault(file, 1, f"not readable as YAML: {str(error).splitlines()[0]}")]) from None


def read(path: Path) -> Document:
    """Read and parse a YAML file.

    Raises:
        BrokenFile: the file cannot be read as UTF-8 text, or `parse` refuses it.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BrokenFile([Fault(str(path), 1, f"cannot be read: {error}")]) from None
    return parse(text, str(path))
