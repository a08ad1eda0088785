"""Providers of installed distributions: the entry points `provider_simulator.providers`.

An entry point names a module of a package with a spec: `acme = "acme_simulator"`. The module may have an attribute `provider`,
as the file `provider.py` of a folder does; `acme = "acme_simulator.code:provider"` names it where it is called otherwise.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from importlib import import_module, invalidate_caches, metadata
from pathlib import Path
from typing import Any

import msgspec

from simulator import inferred
from simulator.documents import BrokenFile, Fault
from simulator.inferred.files import NAMES
from simulator.provider import BoundProvider
from simulator.store.switches import OFF, ON

PLUGINS = "SIMULATOR_PLUGINS"
GROUP = "provider_simulator.providers"


class WheelPackage(msgspec.Struct, frozen=True):
    """A provider of an installed distribution that is not imported yet."""

    name: str
    value: str  # of the entry point
    origin: str  # the distribution and its version

    @property
    def spec(self) -> Path:
        """The distribution, which stands for the file until the package is imported."""
        return Path(self.origin)

    def load(self) -> BoundProvider:
        """Import the package and read the spec in it.

        Raises:
            BrokenFile: it cannot be imported, has no spec, or cannot be served; with distribution and version.
        """
        module_name, _, attribute = self.value.partition(":")
        try:
            module: Any = import_module(module_name)
            code = getattr(module, attribute) if attribute else getattr(module, "provider", None)
        except (Exception, SystemExit) as error:
            raise self._broken(f"cannot be imported: {type(error).__name__}: {error}") from error
        folder = Path(module.__file__ or "").parent
        spec = next((folder / name for name in NAMES if (folder / name).is_file()), None)
        if spec is None:
            raise self._broken(f"has no spec in {folder}; expected one of {', '.join(NAMES)}")
        try:
            return inferred.load(self.name, spec, code)
        except BrokenFile as broken:
            raise BrokenFile([Fault(one.file, one.line, f"{one.problem} ({self._advice})") for one in broken.faults]) from None

    def forget(self) -> None:
        """Drop the module and those within it, so that the next load imports them as they are then."""
        module_name = self.value.partition(":")[0]
        for name in [name for name in sys.modules if name == module_name or name.startswith(f"{module_name}.")]:
            del sys.modules[name]
        invalidate_caches()

    @property
    def _advice(self) -> str:
        return f"the provider {self.name} of {self.origin}; SIMULATOR_PLUGINS=off leaves it out"

    def _broken(self, problem: str) -> BrokenFile:
        told = f"the provider {self.name} ({self.value}) {problem}; SIMULATOR_PLUGINS=off leaves it out"
        return BrokenFile([Fault(self.origin, 0, told)])


class InstalledProviders:
    """The providers of all installed distributions."""

    def packages(self) -> Iterator[WheelPackage]:
        """Yield them by name; none is imported for this."""
        for point in sorted(metadata.entry_points(group=GROUP), key=lambda point: point.name):
            origin = f"{point.dist.name} {point.dist.version}" if point.dist else "an unknown distribution"
            yield WheelPackage(point.name, point.value, origin)


def reads_plugins() -> bool:
    """Return whether the providers of installed distributions are served: SIMULATOR_PLUGINS=off leaves them out.

    Raises:
        BrokenFile: the variable has another value.
    """
    value = os.environ.get(PLUGINS, "").strip().lower()
    if not value or "://" in value:  # unset, or the address that Kubernetes puts there for a service `simulator-plugins`
        return True
    if value not in ON + OFF:
        raise BrokenFile([Fault(PLUGINS, 0, f"the value is {value!r}, expected on or off")])
    return value in ON
