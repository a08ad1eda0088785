"""The search: all schedules of up to some faults, those after new reactions of the client first; none is left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Any

from simulator.lab.bench import Bench, Exchange, Run, is_ours
from simulator.lab.invariants import Invariant
from simulator.lab.kinds import Kind
from simulator.lab.schedule import Fault, Schedule, as_text
from simulator.lab.words import plural


class Unsound(Exception):
    """The hunt can say nothing; the text is the reason."""


class OutOfBudget(Exception):
    """There are more schedules than the budget allows; the text says how far it came."""


class Search:
    """Runs schedules once each, and judges each run."""

    def __init__(self, bench: Bench, invariants: Sequence[Invariant], kinds: Sequence[Kind], budget: int) -> None:
        self._bench, self._invariants, self.kinds, self._budget = bench, invariants, kinds, budget
        self._known: dict[Schedule, Run | None] = {}
        self._reactions: set[tuple[Any, ...]] = set()
        self.addresses: set[str] = set()  # requests that met a fault
        self.met: set[str] = set()  # kinds that were met
        self.tried: Counter[int] = Counter()  # schedules by the number of their faults
        self.idempotent: set[str] = set()  # operations that may be delivered twice

    @property
    def remaining(self) -> int:
        """How many more runs the budget allows."""
        return self._budget - self._bench.runs

    @property
    def schedules(self) -> int:
        """How many schedules were tried: that without faults, and all whose faults were met."""
        return 1 + sum(count for faults, count in self.tried.items() if faults)

    @property
    def rejected(self) -> Exchange | None:
        """The first request of the run without faults that was rejected; None if none was."""
        base = self._known.get(())
        return next((one for one in base.trace if one.status >= 400 and not one.is_event), None) if base else None

    def limit(self, further: int) -> None:
        """Limit the number of further runs."""
        self._budget = self._bench.runs + further

    def run(self, schedule: Schedule, *, is_free: bool = False) -> Run | None:
        """Return the judged run of a schedule, which is made once; None if two faults concern the same request.

        Raises:
            OutOfBudget: the budget allows no further run, and this one is not free.
        """
        if schedule not in self._known:
            if self.remaining <= 0 and not is_free:
                raise OutOfBudget
            self._known[schedule] = self._judge(self._bench.run(schedule))
        return self._known[schedule]

    def _judge(self, run: Run | None) -> Run | None:
        if run is None:
            return None
        run.is_novel = run.reactions not in self._reactions
        self._reactions.add(run.reactions)
        for invariant in self._invariants:
            problem = invariant.violation(run)
            if problem and not run.violation:
                run.violation = f"{invariant.name}: {run.outcome.shown(problem)}"
        if run.fired:
            self.addresses |= {f"{fault.operation}#{fault.occurrence}" for fault in run.fired}
            self.met |= {fault.kind for fault in run.fired}
        self.tried[len(run.effective)] += 1
        return run

    def baseline(self) -> Run:
        """Return the run without faults.

        Raises:
            Unsound: two of them differ.
        """
        base, again = self._bench.run(()), self._bench.run(())
        if base is None or again is None or base.reactions != again.reactions:
            first, second = (_sent(run) for run in (base, again))
            raise Unsound(
                "the client is not deterministic: without any fault it sent\n"
                f"  {first}\nand then, in the same world,\n  {second}\n"
                "A store that it keeps between runs may be the reason: world.hunt(client, store=dict) makes a new one for each."
            )
        self._known[()] = self._judge(again)
        return again

    def sweep(self, base: Run, deepest: int) -> Run | None:
        """Try all schedules of up to `deepest` faults, the fewest first; return the first run that violates an invariant.

        Raises:
            Unsound: the client is not deterministic.
            OutOfBudget: there are too many.
        """
        level = [base]
        for depth in range(1, deepest + 1):
            reached: list[Run] = []
            longer = [(parent, fault) for parent in level for fault in self.extensions(parent)]
            for parent, fault in sorted(longer, key=_rank):
                try:
                    run = self.run((*parent.schedule, fault))
                except OutOfBudget:
                    raise OutOfBudget(self._progress(depth, len(longer))) from None
                if run is None or not self._is_met(run, fault, parent):
                    continue
                if run.violation:
                    return run
                reached.append(run)
            level = reached
        return None

    def extensions(self, parent: Run) -> Iterator[Fault]:
        """Yield the faults that can follow those of a run: of the requests that came after the last one."""
        for exchange in parent.trace[parent.last :]:
            if not exchange.operation or not exchange.occurrence or is_ours(exchange):
                continue
            for kind in self.kinds:
                if kind.is_event != exchange.is_event or (kind.is_timed and not exchange.is_timed):
                    continue
                if exchange.is_read and not kind.on_reads:
                    continue
                if kind.name == "duplicated" and exchange.method == "POST" and exchange.operation not in self.idempotent:
                    continue
                yield Fault(exchange.operation, exchange.occurrence, kind.name)

    def _is_met(self, run: Run, fault: Fault, parent: Run) -> bool:
        """Return whether a fault was met.

        Raises:
            Unsound: it was not, although a request came there before.
        """
        if fault in run.fired:
            return True
        (before,) = [one for one in parent.trace if one.address == f"{fault.operation}#{fault.occurrence}"][:1]
        if not before.is_event and (before.status >= 400 or before.rule):  # it was rejected before rules apply
            return False
        raise Unsound(
            f"the client is not deterministic: it sent {before.address} under {as_text(parent.schedule)},\n"
            f"and did not under {as_text(run.schedule)}, which differs only from there on"
        )

    def _progress(self, depth: int, known: int) -> str:
        tried = "".join(f"all schedules of {plural(less, 'fault')}, " for less in range(1, depth))
        part = f"{self.tried[depth]} of the {known} known of {plural(depth, 'fault')}"
        return f"the budget of {self._budget} runs is used up, and nothing was found: tried were {tried}{part}"

    def minimal(self, found: Run) -> Run:
        """Return the smallest schedule within that of a run that violates an invariant; each sub-schedule is tried."""
        faults = found.effective
        for size in range(len(faults)):
            for subset in combinations(faults, size):
                run = self.run(subset, is_free=True)
                if run is not None and run.violation:
                    return run
        return found

    def confirm(self, found: Run) -> Run:
        """Return one more run of a schedule.

        Raises:
            Unsound: it does not violate what it did before.
        """
        again = self._judge(self._bench.run(found.schedule))
        if again is None or again.violation.partition(":")[0] != found.violation.partition(":")[0]:
            raise Unsound(
                f"the client is not deterministic: {as_text(found.schedule)} violated an invariant\n"
                f"({found.violation}) and did not when it was run again"
            )
        return again


def _rank(longer: tuple[Run, Fault]) -> tuple[bool, bool]:
    """Return what orders schedules of one length: simple faults first, then those after new reactions of the client."""
    parent, fault = longer
    return any(one.effect.times > 1 or one.effect.is_timed for one in (*parent.schedule, fault)), not parent.is_novel


def _sent(run: Run | None) -> str:
    if run is None:
        return "nothing"
    sent = ", ".join(f"{one.address} ({one.status})" for one in run.trace) or "nothing"
    return f"{sent}; {run.outcome.text}"
