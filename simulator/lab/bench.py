"""The bench of a hunt: it puts the world back, sets the faults of a schedule, runs the client and keeps what happened."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from decimal import Decimal
from functools import cached_property
from typing import Any, NamedTuple

from simulator.lab.client import Client, Outcome, Signals
from simulator.lab.kinds import READS
from simulator.lab.schedule import PREFIX, Fault, Schedule, rules

Json = dict[str, Any]
Call = Callable[[str, str, Json | None], Any]  # of the control API; the path is below the world


class Exchange(NamedTuple):
    """One request of a run."""

    id: str
    operation: str  # empty: no route
    occurrence: int  # of the operation in this run, counted from 1; 0 for a delivery of a proxy
    method: str
    path: str
    status: int
    error: str
    rule: str  # the name of the rule that fired; empty: none
    fault: str

    @property
    def address(self) -> str:
        """The operation and occurrence, as schedules have it."""
        return f"{self.operation}#{self.occurrence}"

    @property
    def is_read(self) -> bool:
        """Whether it changes nothing."""
        return self.method in READS

    @property
    def reaction(self) -> tuple[str, ...]:
        """What tells whether a client reacted in a way that was not seen yet."""
        return (self.operation, str(self.status), self.rule.rpartition(":")[2], self.fault)


class Ledger(NamedTuple):
    """What a run bought and gave back."""

    spent: Decimal
    rented: list[Json]
    entries: list[Json]


class Run:
    """One run of the client under a schedule."""

    def __init__(self, schedule: Schedule, outcome: Outcome, trace: Sequence[Exchange], bench: Bench) -> None:
        self.schedule, self.outcome, self.trace = schedule, outcome, trace
        self._bench = bench
        self.is_novel = False  # its reactions were not seen before
        self.violation = ""

    @cached_property
    def ledger(self) -> Ledger:
        """What the world's ledger has; to be read before the next run."""
        listed = self._bench.call("GET", "/ledger", None)
        return Ledger(Decimal(listed["spent"]), listed["rented"], listed["entries"])

    @cached_property
    def fired(self) -> frozenset[Fault]:
        """The faults that were met."""
        names = {exchange.rule for exchange in self.trace}
        return frozenset(fault for fault in self.schedule if fault.rule in names)

    @property
    def effective(self) -> Schedule:
        """The schedule without the faults that were never met."""
        return tuple(fault for fault in self.schedule if fault in self.fired)

    @property
    def last(self) -> int:
        """The index behind the request that met the last fault first."""
        if not self.schedule:
            return 0
        name = self.schedule[-1].rule
        return next((index + 1 for index, exchange in enumerate(self.trace) if exchange.rule == name), len(self.trace))

    @property
    def reactions(self) -> tuple[Any, ...]:
        """What the client did, and how it ended."""
        return (*(exchange.reaction for exchange in self.trace), type(self.outcome.error).__name__)


class Bench:
    """Runs a client in one world, always from the same state."""

    def __init__(self, call: Call, client: Client, signals: Signals, snapshot: str) -> None:
        """Keep the state of the world as it is now in a snapshot of this name."""
        self.call, self._client, self._signals, self._snapshot = call, client, signals, snapshot
        self._rules: list[str] = []  # ids of those of the last run
        self.runs = 0
        self.seconds = 0.0  # real ones, of all runs
        call("PUT", f"/snapshots/{snapshot}", None)

    def run(self, schedule: Schedule) -> Run | None:
        """Run the client under a schedule; None if two of its faults concern the same request."""
        faults = rules(schedule)
        if faults is None:
            return None
        self.put_back()
        self._rules = [self.call("POST", "/rules", rule)["id"] for rule in faults]
        self._signals.begin(frozenset(fault.rule for fault in schedule if fault.effect.stops))
        started = time.perf_counter()
        outcome = self._client.run()
        self.seconds += time.perf_counter() - started
        self.runs += 1
        return Run(schedule, outcome, self._trace(), self)

    def put_back(self) -> None:
        """Put the world back to the state of the snapshot, with an empty request log.

        The rules are removed first: one that a restore removes would count as a rule of the test that never fired.
        """
        while self._rules:
            self.call("DELETE", f"/rules/{self._rules.pop()}", None)
        self.call("POST", f"/snapshots/{self._snapshot}/restore", None)
        self.call("DELETE", "/requests", None)

    def _trace(self) -> list[Exchange]:
        counts: Counter[str] = Counter()
        trace = []
        for line in self.call("GET", "/requests?limit=10000", None)["requests"]:
            operation = line["operation"] or ""
            counts[operation] += not line["repeats"]
            trace.append(
                Exchange(
                    line["id"],
                    operation,
                    0 if line["repeats"] else counts[operation],
                    line["method"],
                    line["path"],
                    line["status"],
                    line["error"] or "",
                    line["rule"] or "",
                    line["fault"] or "",
                )
            )
        return trace


def is_ours(exchange: Exchange) -> bool:
    """Return whether a rule of a hunt fired."""
    return exchange.rule.startswith(PREFIX)
