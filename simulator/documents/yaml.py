"""YAML 1.2 as JSON Schema and OpenAPI expect it: `off`, `no` and `2026-03-01` are strings.

A key that stands twice in a mapping is refused, and so are anchors and aliases, by which a small upload could explode.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Any

import yaml

MOST_VALUES = 20_000  # in one file, however deep: several times what a large specification or scenario has

Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the C loader is ten times as fast, where libyaml is at hand


class Unreadable(Exception):
    """A text that is not such YAML, and the line that shows it."""

    def __init__(self, line: int, problem: str) -> None:
        super().__init__(problem)
        self.line = line
        self.problem = problem


def values(text: str) -> Any:
    """What a text stands for, as plain Python values.

    Raises:
        Unreadable: the text is not YAML, holds a key twice, or uses an alias.
    """
    try:
        return _Builder(text).document()
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise Unreadable(line, ", ".join(filter(None, (error.context, error.problem)))) from None
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise Unreadable(1, str(error).splitlines()[0]) from None


def tree(text: str) -> Any:
    """The text's nodes, which know their lines."""
    return yaml.compose(text, Loader=Loader)


def line(tree: Any, pointer: Sequence[str | int]) -> int:
    """The line (from 1) of the deepest part of `pointer` that exists."""
    found = 1
    for step in pointer:
        if isinstance(tree, yaml.MappingNode):
            inside = [(key, value) for key, value in tree.value if key.value == str(step)]
            if not inside:
                break
            tree, found = inside[0][1], inside[0][0].start_mark.line + 1
        elif isinstance(tree, yaml.SequenceNode) and isinstance(step, int) and step < len(tree.value):
            tree = tree.value[step]
            found = tree.start_mark.line + 1
    return found


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
