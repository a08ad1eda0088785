"""What a hunt says: the story of the schedule that breaks a client, its scenario, and the bound where none was found."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import yaml

from simulator.lab.bench import Exchange, Run
from simulator.lab.kinds import Kind
from simulator.lab.schedule import PREFIX, Schedule, as_text, for_hunt, rules
from simulator.lab.words import plural, quoted

NO_STATUS = "---"  # of a webhook that was not sent, or not answered
MAX_LINES = 40  # of a story
DONE = {"purchase": "bought", "release": "released"}  # kinds of entries in the ledger


class Place(NamedTuple):
    """Where a hunt is: what repeats it, and in what kind of world."""

    command: str = ""  # that runs the test, or the program, that hunts
    number: int = 1  # of the hunt in it
    scenario: str = ""  # the name of the world's scenario

    def repeat(self, schedule: Schedule) -> str:
        """Return the command that runs a schedule again."""
        text = quoted(for_hunt(self.number, schedule))
        if self.command.startswith("pytest "):
            return f"{self.command} --simulator-replay {text}"
        return f"SIMULATOR_REPLAY={text} {self.command}".rstrip()


NOWHERE = Place()


def failure(run: Run, runs: int, place: Place, *, is_replay: bool) -> str:
    """Return what to print of a run that violates an invariant."""
    return "\n".join(
        [
            f"{run.violation}",
            "",
            f"The client breaks under {as_text(run.schedule)}:" if run.schedule else "The client breaks without any fault:",
            *(f"  {line}" for line in story(run)),
            "",
            "Only this schedule was run. To repeat it:" if is_replay else _found(run, runs),
            f"  {place.repeat(run.schedule)}",
            *_as_rules(run.schedule),
        ]
    )


def _as_rules(schedule: Schedule) -> list[str]:
    """Return the rules to print; the scenario file has what else the world needs, which may be long."""
    if not schedule:
        return []
    written = yaml.safe_dump({"rules": _rules(schedule)}, sort_keys=False, allow_unicode=True, width=120)
    title = "As rules of a scenario; world.hunt(…, save_as='found.yaml') writes a whole one for a regression test:"
    return [title, *(f"  {line}" for line in f"{_not_in_rules(schedule)}{written}".splitlines())]


def _not_in_rules(schedule: Schedule) -> str:
    """Return comments on what no rule can do."""
    crashes = [fault for fault in schedule if fault.effect.stops]
    return "".join(f"# {crash}: no scenario can stop the client; stop it after this request\n" for crash in crashes)


def _found(run: Run, runs: int) -> str:
    smaller = "Each smaller schedule of it holds; " if len(run.schedule) > 1 else ""
    return (
        f"{smaller}{plural(runs, 'run')} made. To repeat this one:" if smaller else f"{plural(runs, 'run')} made. To repeat it:"
    )


def story(run: Run) -> Iterator[str]:
    """Yield a line for each request, fault and end of the client."""
    faults, effects = {fault.rule: fault for fault in run.schedule}, _effects(run)
    shown = run.trace[:MAX_LINES]
    width = max((len(f"{one.method} {one.path}") for one in shown), default=0)
    met: set[str] = set()
    if run.dropped:
        yield f"    the request log no longer holds the first {plural(run.dropped, 'request')}"
    for number, exchange in enumerate(shown, run.dropped + 1):
        call = f"{number:2}. {f'{exchange.method} {exchange.path}':{width}}  {exchange.status or NO_STATUS}"
        fault = faults.get(exchange.rule)
        effect = "" if fault is None else f"{fault.effect.story}{'' if fault.rule in met else fault.effect.ahead}"
        remark = _remark(exchange, effect, is_counted=not run.is_cut)
        yield f"{call}  {'; '.join(filter(None, [remark, *effects.get(exchange.id, ())]))}".rstrip()
        if fault is not None and fault.effect.stops and fault.rule not in met:
            yield "    the client was stopped, and started again with what it keeps"
        met.add(exchange.rule)
    if len(run.trace) > len(shown):
        yield f"    and {len(run.trace) - len(shown)} more"
    yield f"    {run.outcome.text}"


def _effects(run: Run) -> dict[str, list[str]]:
    """Return the purchases and releases, by the ids of the requests."""
    effects: dict[str, list[str]] = {}
    for entry in run.ledger.entries:
        if entry["kind"] in DONE:
            effects.setdefault(entry["request"], []).append(f"{DONE[entry['kind']]} {entry['number']}")
    return effects


def _remark(exchange: Exchange, fault: str, *, is_counted: bool) -> str:
    address = exchange.address if is_counted else exchange.operation
    if fault:
        return f"{address}: {fault}"
    if not exchange.occurrence:
        return f"{exchange.operation}: the same request, delivered again"
    if exchange.is_event:
        return f"{address}: {exchange.fault}"
    return address if exchange.operation else "no such route"


def _rules(schedule: Schedule) -> list[dict[str, Any]]:
    made = rules(schedule) or []
    return [{**rule, "name": rule["name"].removeprefix(PREFIX), "then": {**rule["then"]}} for rule in made]


def scenario(schedule: Schedule, violation: str, base: str, content: dict[str, Any]) -> str:
    """Return a scenario file: that of the world, with the faults of a schedule before its own rules.

    `content` is the scenario of the world, and `base` its name.
    """
    found = {
        "description": f"Found by a hunt: {violation.partition(':')[0]}",
        **{name: value for name, value in content.items() if name not in ("description", "rules")},
        "rules": [*_rules(schedule), *content.get("rules", [])],
    }
    note = f"{_not_in_rules(schedule)}# The scenario {base} with the faults that a hunt found, as its first rules.\n"
    return note + yaml.safe_dump(found, sort_keys=False, allow_unicode=True, width=120)


def bound(
    runs: int,
    deepest: int,
    kinds: int,
    requests: str,
    *,
    beyond: int,
    untried: Iterable[str],
    unreached: Sequence[str],
    judged: str = "",
) -> str:
    """Return which schedules were tried and which were not, in a sentence; `judged` is what alone was judged."""
    tried = f"up to {plural(deepest, 'fault')} of {plural(kinds, 'kind')} over {requests}"
    parts = [f"{plural(runs, 'schedule')}, {tried}: held"]
    drawn = f", but for {plural(beyond, 'schedule')} drawn by hypothesis" if beyond else ""
    parts.append(f"not tried: {deepest + 1} faults{drawn}")
    parts += [f"not tried: {reason}" for reason in untried]
    if unreached:
        parts.append(f"never reached: {', '.join(unreached)}")
    if judged:
        parts.append(f"judged: only {judged}")
    return "; ".join(parts)


def left_out(kinds: Sequence[Kind], reason: str) -> str:
    """Return that some kinds were not tried, and why; empty if there are none."""
    return f"{', '.join(kind.name for kind in kinds)} ({reason})" if kinds else ""
