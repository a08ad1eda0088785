"""The bench of a hunt: it puts the world back, sets the faults of a schedule, runs the client and keeps what happened."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cached_property, partial
from threading import Event
from time import perf_counter
from typing import Any, NamedTuple

from simulator.lab.client import Client, Outcome, Signals
from simulator.lab.kinds import READS
from simulator.lab.programs import Programs
from simulator.lab.receiver import Receiver
from simulator.lab.schedule import PREFIX, Fault, Schedule, in_rules, rules
from simulator.lab.virtual_time import VirtualTime

PATIENCE = timedelta(days=2)  # after which no webhook is awaited
MAX_STEPS = 1000
LONGEST = 60.0  # real seconds in which a receiver elsewhere answers everything
PAUSE = 0.002  # real seconds between two looks whether it has
SHORTEST = 0.001  # seconds to the next event, as the clock shows milliseconds
Json = dict[str, Any]
Call = Callable[[str, str, Json | None], Any]  # of the control API; the path is below the world


class Exchange(NamedTuple):
    """One request of a run, or one webhook."""

    id: str
    operation: str  # empty: no route
    occurrence: int  # of the operation in this run, counted from 1; 0 for a delivery of a proxy
    method: str
    path: str
    status: int
    error: str
    rule: str  # the name of the rule that fired; empty: none
    fault: str
    is_event: bool = False  # a webhook, and no request
    is_timed: bool = False  # a webhook that tells when it was sent
    answers: tuple[int, ...] = ()  # to each attempt to deliver a webhook; 0: there was none

    @property
    def address(self) -> str:
        """The operation and occurrence, as schedules have it."""
        return f"{self.operation}#{self.occurrence}"

    @property
    def is_read(self) -> bool:
        """Whether it changes nothing."""
        return self.method in READS and not self.is_event

    @property
    def reaction(self) -> tuple[str, ...]:
        """What tells whether a client reacted in a way that was not seen yet."""
        return (self.operation, str(self.status), self.rule.rpartition(":")[2], self.fault)


class Ledger(NamedTuple):
    """What a run bought and gave back."""

    spent: Decimal
    rented: list[Json]
    entries: list[Json]

    @classmethod
    def of(cls, listed: Json) -> Ledger:
        """Return the ledger that a response lists."""
        return cls(Decimal(listed["spent"]), listed["rented"], listed["entries"])


class Run:
    """One run of the client under a schedule."""

    def __init__(self, schedule: Schedule, outcome: Outcome, trace: Sequence[Exchange], bench: Bench) -> None:
        self.schedule, self.outcome, self.trace = schedule, outcome, trace
        self._bench = bench
        self.is_novel = False  # its reactions were not seen before
        self.dropped = 0  # the first requests, which the request log could not hold beside the others
        self.violation = ""

    @cached_property
    def ledger(self) -> Ledger:
        """What the world's ledger has; unless the bench reads ledgers, it is to be read before the next run."""
        return Ledger.of(self._bench.call("GET", "/ledger", None))

    @cached_property
    def fired(self) -> frozenset[Fault]:
        """The faults that were met."""
        names = {exchange.rule for exchange in self.trace}
        return frozenset(fault for fault in self.schedule if self.is_cut or fault.rule in names)

    @property
    def is_cut(self) -> bool:
        """Whether the request log could not hold all that it sent."""
        return self.dropped > 0

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

    def __init__(
        self,
        call: Call,
        client: Client,
        signals: Signals,
        snapshot: str,
        time: VirtualTime,
        programs: Programs,
        receiver: Receiver | None = None,
    ) -> None:
        """Keep the state of the world as it is now in a snapshot of this name; webhooks go to `receiver`."""
        self._time, self._programs = time, programs
        self.call, self._client, self._signals, self._snapshot = call, client, signals, snapshot
        self.kills = False  # the client is stopped by killing its programs, as nothing else hears of its responses
        self.reads_ledger = False  # of each run, together with its requests
        self._receiver = receiver
        self._rules: list[str] = []  # ids of those of the last run
        self.runs = 0
        self.seconds = 0.0  # real ones, of all runs
        call("PUT", f"/snapshots/{snapshot}", None)

    def run(self, schedule: Schedule) -> Run | None:
        """Run the client under a schedule; None if two of its faults concern the same request."""
        faults = rules(schedule, withhold=self.kills)
        if faults is None:
            return None
        self._begin(faults)
        self._signals.begin(frozenset(fault.rule for fault in schedule if fault.effect.stops))
        store = self._client.new_store()
        if self._receiver is not None:
            self._receiver.begin(store)
        self._programs.begin()
        self._time.begin_run()
        started = perf_counter()
        with self._stopping(schedule):
            outcome = self._client.run(store)
        if self._receiver is not None:
            self._drain()
        self.seconds += perf_counter() - started
        self.runs += 1
        events = self._events(schedule) if self._receiver is not None else []
        log = self.call("GET", f"/requests?limit=10000&ledger={'true' if self.reads_ledger else 'false'}", None)
        run = Run(schedule, outcome, [*_trace(log), *events], self)
        run.dropped = log["dropped"]
        if self.reads_ledger:
            run.ledger = Ledger.of(log["ledger"])
        return run

    @property
    def is_elsewhere(self) -> bool:
        """Whether the receiver of the last run is not in this process."""
        return self._receiver is not None and bool(self._receiver.url)

    @contextmanager
    def _stopping(self, schedule: Schedule) -> Iterator[None]:
        """Kill the programs of the client at each request where the schedule stops it, until the end of the block."""
        stops = [fault.effect.stops for fault in sorted(schedule, key=in_rules)]
        if not self.kills or not any(stops):
            yield
            return

        def is_met(rule: str) -> bool:
            return bool(self.call("GET", f"/requests?rule_id={rule}&limit=1", None)["total"])

        rules_that_stop = [rule for rule, is_stop in zip(self._rules, stops, strict=True) if is_stop]
        with self._programs.killed_when([partial(is_met, rule) for rule in rules_that_stop]):
            yield

    def _drain(self) -> None:
        """Let everything arrive that is on its way, with its retries, each at its time."""
        self._await_webhooks()
        self.call("POST", "/outbox/deliver", None)  # what waits for another webhook, and none came
        self._await_webhooks()

    def _await_webhooks(self) -> None:
        """Let time pass until nothing more is due; what a receiver elsewhere is getting takes real time.

        Raises:
            TimeoutError: it does not answer.
        """
        patience = perf_counter() + LONGEST
        for _ in range(MAX_STEPS):
            clock = self.call("GET", "/clock", None)
            now = datetime.fromisoformat(clock["now"])
            pending = self.call("GET", "/outbox?status=pending&limit=10000", None)["deliveries"]
            due = [datetime.fromisoformat(one["due"]) for one in (*clock["pending"], *pending) if one["due"]]
            soon = [at for at in due if at - now <= PATIENCE]
            if not soon:
                return
            seconds = (min(soon) - now).total_seconds()
            while seconds <= 0 and self._is_on_its_way(now):
                Event().wait(PAUSE)  # which virtual time leaves alone
                if perf_counter() > patience:
                    raise TimeoutError(f"a webhook has been in progress for more than {LONGEST:g} s of real time")
            self._time.wait(max(seconds, SHORTEST))

    def _is_on_its_way(self, now: datetime) -> bool:
        """Return whether a webhook that was due at a time has not been sent to a receiver elsewhere."""
        if not self.is_elsewhere:
            return False
        pending = self.call("GET", "/outbox?status=pending&limit=10000", None)["deliveries"]
        return any(one["due"] and datetime.fromisoformat(one["due"]) <= now for one in pending)

    def scenario(self) -> Json:
        """Return the scenario of the world, with its seed, and of its rules those that fired in the last run."""
        saved, listed = self.call("GET", "/snapshot", None), self.call("GET", "/rules", None)["rules"]
        content: Json = saved["scenario"].get("content", {})
        fired = {int(rule["id"].rpartition("-")[2]): rule["fired"] for rule in listed}
        rules = [rule for number, rule in enumerate(content.get("rules", []), 1) if fired.get(number)]
        return {**content, "rules": rules, **({"seed": saved["seed"]} if saved["seed"] else {})}

    def put_back(self) -> None:
        """Put the world back to the state of the snapshot, with an empty request log."""
        self._begin([])

    def _begin(self, faults: list[Json]) -> None:
        """Put the world back, and let these rules fire."""
        trial = {"rules": faults, "forget_requests": True}
        self._rules = self.call("POST", f"/snapshots/{self._snapshot}/restore", trial)["rules"]

    def _events(self, schedule: Schedule) -> list[Exchange]:
        """Return the webhooks of the run, in the order in which they were made."""
        counts: Counter[str] = Counter()
        rules = dict(zip(self._rules, (fault.rule for fault in sorted(schedule, key=in_rules)), strict=True))
        events = []
        for listed in self.call("GET", "/outbox?limit=10000", None)["deliveries"]:
            event = f"{listed['provider']}.{listed['event']}"
            counts[event] += 1
            attempts = listed["attempts"]
            events.append(
                Exchange(
                    listed["id"],
                    event,
                    counts[event],
                    "webhook",
                    listed["event"],
                    (attempts[-1]["status"] or 0) if attempts else 0,
                    "",
                    rules.get(listed["rule"], ""),
                    listed["status"],
                    is_event=True,
                    is_timed=any("timestamp" in name for attempt in attempts for name in attempt["headers"]),
                    answers=tuple(attempt["status"] or 0 for attempt in attempts),
                )
            )
        return events


def _trace(log: Json) -> Iterator[Exchange]:
    """Yield the requests of a run."""
    counts: Counter[str] = Counter()
    for line in log["requests"]:
        operation = line["operation"] or ""
        counts[operation] += not line["repeats"]
        yield Exchange(
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


def is_ours(exchange: Exchange) -> bool:
    """Return whether a rule of a hunt fired."""
    return exchange.rule.startswith(PREFIX)
