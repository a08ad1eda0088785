"""YAML 1.2 with the types of JSON, as JSON Schema and OpenAPI expect: `off`, `no` and `2026-03-01` are strings.

Duplicate keys are rejected. So are aliases, with which a small upload could expand to a huge document.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Any, NamedTuple

import yaml

MAX_VALUES = 20_000  # in one file, at any depth: several times as many as a large specification or scenario has

Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # The C loader is ten times as fast, where libyaml is available.

TAB = "a tab; indent with spaces"
INDENTATION = "the indentation differs from that of the lines before, or text follows a closing quote or bracket"
# Fragments of what libyaml and PyYAML say, and what it means.
MEANINGS = (
    ("tab character", TAB),
    ("mapping values are not allowed", "': ' within a value, or a wrong indentation; put such a value in quotes"),
    ("unknown escape character", "an unknown escape after '\\' in double quotes; write '\\\\', or use single quotes"),
    ("expected key", INDENTATION),
    ("'-' indicator", INDENTATION),
    ("<block end>", INDENTATION),
)
OPENED = (  # what the parser was reading, and what it means where that began
    ("quoted scalar", "unexpected end of stream", "the quote that begins here is not closed"),
    ("simple key", "':'", "expected ': ' after a key"),
    ("flow sequence", "',' or ']'", "the '[' that begins here is not closed, or a comma is missing"),
    ("flow mapping", "',' or '}'", "the '{' that begins here is not closed, or a comma is missing"),
)


class YamlError(Exception):
    """The text is not valid YAML of this subset; `line` is where (from 1)."""

    def __init__(self, line: int, problem: str) -> None:
        super().__init__(problem)
        self.line = line
        self.problem = problem


class YamlProblem(NamedTuple):
    """What is wrong, and the line (from 1) where it is."""

    line: int
    text: str


def explain(error: yaml.MarkedYAMLError, text: str) -> YamlProblem:
    """Explain an error of the parser in plain words; rare ones keep the parser's text."""
    problem, context = error.problem or "", error.context or ""
    line = error.problem_mark.line + 1 if error.problem_mark else 1
    for reading, fragment, meaning in OPENED:
        if reading in context and fragment in problem and error.context_mark:
            return YamlProblem(error.context_mark.line + 1, meaning)
    if "cannot start any token" in problem and error.problem_mark:
        character = text[error.problem_mark.index : error.problem_mark.index + 1]
        return YamlProblem(line, TAB if character == "\t" else f"a value cannot begin with {character!r}; put it in quotes")
    meaning = next((meaning for fragment, meaning in MEANINGS if fragment in problem), "")
    return YamlProblem(line, meaning or ", ".join(filter(None, (context, problem))))


def parse(text: str) -> Any:
    """Parse a text into plain Python values.

    Raises:
        YamlError: the text is not YAML, holds a key twice, or uses an alias.
    """
    try:
        return _Builder(text).document()
    except yaml.MarkedYAMLError as error:
        raise YamlError(*explain(error, text)) from None
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise YamlError(1, str(error).splitlines()[0]) from None


def parse_foreign(text: str) -> Any:
    """Parse a text of any size that was not written for this project.

    Aliases and merge keys are followed, tags are ignored, and of a repeated key the last value counts. Only for files that
    the operator of the server names, never for what a client sends.

    Raises:
        YamlError: the text is not YAML.
    """
    try:
        return _ForeignBuilder(text).document()
    except yaml.MarkedYAMLError as error:
        raise YamlError(*explain(error, text)) from None
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise YamlError(1, str(error).splitlines()[0]) from None


def compose(text: str) -> Any:
    """Parse a text into nodes, which know their lines."""
    return yaml.compose(text, Loader=Loader)


def line_of(node: Any, pointer: Sequence[str | int]) -> int:
    """Return the line (from 1) of the deepest part of `pointer` that exists below a node."""
    line = 1
    for step in pointer:
        if isinstance(node, yaml.MappingNode):
            members = [(key, value) for key, value in node.value if key.value == str(step)]
            if not members:
                break
            node, line = members[0][1], members[0][0].start_mark.line + 1
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
            node = node.value[step]
            line = node.start_mark.line + 1
    return line


def plain_text(node: Any, pointer: Sequence[str | int]) -> str:
    """Return the text of the value at `pointer` if it is written without quotes; else an empty text."""
    for step in pointer:
        if isinstance(node, yaml.MappingNode):
            node = next((value for key, value in node.value if key.value == str(step)), None)
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
            node = node.value[step]
        else:
            return ""
    return str(node.value) if isinstance(node, yaml.ScalarNode) and not node.style else ""


_CONSTANTS: dict[str, bool | None] = {
    **dict.fromkeys(("null", "Null", "NULL", "~", "")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_INTEGER = re.compile(r"[-+]?[0-9]+")
_FLOAT = re.compile(r"[-+]?(?:[0-9]+\.[0-9]*|\.[0-9]+|[0-9]+)(?:[eE][-+]?[0-9]+)?")
_NUMBER_START = frozenset("-+.0123456789")


class _Builder:
    """Builds plain Python values from the events of a YAML stream, with the core schema of YAML 1.2."""

    def __init__(self, text: str) -> None:
        self._next = yaml.parse(text, Loader=Loader).__next__
        self._remaining = MAX_VALUES

    def document(self) -> Any:
        """Return the only document of the stream; None for an empty stream."""
        event = self._next()
        while not isinstance(event, yaml.DocumentStartEvent):
            if isinstance(event, yaml.StreamEndEvent):
                return None
            event = self._next()
        value = self._value(self._next())
        self._next()  # the end of the document
        after = self._next()
        if not isinstance(after, yaml.StreamEndEvent):
            raise _error("a second document after '---'; expected one", after)
        return value

    def _value(self, event: Any) -> Any:
        self._remaining -= 1
        if not self._remaining:
            raise _error(f"more than {MAX_VALUES} values", event)
        kind = type(event)
        if kind is yaml.ScalarEvent:
            return self._scalar(event)
        if kind is yaml.AliasEvent:
            raise _error("aliases are not supported", event)
        if event.tag is not None:
            raise _error(f"tags are not supported: {event.tag}", event)
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
                raise _error("keys must be strings", key)
            if key.value in values:
                raise _error(f"duplicate key {key.value!r}", key)
            values[key.value] = self._value(self._next())  # JSON keys are text, so the statuses of a spec stay text.
        return values

    @staticmethod
    def _scalar(event: Any) -> Any:
        text: str = event.value
        if event.tag not in (None, "!", "tag:yaml.org,2002:str"):
            raise _error(f"tags are not supported: {event.tag}", event)
        if not event.implicit[0]:  # quoted, or tagged as text
            return text
        if text in _CONSTANTS:
            return _CONSTANTS[text]
        if text[0] not in _NUMBER_START:
            return text
        if _INTEGER.fullmatch(text):
            return int(text)
        if not _FLOAT.fullmatch(text):
            return text
        number = float(text)
        if not math.isfinite(number):
            raise _error(f"{text} is too large for a number", event)
        return int(number) if number.is_integer() and abs(number) < 2**53 else number  # In JSON Schema 1.0 is an integer.


class _ForeignBuilder(_Builder):
    """Builds values from YAML as others write it."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._anchors: dict[str, Any] = {}

    def _value(self, event: Any) -> Any:
        kind = type(event)
        if kind is yaml.ScalarEvent:
            value = self._scalar(event)
        elif kind is yaml.AliasEvent:
            if event.anchor not in self._anchors:
                raise _error(f"unknown alias {event.anchor!r}", event)
            return self._anchors[event.anchor]
        else:
            value = self._mapping() if kind is yaml.MappingStartEvent else self._sequence()
        if event.anchor:
            self._anchors[event.anchor] = value
        return value

    def _mapping(self) -> dict[str, Any]:
        values: dict[str, Any] = {}
        merged: list[Any] = []
        while type(key := self._next()) is not yaml.MappingEndEvent:
            if type(key) is not yaml.ScalarEvent:
                raise _error("keys must be strings", key)
            value = self._value(self._next())
            if key.value == "<<":
                merged += value if isinstance(value, list) else [value]
            else:
                values[key.value] = value
        for other in merged:
            values = {**other, **values} if isinstance(other, dict) else values
        return values

    @staticmethod
    def _scalar(event: Any) -> Any:
        if event.tag is not None:
            return event.value
        try:
            return _Builder._scalar(event)
        except yaml.MarkedYAMLError:
            return event.value  # a number that is too large for JSON


def _error(problem: str, event: Any) -> yaml.MarkedYAMLError:
    return yaml.MarkedYAMLError(problem=problem, problem_mark=event.start_mark)
