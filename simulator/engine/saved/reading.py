"""Reads a world from its document: whole, or not at all."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import UNSET
from msgspec.structs import replace

from simulator.documents import BrokenFile, InlineDocument, truncate
from simulator.engine.journal import Entry
from simulator.engine.rule_history import RuleHistory, digest
from simulator.engine.saved.format import FORMAT, JournalPart, ScenarioPart, StatePart, WorldPart
from simulator.engine.saved.parts import Misfit, convert, decode
from simulator.engine.saved.states import StateReader
from simulator.engine.world import MAX_SNAPSHOTS, ServerContext, Snapshot, World
from simulator.registry import VERSION, Registry, UnknownScenario
from simulator.scenario.model import Scenario


class WorldReader:
    """Reads worlds for one server."""

    def __init__(self, registry: Registry, server: ServerContext) -> None:
        self._registry, self._server = registry, server

    def read(self, raw: bytes, file: str, name: str = "") -> World:
        """Return the world of a document, which has its own name unless it is given another.

        Raises:
            BrokenFile: `file` is no such document, or one that this simulator cannot read; the fault names the place.
        """
        content = decode(raw, file)
        try:
            _check_format(content)
            part = convert(content, WorldPart)
            if not (name or part.name):
                raise Misfit("the world has no name", "name")
            return self._world(part, name or part.name)
        except Misfit as error:
            raise error.broken(file) from None

    def _world(self, part: WorldPart, name: str) -> World:
        scenario = replace(self._scenario(part.scenario), strict=part.strict)
        seed = scenario.seed if part.seed is UNSET else part.seed
        if len(part.snapshots) > MAX_SNAPSHOTS:
            raise Misfit(f"{len(part.snapshots)} snapshots, expected at most {MAX_SNAPSHOTS}", "snapshots")
        reader = StateReader(self._registry, scenario, seed, is_strict=part.simulator == VERSION)
        start = None if part.state is UNSET else _state(reader, part.state, "state")
        snapshots = {one: _state(reader, value, "snapshots", one) for one, value in part.snapshots.items()}
        lost = reader.rules(part.rule_history.lost, "rule_history", "lost")
        providers = {name: bound.provider for name, bound in self._registry.providers.items()}
        world = World(name, scenario, providers, seed, self._server, start)
        if start is not None and msgspec.convert(part.state, StatePart).clock.real:
            world.store.environment.clock.set_real()
        world.owner, world.snapshots = part.owner, snapshots
        world.rules.numbered = max(world.rules.numbered, part.numbered_rules)
        world.verdict.found = {finding.kind: finding for finding in part.verdict}
        world.rule_history = RuleHistory(dict.fromkeys(part.rule_history.fired), {digest(rule): rule for rule in lost})
        _fill_journal(world, part.journal)
        self._server.request_numbers.go_on_from(part.requests)
        return world

    def _scenario(self, part: ScenarioPart) -> Scenario:
        """Return the scenario of a world: that of this server, if it is the same, and else the one of the document."""
        try:
            own = None if part.uploaded else self._registry.scenario(part.name)
        except (UnknownScenario, BrokenFile) as error:
            if part.content is UNSET:
                raise Misfit(str(error), "scenario", "name") from None
            own = None
        if own is not None and (part.content is UNSET or msgspec.json.encode(part.content) == own.content):
            return own
        if part.content is UNSET:
            raise Misfit("an uploaded scenario without its content", "scenario")
        document = InlineDocument("content", part.content)
        try:
            return self._registry.scenarios.read(document, part.name, uploaded=part.uploaded)
        except BrokenFile as error:
            raise Misfit(str(error), "scenario") from None


def _state(reader: StateReader, value: Any, *pointer: str) -> Snapshot:
    """Return one state of a world."""
    part = convert(value, StatePart, *pointer)
    try:
        return reader.read(part)
    except Misfit as error:
        raise error.below(*pointer) from None


def _check_format(content: dict[str, Any]) -> None:
    """Refuse the document of a later simulator before anything else of it is looked at."""
    found = content.get("format")
    if type(found) is not int or found != FORMAT:
        writer = content.get("simulator", "unknown")
        shown = "missing" if "format" not in content else truncate(msgspec.json.encode(found).decode())
        which = f"the format is {shown} (written by the version {writer}), expected {FORMAT}, which {VERSION} reads"
        raise Misfit(f"{which}; a document is what GET /_simulator/worlds/NAME/snapshot returns", "format")


def _fill_journal(world: World, part: JournalPart) -> None:
    noted = max(part.noted, len(part.entries))
    world.journal.fill([_measured(entry) for entry in part.entries], noted, part.cleared, part.cleared_at)


def _measured(entry: Entry) -> Entry:
    """Return an entry with a size that is not less than what it holds."""
    least = entry.request.size + len(entry.response_body)
    return entry if entry.size >= least else replace(entry, size=least)
