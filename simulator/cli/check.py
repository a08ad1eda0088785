"""`simulator check`: find the faults of specs and scenarios, also those that do not keep a file from being loaded."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import click
import jsonschema_rs

from simulator.cli.files import reporting_faults
from simulator.cli.options import SETTINGS
from simulator.control import check_handlers
from simulator.documents import BrokenFile, Document, Fault, built_path, read, read_built
from simulator.openapi.spec import EXTENSIONS, Spec, compiled
from simulator.provider import bind
from simulator.registry import built_in_registry, data_folder, provider_of


@click.command("check", context_settings=SETTINGS)
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path), metavar="[PATH]...")
def command(paths: tuple[Path, ...]) -> None:
    """Check specs and scenarios.

    PATH is a file, or a folder whose YAML files are checked. Without a PATH, the built-in specs and scenarios are checked.
    Each fault is printed as `file:line: problem`; the exit code is 1 if there are any.
    """
    with reporting_faults():
        count = check_files(paths)
    click.echo(f"{count} file{'s' if count != 1 else ''}: no faults")


def check_files(paths: Sequence[Path]) -> int:
    """Check files and the YAML files of folders, or the built-in ones if there are no paths; return the number of files.

    Raises:
        BrokenFile: with every fault of every file.
    """
    files = [file for path in paths or (data_folder("specs"), data_folder("scenarios")) for file in _yaml_files(path)]
    faults: list[Fault] = []
    documents: list[Document] = []
    for file in files:
        with _collecting(faults):
            documents.append(read(file))
    for document in filter(_is_spec, documents):
        with _collecting(faults):
            faults += _check_spec(document)
    if not paths:
        faults += _stale(documents)
    with _collecting(faults):
        _check_scenarios([document for document in documents if not _is_spec(document)], faults)
    if faults:
        raise BrokenFile(sorted(set(faults)))
    return len(files)


@contextlib.contextmanager
def _collecting(faults: list[Fault]) -> Iterator[None]:
    """Collect the faults of a broken file, so that the other files are checked too."""
    try:
        yield
    except BrokenFile as broken:
        faults += broken.faults


def _yaml_files(path: Path) -> list[Path]:
    return sorted(path.rglob("*.y*ml")) if path.is_dir() else [path]


def _stale(documents: Sequence[Document]) -> Iterator[Fault]:
    """Yield the files of this package that are not what the build made JSON of; a checkout has no JSON."""
    for document in documents:
        path = Path(document.file)
        if built_path(path).is_file() and read_built(path).content != document.content:
            problem = f"{built_path(path).name} beside it, which is read in its place, differs from it; build the wheel again"
            yield document.fault([], problem)


def _is_spec(document: Document) -> bool:
    return isinstance(document.content, dict) and "openapi" in document.content


def _check_scenarios(documents: Sequence[Document], faults: list[Fault]) -> None:
    for document in documents:
        scenarios = (
            built_in_registry().scenarios
        )  # not before the loop: specs can be checked while the built-in ones are broken
        with _collecting(faults):
            scenarios.read(document, Path(document.file).stem)


def _check_spec(document: Document) -> Iterator[Fault]:
    spec = compiled(document)
    for pointer, key in _unknown_extensions(document.content, []):
        yield document.fault([*pointer, key], f"unknown extension {key!r}; expected one of {', '.join(sorted(EXTENSIONS))}")
    for operation_id, check in spec.validators():
        try:
            _ = check.validator
        except (jsonschema_rs.ValidationError, jsonschema_rs.ReferencingError, ValueError) as error:
            yield document.fault(["paths"], f"{operation_id}: a schema cannot be used: {str(error).splitlines()[0]}")
    yield from _disagreements(spec)


def _disagreements(spec: Spec) -> Sequence[Fault]:
    """Return where the provider's code disagrees with its spec; a spec without code has nothing to disagree with."""
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


def _unknown_extensions(node: Any, pointer: list[str | int]) -> Iterator[tuple[list[str | int], str]]:
    """Find extensions that the simulator does not define; examples are the provider's own and may hold anything."""
    if isinstance(node, list):
        for index, item in enumerate(node):
            yield from _unknown_extensions(item, [*pointer, index])
    elif isinstance(node, dict):
        for key, value in node.items():
            if key.startswith("x-") and key not in EXTENSIONS and (not pointer or pointer[-1] != "properties"):
                yield pointer, key
            elif key not in ("example", "examples"):
                yield from _unknown_extensions(value, [*pointer, key])
