"""`simulator check`: find the faults of specs and scenarios, also those that do not keep a file from being loaded."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import click
import jsonschema_rs

from simulator.cli.files import reporting_faults
from simulator.cli.options import PROVIDERS_HELP, SETTINGS, Folder, option
from simulator.control import check_handlers
from simulator.documents import BrokenFile, Document, Fault, built_path, read, read_built
from simulator.inferred.broken_references import broken_references
from simulator.inferred.files import Files
from simulator.inferred.folder import ProviderFolder
from simulator.openapi.spec import Spec, compiled
from simulator.provider import bind
from simulator.registry import Registry, built_in_registry, data_folder, provider_of

EXTENSIONS = {  # of OpenAPI, which specs may have
    "x-assumptions",
    "x-cost",
    "x-evidence",
    "x-idempotency-key",
    "x-key-pattern",
    "x-max-body",
    "x-note",
    "x-rate-limit",
    "x-simulated",
    "x-source",
}
COMPOSE = re.compile(r"(docker-)?compose(\..+)?\.ya?ml")  # names of files


@click.command("check", context_settings=SETTINGS)
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path), metavar="[PATH]...")
@option("--providers", type=Folder(), metavar="DIR", help=f"{PROVIDERS_HELP} Their specs, code and scenarios are checked.")
def command(paths: tuple[Path, ...], providers: Path | None) -> None:
    """Check specs and scenarios.

    PATH is a file, or a folder whose YAML files are checked, except Compose's and those in hidden folders; scenarios may name
    the providers of --providers. Without a PATH, these providers are checked alone, or else the built-in specs and scenarios.
    Each fault is printed as `file:line: problem`; the exit code is 1 if there are any.
    """
    with reporting_faults():
        registry, own = (built_in_registry, 0) if providers is None else check_providers(providers)
        count = own + (check_files(paths, registry) if paths or providers is None else 0)
    click.echo(f"{count} file{'s' if count != 1 else ''}: no faults")


def check_providers(folder: Path) -> tuple[Callable[[], Registry], int]:
    """Check the providers of a folder; return what gives the registry with them, and the number of specs and scenarios.

    Raises:
        BrokenFile: with every fault of every provider.
    """
    faults: list[Fault] = []
    count = 0
    for package in ProviderFolder(folder).packages():
        count += 1
        with _collecting(faults):
            broken = broken_references(Files(package.spec))
            if broken:
                raise BrokenFile(broken)
            bound = package.load()
            bound.verify()
            faults += [Fault(str(package.spec), 1, problem) for problem in _unusable(bound.spec)]
    if faults:
        raise BrokenFile(sorted(set(faults)))
    registry = built_in_registry().with_providers(ProviderFolder(folder))  # names, hosts and scenarios
    scenarios = [name for name in registry.scenario_names() if name not in built_in_registry().scenario_names()]
    return lambda: registry, count + len(scenarios)


def check_files(paths: Sequence[Path], registry: Callable[[], Registry] = built_in_registry) -> int:
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
        _check_scenarios([document for document in documents if not _is_spec(document)], faults, registry)
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
    """Return a file itself, and of a folder the YAML files that are not known to be of other tools."""
    if not path.is_dir():
        return [path]
    return [file for file in sorted(path.rglob("*.y*ml")) if not _is_foreign(file.relative_to(path))]


def _is_foreign(file: Path) -> bool:
    """Return whether a file below a folder is Compose's, such as that of `simulator init`, or in a hidden folder."""
    return COMPOSE.fullmatch(file.name) is not None or any(part.startswith(".") for part in file.parts[:-1])


def _stale(documents: Sequence[Document]) -> Iterator[Fault]:
    """Yield the files of this package that are not what the build made JSON of; a checkout has no JSON."""
    for document in documents:
        path = Path(document.file)
        if built_path(path).is_file() and read_built(path).content != document.content:
            problem = f"{built_path(path).name} beside it, which is read in its place, differs from it; build the wheel again"
            yield document.fault([], problem)


def _is_spec(document: Document) -> bool:
    return isinstance(document.content, dict) and "openapi" in document.content


def _check_scenarios(documents: Sequence[Document], faults: list[Fault], registry: Callable[[], Registry]) -> None:
    for document in documents:
        scenarios = registry().scenarios  # not before the loop: specs can be checked while the built-in ones are broken
        with _collecting(faults):
            scenarios.read(document, Path(document.file).stem)


def _check_spec(document: Document) -> Iterator[Fault]:
    broken = broken_references(Files(Path(document.file)), is_alone=True)
    if broken:
        raise BrokenFile(broken)
    spec = compiled(document)
    for pointer, key in _unknown_extensions(document.content, []):
        yield document.fault([*pointer, key], f"unknown extension {key!r}; expected one of {', '.join(sorted(EXTENSIONS))}")
    yield from (document.fault(["paths"], problem) for problem in _unusable(spec))
    yield from _disagreements(spec)


def _unusable(spec: Spec) -> Iterator[str]:
    """Yield the problems of the schemas that the validator refuses."""
    for operation_id, check in spec.validators():
        try:
            _ = check.validator
        except (jsonschema_rs.ValidationError, jsonschema_rs.ReferencingError, ValueError) as error:
            yield f"{operation_id}: a schema cannot be used: {str(error).splitlines()[0]}"


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
