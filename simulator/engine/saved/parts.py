"""Reads the parts of a document, and names the place of what is wrong with one."""

from __future__ import annotations

import re
from typing import Any, TypeVar

import msgspec

from simulator.documents import BrokenFile, Fault, truncate

T = TypeVar("T")
Pointer = tuple[str | int, ...]

_AT = re.compile(r" - at `(?:key in )?\$(.*)`$")
_STEP = re.compile(r"\.(?P<member>\w+)|\[(?P<index>[0-9]+|\.\.\.)\]")


class Misfit(Exception):
    """What is wrong with a part of a document, and where that stands."""

    def __init__(self, problem: str, *pointer: str | int) -> None:
        super().__init__(problem)
        self.problem, self.pointer = problem, pointer

    def below(self, *pointer: str | int) -> Misfit:
        """Return the same for a part that stands within another one."""
        return Misfit(self.problem, *pointer, *self.pointer)

    def broken(self, file: str) -> BrokenFile:
        """Return the error that names the file and the place in it as a JSON pointer (RFC 6901)."""
        place = "".join(f"/{str(step).replace('~', '~0').replace('/', '~1')}" for step in self.pointer)
        return BrokenFile([Fault(file, 0, truncate(f"at {place}: {self.problem}" if place else self.problem))])


def decode(raw: bytes, file: str) -> dict[str, Any]:
    """Return the JSON object of a document.

    Raises:
        BrokenFile: it is none; the fault names the line.
    """
    try:
        content = msgspec.json.decode(raw)
    except RecursionError:
        raise BrokenFile([Fault(file, 0, "the JSON is nested too deep, expected the document of a world")]) from None
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise BrokenFile([Fault(file, _line(raw, str(error)), f"not a JSON document: {error}")]) from None
    if not isinstance(content, dict):
        raise BrokenFile([Fault(file, 0, f"the JSON is {_kind(content)}, expected the object that is the document of a world")])
    return content


def convert(value: Any, kind: type[T], *pointer: str | int) -> T:
    """Return a part of the type that the format gives it.

    Raises:
        Misfit: it is not of this type.
    """
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        raise misfit(error, *pointer) from None


def misfit(error: Exception, *pointer: str | int) -> Misfit:
    """Return the fault that an error of msgspec stands for."""
    text = str(error)
    match = _AT.search(text)
    steps = [one["member"] or _index(one["index"]) for one in _STEP.finditer(match[1])] if match else []
    return Misfit(text[: match.start()] if match else text, *pointer, *steps)


def _index(text: str) -> str | int:
    return "*" if text == "..." else int(text)  # msgspec does not name the member of a mapping


def _line(raw: bytes, problem: str) -> int:
    """Return the line of the byte that a problem names; the last one if it names none, as that is where the text ends."""
    place = re.search(r"\(byte ([0-9]+)\)", problem)
    return raw.count(b"\n", 0, int(place[1]) if place else len(raw)) + 1


def _kind(value: Any) -> str:
    names = {list: "an array", str: "a text", bool: "true or false", type(None): "null"}
    return names.get(type(value), "a number")
