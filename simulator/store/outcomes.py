"""How calls and messages end: what a scenario says of them, and the number that is called or texted.

Docstrings and descriptions of the types become the descriptions of the JSON Schema of scenario files.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Protocol, TypeVar

import msgspec
from msgspec import UNSET, Meta, UnsetType

from simulator.numbering.magic import CALL_OUTCOMES, MESSAGE_OUTCOMES, CallOutcome, MessageOutcome
from simulator.store.changes import Change
from simulator.store.duration import duration
from simulator.store.lifecycle import Duration
from simulator.store.plans import LATE, TALKING, UNANSWERED, CallPlan, MessagePlan, Turn
from simulator.store.records import Record
from simulator.store.tables import Table

MAX_TURNS, MAX_ENTRIES = 1000, 1000

Destination = Annotated[str, Meta(pattern=r"^\+[1-9][0-9]{6,14}$", description="A phone number in E.164")]


class Outcome(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """How something ends."""


class OneCall(Outcome, frozen=True):
    """How a call ends; what is left out is decided as for any other call."""

    outcome: Annotated[CallOutcome | UnsetType, Meta(description="How the call ends")] = UNSET
    duration: Annotated[
        Duration | UnsetType, Meta(description="How long the call lasts after the answer, such as 90s, on the world's clock")
    ] = UNSET
    transcript: Annotated[list[Turn], Meta(max_length=MAX_TURNS, description="What is said")] | UnsetType = UNSET


class OneMessage(Outcome, frozen=True):
    """How a message ends; what is left out is decided as for any other message."""

    outcome: Annotated[MessageOutcome | UnsetType, Meta(description="How the message ends")] = UNSET
    delay: Annotated[
        Duration | UnsetType, Meta(description="How long after being sent it is delivered, on the world's clock")
    ] = UNSET


class CallOutcomes(OneCall, frozen=True):
    """How calls end."""

    to: Annotated[dict[Destination, OneCall], Meta(max_length=MAX_ENTRIES, description="By the number that is called")] = {}
    in_turn: Annotated[
        list[OneCall], Meta(max_length=MAX_ENTRIES, description="For the first call, the second, and so on; then as any other")
    ] = []


class MessageOutcomes(OneMessage, frozen=True):
    """How messages end."""

    to: Annotated[
        dict[Destination, OneMessage], Meta(max_length=MAX_ENTRIES, description="By the number of the recipient")
    ] = {}
    in_turn: Annotated[
        list[OneMessage],
        Meta(max_length=MAX_ENTRIES, description="For the first recipient, the second, and so on; then as any other"),
    ] = []


class Turns(Record, frozen=True):
    """How many entries of a list `in_turn` have been used."""

    used: int


T = TypeVar("T")


class _Entries(Protocol[T]):
    """The part of a scenario's section that chooses an entry."""

    @property
    def to(self) -> dict[str, T]:
        """The entries by destination."""

    @property
    def in_turn(self) -> list[T]:
        """The entries in turn."""


class Outcomes:
    """Decides how the calls and messages of one world end.

    The entry of the destination comes first, then the next one in turn, then the magic number, then what is said of all.
    """

    def __init__(self, calls: CallOutcomes, messages: MessageOutcomes, changes: list[Change]) -> None:
        """Decide as a scenario says; the entries that are used up are logged in `changes`."""
        self._calls, self._messages = calls, messages
        self.turns: Table[Turns] = Table("turns", changes, visible=False, record=Turns)

    def call(self, to_number: str, limit: timedelta | None = None, rings: timedelta | None = None) -> CallPlan:
        """Return how the next call to a number will go; the provider lets it ring for `rings`, and last for `limit`."""
        general = self._calls
        entry = self._entry("calls", general, to_number) or OneCall()
        outcome = entry.outcome or CALL_OUTCOMES.get(to_number) or general.outcome or "completed"
        if outcome in UNANSWERED:
            return CallPlan(outcome, timedelta(), rings=rings)
        given = entry.duration or general.duration
        talk = duration(given) if given else TALKING
        if limit is not None and (talk > limit or (outcome == "max_duration" and not given)):
            outcome, talk = "max_duration", limit
        turns = general.transcript if entry.transcript is UNSET else entry.transcript
        return CallPlan(outcome, talk, bool(given), None if turns is UNSET else tuple(turns), rings)

    def message(self, to_number: str) -> MessagePlan:
        """Return how the next message to a number will go."""
        general = self._messages
        entry = self._entry("messages", general, to_number) or OneMessage()
        outcome = entry.outcome or MESSAGE_OUTCOMES.get(to_number) or general.outcome or "delivered"
        given = entry.delay or general.delay
        late = LATE if outcome == "delivered_late" else None
        return MessagePlan(outcome, duration(given) if given else late)

    def _entry(self, name: str, section: _Entries[T], to_number: str) -> T | None:
        """Return the entry of a destination, or else the next one in turn; None if neither is left."""
        entry = section.to.get(to_number)
        if entry is not None or not section.in_turn:
            return entry
        counted = self.turns.get(name)
        used = counted.used if counted else 0
        if used == len(section.in_turn):
            return None
        self.turns.put(Turns(id=name, used=used + 1))
        return section.in_turn[used]
