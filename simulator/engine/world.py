"""A world: an isolated environment with its own state, clock, rules and journal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple

from simulator.engine.idempotency import Replay
from simulator.engine.journal import Journal
from simulator.engine.rules import Rules
from simulator.engine.verdict import Verdict
from simulator.provider import Provider
from simulator.scenario.model import Scenario
from simulator.store.store import SavedStore, Store
from simulator.store.tables import Change, Table
from simulator.store.timers import Timer

JOURNAL_BYTES = 1024 * 1024


class Snapshot(NamedTuple):
    """Everything that a world can go back to; its parts are never changed."""

    store: Store
    state: SavedStore
    replays: Any
    windows: dict[str, tuple[int, int]]
    rules: Any


class Transaction:
    """The changes of one request: they are undone unless it is kept."""

    __slots__ = ("_store",)

    def __init__(self, store: Store) -> None:
        self._store = store

    def undo(self) -> None:
        """Take back every change so far."""
        self._store.undo()

    def keep(self) -> list[Change]:
        """Make the changes permanent and return them."""
        changes = self._store.changes.copy()
        self._store.commit()
        return changes


class World:
    """An isolated environment, created from a scenario."""

    def __init__(
        self,
        name: str,
        scenario: Scenario,
        providers: Mapping[str, Provider[Any]],
        seed: int | None = None,
        journal_bytes: int = JOURNAL_BYTES,
    ) -> None:
        self.name = name
        self.scenario = scenario
        self.seed = scenario.seed if seed is None else seed
        self.snapshots: dict[str, Snapshot] = {}
        self.journal = Journal(journal_bytes)
        self.verdict = Verdict()
        self._providers = providers
        self.reset()

    def reset(self, *, empty: bool = False) -> None:
        """Go back to what the scenario describes; `empty` leaves out what its accounts hold."""
        self.store = Store(self.scenario, self._providers, self.seed, empty=empty)
        self.replays: Table[Replay] = Table("replays", self.store.changes, visible=False)
        self.windows: dict[str, tuple[int, int]] = {}  # rate limits: by scope, the window's start and the requests in it
        self.rules = Rules(self.scenario.rules, self.seed, must_fire=self.scenario.uploaded)
        self.journal.clear()
        self._requests = 0

    def next_request_id(self) -> str:
        """Return the id of the next request."""
        self._requests += 1
        return f"req-{self._requests}"

    def tick(self) -> list[Timer]:
        """Do what is due by now, in order, and return the timers that were."""
        return self.store.tick()

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """Undo on leaving whatever was changed and not kept, also when an exception of any kind passes."""
        store = self.store
        try:
            yield Transaction(store)
        finally:
            store.undo()

    def snapshot(self) -> Snapshot:
        """Return everything that can change, except the journal; costs no more than copying the lists of records."""
        return Snapshot(self.store, self.store.save(), self.replays.save(), dict(self.windows), self.rules.save())

    def restore(self, saved: Snapshot) -> None:
        """Go back to a snapshot; it can be restored again."""
        self.store = saved.store
        self.store.load(saved.state)
        self.replays = Table("replays", self.store.changes, visible=False)
        self.replays.load(saved.replays)
        self.windows = dict(saved.windows)
        self.rules.load(saved.rules)
