"""The worlds of one simulator, by name."""

from __future__ import annotations

import itertools
import logging
from collections import Counter, deque
from threading import Lock
from time import monotonic
from typing import NamedTuple

from msgspec.structs import replace

from simulator.documents import BrokenFile
from simulator.engine import acts, gates
from simulator.engine.memory import measured, size_of
from simulator.engine.saved import WorldReader
from simulator.engine.world import MAX_SNAPSHOTS, ServerContext, World
from simulator.registry import Registry, UnknownScenario
from simulator.scenario.format import Grade, Strict
from simulator.scenario.model import Scenario
from simulator.store.receivers import Receivers
from simulator.store.store import MAX_ACCOUNTS
from simulator.store.work import AT_ONCE, weigh

DEFAULT = "default"

WORLD_SHARE = 4  # a world takes at most a quarter of the memory of all
SNAPSHOT_SHARE = 2  # the snapshots of a world take at most half of its memory
LONG = AT_ONCE + 1  # units of work on a world that is as large as it may be
STEP = 1024 * 1024  # bytes that a world may grow before it is looked at again
AGAIN = 1.0  # seconds before a world that is full is measured again
TOO_LARGE = "the world {} would take {} bytes, at most {} are allowed, a quarter of --max-memory; use less, or raise that limit"
FULL = (
    "the world {0} is full: its records, snapshots, rules and request log take {1} bytes, the most that one world may, a "
    "quarter of --max-memory; reset it (POST /_simulator/worlds/{0}/reset), or raise that limit"
)
MAX_UNKNOWN = 20  # names of worlds that do not exist and were addressed, which are remembered: the newest
MAX_NAME = 100  # characters of such a name

log = logging.getLogger("simulator")


class Bounds(NamedTuple):
    """Limits of a server: worlds, and bytes of the journal of each world."""

    worlds: int = 1000
    journal_bytes: int = 1024 * 1024
    memory_bytes: int = 1024 * 1024 * 1024  # of all worlds, roughly

    @property
    def world_bytes(self) -> int:
        """The most bytes that one world may take."""
        return self.memory_bytes // WORLD_SHARE

    @property
    def snapshot_bytes(self) -> int:
        """The most bytes that the snapshots of a world may take."""
        return self.world_bytes // SNAPSHOT_SHARE

    @property
    def held_bytes(self) -> int:
        """The most bytes that requests may take that wait at the gates of all worlds."""
        return self.memory_bytes // gates.SHARE


class WorldTooLarge(Exception):
    """A world takes more bytes than one may."""


BOUNDS = Bounds()


class Worlds:
    """Creates, finds and deletes worlds; `default` always exists, and the least recently used ones are deleted first."""

    def __init__(self, registry: Registry, scenario: str, bounds: Bounds = BOUNDS, receivers: Receivers | None = None) -> None:
        self.registry = registry
        self.bounds = bounds
        self._changing = Lock()  # of the table of worlds, for the thread that handles long requests
        self._providers = {name: bound.provider for name, bound in registry.providers.items()}
        self._worlds: dict[str, World] = {}
        self._used: dict[str, int] = {}  # when `get` or `make` last returned a world, as a counter
        self._uses = itertools.count()
        self._server = ServerContext(receivers=receivers or Receivers(), journal_bytes=bounds.journal_bytes, play=acts.play)
        self.rules_fired: Counter[str] = Counter()  # by provider, in worlds that are gone too
        self._unknown: deque[str] = deque(maxlen=MAX_UNKNOWN)
        self._first = scenario
        self.first = registry.scenario_or_file(scenario)
        self.make(DEFAULT)

    def __contains__(self, name: str) -> bool:
        return name in self._worlds

    def get(self, name: str) -> World | None:
        """Return the world of a name, or None."""
        world = self._worlds.get(name)
        if world is not None:
            self._used[name] = next(self._uses)
        return world

    def peek(self, name: str) -> World | None:
        """Return the world of a name, or None, without counting that as a use."""
        return self._worlds.get(name)

    def note_unknown(self, name: str) -> None:
        """Remember that a request addressed a world that does not exist."""
        name = name[:MAX_NAME]
        if name not in self._unknown:
            self._unknown.append(name)

    def unknown(self) -> list[str]:
        """Return the names that were addressed and are not those of worlds, the newest last."""
        return [name for name in self._unknown if name not in self._worlds]

    @property
    def limit(self) -> int:
        """How many worlds there may be."""
        return max(2, self.bounds.worlds)

    def usage(self) -> dict[str, dict[str, int]]:
        """Return the limits of the server, and how much of each is used."""
        worlds = self.all()
        sizes, most, memory = [size_of(world) for world in worlds], self.limit, self.bounds.memory_bytes
        used_and_limit = {
            "worlds": (len(worlds), most),
            "memory_bytes": (sum(sizes), memory),
            "largest_world_bytes": (max(sizes), self.bounds.world_bytes),
            "record_bytes": (sum(world.store.bytes for world in worlds), memory),
            "journal_bytes": (sum(world.journal.size for world in worlds), most * self.bounds.journal_bytes),
            "rule_bytes": (sum(world.rules.bytes + world.upload_bytes for world in worlds), memory),
            "snapshot_bytes": (sum(world.snapshot_bytes for world in worlds), most * self.bounds.snapshot_bytes),
            "held_bytes": (self._held_bytes(), self.bounds.held_bytes),
            "held_requests": (sum(world.gates.waiting for world in worlds), most * gates.MAX_HELD),
            "snapshots": (sum(len(world.snapshots) for world in worlds), most * MAX_SNAPSHOTS),
            "accounts": (sum(len(world.store.accounts) for world in worlds), most * MAX_ACCOUNTS),
        }
        return {name: {"used": used, "limit": limit} for name, (used, limit) in used_and_limit.items()}

    def _held_bytes(self) -> int:
        return sum(world.gates.bytes for world in self.all())

    def all(self) -> list[World]:
        """Return every world, the oldest first."""
        return list(self._worlds.values())

    def make(
        self, name: str, scenario: str | Scenario | None = None, seed: int | None = None, strict: Grade | None = None
    ) -> World:
        """Create or replace a world; without a scenario it gets the one that `default` started with.

        `seed` and `strict` override the scenario, except for the operations that its `strict` accepts.

        Raises:
            UnknownScenario, BrokenFile: the scenario cannot be loaded; an existing world of that name is unchanged.
        """
        if isinstance(scenario, str):
            scenario = self.registry.scenario(scenario)
        scenario = scenario or self.starting()
        scenario = _with_strictness(scenario, strict)
        world = World(name, scenario, self._providers, seed, self._server)
        world.strict = strict
        return self.add(world)

    def read(self, document: bytes, file: str, name: str = "") -> World:
        """Return the world of a document, under its own name unless another one is given; it is not among the worlds yet.

        Raises:
            BrokenFile: the document cannot be read; the fault names the place in `file`.
        """
        reader = WorldReader(self.registry, self._server)
        world = reader.read(document, file, name)
        world.store.bytes = measured(world)
        return world

    def add(self, world: World) -> World:
        """Add a world, replacing the one of its name.

        Raises:
            WorldTooLarge: it takes more bytes than a world may.
        """
        world.next_check = world.store.bytes + STEP
        if (size := size_of(world)) > self.bounds.world_bytes:
            raise WorldTooLarge(TOO_LARGE.format(world.name, size, self.bounds.world_bytes))
        world.rules_fired = self.rules_fired
        own = self.bounds.memory_bytes // gates.OWN_SHARE
        world.gates.limit = gates.HeldBytes(own, self.bounds.held_bytes, self._held_bytes)
        with self._changing:
            self._used[world.name] = next(self._uses)
            self._dissolve_gates(world.name, "the world was replaced")
            others = {other: existing for other, existing in self._worlds.items() if other != world.name}
            self._worlds = {**others, world.name: world}  # A world that is replaced becomes the newest, and is never missing.
        return world

    def may_grow(self, world: World) -> bool:
        """Return whether a world may grow, and make room for it; a world that seems full is measured first.

        Raises:
            Postponed: others wait, and the world is to be measured, or worlds are to be deleted.
        """
        if size_of(world) > self.bounds.world_bytes and monotonic() - world.measured_at > AGAIN:
            weigh(LONG)
            world.measured_at = monotonic()
            world.store.bytes = measured(world)
        if size_of(world) > self.bounds.world_bytes:
            world.next_check = 0
            return False
        if sum(map(size_of, self.all())) > self.bounds.memory_bytes:
            weigh(LONG)
        world.next_check = world.store.bytes + STEP
        self.make_room(world.name)
        return True

    def starting(self) -> Scenario:
        """Return the scenario of worlds for which none is named, read from the current file.

        Raises:
            UnknownScenario, BrokenFile: the file has changed since the start, and cannot be loaded any more.
        """
        self.first = self.registry.scenario_or_file(self._first)
        return self.first

    def reload(self, registry: Registry) -> None:
        """Reset every world to other providers and to the current version of its scenario.

        Raises:
            UnknownScenario, BrokenFile: a scenario cannot be loaded; no world has changed then.
        """
        providers = {name: bound.provider for name, bound in registry.providers.items()}
        first = registry.scenario_or_file(self._first)
        scenarios: list[tuple[World, Scenario]] = []
        for world in self._worlds.values():
            scenario = world.scenario
            if not scenario.uploaded:
                named = first if scenario.name == first.name else registry.scenario_or_file(scenario.name)
                scenario = _with_strictness(named, world.strict)
            World(world.name, scenario, providers)  # raises what is wrong with it
            scenarios.append((world, scenario))
        self._providers, self.first = providers, first
        for world, scenario in scenarios:
            world.reload(scenario, providers)

    def make_room(self, name: str) -> list[str]:
        """Delete the least recently used worlds, but not `name`, until the limits hold; return their names."""
        worlds = dict(self._worlds)
        excess, sizes = len(worlds) - self.limit, {other: size_of(world) for other, world in worlds.items()}
        surplus = sum(sizes.values()) - self.bounds.memory_bytes
        others = [other for other in worlds if other not in (DEFAULT, name)] if excess > 0 or surplus > 0 else []
        dropped = []
        for other in sorted(others, key=lambda other: self._used.get(other, 0)):
            if excess > 0:
                limit = f"there are at most {self.bounds.worlds} (--max-worlds)"
            elif surplus > 0:
                limit = f"all together take at most {self.bounds.memory_bytes} bytes (--max-memory)"
            else:
                break
            self.drop(other)
            log.warning("dropped the world %s to make room for %s: %s", other, name, limit)
            dropped.append(other)
            excess, surplus = excess - 1, surplus - sizes[other]
        return dropped

    def drop(self, name: str) -> None:
        """Delete a world; `default` is created again."""
        if name == DEFAULT:
            try:
                self.make(DEFAULT)
            except (UnknownScenario, BrokenFile) as error:  # its file has changed since the start
                log.warning("the world %s keeps its former scenario: %s", DEFAULT, error)
                self.make(DEFAULT, self.first)
        else:
            with self._changing:
                self._dissolve_gates(name, "the world was deleted")
                self._worlds = {other: world for other, world in self._worlds.items() if other != name}
            self._used.pop(name, None)

    def _dissolve_gates(self, name: str, why: str) -> None:
        """Answer all requests that wait at the gates of a world."""
        if name in self._worlds:
            self._worlds[name].gates.dissolve(why)


def _with_strictness(scenario: Scenario, strict: Grade | None) -> Scenario:
    """Return a scenario with another evidence level that is required; None leaves that of the scenario."""
    if strict is None:
        return scenario
    return replace(scenario, strict=Strict(strict, scenario.strict.accept if scenario.strict else []))
