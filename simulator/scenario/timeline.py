"""The timeline of a scenario: its faults become rules with a window of time, and its acts are validated."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from msgspec import UNSET, structs

from simulator.documents import suggestion
from simulator.provider.bound import BoundProvider
from simulator.scenario.format import Act, AgentDeleted, ClockWindow, NumberLost, RuleFile, Stage, Subscription
from simulator.scenario.moments import time_fault

Fault = tuple[list[str | int], str]

EITHER = "expected either at and act, or then with from, to or both"


class TimedAct(NamedTuple):
    """What the outside world does at a time."""

    at: str
    act: Act


def acts_of(timeline: Sequence[Stage]) -> tuple[TimedAct, ...]:
    """Return the acts of a timeline, in the order in which they were written."""
    return tuple(
        TimedAct(stage.at, stage.act) for stage in timeline if isinstance(stage.act, Act) and isinstance(stage.at, str)
    )


def rules_of(timeline: Sequence[Stage]) -> tuple[RuleFile, ...]:
    """Return the faults of a timeline as rules."""
    rules = []
    for stage in timeline:
        if stage.then is not UNSET:
            window = ClockWindow(since=stage.since, until=stage.until)
            rules.append(RuleFile(then=stage.then, when=structs.replace(stage.when, clock=window), name=stage.name))
    return tuple(rules)


def parts_of(act: Act) -> dict[str, NumberLost | AgentDeleted | Subscription]:
    """Return what an act does, by its name."""
    return {name: part for name in Act.__struct_fields__ if (part := getattr(act, name)) is not UNSET}


def timeline_faults(
    timeline: Sequence[Stage], providers: Mapping[str, BoundProvider], rule_faults: Callable[[RuleFile], Iterator[Any]]
) -> Iterator[Fault]:
    """Yield the faults of the stages of a timeline."""
    for index, stage in enumerate(timeline):
        has_act = stage.act is not UNSET
        if has_act == (stage.then is not UNSET) or has_act != (stage.at is not UNSET):
            yield ["timeline", index], EITHER
        elif isinstance(stage.act, Act):
            yield from (([("timeline"), index, *inside], problem) for inside, problem in _act(stage, stage.act, providers))
        else:
            if stage.when.clock is not UNSET:
                yield ["timeline", index, "when", "clock"], "expected from and to of the stage instead"
            for pointer, problem in rule_faults(rules_of([stage])[0]):
                inside = pointer if pointer[:2] != ["when", "clock"] else []
                yield ["timeline", index, *inside], problem


def _act(stage: Stage, act: Act, providers: Mapping[str, BoundProvider]) -> Iterator[Fault]:
    if stage.since is not UNSET or stage.until is not UNSET or stage.name or stage.when != type(stage.when)():
        yield [], EITHER
    if isinstance(stage.at, str) and (problem := time_fault(stage.at)):
        yield ["at"], problem
    yield from ((["act", *inside], problem) for inside, problem in act_faults(act, providers))


def act_faults(act: Act, providers: Mapping[str, BoundProvider]) -> Iterator[Fault]:
    """Yield why an act can never happen."""
    parts = parts_of(act)
    if len(parts) != 1:
        yield [], f"expected exactly one of {', '.join(Act.__struct_fields__)}"
    for name, part in parts.items():
        bound = providers.get(part.provider)
        if bound is None:
            if part.provider:
                yield [name, "provider"], f"unknown provider {part.provider!r}{suggestion(part.provider, providers)}"
            continue
        provider = bound.provider
        if isinstance(part, AgentDeleted) and provider.resource("agents") is None:
            yield [name, "provider"], f"{part.provider} has no agents"
        if isinstance(part, NumberLost) and provider.numbers is None:
            yield [name, "provider"], f"{part.provider} has no numbers"
        if isinstance(part, Subscription) and not provider.has_subscription:
            known = ", ".join(other for other, one in providers.items() if one.provider.has_subscription)
            yield [name, "provider"], f"{part.provider} has no subscription that operations depend on; these have: {known}"
