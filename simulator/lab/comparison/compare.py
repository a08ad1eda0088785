"""Compares a recording with the simulator, and says what came of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from simulator.lab.comparison.replay import Recorded, Replay
from simulator.lab.comparison.switches import Settlement, assume_block, settle
from simulator.lab.comparison.verdicts import KINDS, Verdict
from simulator.lab.traffic.har import Exchange
from simulator.lab.words import plural
from simulator.registry import Registry
from simulator.scenario.model import Scenario

OF_SEVERAL = {"differs": "differ"}  # the verdicts that read otherwise of several exchanges


class NothingToCompare(Exception):
    """A recording without a request to a provider; the text says what was expected."""


class Comparison(NamedTuple):
    """What came of a comparison."""

    scenario: str
    verdicts: list[Verdict]
    settlement: Settlement
    ignored: int  # requests to other hosts

    @property
    def is_passed(self) -> bool:
        """Whether every exchange was compared, and matched."""
        return all(verdict.kind == "matched" for verdict in self.verdicts)

    def lines(self) -> Iterator[str]:
        """Yield a report for a terminal."""
        width = max(len(_operation(verdict)) for verdict in self.verdicts)
        widest = max(6, *(len(verdict.exchange.method) for verdict in self.verdicts))
        for verdict, later in zip(self.verdicts, self.settlement.replayed.verdicts, strict=True):
            cured = " (matches with the assume block below)" if verdict.kind == "differs" and later.kind == "matched" else ""
            place = f"{verdict.exchange.number:4}  {verdict.exchange.method:{widest}} {_operation(verdict):{width}}"
            yield f"{place}  {verdict.kind}{f': {verdict.reason}' if verdict.reason else ''}{cured}"
            for difference in verdict.differences:
                yield f"              {difference}"
        yield ""
        yield from self._summary()
        yield ""
        yield from self._table()
        if self.settlement.assume:
            yield ""
            yield "A scenario behaves like the recording with:"
            yield from assume_block(self.settlement.assume)

    def _summary(self) -> Iterator[str]:
        counts = Counter(verdict.kind for verdict in self.verdicts)
        texts = sum(verdict.uncompared for verdict in self.verdicts)
        parts = [f"{counts[kind]} {OF_SEVERAL.get(kind, kind) if counts[kind] > 1 else kind}" for kind in KINDS if counts[kind]]
        yield f"{plural(len(self.verdicts), 'exchange')} in a fresh world of the scenario {self.scenario}: {', '.join(parts)}"
        if texts:
            yield f"not compared: {plural(texts, 'text')} without a counterpart in a request or in the spec"
        if self.ignored:
            yield f"left out: {plural(self.ignored, 'request')} to other hosts"

    def _table(self) -> Iterator[str]:
        switches = self.settlement.switches
        names, width = ["Assumption", *(one.name for one in switches)], max(len(str(one.value)) for one in switches) + 12
        first = max(map(len, names))
        yield f"{'Assumption':{first}}  {'Finding':11}  {'Value':{width}}  Exchanges"
        for one in switches:
            value = f"{one.value}" if one.right is None else f"{one.value}, shown: {one.right}"
            note = f"  ({one.note})" if one.note else ""
            exchanges = ", ".join(map(str, one.exchanges)) + note
            yield f"{one.name:{first}}  {one.finding:11}  {value:{width}}  {exchanges}".rstrip()

    def as_json(self) -> dict[str, Any]:
        """Return the report for a program."""
        return {
            "passed": self.is_passed,
            "scenario": self.scenario,
            "exchanges": [_as_json(verdict) for verdict in self.verdicts],
            "assumptions": [
                {
                    "name": one.name,
                    "finding": one.finding,
                    "value": one.value,
                    "shown": one.right,
                    "exchanges": list(one.exchanges),
                    "note": one.note,
                }
                for one in self.settlement.switches
            ],
            "assume": self.settlement.assume,
            "ignored": self.ignored,
        }


def compare(exchanges: Sequence[Exchange], registry: Registry, scenario: Scenario) -> Comparison:
    """Compare a recording with the simulator in a world of a scenario.

    Raises:
        NothingToCompare: no request of the recording is for a provider.
    """
    recorded = [one for exchange in exchanges for one in _recorded(exchange, registry)]
    if not recorded:
        hosts = ", ".join(registry.hosts)
        raise NothingToCompare(f"{len(exchanges)} requests, and none to a provider; expected requests to {hosts}")
    replay = Replay(recorded, registry.providers, scenario)
    first = replay.run({})
    bound = {one.bound.name: one.bound for one in recorded}
    settlement = settle(replay, first, [*bound.values()])
    return Comparison(scenario.name, first.verdicts, settlement, len(exchanges) - len(recorded))


def _recorded(exchange: Exchange, registry: Registry) -> Iterator[Recorded]:
    """Yield an exchange with its provider: by what the recorder noted, by its host, or by its path at a simulator."""
    bound = registry.providers.get(exchange.provider) or registry.hosts.get(exchange.host)
    path = exchange.path
    if bound is None:
        name, slash, rest = path[1:].partition("/")
        bound, path = registry.providers.get(name), slash + rest
    if bound is not None:
        yield Recorded(exchange, bound, path or "/")


def _operation(verdict: Verdict) -> str:
    return verdict.operation or verdict.exchange.path.partition("?")[0][:60]


def _as_json(verdict: Verdict) -> dict[str, Any]:
    return {
        "number": verdict.exchange.number,
        "method": verdict.exchange.method,
        "operation": verdict.operation,
        "verdict": verdict.kind,
        "reason": verdict.reason,
        "differences": [difference._asdict() for difference in verdict.differences],
    }
