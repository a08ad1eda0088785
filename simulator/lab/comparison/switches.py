"""Which assumptions a recording settles: each switch is tried in each of its positions, by replaying the whole recording."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Literal, NamedTuple

from simulator.lab.comparison.replay import Replay, Replayed
from simulator.lab.comparison.verdicts import Verdict
from simulator.provider.assumption import Value
from simulator.provider.bound import BoundProvider

Finding = Literal["refuted", "undecided", "confirmed", "not reached"]
FINDINGS: tuple[Finding, ...] = ("refuted", "undecided", "confirmed", "not reached")
MAX_ROUNDS = 5  # a switch may be reached only when another has its right position


class Settled(NamedTuple):
    """What a recording says of one switch."""

    name: str  # provider.switch
    finding: Finding
    value: Value  # as the scenario has it
    right: Value | None = None  # the value that the recording shows, of one that is refuted
    exchanges: tuple[int, ...] = ()  # that show it
    note: str = ""


class Settlement(NamedTuple):
    """What a recording says of the switches, and the replay with the values that it shows."""

    switches: list[Settled]
    assume: dict[str, Value]  # that a scenario needs beside what it has
    replayed: Replayed


class _Comparison(NamedTuple):
    """The exchanges in which a value fits better than the present one, and those in which it fits worse."""

    value: Value
    better: set[int]
    worse: set[int]


def settle(replay: Replay, first: Replayed, providers: Sequence[BoundProvider]) -> Settlement:
    """Return what a recording says of the switches of its providers."""
    switches = {f"{bound.name}.{name}": one for bound in providers for name, one in bound.provider.assumptions.items()}
    start = {name: replay.assumed.get(name, switch.default) for name, switch in switches.items()}
    adopted: dict[str, Value] = {}
    settled: dict[str, Settled] = {}
    present = first
    for _ in range(MAX_ROUNDS):
        refuted = len(adopted)
        for name in [name for name in switches if name in present.used and name not in settled]:
            others = [value for value in switches[name].values if value != start[name]]
            tried = [_compared(present, replay.run({**adopted, name: value}), value) for value in others]
            settled[name] = _settled(name, start[name], tried, present.used.get(name, set()))
            right = settled[name].right
            if right is not None:
                adopted[name] = right
                present = replay.run(adopted)
        if len(adopted) == refuted:
            break
    settled.update({name: Settled(name, "not reached", start[name]) for name in switches if name not in settled})
    ordered = sorted(settled.values(), key=lambda one: (FINDINGS.index(one.finding), one.name))
    return Settlement(ordered, adopted, present)


def _compared(present: Replayed, other: Replayed, value: Value) -> _Comparison:
    better, worse = set(), set()
    for one, another in zip(present.verdicts, other.verdicts, strict=True):
        if one.is_checked and another.is_checked:
            gain = _distance(one) - _distance(another)
            if gain > 0:
                better.add(one.exchange.number)
            elif gain < 0:
                worse.add(one.exchange.number)
    return _Comparison(value, better, worse)


def _distance(verdict: Verdict) -> int:
    status = any(difference.where == "status" for difference in verdict.differences)
    return 1000 * status + len(verdict.differences)


def _settled(name: str, value: Value, tried: Sequence[_Comparison], used: set[int]) -> Settled:
    """Return what replays with the other values say of a switch."""
    fitting = max(tried, key=lambda one: len(one.better) - len(one.worse), default=None)
    if fitting is not None and fitting.better and not fitting.worse:
        return Settled(name, "refuted", value, fitting.value, _ordered(fitting.better))
    contrary = [one for one in tried if one.better and one.worse]
    if contrary:
        one = contrary[0]
        note = f"{_listed(one.better)} fit {one.value}, {_listed(one.worse)} fit {value}"
        return Settled(name, "undecided", value, None, _ordered(one.better | one.worse), note)
    alike = [str(one.value) for one in tried if not one.worse]
    if alike:
        return Settled(
            name, "not reached", value, None, _ordered(used), f"the responses are the same with {' and '.join(alike)}"
        )
    return Settled(name, "confirmed", value, None, _ordered(set().union(*(one.worse for one in tried))))


def assume_block(assume: Mapping[str, Value]) -> Iterator[str]:
    """Yield the lines of the block that a scenario needs to do as the recording."""
    yield "assume:"
    for name, value in sorted(assume.items()):
        yield f"  {name}: {value}"


def _ordered(exchanges: Iterable[int]) -> tuple[int, ...]:
    return tuple(sorted(exchanges))


def _listed(exchanges: Iterable[int]) -> str:
    return f"exchange {', '.join(map(str, sorted(exchanges)))}"
