"""The references of a spec that lead nowhere: to nothing, to a missing file, or back to themselves."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit

from simulator.documents import Document, Fault, nearest_names
from simulator.inferred.files import Files, steps_of

VALUES = ("example", "default", "const", "enum", "value")  # members that may hold anything, also what looks like a reference
NAMED = (  # members whose own members are called as the writer of the document likes
    *("callbacks", "content", "encoding", "examples", "headers", "links", "parameters", "paths", "pathItems", "requestBodies"),
    *("responses", "schemas", "securitySchemes", "webhooks", "properties", "patternProperties", "dependentSchemas"),
    *("$defs", "definitions"),
)
MAX_NAMES = 20  # that an error lists

Pointer = tuple[str | int, ...]


class Reference(NamedTuple):
    """A reference, and where it stands."""

    file: Path
    pointer: Pointer
    text: str


def broken_references(files: Files, *, is_alone: bool = False) -> list[Fault]:
    """Return a fault for each reference that leads nowhere, in the spec and the files that it refers to.

    A spec that `is_alone` may not refer to other files. References to other hosts are not followed.

    Raises:
        BrokenFile: a reference leads to a file that cannot be read, or out of the folder of the spec.
    """
    search = _Search(files, is_alone)
    faults = [search.fault(reference, problem) for reference, problem in search.problems()]
    return sorted(set(faults))


def references(node: Any, file: Path, pointer: Pointer = (), *, is_named: bool = False) -> Iterator[Reference]:
    """Yield the references of a file; `is_named` if the members of the node are names, not keywords."""
    if isinstance(node, list):
        for index, item in enumerate(node):
            yield from references(item, file, (*pointer, index))
    elif isinstance(node, dict):
        if not is_named and isinstance(node.get("$ref"), str):
            yield Reference(file, (*pointer, "$ref"), node["$ref"])
        for name, member in node.items():
            is_value = name in VALUES or name.startswith("x-") or (name == "examples" and isinstance(member, list))
            if is_named or not is_value:
                yield from references(member, file, (*pointer, name), is_named=not is_named and name in NAMED)


class _Search:
    def __init__(self, files: Files, is_alone: bool) -> None:
        self._files, self._is_alone = files, is_alone
        self._documents: dict[Path, Document] = {}  # those in which a fault stands
        self._in_circles: set[Reference] = set()

    def problems(self) -> Iterator[tuple[Reference, str]]:
        """Yield the references that lead nowhere, with what is wrong."""
        waiting, seen = [self._files.root], {self._files.root}
        while waiting:
            file = waiting.pop()
            for reference in references(self._files.content_of(file), file):
                address = reference.text.partition("#")[0]
                if urlsplit(address).scheme in ("http", "https"):
                    continue
                problem = self._missing(reference) or self._circle(reference)
                if problem:
                    yield reference, problem
                elif (target := self._files.find(reference.text, file)) and target.file not in seen:
                    seen.add(target.file)
                    waiting.append(target.file)

    def fault(self, reference: Reference, problem: str) -> Fault:
        """Return a fault at the line of a reference."""
        file = reference.file
        if file not in self._documents:
            self._documents[file] = self._files.document_of(file)
        return self._documents[file].fault(reference.pointer, f"the reference {reference.text!r} {problem}")

    def _missing(self, reference: Reference) -> str:
        """Return why a reference leads to nothing; empty if it leads to something."""
        address, _, fragment = reference.text.partition("#")
        file = (reference.file.parent / unquote(address)).resolve() if address else reference.file
        if address and self._is_alone:
            return "leads to another file; expected a spec in one file, as the provider is written whole"
        if not file.is_relative_to(self._files.root.parent):
            return f"leads out of the folder {self._files.root.parent}; put the file beside the spec"
        if not file.is_file():
            return f"leads to no file{self._instead_of_file(address, fragment)}"
        if fragment and not fragment.startswith("/"):
            return f"cannot be followed; expected a path such as {address}#/components/schemas/{fragment}"
        return self._missing_step(address, steps_of(fragment), self._files.content_of(file))

    @staticmethod
    def _missing_step(address: str, steps: Sequence[str], node: Any) -> str:
        """Return which of the steps into a file leads to nothing; empty if none does."""
        for index, step in enumerate(steps):
            there = "/".join(steps[:index]) or "the document"
            if not isinstance(node, dict | list):
                return f"leads to nothing: {there} is neither an object nor a list"
            members = node if isinstance(node, dict) else {str(place): item for place, item in enumerate(node)}
            if step not in members:
                before = "/".join([f"{address}#", *steps[:index]])
                return f"leads to nothing: {there} has no {step!r}{_instead(step, members, before, steps[index + 1 :])}"
            node = members[step]
        return ""

    def _instead_of_file(self, address: str, fragment: str) -> str:
        """Return the end of an error about a missing file: the schema of this name, or the nearest file."""
        named = f"#/components/schemas/{address}"
        if not self._missing(Reference(self._files.root, (), named)):
            return f"; did you mean {named!r}?"
        folder = self._files.root.parent
        files = [path for path in sorted(folder.rglob("*.*")) if path.suffix in (".yaml", ".yml", ".json")]
        near = nearest_names(address, [str(path.relative_to(folder)) for path in files if path != self._files.root])
        return f"; did you mean {f'{near[0]}#{fragment}'.rstrip('#')!r}?" if near else ""

    def _circle(self, reference: Reference) -> str:
        """Return the circle that a reference closes, in which there is no schema; empty if it closes none."""
        if reference in self._in_circles:
            return ""
        paths = [[reference]]
        seen = {reference}
        while paths:
            path = paths.pop()
            for following in self._in_place(path[-1]):
                if following == reference:
                    self._in_circles.update(path)
                    names = [one.text.rpartition("/")[2] for one in [*path, reference]]
                    return f"leads back to itself: {' → '.join(names)}; expected a definition"
                if following not in seen:
                    seen.add(following)
                    paths.append([*path, following])
        return ""

    def _in_place(self, reference: Reference) -> Iterator[Reference]:
        """Yield the references that stand for what a reference leads to: its own, and those of its `allOf`."""
        target = self._files.find(reference.text, reference.file)
        if target is not None:
            yield from _standing(target.node, target.file, target.pointer)


def _standing(node: Any, file: Path, pointer: Pointer) -> Iterator[Reference]:
    if not isinstance(node, dict):
        return
    if isinstance(node.get("$ref"), str):
        yield Reference(file, (*pointer, "$ref"), node["$ref"])
    parts = node.get("allOf")
    for index, part in enumerate(parts if isinstance(parts, list) else ()):
        yield from _standing(part, file, (*pointer, "allOf", index))


def _instead(step: str, known: Iterable[str], before: str, after: Iterable[str]) -> str:
    """Return the end of an error about a name that is not there: the nearest, or all if they are few."""
    names = list(known)
    near = nearest_names(step, names, 1)
    if near:
        return f"; did you mean {'/'.join([before, near[0], *after])!r}?"
    return f"; expected one of {', '.join(names)}" if 0 < len(names) <= MAX_NAMES else ""
