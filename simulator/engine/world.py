"""A world: an isolated environment with its own state, clock, rules and journal."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple

from simulator.engine.holding import Holding
from simulator.engine.idempotency import Replay
from simulator.engine.journal import Journal
from simulator.engine.rule_history import IdleRule, RuleHistory
from simulator.engine.rules import Rule, Rules
from simulator.engine.verdict import Verdict
from simulator.provider import Provider
from simulator.scenario.model import Scenario
from simulator.store.receivers import Receivers
from simulator.store.store import RECORD_BYTES, SavedStore, Store
from simulator.store.tables import Table
from simulator.store.timers import Timer

JOURNAL_BYTES = 1024 * 1024
MAX_SNAPSHOTS = 100
DECODED = 2  # bytes that a byte of a body takes in a record, roughly


class Snapshot(NamedTuple):
    """Everything that a world can go back to; its parts are never changed."""

    store: Store
    state: SavedStore
    replays: Any
    holdings: Any
    windows: dict[str, tuple[int, int]]
    rules: Any


class Windows(dict[str, tuple[int, int]]):
    """Rate limits: by scope, the window's start and the requests in it."""

    name, visible = "windows", False

    def put_back(self, key: str, before: tuple[int, int] | None) -> None:
        """Undo one change."""
        if before is None:
            self.pop(key, None)
        else:
            self[key] = before


class World:
    """An isolated environment, created from a scenario."""

    store: Store
    replays: Table[Replay]
    holdings: Table[Holding]  # what the ledger knows of numbers
    windows: Windows
    rules: Rules
    journal: Journal

    def __init__(
        self,
        name: str,
        scenario: Scenario,
        providers: Mapping[str, Provider[Any]],
        seed: int | None = None,
        journal_bytes: int = JOURNAL_BYTES,
        request_numbers: Iterator[int] | None = None,
        receivers: Receivers | None = None,
    ) -> None:
        """Make a world; `request_numbers` are those of the server, over which the ids of requests are unique."""
        self.name = name
        self.owner = ""  # by which who made the world recognises it; the next one of the name has another
        self.scenario = scenario
        self.seed = scenario.seed if seed is None else seed
        self.snapshots: dict[str, Snapshot] = {}
        self.upload_bytes = 0  # of the scenario, where it was uploaded for this world
        self.snapshot_bytes = 0
        self.measured_at = float("-inf")  # on the monotonic clock
        self.next_check = 0  # the bytes of the store from which on it is checked how much may be added
        self.jobs = 0  # of the worker, which alone touches the world while there are any
        self.journal = Journal(journal_bytes)
        self.verdict = Verdict()
        self.rule_history = RuleHistory()
        self._providers = providers
        self.receivers = receivers or Receivers()
        self.webhook_target: Any = None  # takes the webhooks in this process, instead of their URLs
        self._request_numbers = itertools.count(1) if request_numbers is None else request_numbers
        self._rules_before: tuple[tuple[Rule, int, int], ...] = ()
        self._chance_before: Any = None
        self._journal_before = self.journal.mark()  # the request that is under way, and likewise the others
        self._verdict_before = self.verdict.found
        self.reset()

    def reset(self, *, empty: bool = False) -> None:
        """Go back to what the scenario describes; `empty` leaves out what its accounts hold."""
        store = Store(self.scenario, self._providers, self.seed, empty=empty, receivers=self.receivers)
        replays: Table[Replay] = Table("replays", store.changes, visible=False)
        holdings: Table[Holding] = Table("holdings", store.changes, visible=False)
        numbered, history = 0, self.rule_history
        if "rules" in vars(self):
            numbered, history = self.rules.numbered, history.extended(self.rules)
        rules = Rules(self.scenario.rules, self.seed, must_fire=self.scenario.uploaded, numbered=numbered)
        # All at once: whatever is raised meanwhile, a world is reset or it is not.
        parts = {
            "store": store,
            "replays": replays,
            "holdings": holdings,
            "windows": Windows(),
            "rules": rules,
            "rule_history": history,
        }
        vars(self).update(parts, journal=self.journal.emptied())

    def idle_rules(self) -> list[IdleRule]:
        """Return the rules that a test wrote, in its scenario or at run time, and that never fired."""
        return self.rule_history.idle(self.rules)

    def next_request_id(self) -> str:
        """Return the id of the next request."""
        return f"req-{next(self._request_numbers)}"

    def tick(self) -> list[Timer]:
        """Do what is due by now, in order, and return the timers that were."""
        return self.store.tick()

    def begin(self) -> None:
        """Begin a request, which is finished or abandoned."""
        self._rules_before, self._chance_before = (), None
        self._journal_before, self._verdict_before = self.journal.mark(), self.verdict.found
        self.store.begin()

    @property
    def has_webhooks(self) -> bool:
        """Whether webhooks wait to be sent, or an event may come of which a receiver wants to hear."""
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
        """Take back what the request has changed so far, as a provider that refuses it does."""
        self.store.undo()

    def finish(self, sent: int = 0) -> None:
        """End a request that has been answered and noted; `sent` are the bytes of its body."""
        if changes := len(self.store.changes):
            self.store.bytes += RECORD_BYTES * changes + DECODED * sent
        self.store.finish()
        self.journal.trim()

    def abandon(self) -> bool:
        """Take back everything of a request that was interrupted, by whatever was raised: it has never come.

        Return False where it is permanent already.
        """
        if not self.store.abandon():
            self.journal.count()
            self.journal.trim()
            return False
        self.journal.go_back(self._journal_before)
        self.verdict.found = self._verdict_before
        for rule, fitted, fired in self._rules_before:
            rule.fitted, rule.fired = fitted, fired
        if self._chance_before is not None:
            self.rules.chance.setstate(self._chance_before)
        return True

    @contextmanager
    def whole(self) -> Iterator[None]:
        """Do several steps as a whole: whatever is raised meanwhile, the state and the clock are as they were."""
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
        """Open accounts (provider and tenant) as a request at the start would; after the block nothing has happened."""
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
        """Keep the counts of rules, and chance, before one of the rules is chosen, for a request that is interrupted."""
        self._rules_before = tuple([(rule, rule.fitted, rule.fired) for rule in rules])
        if any(rule.needs_chance for rule, _, _ in self._rules_before):
            self._chance_before = self.rules.chance.getstate()

    def snapshot(self) -> Snapshot:
        """Return everything that can change, except the journal; costs no more than copying the lists of records."""
        replays, holdings = self.replays.save(), self.holdings.save()
        return Snapshot(self.store, self.store.save(), replays, holdings, dict(self.windows), self.rules.save())

    def restore(self, saved: Snapshot) -> None:
        """Go back to a snapshot; it can be restored again."""
        before, history = self.snapshot(), self.rule_history.extended(self.rules)
        try:
            self._load(saved)
            self.rule_history = history
        except BaseException:  # such as a KeyboardInterrupt
            self._load(before)
            raise

    def _load(self, saved: Snapshot) -> None:
        self.store = saved.store
        self.store.load(saved.state)
        self.store.environment.receivers = self.receivers
        self.replays = Table("replays", self.store.changes, visible=False)
        self.replays.load(saved.replays)
        self.holdings = Table("holdings", self.store.changes, visible=False)
        self.holdings.load(saved.holdings)
        self.windows = Windows(saved.windows)
        self.rules.load(saved.rules)
