"""Reads the state of a world, or a snapshot, from a document."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
from msgspec import UNSET

from simulator.documents import suggestion
from simulator.engine.holding import Holding, holdings_table
from simulator.engine.idempotency import Replay
from simulator.engine.played import Played
from simulator.engine.rules import Rule
from simulator.engine.saved.format import AccountPart, ReplayPart, RulePart, RulesPart, StatePart, TablePart
from simulator.engine.saved.parts import Misfit, convert
from simulator.engine.saved.records import PLAIN, is_fact
from simulator.engine.saved.tables import TableReader
from simulator.engine.world import Snapshot
from simulator.provider import NO_BODY, Account, Reply
from simulator.registry import Registry
from simulator.scenario.model import Scenario
from simulator.store.clock import EARLIEST, LATEST
from simulator.store.environment import Environment
from simulator.store.records import Row
from simulator.store.store import Store
from simulator.store.tables import Table
from simulator.store.timers import Timer, Timers

Plain = str | int | float | bool | None


def _check_times(part: StatePart) -> None:
    for name, at in (("started", part.started), ("clock", part.clock.now)):
        if at.tzinfo is None or not EARLIEST <= at < LATEST:
            raise Misfit(f"the time {at} has no time zone, or is not from {EARLIEST:%Y} to {LATEST:%Y}", name)


class StateReader:
    """Reads the states of one world."""

    def __init__(self, registry: Registry, scenario: Scenario, seed: int, *, is_strict: bool) -> None:
        self._registry, self._scenario, self._seed = registry, scenario, seed
        self._providers = {name: bound.provider for name, bound in registry.providers.items()}
        self._tables = TableReader(is_strict=is_strict)

    def read(self, part: StatePart) -> Snapshot:
        """Return a state as a snapshot, which a world can go back to.

        Raises:
            Misfit: no world can be like that.
        """
        _check_times(part)
        store = Store(self._scenario, self._providers, self._seed, empty=part.is_empty, started=part.started)
        environment = store.environment
        for index, value in enumerate(part.accounts):
            self._account(store, convert(value, AccountPart, "accounts", index), index)
        store.set_uses({place: value.get("used", 0) for place, value in zip(store.accounts, part.accounts, strict=True)})
        holdings = holdings_table(store.changes)
        played: Table[Played] = Table("played", store.changes, visible=False, record=Played)
        self._fill_shared(environment, part)
        self._fill(holdings, part.holdings, "holdings")
        self._fill(played, part.played, "played")
        self._check_owners(store, holdings)
        environment.clock.restore(part.clock.now, part.clock.frozen)
        environment.inventory.load_numbers(part.inventory.taken, part.inventory.released)
        environment.ids.load(part.ids)
        store.finish()
        replays = _replays(store, part)
        return Snapshot(
            store,
            store.save()._replace(now=part.clock.now),
            replays.save(),
            holdings.save(),
            played.save(),
            part.windows,
            self._rules(part.rules),
        )

    def _fill_shared(self, environment: Environment, part: StatePart) -> None:
        """Fill the tables that all accounts share."""
        self._fill(environment.credentials, part.keys, "keys")
        self._fill(environment.timers, part.timers, "timers")
        self._fill(environment.outbox.table, part.outbox, "outbox")
        self._fill(environment.outcomes.turns, part.turns, "turns")
        self._fill(environment.lapsed, part.lapsed, "lapsed")

    def _account(self, store: Store, part: AccountPart, index: int) -> None:
        provider = self._providers.get(part.provider)
        place = (part.provider, part.tenant)
        if provider is None:
            known = suggestion(part.provider, self._providers)
            raise Misfit(f"there is no provider {part.provider!r} here{known}", "accounts", index, "provider")
        if place in store.accounts:
            raise Misfit(f"the account {part.tenant!r} appears twice, expected once", "accounts", index, "tenant")
        try:
            account: Account[Any] = store.reopen(provider, part.tenant)
        except ValueError as error:  # of its section in the scenario
            raise Misfit(f"the account cannot be opened: {error}", "accounts", index) from None
        kept = getattr(account.state, "__dict__", {})
        for name, fact in part.facts.items():
            if name in kept and is_fact(kept[name]):
                kind: Any = Plain if type(kept[name]) in PLAIN else type(kept[name])
                kept[name] = convert(fact, kind, "accounts", index, "facts", name)
        for member, names in (("tables", part.tables), ("seeded", part.seeded)):
            for name in names:
                if name not in account.tables:
                    problem = f"unknown table {name!r}{suggestion(name, account.tables)}"
                    raise Misfit(problem, "accounts", index, member, name)
        for name, table in account.tables.items():
            self._fill(table, part.tables.get(name, TablePart()), "accounts", index, "tables", name)
        account.seeded = {name: tuple(rows.values()) for name, rows in self._seeded(account, part, index)}
        store.accounts[place] = account

    def _seeded(self, account: Account[Any], part: AccountPart, index: int) -> Iterator[tuple[str, dict[str, Row[Any]]]]:
        for name, seeded in part.seeded.items():
            try:
                yield name, self._tables.seeded(account.tables[name], seeded)
            except Misfit as error:
                raise error.below("accounts", index, "seeded", name) from None

    def _fill(self, table: Table[Any] | Timers, part: TablePart, *pointer: str | int) -> None:
        try:
            self._tables.fill(table, part)
        except Misfit as error:
            raise error.below(*pointer) from None

    def _check_owners(self, store: Store, holdings: Table[Holding]) -> None:
        """Refuse what belongs to an account, or to a part of a provider, that does not exist: it would fail when it is due."""
        for name, table in (
            ("timers", store.environment.timers),
            ("outbox", store.environment.outbox.table),
            ("holdings", holdings),
        ):
            records: list[Any] = [row.record for row in table.rows().values()]
            for index, record in enumerate(records):
                problem = self._strays(store, record)
                if problem:
                    raise Misfit(problem, name, "rows", index, "record")

    def _strays(self, store: Store, record: Any) -> str:
        """Return why a timer, a webhook or a number belongs to nothing; empty if it does belong to something."""
        if isinstance(record, Timer) and not record.provider:
            known = len(self._scenario.acts)
            return "" if record.subject in map(str, range(known)) else f"the scenario has {known} acts, the first is 0"
        if (record.provider, record.tenant) not in store.accounts:
            return f"there is no account {record.tenant!r} of {record.provider!r} in this document"
        provider = self._providers[record.provider]
        resource, table = getattr(record, "resource", ""), getattr(record, "table", "")
        if resource and resource not in provider.events:
            return f"{record.provider} has no {resource!r} that is finished later{suggestion(resource, provider.events)}"
        if table and table not in provider.rentals:
            return f"{record.provider} has no rented table {table!r}{suggestion(table, provider.rentals)}"
        if hasattr(record, "receiver") and provider.webhooks is None:
            return f"{record.provider} sends no webhooks"
        return ""

    def _rules(self, part: RulesPart | None) -> tuple[Any, list[tuple[Rule, int, int, bool]]]:
        """Return what `Rules.load` takes."""
        chance = random.Random(self._seed)  # noqa: S311  (a test must be able to repeat it)
        if part is None:
            rules = [Rule(f"rule-{number}", definition) for number, definition in enumerate(self._scenario.rules, 1)]
            return chance.getstate(), [(rule, 0, 0, False) for rule in rules]
        if part.chance is not None:
            try:
                chance.setstate(part.chance)
            except (ValueError, OverflowError) as error:
                raise Misfit(f"this is not a state of chance: {error}", "rules", "chance") from None
        counted = self.rules(part.rules, "rules", "rules")
        both = zip(counted, part.rules, strict=True)
        return chance.getstate(), [(rule, one.fitted, one.fired, one.is_open) for rule, one in both]

    def rules(self, parts: Sequence[RulePart], *pointer: str | int) -> list[Rule]:
        """Return rules with their counts.

        Raises:
            Misfit: one of them is no rule, or can never fire.
        """
        rules = []
        for index, part in enumerate(parts):
            rule = Rule(part.id, self._definition(part, *pointer, index), added=part.added)
            rule.fitted, rule.fired, rule.is_open = part.fitted, part.fired, part.is_open
            rules.append(rule)
        return rules

    def _definition(self, part: RulePart, *pointer: str | int) -> Any:
        if (part.scenario is UNSET) is (part.rule is UNSET):
            raise Misfit("expected exactly one of scenario and rule", *pointer)
        if isinstance(part.scenario, int):
            if part.scenario >= len(self._scenario.rules):
                raise Misfit(f"the scenario has {len(self._scenario.rules)} rules, the first is 0", *pointer, "scenario")
            return self._scenario.rules[part.scenario]
        rule: Any = part.rule
        for place, problem in self._registry.scenarios.rule_validator.faults(rule):
            raise Misfit(problem, *pointer, "rule", *place)
        return rule


def _replays(store: Store, part: StatePart) -> Table[Replay]:
    table: Table[Replay] = Table("replays", store.changes, visible=False, record=Replay)
    sequences = [one.sequence for one in part.replays]
    if len(set(sequences)) < len(sequences) or max([0, *sequences]) > part.replays_sequence:
        raise Misfit(f"the sequences are not {len(sequences)} different numbers up to {part.replays_sequence}", "replays")
    table.fill([Row(one.sequence, _replay(one)) for one in part.replays], part.replays_sequence)
    return table


def _replay(part: ReplayPart) -> Replay:
    reply = part.reply
    body = NO_BODY if reply.body is UNSET else reply.body
    body = body if isinstance(reply.data, msgspec.UnsetType) else reply.data
    shown = Reply(body, reply.status, reply.headers, reply.media, reply.synthetic)
    return Replay(id=part.id, fingerprint=part.fingerprint, reply=shown, at=part.at)
