"""What `simulator check` looks for in specs and scenarios, beyond what already keeps them from being loaded."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import jsonschema_rs

from simulator.control import check_handlers
from simulator.documents import BrokenFile, Document, Fault, read
from simulator.openapi.spec import EXTENSIONS, Spec, compiled
from simulator.provider import bind
from simulator.registry import built_in_registry, data_folder, provider_of


def check_files(paths: Sequence[Path]) -> int:
    """Check files, and the YAML files of folders; without any, all that ship here. Returns how many there were.

    Raises:
        BrokenFile: with every fault of every file.
    """
    files = [file for path in paths or (data_folder("specs"), data_folder("scenarios")) for file in _files(path)]
    faults: list[Fault] = []
    documents: list[Document] = []
    for file in files:
        with _noting(faults):
            documents.append(read(file))
    for document in filter(_is_spec, documents):
        with _noting(faults):
            faults += _spec(document)
    with _noting(faults):
        _scenarios([each for each in documents if not _is_spec(each)], faults)
    if faults:
        raise BrokenFile(sorted(set(faults)))
    return len(files)


@contextlib.contextmanager
def _noting(faults: list[Fault]) -> Iterator[None]:
    """Go on where a file is broken, so that the faults of all are found."""
    try:
        yield
    except BrokenFile as broken:
        faults += broken.faults


def _files(path: Path) -> list[Path]:
    return sorted(path.rglob("*.y*ml")) if path.is_dir() else [path]


def _is_spec(document: Document) -> bool:
    return isinstance(document.content, dict) and "openapi" in document.content


def _scenarios(documents: Sequence[Document], faults: list[Fault]) -> None:
    for document in documents:
        scenarios = built_in_registry().scenarios  # without which no scenario can be judged
        with _noting(faults):
            scenarios.read(document, Path(document.file).stem)


def _spec(document: Document) -> Iterator[Fault]:
    spec = compiled(document)
    for pointer, key in _extensions(document.content, []):
        yield document.fault([*pointer, key], f"found the extension {key!r}, expected one of {', '.join(sorted(EXTENSIONS))}")
    for operation_id, check in spec.validators():
        try:
            _ = check.validator
        except (jsonschema_rs.ValidationError, jsonschema_rs.ReferencingError, ValueError) as error:
            yield document.fault(["paths"], f"{operation_id}: a schema cannot be used: {str(error).splitlines()[0]}")
    yield from _disagreements(spec)


def _disagreements(spec: Spec) -> Sequence[Fault]:
    """In what the code that performs a spec disagrees with it; a spec without code is only a document."""
    try:
        if spec.name == "_simulator":
            check_handlers(spec)
        else:
            bind(provider_of(f"simulator.providers.{spec.name}"), spec)
    except BrokenFile as broken:
        return broken.faults
    except (ImportError, AttributeError):
        pass
    return ()


def _extensions(node: Any, pointer: list[str | int]) -> Iterator[tuple[list[str | int], str]]:
    """Every extension that is not one of ours; examples are the provider's own and may hold anything."""
    if isinstance(node, list):
        for index, each in enumerate(node):
            yield from _extensions(each, [*pointer, index])
    elif isinstance(node, dict):
        for key, value in node.items():
            if key.startswith("x-") and key not in EXTENSIONS and (not pointer or pointer[-1] != "properties"):
                yield pointer, key
            elif key not in ("example", "examples"):
                yield from _extensions(value, [*pointer, key])
