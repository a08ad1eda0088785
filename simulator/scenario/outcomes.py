"""Validation of the outcomes of calls and messages in a scenario."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from msgspec import UNSET

from simulator.scenario.format import ScenarioFile
from simulator.store.outcomes import OneCall, OneMessage
from simulator.store.plans import UNANSWERED

Pointer = list[str | int]


def outcome_faults(file: ScenarioFile) -> Iterator[tuple[Pointer, str]]:
    """Yield the entries that contradict themselves, with their place."""
    for pointer, call in _entries("calls", file.calls):
        yield from (([*pointer, member], problem) for member, problem in _faults_of_call(call))
    for pointer, message in _entries("messages", file.messages):
        yield from (([*pointer, member], problem) for member, problem in _faults_of_message(message))


def _entries(name: str, section: Any) -> Iterator[tuple[Pointer, Any]]:
    """Yield the entries of a section; what it says of all counts only if there is nothing else that may use it."""
    if not section.to and not section.in_turn:
        yield [name], section
    for number, entry in section.to.items():
        yield [name, "to", number], entry
    for index, entry in enumerate(section.in_turn):
        yield [name, "in_turn", index], entry


def _faults_of_call(call: OneCall) -> Iterator[tuple[str, str]]:
    if call.outcome in UNANSWERED:
        for member in ("duration", "transcript"):
            if getattr(call, member) is not UNSET:
                yield member, f"a call with the outcome {call.outcome} is not answered, so it has no {member}; leave it out"


def _faults_of_message(message: OneMessage) -> Iterator[tuple[str, str]]:
    if message.delay is not UNSET and message.outcome in ("rejected", "opted_out"):
        yield "delay", f"a message with the outcome {message.outcome} is not delivered, so it has no delay; leave it out"
