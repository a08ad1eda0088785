"""Reading YAML strictly, and pointing at the line that is at fault.

YAML is read by the rules of YAML 1.2, as JSON Schema and OpenAPI expect it: `off`, `no` and `2026-03-01` are strings.
A key that stands twice in a mapping is refused, and so are anchors and aliases, by which a small upload could explode.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import yaml

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
        """The line (from 1) of the deepest part of `pointer` that exists; the text is parsed anew, as it is rarely asked."""
        node = yaml.compose(self.text, Loader=Loader)
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

    def fault(self, pointer: Sequence[str | int], problem: str) -> Fault:
        """A fault at the line of `pointer`."""
        return Fault(self.file, self.line(pointer), problem)


class Inline(Document):
    """Content that came without a text, in a request body: its faults tell the way to the place instead of a line."""

    def fault(self, pointer: Sequence[str | int], problem: str) -> Fault:
        """A fault at `pointer`."""
        return Fault("/".join([self.file, *map(str, pointer)]), 0, problem)


_TAGS = (None, *(f"tag:yaml.org,2002:{kind}" for kind in ("null", "bool", "int", "float", "str", "seq", "map")))


class _Strict(Loader):  # type: ignore[misc]  # the base is chosen at run time
    """YAML 1.2's core schema without aliases or duplicate keys."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}
    yaml_constructors = {tag: make for tag, make in Loader.yaml_constructors.items() if tag in _TAGS}

    def construct_object(self, node: Any, deep: bool = False) -> Any:
        if node in self.constructed_objects:  # only an alias leads to a node a second time
            problem = "found an alias, expected the text itself"
            raise yaml.constructor.ConstructorError(None, None, problem, node.start_mark)
        return super().construct_object(node, deep)

    def construct_mapping(self, node: Any, deep: bool = False) -> Any:
        seen: set[Any] = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                problem = "found a list or mapping as a key, expected text"
                raise yaml.constructor.ConstructorError(None, None, problem, key.start_mark)
            if key.value in seen:
                problem = f"found the key {key.value!r} a second time, expected it once"
                raise yaml.constructor.ConstructorError(None, None, problem, key.start_mark)
            seen.add(key.value)
            key.tag = "tag:yaml.org,2002:str"  # JSON knows only text as a key: the statuses of a spec stay text
        return super().construct_mapping(node, deep)

    def construct_number(self, node: Any) -> int | float:
        """The number as YAML 1.2 has it: a leading zero does not make it octal."""
        text = self.construct_scalar(node)
        number = float(text)
        if not math.isfinite(number):
            raise yaml.constructor.ConstructorError(None, None, f"found {text}, expected a finite number", node.start_mark)
        return number if node.tag.endswith("float") else int(text)


for _tag, _pattern, _first in (
    ("null", r"^(?:null|Null|NULL|~|)$", ["n", "N", "~", ""]),
    ("bool", r"^(?:true|True|TRUE|false|False|FALSE)$", list("tTfF")),
    ("int", r"^[-+]?[0-9]+$", list("-+0123456789")),
    ("float", r"^[-+]?(?:[0-9]+\.[0-9]*|\.[0-9]+|[0-9]+)(?:[eE][-+]?[0-9]+)?$", list("-+.0123456789")),
):
    _Strict.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(_pattern), _first)
_Strict.add_constructor("tag:yaml.org,2002:int", _Strict.construct_number)
_Strict.add_constructor("tag:yaml.org,2002:float", _Strict.construct_number)


def parse(text: str, file: str) -> Document:
    """Parse YAML text; `file` is the name used in errors.

    Raises:
        BrokenFile: the text is not YAML, holds a key twice, or uses an alias.
    """
    try:
        return Document(file, text, cast(Any, yaml.load(text, Loader=_Strict)))  # noqa: S506  (a SafeLoader)
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
