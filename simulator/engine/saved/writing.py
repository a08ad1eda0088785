"""Writes a world as a document."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
from msgspec import UNSET

from simulator.engine.idempotency import Replay
from simulator.engine.rules import Rule
from simulator.engine.saved.format import (
    FORMAT,
    AccountPart,
    ClockPart,
    HistoryPart,
    InventoryPart,
    JournalPart,
    ReplayPart,
    ReplyPart,
    RowPart,
    RulePart,
    RulesPart,
    ScenarioPart,
    SeededPart,
    StatePart,
    TablePart,
    WorldPart,
)
from simulator.engine.saved.records import NotPlain, is_fact, record_type
from simulator.engine.world import Snapshot, World
from simulator.provider import NO_BODY, Account, Reply
from simulator.registry import VERSION
from simulator.scenario.format import RuleFile
from simulator.store.records import Record, Row
from simulator.store.tables import SavedTable
from simulator.store.timers import SavedTimers


class CannotBeSaved(Exception):
    """A world with something that its document could not hold; the text says what."""


def write(world: World) -> bytes:
    """Return the document of a world, which `WorldReader` makes the same world of.

    Raises:
        CannotBeSaved: a record holds a value that JSON does not have.
    """
    try:
        return msgspec.json.encode(_world(world))
    except (NotPlain, TypeError, UnicodeEncodeError) as error:
        raise CannotBeSaved(f"the world {world.name!r} cannot be written: {error}") from None


def _world(world: World) -> WorldPart:
    scenario, journal = world.scenario, world.journal
    saver = _StateWriter(scenario.rules, world.seed)
    history = world.rule_history
    return WorldPart(
        format=FORMAT,
        simulator=VERSION,
        name=world.name,
        owner=world.owner,
        scenario=ScenarioPart(
            name=scenario.name, uploaded=scenario.uploaded, content=msgspec.Raw(scenario.content) if scenario.content else UNSET
        ),
        strict=scenario.strict,
        seed=world.seed,
        requests=world.request_numbers.last,
        numbered_rules=world.rules.numbered,
        state=saver.present(world),
        snapshots={name: saver.state(snapshot) for name, snapshot in world.snapshots.items()},
        journal=JournalPart(
            entries=list(journal.find()), noted=journal.noted, cleared=journal.cleared, cleared_at=journal.cleared_at
        ),
        verdict=world.verdict.findings(),
        rule_history=HistoryPart(
            fired=list(history.fired),
            lost=[saver.rule(rule, rule.fitted, rule.fired, rule.is_open) for rule in history.lost.values()],
        ),
    )


class _StateWriter:
    """Writes the states of one world: the present one, and its snapshots."""

    def __init__(self, definitions: Sequence[RuleFile], seed: int) -> None:
        self._unused = random.Random(seed).getstate()  # noqa: S311  (that of the rules)
        self._places = {id(definition): place for place, definition in enumerate(definitions)}

    def present(self, world: World) -> StatePart:
        """Return the state of a world as a part of the document."""
        part, uses = self.state(world.snapshot()), world.store.uses()
        part.clock.real = world.store.environment.clock.is_real
        for account in part.accounts:
            account.used = uses[account.provider, account.tenant]
        return part

    def state(self, saved: Snapshot) -> StatePart:
        """Return a snapshot as a part of the document."""
        store, state = saved.store, saved.state
        taken, released = store.environment.inventory.numbers(state.inventory)
        return StatePart(
            started=store.started,
            clock=ClockPart(now=state.now, frozen=state.frozen),
            is_empty=state.empty,
            accounts=[_account(account, tables) for account, tables in state.accounts.values()],
            keys=_table(state.credentials),
            timers=_table(state.timers),
            outbox=_table(state.outbox),
            turns=_table(state.turns),
            holdings=_table(saved.holdings),
            played=_table(saved.played),
            lapsed=_table(state.lapsed),
            inventory=InventoryPart(taken=taken, released=released),
            ids=state.ids,
            replays=[_replay(row) for row in saved.replays.rows.values()],
            replays_sequence=saved.replays.sequence,
            windows=saved.windows,
            rules=self._rules(*saved.rules),
        )

    def _rules(self, chance: Any, counted: Iterable[tuple[Rule, int, int, bool]]) -> RulesPart:
        return RulesPart(rules=[self.rule(*one) for one in counted], chance=None if chance == self._unused else chance)

    def rule(self, rule: Rule, fitted: int, fired: int, is_open: bool) -> RulePart:
        """Return a rule with its counts."""
        place = self._places.get(id(rule.definition))
        return RulePart(
            id=rule.id,
            scenario=UNSET if place is None else place,
            rule=rule.definition if place is None else UNSET,
            added=rule.added,
            fitted=fitted,
            is_open=is_open,
            fired=fired,
        )


def _account(account: Account[Any], tables: Mapping[str, SavedTable]) -> AccountPart:
    bases = {name: table.record for name, table in account.tables.items()}
    parts = {name: _table(saved, bases[name]) for name, saved in tables.items()}
    seeded = {name: _seeded(account.began_with(name), tables[name].rows, bases[name]) for name in account.seeded}
    kept = getattr(account.state, "__dict__", {}).items()
    facts = {name: msgspec.to_builtins(value) for name, value in kept if is_fact(value)}
    return AccountPart(
        provider=account.provider.name,
        tenant=account.tenant,
        facts=facts,
        tables={name: part for name, part in parts.items() if part.sequence},
        seeded={name: part for name, part in seeded.items() if part.same or part.others},
    )


def _table(saved: SavedTable | SavedTimers, base: type[Any] | None = None) -> TablePart:
    """Return what was saved of a table, or of timers; rows of another type than `base` name theirs."""
    return TablePart(sequence=saved.sequence, rows=_rows(saved.rows.values(), base))


def _seeded(rows: Mapping[str, Row[Any]], present: Mapping[str, Row[Any]], base: type[Any]) -> SeededPart:
    same = [key for key, row in rows.items() if key in present and present[key] == row]
    unchanged = set(same)
    return SeededPart(same=same, others=_rows((row for key, row in rows.items() if key not in unchanged), base))


def _rows(rows: Iterable[Row[Any]], base: type[Any] | None) -> list[RowPart]:
    return [_row(row, base) for row in rows]


def _row(row: Row[Any], base: type[Any] | None) -> RowPart:
    kind: type[Record] = type(row.record)
    values, as_is = record_type(kind).plain(row.record)
    return RowPart(sequence=row.sequence, record=values, type=kind.__name__ if base not in (None, kind) else "", as_is=as_is)


def _replay(row: Row[Replay]) -> ReplayPart:
    replay = row.record
    return ReplayPart(
        sequence=row.sequence, id=replay.id, fingerprint=replay.fingerprint, at=replay.at, reply=_reply(replay.reply)
    )


def _reply(reply: Reply) -> ReplyPart:
    """Return a reply; what only matters before it is shown is left out."""
    part = ReplyPart(status=reply.status, headers=reply.headers, media=reply.media, synthetic=reply.synthetic)
    if isinstance(reply.body, bytes):
        part.data = reply.body
    elif reply.body is not NO_BODY:
        part.body = reply.body
    return part
