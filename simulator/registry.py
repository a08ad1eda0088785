"""The registry of providers, from every source, and of scenarios, by name."""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache, cached_property
from importlib import metadata
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import msgspec

from simulator.documents import BrokenFile, Fault, nearest, read, read_built
from simulator.inferred.folder import ProviderFolder
from simulator.inferred.wheels import InstalledProviders, reads_plugins
from simulator.openapi import spec
from simulator.provider import BoundProvider, Provider
from simulator.provider.bound import join
from simulator.scenario.files import scenario_files, stamp_of
from simulator.scenario.loader import Scenarios
from simulator.scenario.model import Scenario
from simulator.store.work import weigh

try:
    VERSION = metadata.version("provider-simulator")
except metadata.PackageNotFoundError:  # a source tree that was never installed
    VERSION = "0+unknown"


LOADING = 100  # units of work to load a scenario
BUILT_IN = "built in"  # the origin of our own providers
SCENARIO_LIST = "`simulator list --scenarios`"


class UnknownScenario(LookupError):
    """No scenario has this name."""


class ProviderPackage(msgspec.Struct, frozen=True):
    """A provider that is not loaded yet: its spec, its module and its origin."""

    name: str
    spec: Path
    module: str  # The module has the attribute `provider`.
    origin: str

    def load(self) -> BoundProvider:
        """Import the module and join its provider with the spec, of which only the head is read; the rest is read when used.

        Raises:
            BrokenFile: the head of the spec is broken, the module cannot be imported, or the operations of the two differ.
        """
        try:
            provider = provider_of(self.module)
        except (ImportError, AttributeError, LookupError) as error:
            problem = f"cannot load the provider for this spec ({self.origin}): {error}"
            raise BrokenFile([Fault(str(self.spec), 1, problem)]) from error
        return join(provider, spec.load_lazily(self.spec))


class Package(Protocol):
    """A provider that is not loaded yet."""

    @property
    def name(self) -> str:
        """The name of the provider."""

    @property
    def spec(self) -> Path:
        """The file that describes it."""

    @property
    def origin(self) -> str:
        """Where it is from, in words."""

    def load(self) -> BoundProvider:
        """Return the provider.

        Raises:
            BrokenFile: it cannot be served.
        """


class ProviderSource(Protocol):
    """A source of providers."""

    def packages(self) -> Iterator[Package]:
        """Yield the providers of this source, sorted by name."""


class SpecFolder:
    """A folder of specs and the Python package of their providers; files with a leading `_` are skipped."""

    def __init__(self, specs: Path, package: str, origin: str) -> None:
        self._specs, self._package, self._origin = specs, package, origin

    def packages(self) -> Iterator[ProviderPackage]:
        """Yield the providers of the folder.

        Raises:
            BrokenFile: the folder has no specs.
        """
        paths = [path for path in sorted(self._specs.glob("*.yaml")) if not path.stem.startswith("_")]
        if not paths:
            raise BrokenFile([Fault(str(self._specs), 1, "the folder has no specs; expected one *.yaml for each provider")])
        for path in paths:
            yield ProviderPackage(path.stem, path, f"{self._package}.{path.stem}", self._origin)


def provider_of(module: str) -> Provider[Any]:
    """Return the provider that a module defines.

    Raises:
        ImportError, AttributeError: there is no such module, or it has no `provider`.
    """
    provider: Provider[Any] = importlib.import_module(module).provider
    return provider


def data_folder(name: str) -> Path:
    """Return the folder of `specs` or `scenarios`: inside the installed package, or beside it in a checkout."""
    package = Path(__file__).parent
    inside = package / name
    return inside if inside.is_dir() else package.parent / name


def built_in() -> SpecFolder:
    """Return the source of the built-in providers."""
    return SpecFolder(data_folder("specs"), "simulator.providers", BUILT_IN)


def load_providers(*sources: ProviderSource) -> dict[str, BoundProvider]:
    """Load the providers of all sources.

    Raises:
        BrokenFile: one of them cannot be served, or two have the same name.
    """
    providers: dict[str, BoundProvider] = {}
    _add(providers, *sources)
    return providers


def _add(providers: dict[str, BoundProvider], *sources: ProviderSource) -> None:
    for package in (package for source in sources for package in source.packages()):
        if package.name in providers:
            taken = f"there is one already ({providers[package.name].origin})"
            problem = f"duplicate provider name {package.name!r} ({package.origin}); {taken}"
            raise BrokenFile([Fault(str(package.spec), 1, problem)])
        loaded = msgspec.structs.replace(package.load(), origin=package.origin)
        hosts = {host: f"{one.name} ({one.origin})" for one in providers.values() for host in one.spec.hosts}
        for host in [host for host in loaded.spec.hosts if host in hosts]:
            problem = f"the host {host} of {package.name} ({package.origin}) is also that of {hosts[host]}"
            raise BrokenFile([Fault(str(package.spec), 1, problem)])
        providers[package.name] = loaded


class Loaded(NamedTuple):
    """A scenario, and the state in which its file was when it was read."""

    path: Path
    stamp: tuple[int, int, int]
    scenario: Scenario


class Registry:
    """Providers and scenarios; immutable, except that scenarios are loaded on first use, and again when their file changes."""

    def __init__(self, providers: Mapping[str, BoundProvider], *scenarios: Path, verified: Path | None = None) -> None:
        """Take the scenarios of several folders, a later one before an earlier; `simulator check` has checked `verified`."""
        self.providers = dict(providers)
        self.hosts = {host: service for service in self.providers.values() for host in service.spec.hosts}
        self.scenarios = Scenarios(self.providers)
        self._folders, self._verified = scenarios, verified
        self._own = {name: place for name, service in self.providers.items() if (place := _scenarios_of(service))}
        self._loaded: dict[str, Loaded] = {}

    def with_providers(self, *sources: ProviderSource) -> Registry:
        """Return a copy with the providers of more sources.

        Raises:
            BrokenFile: one of them cannot be served, has the name or a host of another, or a scenario of it has faults.
        """
        providers = dict(self.providers)
        _add(providers, *sources)
        extended = Registry(providers, *self._folders, verified=self._verified)
        for name in [name for name in extended._own if name not in self._own]:
            extended._check_scenarios_of(name)
        return extended

    def _check_scenarios_of(self, provider: str) -> None:
        """Load the scenarios that come with a provider.

        Raises:
            BrokenFile: with every fault of them, and where the provider is from.
        """
        origin = self.providers[provider].origin
        faults: list[Fault] = []
        try:
            for name, _ in scenario_files(self._own[provider]):
                with _collected(faults):
                    self.scenario(f"{provider}/{name}")
        except BrokenFile as broken:
            faults += broken.faults
        if faults:
            raise BrokenFile([Fault(one.file, one.line, f"{one.problem} ({origin})") for one in faults])

    def extended(self, scenarios: Path) -> Registry:
        """Return a copy with a folder of more scenarios, which override those of the same name.

        Raises:
            BrokenFile: with every fault of every file in the folder.
        """
        extended = Registry(self.providers, *self._folders, scenarios, verified=self._verified)
        faults: list[Fault] = []
        for name, _ in scenario_files(scenarios):
            with _collected(faults):
                extended.scenario(name)
        if faults:
            raise BrokenFile(faults)
        return extended

    def adopt(self, other: Registry) -> None:
        """Take over the content of another registry, for objects that refer to this one or to its hosts."""
        if other is self:
            return
        self.providers, self.scenarios = other.providers, other.scenarios
        self._folders, self._verified, self._loaded = other._folders, other._verified, other._loaded
        self.hosts.update(other.hosts)
        for host in self.hosts.keys() - other.hosts.keys():
            del self.hosts[host]

    def scenario_names(self) -> list[str]:
        """Return the names of all scenarios."""
        return sorted(self._files())

    def _files(self) -> dict[str, Path]:
        """Return the files of all scenarios by name; the user's folders are listed each time, as files come and go."""
        files = dict(self._verified_files)
        for provider, folder in self._own.items():
            files |= {f"{provider}/{name}": path for name, path in scenario_files(folder)}
        for folder in [folder for folder in self._folders if folder != self._verified]:
            files |= scenario_files(folder)
        return files

    @cached_property
    def _verified_files(self) -> dict[str, Path]:
        return dict(scenario_files(self._verified)) if self._verified in self._folders else {}

    def scenario_descriptions(self) -> dict[str, str]:
        """Return what each scenario is for, or what is wrong with its file, which may have changed since the start."""
        files = self._files()
        weigh(LOADING * len(files.keys() - self._loaded.keys()) + len(files))
        return {name: self._description(files[name], name) for name in sorted(files)}

    def _description(self, path: Path, name: str) -> str:
        try:
            return self._load(path, name).description
        except BrokenFile as error:
            return f"Cannot be loaded: {error}"

    def scenario(self, name: str) -> Scenario:
        """Return the scenario of a name; a file of the user's is read again when it has changed.

        Raises:
            UnknownScenario: no scenario has this name.
            BrokenFile: its file has faults.
        """
        files = self._files()
        if name not in files:
            raise UnknownScenario(f"unknown scenario {name!r}{nearest(name, sorted(files), SCENARIO_LIST)}")
        return self._load(files[name], name)

    def _load(self, path: Path, name: str) -> Scenario:
        loaded = self._loaded.get(name)
        if self._verified_files.get(name) is path:
            if loaded is None or loaded.path != path:
                loaded = Loaded(path, (0, 0, 0), self.scenarios.read_verified(read_built(path), name))
        else:
            stamp = stamp_of(path)
            if loaded is None or (loaded.path, loaded.stamp) != (path, stamp):
                loaded = Loaded(path, stamp, self.scenarios.read(read(path), name))
        self._loaded[name] = loaded
        return loaded.scenario

    def scenario_or_file(self, name: str) -> Scenario:
        """Return the scenario of a name or a file; for the operator of the server only, as clients must not name files.

        Raises:
            UnknownScenario: no scenario and no file has this name.
            BrokenFile: the file has faults.
        """
        path = Path(name)
        if path.suffix in (".yaml", ".yml") and path.exists():
            return self._load(path, name)
        return self.scenario(name)


@contextmanager
def _collected(faults: list[Fault]) -> Iterator[None]:
    """Collect the faults of a broken file, so that others are loaded too."""
    try:
        yield
    except BrokenFile as broken:
        faults += broken.faults


def _scenarios_of(service: BoundProvider) -> Path | None:
    """Return the folder of the scenarios that come with a provider: `scenarios` beside its spec."""
    folder = Path(service.spec.file).parent / "scenarios"
    return folder if service.origin != BUILT_IN and folder.is_dir() else None


@cache
def built_in_registry() -> Registry:
    """Return the registry of the built-in providers and scenarios."""
    scenarios = data_folder("scenarios")
    return Registry(load_providers(built_in()), scenarios, verified=scenarios)


def registry_with(providers: Path | None = None, scenarios: Path | None = None) -> Registry:
    """Return the registry of the built-in and the installed providers and scenarios, with those of the user's own folders.

    Raises:
        BrokenFile: with every fault of the files.
    """
    registry = _installed_registry() if reads_plugins() else built_in_registry()
    if providers is not None:
        registry = registry.with_providers(ProviderFolder(providers))
    return registry.extended(scenarios) if scenarios is not None else registry


def reloaded_registry(providers: Path | None = None, scenarios: Path | None = None) -> Registry:
    """Return the same registry with everything outside the simulator loaded again: folders, and installed providers.

    Raises:
        BrokenFile: with every fault of the files.
    """
    if reads_plugins():
        for package in InstalledProviders().packages():
            package.forget()
    _installed_registry.cache_clear()
    return registry_with(providers, scenarios)


@cache
def _installed_registry() -> Registry:
    return built_in_registry().with_providers(InstalledProviders())
