"""Schedules: faults addressed by operation and occurrence, such as `provider.operation_id#1:lost-answer`."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import Any, NamedTuple

from simulator.lab.kinds import KINDS, Kind, chosen

OPERATION = re.compile(r"[\w-]+(?:\.[\w-]+)+")
ADDRESS = re.compile(rf"(?P<operation>{OPERATION.pattern})#(?P<occurrence>[1-9][0-9]{{0,5}}):(?P<kind>[a-z-]+)")
NUMBERED = re.compile(r"\s*hunt (?P<number>[1-9][0-9]{0,5}):")
MAX_NAME = 80  # characters of the name of a rule
WITHHELD = {"delay": "1h"}
PREFIX = "hunt "  # of the names of the rules


class Fault(NamedTuple):
    """One fault: what happens to the nth request to an operation, or to the nth webhook of an event."""

    operation: str
    occurrence: int
    kind: str

    def __str__(self) -> str:
        return f"{self.operation}#{self.occurrence}:{self.kind}"

    @property
    def rule(self) -> str:
        """The name of its rule."""
        return f"{PREFIX}{self}"[:MAX_NAME]

    @property
    def effect(self) -> Kind:
        """What it does."""
        return KINDS[self.kind]


Schedule = tuple[Fault, ...]  # in the order in which they happen


def as_text(schedule: Schedule) -> str:
    """Return a schedule as `--simulator-replay` takes it; `none` is the one without faults."""
    return ",".join(map(str, schedule)) or "none"


def of_hunt(text: str) -> tuple[int, str]:
    """Return which hunt of a test a schedule is for, 0 for every hunt, and the schedule alone."""
    match = NUMBERED.match(text)
    return (int(match["number"]), text[match.end() :]) if match else (0, text)


def for_hunt(number: int, schedule: Schedule) -> str:
    """Return a schedule for one of the hunts of a test, as `--simulator-replay` takes it."""
    return f"hunt {number}: {as_text(schedule)}" if number > 1 else as_text(schedule)


def parse(text: str) -> Schedule:
    """Parse a schedule.

    Raises:
        ValueError: it is none; the text names the form and the kinds.
    """
    faults = []
    for part in [part.strip() for part in text.split(",") if part.strip() not in ("", "none")]:
        match = ADDRESS.fullmatch(part)
        if match is None:
            form = "provider.operation_id#1:lost-answer"
            raise ValueError(f"{part!r} is no fault of a schedule; expected operation, occurrence and kind, such as {form}")
        chosen([match["kind"]], of_events=True)
        faults.append(Fault(match["operation"], int(match["occurrence"]), match["kind"]))
    return tuple(faults)


def in_rules(fault: Fault) -> tuple[str, int]:
    """Return what sorts faults into the order of their rules."""
    return fault.operation, fault.occurrence


def rules(schedule: Schedule, *, withhold: bool = False) -> list[dict[str, Any]] | None:
    """Return the rules of a schedule; None if two faults concern the same request.

    With `withhold` a client that is to be stopped gets no response, and waits until it is killed. A rule counts only the
    requests for which no earlier rule fired, so its `skip` is lower by that number.
    """
    taken: dict[str, int] = defaultdict(int)
    made = {}
    for fault in sorted(schedule, key=in_rules):
        skip = fault.occurrence - 1 - taken[fault.operation]
        if skip < 0:
            return None
        when = {"event" if fault.effect.is_event else "operation": fault.operation}
        rule = {"name": fault.rule, "when": when, "skip": skip, "times": fault.effect.times}
        made[fault] = {**rule, "then": WITHHELD if withhold and fault.effect.stops else fault.effect.then}
        taken[fault.operation] += fault.effect.times
    return [made[fault] for fault in made]
