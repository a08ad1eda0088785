"""A world: an isolated environment with its own state, clock, rules and journal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple

import msgspec

from simulator.engine.gates import Gates
from simulator.engine.holding import Holding, holdings_table
from simulator.engine.idempotency import Replay
from simulator.engine.journal import Journal
from simulator.engine.played import Played
from simulator.engine.request_numbers import RequestNumbers
from simulator.engine.rule_history import IdleRule, RuleHistory
from simulator.engine.rules import Rule, Rules, saved_rules
from simulator.engine.verdict import Verdict
from simulator.provider import Account, Provider
from simulator.scenario.format import Grade, RuleFile
from simulator.scenario.model import Scenario
from simulator.scenario.moments import moment
from simulator.scenario.timeline import parts_of
from simulator.store.receivers import Receivers
from simulator.store.store import RECORD_BYTES, SavedStore, Store
from simulator.store.tables import SavedTable, Table
from simulator.store.timers import Timer

JOURNAL_BYTES = 1024 * 1024
MAX_SNAPSHOTS = 100
DECODED = 2  # bytes that a byte of a body takes in a record, roughly


Play = Callable[["World", Timer, datetime], None]  # the world, the timer of an act, and when it was due


class Snapshot(NamedTuple):
    """The saved state of a world; its parts are never changed."""

    store: Store
    state: SavedStore
    replays: SavedTable
    holdings: SavedTable
    played: SavedTable
    windows: dict[str, tuple[int, int]]
    rules: Any


class RulesBefore(NamedTuple):
    """The rules before a request, for `abandon`: the counts of each, and the state of the random generator if one needs it."""

    counts: tuple[tuple[Rule, int, int], ...]
    chance: Any


NO_RULES_BEFORE = RulesBefore((), None)


class Windows(dict[str, tuple[int, int]]):
    """Rate limits: by scope, the window's start and the requests in it."""

    name, visible = "windows", False

    def put_back(self, key: str, before: tuple[int, int] | None) -> None:
        """Undo one change."""
        if before is None:
            self.pop(key, None)
        else:
            self[key] = before


class Begun(NamedTuple):
    """The parts of a world that are created with it, and again when it is reset."""

    store: Store
    replays: Table[Replay]
    holdings: Table[Holding]
    played: Table[Played]
    windows: Windows


class ServerContext(msgspec.Struct, frozen=True, kw_only=True):
    """What the worlds of one server have in common."""

    receivers: Receivers = Receivers()
    journal_bytes: int = JOURNAL_BYTES
    request_numbers: RequestNumbers = msgspec.field(default_factory=RequestNumbers)  # unique over all worlds
    play: Play | None = None  # performs the acts of a scenario's timeline; None: they are not performed


class World:
    """An isolated environment, created from a scenario."""

    store: Store
    replays: Table[Replay]
    holdings: Table[Holding]  # what the ledger knows of numbers
    played: Table[Played]  # acts of the timeline that were due
    windows: Windows
    rules: Rules
    journal: Journal

    def __init__(
        self,
        name: str,
        scenario: Scenario,
        providers: Mapping[str, Provider[Any]],
        seed: int | None = None,
        server: ServerContext | None = None,
        start: Snapshot | None = None,
    ) -> None:
        """Create a world from its scenario, or from the snapshot `start` of another world of this scenario and seed."""
        server = server or ServerContext()
        self.name = name
        self.owner = ""  # by which who made the world recognises it; the next one of the name has another
        self.scenario = scenario
        self.strict: Grade | None = None  # the evidence level that was required in place of the scenario's
        self.seed = scenario.seed if seed is None else seed
        self.snapshots: dict[str, Snapshot] = {}
        self.upload_bytes = 0  # of the scenario, where it was uploaded for this world
        self.snapshot_bytes = 0
        self.measured_at = float("-inf")  # on the monotonic clock
        self.next_check = 0  # the bytes of the store from which on it is checked how much may be added
        self.jobs = 0  # of the worker, which alone touches the world while there are any
        self.journal = Journal(server.journal_bytes)
        self.gates = Gates(self.journal.notify)
        self.verdict = Verdict()
        self.rule_history = RuleHistory()
        self._providers = providers
        self.receivers = server.receivers
        self._play = server.play
        self.webhook_target: Any = None  # takes the webhooks in this process, instead of their URLs
        self.request_numbers = server.request_numbers
        self.rules_fired: Counter[str] = Counter()  # by provider; a server counts those of all its worlds together
        self._rules_before = NO_RULES_BEFORE  # the request that is under way
        self._noted_before = self.journal.mark(), self.verdict.found
        self.rules = Rules(scenario.rules, self.seed, must_fire=scenario.uploaded)
        if start is None:
            self.store, self.replays, self.holdings, self.played, self.windows = self._begun()
        else:
            self._load(start)

    def reset(self, *, empty: bool = False) -> None:
        """Go back to what the scenario describes; `empty` leaves out what its accounts hold."""
        begun, history = self._begun(empty=empty), self.rule_history.extended(self.rules)
        must_fire, numbered = self.scenario.uploaded, self.rules.numbered
        rules = Rules(self.scenario.rules, self.seed, must_fire=must_fire, numbered=numbered)
        # All at once: whatever is raised meanwhile, a world is reset or it is not.
        vars(self).update(begun._asdict(), rules=rules, rule_history=history, journal=self.journal.emptied())
        self.gates.dissolve("the world was reset")

    def _begun(self, *, empty: bool = False) -> Begun:
        store = Store(self.scenario, self._providers, self.seed, empty=empty, receivers=self.receivers)
        self._let_play(store)
        self._schedule(store)
        return Begun(store, *_tables(store), Windows())

    def _let_play(self, store: Store) -> None:
        """Connect the acts of the scenario's timeline to a store."""
        if self._play is not None and self.scenario.acts:
            store.play = partial(self._play, self)

    def _schedule(self, store: Store) -> None:
        """Schedule the acts of the timeline."""
        if self._play is None:
            return
        for place, (at, act) in enumerate(self.scenario.acts):
            (kind,) = parts_of(act)
            due = moment(at, store.started)
            timer = Timer(id=f"act {place}", provider="", tenant="", resource=kind, subject=str(place), due=due)
            store.environment.timers.start(timer)
        store.finish()

    def number_bought_at(self, account: Account[Any], record_id: str) -> datetime:
        """Return when a number was bought; of one that its account began with, the start of the world."""
        held = self.holdings.get(f"{account.provider.name} {account.tenant} {record_id}")
        return held.bought_at if held is not None else self.store.started

    def reload(self, scenario: Scenario, providers: Mapping[str, Provider[Any]]) -> None:
        """Reset to another scenario and other providers; all snapshots are deleted."""
        self.scenario, self._providers = scenario, providers
        self.snapshots.clear()
        self.reset()

    def idle_rules(self) -> list[IdleRule]:
        """Return the rules that a test wrote, in its scenario or at run time, and that never fired."""
        return self.rule_history.idle(self.rules)

    def next_request_id(self) -> str:
        """Return the id of the next request."""
        return f"req-{self.request_numbers.take()}"

    def tick(self) -> list[Timer]:
        """Fire all due timers in order, and return them."""
        return self.store.tick()

    def begin(self) -> None:
        """Begin a request, which is finished or abandoned."""
        self._rules_before = NO_RULES_BEFORE
        self._noted_before = self.journal.mark(), self.verdict.found
        self.store.begin()

    @property
    def has_webhooks(self) -> bool:
        """Whether webhooks are pending, or an event may occur that a receiver has subscribed to."""
        environment = self.store.environment
        return not environment.outbox.is_idle or (not environment.timers.is_idle and self._is_listened_to())

    def _is_listened_to(self) -> bool:
        for (provider, _), account in self.store.accounts.items():
            webhooks = self._providers[provider].webhooks
            if webhooks is not None and webhooks.is_listened_to(account.state):
                return True
        return False

    def lead_webhooks(self, target: Any) -> None:
        """Hand webhooks to a target in this process, whatever their URLs are; None ends that."""
        self.webhook_target = target
        self.receivers = self.store.environment.receivers = Receivers(self.receivers.hosts, is_open=target is not None)

    def undo(self) -> None:
        """Undo all changes of the current request, because the provider rejects it."""
        self.store.undo()

    def finish(self, sent: int = 0) -> None:
        """End a request that has been answered and noted; `sent` are the bytes of its body."""
        if changes := len(self.store.changes):
            self.store.bytes += RECORD_BYTES * changes + DECODED * sent
        self.store.finish()
        self.journal.trim()

    def abandon(self) -> bool:
        """Undo everything that an interrupted request did, including its entry in the journal.

        Return False if its changes are permanent already.
        """
        if not self.store.abandon():
            self.journal.count()
            self.journal.trim()
            return False
        mark, self.verdict.found = self._noted_before
        self.journal.go_back(mark)
        for rule, fitted, fired in self._rules_before.counts:
            rule.fitted, rule.fired = fitted, fired
        if self._rules_before.chance is not None:
            self.rules.chance.setstate(self._rules_before.chance)
        return True

    @contextmanager
    def whole(self) -> Iterator[None]:
        """Run a block as one transaction: if it raises, the state and the clock are restored."""
        clock = self.store.environment.clock
        time = clock.save()
        self.begin()
        try:
            yield
            self.finish()
        except BaseException:
            if self.abandon():
                clock.load(time)
            raise

    @contextmanager
    def preview(self, accounts: Iterable[tuple[str, str]]) -> Iterator[None]:
        """Open accounts (provider and tenant) as of the start of the world; undo that after the block."""
        clock = self.store.environment.clock
        time = clock.save()
        self.begin()
        try:
            clock.restore(self.store.started, frozen=True)  # so that two previews are the same
            for provider, tenant in accounts:
                self.store.account(self._providers[provider], tenant)
            yield
        finally:
            self.abandon()
            clock.load(time)

    def keep_counts(self, rules: Iterable[Rule]) -> None:
        """Remember the counts of rules and the state of the random generator, so that `abandon` can restore them."""
        counts = tuple([(rule, rule.fitted, rule.fired) for rule in rules])
        needs_chance = any(rule.needs_chance for rule, _, _ in counts)
        self._rules_before = RulesBefore(counts, self.rules.chance.getstate() if needs_chance else None)

    def let_counts_stand(self) -> None:
        """Keep the counts of rules, even if the request is abandoned."""
        self._rules_before = NO_RULES_BEFORE

    def snapshot(self) -> Snapshot:
        """Return everything that can change, except the journal; costs no more than copying the lists of records."""
        replays, holdings, played = self.replays.save(), self.holdings.save(), self.played.save()
        return Snapshot(self.store, self.store.save(), replays, holdings, played, dict(self.windows), self.rules.save())

    def restore(
        self, saved: Snapshot, rules: Sequence[RuleFile] | None = None, sent: int = 0, *, forget_requests: bool = False
    ) -> list[Rule]:
        """Go back to a snapshot, which can be restored again, and return the rules that are new then.

        `rules`, from a request of `sent` bytes, replace the rules that were added since the snapshot. With
        `forget_requests` the journal is emptied.
        """
        before, numbered = self.snapshot(), self.rules.numbered
        parts = {"journal": self.journal, "rule_history": self.rule_history}
        history = self.rule_history.extended(self.rules, None if rules is None else saved_rules(saved.rules))
        try:
            self._load(saved)
            added = self.rules.add(rules, sent) if rules else []
            vars(self).update({"journal": self.journal.emptied()} if forget_requests else {}, rule_history=history)
            self.gates.dissolve("a snapshot of the world was restored")
        except BaseException:  # such as a KeyboardInterrupt
            self._load(before)
            self.rules.numbered = numbered
            vars(self).update(parts)
            raise
        return added

    def _load(self, saved: Snapshot) -> None:
        self.store = saved.store
        self._let_play(self.store)
        self.store.load(saved.state)
        self.store.environment.receivers = self.receivers
        self.replays, self.holdings, self.played = _tables(self.store)
        self.replays.load(saved.replays)
        self.holdings.load(saved.holdings)
        self.played.load(saved.played)
        self.windows = Windows(saved.windows)
        self.rules.load(saved.rules)


def _tables(store: Store) -> tuple[Table[Replay], Table[Holding], Table[Played]]:
    """Return the empty tables that a world keeps beside its accounts; their changes are undone with those of the store."""
    replays: Table[Replay] = Table("replays", store.changes, visible=False, record=Replay)
    played: Table[Played] = Table("played", store.changes, visible=False, record=Played)
    return replays, holdings_table(store.changes), played
