"""A hunt: the search for a schedule of faults that makes a client violate an invariant."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

from simulator.documents import nearest_names
from simulator.lab import deeper, leftovers
from simulator.lab.bench import Bench, Call, Run
from simulator.lab.client import Client, Signals
from simulator.lab.invariants import (
    AtMostOne,
    ComesToAnEnd,
    Custom,
    Invariant,
    ItsOwnAssertions,
    KeepsWhatItUses,
    Knows,
    SpendsAtMost,
    strings,
)
from simulator.lab.kinds import chosen
from simulator.lab.options import Options, amount_of, check_function, operations_of
from simulator.lab.programs import Programs
from simulator.lab.receiver import Lead, Receiver
from simulator.lab.receiving import NeverRaises, RefusesStale, Settles
from simulator.lab.schedule import Schedule, as_text, of_hunt, parse
from simulator.lab.search import OutOfBudget, Search, Unsound
from simulator.lab.story import bound, failure, left_out, scenario
from simulator.lab.virtual_time import VirtualTime
from simulator.lab.words import plural

BUDGET = 1000  # runs, where the test gives no budget
FURTHER_RUNS = 100  # likewise, of those beyond the complete search
SLOW = 0.25  # real seconds of one run, from which on the report says so
NO_WEBHOOK = (
    "the receiver got no webhook: let the client do what makes the provider send one, such as a call or\n"
    "world.inbound_call(…), and see that a webhook is registered for its events"
)
UNSEEN = (
    "nothing hears of the responses that the client gets; httpx, requests, urllib3, http.client and aiohttp do, "
    "and a program that the client starts can be killed"
)
OWN = "the client's own assertions, as no invariant was given"
SNAPSHOT = "simulator-hunt"  # one for all hunts in a world, which has room for a hundred


class HuntFailed(AssertionError):
    """A schedule of faults makes the client violate an invariant; `schedule` and `scenario` repeat it."""

    def __init__(self, text: str, schedule: str, scenario_file: str) -> None:
        super().__init__(text)
        self.schedule, self.scenario = schedule, scenario_file


class HuntInconclusive(AssertionError):
    """The hunt found nothing, and cannot say that the client holds; the text is the reason."""


@dataclass(frozen=True)
class HuntReport:
    """What a hunt tried without finding anything; its text is the bound."""

    bound: str
    runs: int
    notes: tuple[str, ...] = ()

    def __str__(self) -> str:
        return "\n".join([self.bound, *self.notes])


@dataclass(frozen=True)
class Hunt(Options):
    """A hunt with its options, as `world.hunt` takes them."""

    def run(self, client: Callable[..., Any], world: Any, call: Call, signals: Signals, lead: Lead | None = None) -> HuntReport:
        """Hunt a client in a world, which is put back afterwards; `lead` hands its webhooks to a receiver.

        Raises:
            HuntFailed: a schedule makes the client violate an invariant.
            HuntInconclusive: the budget is too small, the client is not deterministic, or an invariant had nothing to judge.
            Exception: what the client raises without any fault.
        """
        __tracebackhide__ = True  # pytest shows the line of the test alone
        check_function("client", client, "to be called for each run")
        virtual_time = VirtualTime(lambda seconds: call("POST", "/clock", {"advance": seconds}))
        receiver = None
        if self.receiver is not None and lead is not None:
            receiver = Receiver(self.receiver, lead, is_made=self.store is not None)
        programs, started = Programs(signals), Client(client, self.store, signals, self.shown)
        invariants = self._invariants(world, call, receiver)
        bench = Bench(call, started, signals, SNAPSHOT, virtual_time, programs, receiver)
        bench.reads_ledger = any(invariant.reads_ledger for invariant in invariants)
        try:
            with virtual_time.installed(), programs.installed(), leftovers.closable():
                return _Hunting(self, bench, invariants, signals, programs).report()
        except Unsound as reason:
            raise HuntInconclusive(str(reason)) from None
        finally:
            signals.end()
            if receiver is not None:
                receiver.end()
            bench.put_back()

    def _invariants(self, world: Any, call: Call, receiver: Receiver | None) -> list[Invariant]:
        found: list[Invariant] = [ItsOwnAssertions(), ComesToAnEnd()]
        if receiver is not None:
            found += [NeverRaises(receiver), RefusesStale(receiver)]
        if self.settles is not None:
            found.append(Settles(self.settles, takes_store=self.store is not None))
        if self.once is not None:
            found.append(AtMostOne(operations_of(self.once)))
        if self.knows:
            found += [Knows(self._known), KeepsWhatItUses(self._known)]
        if self.spend is not None:
            before = Decimal(call("GET", "/ledger?limit=1", None)["spent"])
            found.append(SpendsAtMost(amount_of(self.spend), before))
        return [*found, *(Custom(function, world) for function in self.invariants)]

    def _known(self, run: Run) -> list[str]:
        """Return the numbers that the client knows of: what `knows` returns, or else what the client returned and keeps."""
        if callable(self.knows):
            return strings(self.knows(run.outcome.store) if self.store else self.knows())
        return [*strings(run.outcome.returned), *strings(run.outcome.store)]


class Swept(NamedTuple):
    """What the complete search came to."""

    schedules: int
    kinds: int
    requests: int  # that met a fault


class _Hunting:
    """One hunt on its way."""

    def __init__(self, hunt: Hunt, bench: Bench, invariants: list[Invariant], signals: Signals, programs: Programs) -> None:
        self._hunt, self._bench, self._invariants = hunt, bench, invariants
        self._signals, self._programs = signals, programs
        self._of_events = hunt.receiver is not None
        kinds = chosen(hunt.faults, of_events=self._of_events)
        self._search = Search(bench, invariants, kinds, hunt.budget or BUDGET)
        self._untried: list[str] = []

    def report(self) -> HuntReport:
        __tracebackhide__ = True
        if self._hunt.replay:
            number, schedule = of_hunt(self._hunt.replay)
            if number and number != self._hunt.place.number:
                self._search.baseline()
                return HuntReport(f"run without any fault: the schedule to repeat is of hunt {number} of this test", 2)
            return self._replayed(parse(schedule))
        base = self._begun()
        try:
            found = self._search.sweep(base, self._hunt.deepest)
        except OutOfBudget as reason:
            raise HuntInconclusive(f"{reason}; expected a larger budget or a smaller deepest") from None
        swept = Swept(self._search.schedules, len(self._search.met), len(self._search.addresses))
        if found is None and deeper.is_available():
            further = self._search.remaining if self._hunt.budget else min(self._search.remaining, FURTHER_RUNS)
            found = deeper.explore(self._search, base, self._hunt.deepest, further)
        if found is not None:
            self._fail(self._search.minimal(found))
        if not self._search.met:
            first = f"{base.trace[0].method} {base.trace[0].path} got {base.trace[0].status}"
            raise Unsound(f"no request met a fault: all were rejected before faults apply; {first}")
        self._require_judged()
        return self._held(swept)

    def _begun(self) -> Run:
        """Return the run without faults, and leave out the kinds that this client cannot meet."""
        __tracebackhide__ = True
        observed, in_process = self._signals.observed, self._signals.in_process
        base = self._search.baseline()
        if isinstance(base.outcome.error, Exception) and not isinstance(base.outcome.error, AssertionError):
            raise base.outcome.error
        if base.violation:
            self._fail(base)
        if base.is_cut:
            raise Unsound("without any fault the client sends more requests than the log of a world holds")
        requests = _requests(base)
        if self._of_events:
            _require_taken(base)
        if not requests and not self._of_events:
            raise Unsound("the client sent no request to this world: give it the base URL or the transport of a provider")
        can_stop = self._can_stop(self._signals.observed - observed, 2 * requests)  # the baseline has two runs
        if self._of_events and self._bench.is_elsewhere and any(one.is_timed for one in base.trace):
            self._leave_out_late()
        self._leave_out(can_stop=can_stop, in_process=self._signals.in_process - in_process >= 2 * requests)
        sent_requests = [one for one in base.trace if not one.is_event]
        if len(self._signals.keyed) == len(sent_requests):
            sent = zip(sent_requests, self._signals.keyed, strict=True)
            self._search.idempotent = {one.operation for one, is_keyed in sent if is_keyed}
        return base

    def _leave_out_late(self) -> None:
        """Leave out the kinds for which the clock of the world goes on without that of the receiver, unless they are named."""
        late = [kind for kind in self._search.kinds if kind.is_late]
        if self._hunt.faults is None and late:
            self._search.kinds = [kind for kind in self._search.kinds if not kind.is_late]
            self._untried.append(
                left_out(late, "the receiver has a clock of its own, by which their signatures are not genuine")
            )

    def _can_stop(self, observed: int, requests: int) -> bool:
        """Return whether the client can be stopped: where its library hears a response, or else by killing its programs."""
        self._bench.kills = self._programs.were_started and not observed
        return observed >= requests or self._bench.kills

    def _leave_out(self, *, can_stop: bool, in_process: bool) -> None:
        kinds = self._search.kinds
        waits = [kind for kind in kinds if kind.waits and not in_process]
        stops = [kind for kind in kinds if kind.stops and not can_stop]
        if self._hunt.faults is None:
            self._untried += filter(
                None,
                [
                    left_out(waits, "the client uses sockets, so its timeout takes real time"),
                    left_out(stops, UNSEEN),
                ],
            )
            waits_out = waits
        else:  # they were asked for
            waits_out = []
            if stops:
                raise Unsound(f"crash is not possible: {UNSEEN}")
        self._search.kinds = [kind for kind in kinds if kind not in (*waits_out, *stops)]

    def _replayed(self, schedule: Schedule) -> HuntReport:
        __tracebackhide__ = True
        chosen([fault.kind for fault in schedule], of_events=self._of_events)
        if any(fault.effect.stops for fault in schedule):
            observed, base = self._signals.observed, self._bench.run(())
            if base is not None and not self._can_stop(self._signals.observed - observed, _requests(base)):
                raise Unsound(f"crash is not possible: {UNSEEN}")
        run = self._search.run(schedule, is_free=True)
        if run is None:
            raise Unsound(f"two faults of {as_text(schedule)} concern the same request")
        missed = [str(fault) for fault in schedule if fault not in run.fired]
        if run.violation:
            self._fail(run, is_confirmed=True)
        if missed:
            raise Unsound(f"the client never met {', '.join(missed)}; it sent {', '.join(one.address for one in run.trace)}")
        return HuntReport(f"replay of {as_text(schedule)}: held; nothing else was tried", 1)

    def _fail(self, run: Run, *, is_confirmed: bool = False) -> None:
        __tracebackhide__ = True
        found = run if is_confirmed else self._search.confirm(run)
        text = failure(found, self._bench.runs, self._hunt.place, is_replay=bool(self._hunt.replay))
        file = scenario(found.schedule, found.violation, self._hunt.place.scenario, self._bench.scenario())
        if self._hunt.save_as is not None:
            Path(self._hunt.save_as).write_text(file, encoding="utf-8")
        raise HuntFailed(text, as_text(found.schedule), file) from found.outcome.error

    def _require_judged(self) -> None:
        for invariant in self._invariants:
            if invariant.is_required and not invariant.judged:
                raise HuntInconclusive(
                    f"{invariant.name}: there was nothing to judge in any of {self._bench.runs} runs{self._hint(invariant)}"
                )

    def _hint(self, invariant: Invariant) -> str:
        """Return what may be the reason that there was nothing to judge."""
        once = [] if self._hunt.once is None else operations_of(self._hunt.once)
        called = sorted({address.partition("#")[0] for address in self._search.addresses})
        unknown = [name for name in once if name not in called]
        near = nearest_names(unknown[0], called, 1) if unknown else []
        if isinstance(invariant, Settles):
            return "; settles returned nothing, as if no webhook had come: let it return what the receiver has made of them"
        if refused := self._search.rejected:
            return f"; without any fault {refused.address} got {refused.status}{f' {refused.error}' if refused.error else ''}"
        if unknown:
            return f"; the client never called {unknown[0]}{f', but {near[0]}' if near else ''}"
        free = "; the ledger stayed empty: where a provider has no prices, as one from a spec alone, use invariants=[function]"
        return free if invariant.reads_ledger else ""

    def _held(self, swept: Swept) -> HuntReport:
        never = [what for invariant in self._invariants if not invariant.judged for what in [_unreached(invariant)]]
        text = bound(
            swept.schedules,
            self._hunt.deepest,
            swept.kinds,
            plural(swept.requests, "webhook" if self._of_events else "request"),
            beyond=self._search.schedules - swept.schedules,
            untried=self._untried,
            unreached=never,
            judged=OWN if not any(map(_is_chosen, self._invariants)) else "",
        )
        notes = []
        each = self._bench.seconds / self._bench.runs
        if each > SLOW:
            waits = "the client waits by other means than time.sleep and asyncio.sleep, or does other work"
            notes.append(f"A run took {each:.1f} s of real time: {waits}.")
        return HuntReport(text, self._bench.runs, tuple(notes))


def _requests(run: Run) -> int:
    """Return how many requests the client sent in a run."""
    return len([one for one in run.trace if one.occurrence and not one.is_event])


def _require_taken(base: Run) -> None:
    """Require webhooks, and a receiver that takes them.

    Raises:
        Unsound: there is none, or one was refused although nothing was wrong with it.
    """
    events = [one for one in base.trace if one.is_event]
    if not events:
        raise Unsound(NO_WEBHOOK)
    refused = next((one for one in events if one.fault != "delivered"), None)
    if refused is not None:
        answer = f"answered {refused.address} with {refused.status}" if refused.status else f"took no {refused.address}"
        if refused.fault == "blocked":
            raise Unsound(f"{refused.address} was not sent, as its address is not allowed; register the URL of the receiver")
        raise Unsound(f"without any fault the receiver {answer}; it must take what is genuine, by the clock of the world")


def _is_chosen(invariant: Invariant) -> bool:
    return not isinstance(invariant, (ItsOwnAssertions, ComesToAnEnd))


def _unreached(invariant: Invariant) -> str:
    return "release" if isinstance(invariant, KeepsWhatItUses) else invariant.name
