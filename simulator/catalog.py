"""What this simulator has to offer: the providers, found by their specs, and the scenarios, found by their files."""

from __future__ import annotations

import difflib
import importlib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from simulator import spec
from simulator.documents import BrokenFile, Fault, read, read_shipped
from simulator.provider import Bound, Provider
from simulator.scenario import Scenario, Scenarios


class UnknownScenario(LookupError):
    """No scenario has this name."""


def folder(name: str) -> Path:
    """Where `specs` or `scenarios` are: inside the installed package, or beside it in a checkout."""
    package = Path(__file__).parent
    inside = package / name
    return inside if inside.is_dir() else package.parent / name


def is_built() -> bool:
    """Whether this is an installed package, whose files its tests have read before it was built, and not a checkout."""
    return (Path(__file__).parent / "specs").is_dir()


def load_providers(specs: Path) -> dict[str, Bound]:
    """Join each spec of a folder with the module of the same name; a file whose name begins with `_` is no provider.

    Raises:
        BrokenFile: a spec that cannot be served, or has no module to perform it, or disagrees with it.
    """
    bound: dict[str, Bound] = {}
    for path in sorted(specs.glob("*.yaml")):
        if path.stem.startswith("_"):
            continue
        try:
            bound[path.stem] = code(path.stem).bind(spec.load(path))
        except (ImportError, AttributeError, LookupError) as error:
            raise BrokenFile([Fault(str(path), 1, f"no code to perform this spec: {error}")]) from error
    if not bound:
        raise BrokenFile([Fault(str(specs), 1, "found no spec, expected one *.yaml for each provider")])
    return bound


def code(name: str) -> Provider[Any]:
    """The code that performs the spec of this name.

    Raises:
        ImportError, AttributeError: there is none.
    """
    module = "control" if name == "_simulator" else name
    provider: Provider[Any] = importlib.import_module(f"simulator.{module}").provider
    return provider


class Catalog:
    """Providers and scenarios; nothing in it changes."""

    def __init__(self, providers: Mapping[str, Bound], control: Bound, *scenarios: Path) -> None:
        self.providers = dict(providers)
        self.control = control
        self.hosts = {bound.spec.host: bound for bound in self.providers.values()}
        self.scenarios = Scenarios(self.providers)
        self._folders = scenarios
        self._read: dict[str, Scenario] = {}

    def joined(self, scenarios: Path) -> Catalog:
        """The same with a folder of the user's own scenarios, which need not be there; they outrank ours of the same name.

        Raises:
            BrokenFile: with every fault of every file in the folder.
        """
        both = Catalog(self.providers, self.control, *self._folders, scenarios)
        faults: list[Fault] = []
        for name, _ in _scenarios(scenarios):
            try:
                both.scenario(name)
            except BrokenFile as broken:
                faults += broken.faults
        if faults:
            raise BrokenFile(faults)
        return both

    def scenario_names(self) -> list[str]:
        """The names of all scenarios."""
        return sorted(self._files())

    def _files(self) -> dict[str, Path]:
        return dict(each for scenarios in self._folders for each in _scenarios(scenarios))

    def scenario(self, name: str) -> Scenario:
        """The scenario of a name.

        Raises:
            UnknownScenario: there is no scenario of this name.
            BrokenFile: its file is faulty.
        """
        if name not in self._read:
            files = self._files()
            if name not in files:
                raise UnknownScenario(f"no scenario {name!r}{nearest(name, sorted(files))}")
            ours = self._folders[0] in files[name].parents
            document = read_shipped(files[name]) if ours else read(files[name])
            self._read[name] = self.scenarios.read(document, name, trusted=ours and is_built())
        return self._read[name]

    def scenario_or_file(self, name: str) -> Scenario:
        """The scenario of a name, or of a file: for whoever starts the server, who may read its files; its clients may not.

        Raises:
            UnknownScenario: there is neither a scenario nor a file of this name.
            BrokenFile: the file is faulty.
        """
        path = Path(name)
        if path.suffix in (".yaml", ".yml") and path.is_file():
            return self.scenarios.read(read(path), name)
        return self.scenario(name)


def _scenarios(folder: Path) -> Iterator[tuple[str, Path]]:
    """The scenarios of a folder by name, which is the path without its ending; a mounted folder may hide its older versions."""
    for path in sorted(folder.rglob("*.y*ml")):
        inside = path.relative_to(folder)
        if not any(part.startswith(".") for part in inside.parts):
            yield inside.with_suffix("").as_posix(), path


def nearest(name: str, known: list[str]) -> str:
    """How an error goes on about a name that is not known: with the nearest ones, or with all unless they are too many."""
    near = difflib.get_close_matches(name[:100], known, 3, 0.5)  # a longer one is like none of them
    if near:
        return f"; did you mean {' or '.join(near)}?"
    return f"; there are: {', '.join(known)}" if len(known) < 20 else f"; simulator list shows the {len(known)} that there are"


@cache
def shipped() -> Catalog:
    """The catalog of the specs and scenarios that come with the simulator."""
    from simulator import control  # noqa: PLC0415  (it works on the catalog)

    specs = folder("specs")
    return Catalog(load_providers(specs), control.bind(spec.load(specs / "_simulator.yaml")), folder("scenarios"))
