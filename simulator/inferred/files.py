"""The files of a spec: the document itself, and the files beside it that it references."""

from __future__ import annotations

import logging
import re
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit

import msgspec

from simulator.documents import BrokenFile, Document, Fault, reason, yaml

log = logging.getLogger("simulator")

NAMES = ("openapi.yaml", "openapi.yml", "openapi.json")


class Target(NamedTuple):
    """The target of a reference: the node, and its place."""

    node: Any
    file: Path
    pointer: tuple[str, ...]


class Files:
    """The document of a folder and the files beside it, each read once."""

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()
        self.text = _text(root)
        self._contents = {self.root: _content(root, self.text)}

    @property
    def content(self) -> Any:
        """The content of the document."""
        return self._contents[self.root]

    def document(self, content: Any) -> Document:
        """Return a document with other content, whose faults name lines of the file."""
        return Document(str(self.root), content, self.text)

    def find(self, reference: str, file: Path) -> Target | None:
        """Return what a reference in a file leads to; None if that does not exist, or is not on this machine.

        Raises:
            BrokenFile: the reference leads to a file that cannot be read, or is outside the folder.
        """
        address, _, fragment = reference.partition("#")
        if urlsplit(address).scheme in ("http", "https"):
            return None  # nothing is fetched
        target = (file.parent / unquote(address)).resolve() if address else file
        steps = tuple(unquote(step).replace("~1", "/").replace("~0", "~") for step in fragment.split("/")[1:])
        node: Any = self._read(target, reference, file)
        for step in steps:
            if isinstance(node, dict) and step in node:
                node = node[step]
            elif isinstance(node, list) and step.isdigit() and int(step) < len(node):
                node = node[int(step)]
            else:
                return None
        return Target(node, target, steps)

    def _read(self, path: Path, reference: str, file: Path) -> Any:
        if path not in self._contents:
            if not path.is_relative_to(self.root.parent):
                problem = (
                    f"the reference {reference!r} points outside the folder {self.root.parent}; put the file beside the spec"
                )
                raise BrokenFile([Fault(str(file), _line_in(file, reference), problem)])
            if not path.is_file():
                log.warning(
                    "%s:%d: the reference %r leads to no file; any value is accepted there",
                    file,
                    _line_in(file, reference),
                    reference,
                )
                self._contents[path] = {}
                return {}
            self._contents[path] = _content(path, _text(path))
        return self._contents[path]


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise BrokenFile([Fault(str(path), 1, f"cannot be read: {reason(error)}")]) from None


def _content(path: Path, text: str) -> Any:
    if path.suffix == ".json" or text.lstrip()[:1] == "{":
        try:
            return msgspec.json.decode(text)
        except msgspec.DecodeError as error:
            if path.suffix == ".json":
                raise BrokenFile([Fault(str(path), _line_of(error, text), f"not readable as JSON: {error}")]) from None
    try:
        return yaml.parse_foreign(text)
    except yaml.YamlError as error:
        line = min(error.line, text.rstrip().count("\n") + 1)  # the parser may be past the end
        raise BrokenFile([Fault(str(path), line, f"not readable as YAML: {error.problem}")]) from None


def _line_in(file: Path, reference: str) -> int:
    """Return the line of a file in which a reference stands."""
    before, found, _ = _text(file).partition(reference)
    return before.count("\n") + 1 if found else 1


def _line_of(error: msgspec.DecodeError, text: str) -> int:
    """Return the line of a fault in JSON; the last where the text ends too early."""
    place = re.search(r"byte (\d+)", str(error))
    before = text.encode()[: int(place[1])] if place else text.rstrip().encode()
    return before.count(b"\n") + 1
