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
        self._warned: set[tuple[Path, str]] = set()  # the references that cannot be followed, by file

    @property
    def content(self) -> Any:
        """The content of the document."""
        return self._contents[self.root]

    def document(self, content: Any) -> Document:
        """Return a document with other content, whose faults name lines of the file."""
        return Document(str(self.root), content, self.text)

    def content_of(self, file: Path) -> Any:
        """Return the content of the document, or of a file beside it that a reference led to.

        Raises:
            BrokenFile: the file cannot be read.
        """
        if file not in self._contents:
            self._contents[file] = _content(file, _text(file))
        return self._contents[file]

    def document_of(self, file: Path) -> Document:
        """Return a file that a reference led to, as a document whose faults name its lines."""
        return Document(str(file), self._contents[file], _text(file))

    def find(self, reference: str, file: Path) -> Target | None:
        """Return what a reference in a file leads to; None if that does not exist, or is not on this machine.

        Raises:
            BrokenFile: the reference leads to a file that cannot be read, or is outside the folder.
        """
        address, _, fragment = reference.partition("#")
        if urlsplit(address).scheme in ("http", "https"):
            return None  # nothing is fetched
        target = (file.parent / unquote(address)).resolve() if address else file
        node: Any = self._read(target, reference, file)
        steps = steps_of(fragment)
        for step in steps:
            if isinstance(node, dict) and step in node:
                node = node[step]
            elif isinstance(node, list) and step.isdigit() and int(step) < len(node):
                node = node[int(step)]
            else:
                self._warn(file, reference, "leads to nothing")
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
                self._warn(file, reference, "leads to no file")
                self._contents[path] = {}
        return self.content_of(path)

    def _warn(self, file: Path, reference: str, problem: str) -> None:
        """Log once that a reference cannot be followed."""
        if (file, reference) not in self._warned:
            self._warned.add((file, reference))
            line = _line_in(file, reference)
            log.warning("%s:%d: the reference %r %s; any value is accepted there", file, line, reference, problem)


def steps_of(fragment: str) -> tuple[str, ...]:
    """Return the steps that the fragment of a reference names, such as `/components/schemas/Pet`; an anchor is one too."""
    steps = fragment.split("/")[1:] if fragment.startswith("/") or not fragment else [f"#{fragment}"]
    return tuple(unquote(step).replace("~1", "/").replace("~0", "~") for step in steps)


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
    text = _text(file)
    found = re.search(rf"""\$ref["']?\s*:\s*["']?{re.escape(reference)}["'\s,}}]""", text)
    return text.count("\n", 0, found.start()) + 1 if found else 1


def _line_of(error: msgspec.DecodeError, text: str) -> int:
    """Return the line of a fault in JSON; the last where the text ends too early."""
    place = re.search(r"byte (\d+)", str(error))
    before = text.encode()[: int(place[1])] if place else text.rstrip().encode()
    return before.count(b"\n") + 1
