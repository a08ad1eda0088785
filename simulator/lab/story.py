"""What a hunt says: the story of the schedule that breaks a client, its scenario, and the bound where none was found."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import yaml

from simulator.lab.bench import Exchange, Run
from simulator.lab.kinds import Kind
from simulator.lab.schedule import PREFIX, Schedule, as_text, rules
from simulator.lab.words import plural

MAX_LINES = 40  # of a story


def failure(run: Run, runs: int, test: str, *, is_replay: bool, base: str) -> str:
    """Return what to print of a run that violates an invariant; `test` is the pytest test that hunts, if one does."""
    text = as_text(run.schedule)
    command = f"pytest '{test}' --simulator-replay '{text}'" if test else f"SIMULATOR_REPLAY='{text}'"
    return "\n".join(
        [
            f"{run.violation}",
            "",
            f"The client breaks under {text}:",
            *(f"  {line}" for line in story(run)),
            "",
            "Only this schedule was run. To repeat it:" if is_replay else _found(run, runs),
            f"  {command}",
            "As a scenario:",
            *(f"  {line}" for line in scenario(run.schedule, run.violation, base).splitlines()),
        ]
    )


def _found(run: Run, runs: int) -> str:
    smaller = "Each smaller schedule of it holds; " if len(run.schedule) > 1 else ""
    return (
        f"{smaller}{plural(runs, 'run')} made. To repeat this one:" if smaller else f"{plural(runs, 'run')} made. To repeat it:"
    )


def story(run: Run) -> Iterator[str]:
    """Yield what was asked, what the fault was, and how the client ended, a line for each."""
    faults = {fault.rule: fault for fault in run.schedule}
    shown = run.trace[:MAX_LINES]
    width = max((len(f"{one.method} {one.path}") for one in shown), default=0)
    met: set[str] = set()
    for number, exchange in enumerate(shown, 1):
        call = f"{number:2}. {f'{exchange.method} {exchange.path}':{width}}  {exchange.status}"
        fault = faults.get(exchange.rule)
        yield f"{call}  {_remark(exchange, '' if fault is None else fault.effect.story)}".rstrip()
        if fault is not None and fault.effect.stops and fault.rule not in met:
            yield "    the client was stopped, and started again with what it keeps"
        met.add(exchange.rule)
    if len(run.trace) > len(shown):
        yield f"    and {len(run.trace) - len(shown)} more"
    yield f"    {run.outcome.text}"


def _remark(exchange: Exchange, fault: str) -> str:
    if fault:
        return f"{exchange.address}: {fault}"
    if not exchange.occurrence:
        return f"{exchange.operation}: the same request, delivered again"
    if exchange.is_event:
        return f"{exchange.address}: {exchange.fault}"
    return exchange.address if exchange.operation else "no such route"


def scenario(schedule: Schedule, violation: str, base: str) -> str:
    """Return a scenario file with the faults of a schedule; `base` is the scenario in whose world they were found."""
    made = rules(schedule) or []
    written = [{**rule, "name": rule["name"].removeprefix(PREFIX), "then": {**rule["then"]}} for rule in made]
    crashes = [fault for fault in schedule if fault.effect.stops]
    note = "".join(f"# {crash}: no scenario can stop the client; stop it after this request\n" for crash in crashes)
    document = {"description": f"Found by a hunt: {violation.partition(':')[0]}", "open": True, "rules": written}
    note += f"# Found in a world of the scenario {base}: add its accounts here if the client needs them.\n"
    return note + yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=120)


def bound(
    runs: int, deepest: int, kinds: int, requests: str, *, beyond: int, untried: Iterable[str], unreached: Sequence[str]
) -> str:
    """Return what was tried and what was not, in a sentence."""
    tried = f"up to {plural(deepest, 'fault')} of {plural(kinds, 'kind')} over {requests}"
    parts = [f"{plural(runs, 'schedule')}, {tried}: held"]
    drawn = f", but for {plural(beyond, 'schedule')} drawn by hypothesis" if beyond else ""
    parts.append(f"not tried: {deepest + 1} faults{drawn}")
    parts += [f"not tried: {reason}" for reason in untried]
    if unreached:
        parts.append(f"never reached: {', '.join(unreached)}")
    return "; ".join(parts)


def left_out(kinds: Sequence[Kind], reason: str) -> str:
    """Return that some kinds were not tried, and why; empty if there are none."""
    return f"{', '.join(kind.name for kind in kinds)} ({reason})" if kinds else ""
