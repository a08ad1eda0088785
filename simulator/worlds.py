"""The worlds of one running simulator, by name."""

from __future__ import annotations

from simulator.catalog import Catalog
from simulator.scenario import Scenario
from simulator.world import World

DEFAULT = "default"


class Worlds:
    """Makes, finds and drops worlds; the world `default` is always there."""

    def __init__(self, catalog: Catalog, scenario: str) -> None:
        self.catalog = catalog
        self._providers = {name: bound.provider for name, bound in catalog.providers.items()}
        self._worlds: dict[str, World] = {}
        self._first = scenario
        self.make(DEFAULT, scenario)

    def __contains__(self, name: str) -> bool:
        return name in self._worlds

    def get(self, name: str) -> World | None:
        """The world of a name, or None."""
        return self._worlds.get(name)

    def all(self) -> list[World]:
        """Every world, the oldest first."""
        return list(self._worlds.values())

    def make(self, name: str, scenario: str | Scenario | None = None, seed: int | None = None) -> World:
        """Make a world, or replace it; from the scenario that `default` began with unless another is named.

        Raises:
            UnknownScenario, BrokenFile: the scenario cannot be had; a world of that name stays as it was.
        """
        found = scenario if isinstance(scenario, Scenario) else self.catalog.scenario(scenario or self._first)
        world = World(name, found, self._providers, seed)
        self._worlds[name] = world
        return world

    def drop(self, name: str) -> None:
        """Forget a world; `default` is made anew."""
        self._worlds.pop(name)
        if name == DEFAULT:
            self.make(DEFAULT)
