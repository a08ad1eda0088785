"""How one call or message goes: its outcome, its times, and what is said."""

from __future__ import annotations

from datetime import timedelta
from functools import lru_cache
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from simulator.numbering.magic import CallOutcome, MessageOutcome

UNANSWERED = ("busy", "no_answer", "failed")
UNTIL_RINGING, RINGING, TALKING = timedelta(seconds=1), timedelta(seconds=4), timedelta(seconds=10)
SENDING, LATE = timedelta(seconds=1), timedelta(seconds=30)
GREETING = "Hello."


class Turn(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One turn of a conversation."""

    role: Annotated[Literal["agent", "callee"], Meta(description="Who speaks")]
    text: Annotated[str, Meta(min_length=1, max_length=10_000)]


REPLY = Turn(role="callee", text="Hello, thank you for calling.")
VOICEMAIL = Turn(role="callee", text="Please leave a message after the tone.")


class StepTime(msgspec.Struct, frozen=True, gc=False):
    """How long a step of a record takes by itself: where the clock is frozen, or in any case if a scenario gives the time.

    It takes no longer than `at_most`, whatever a lifecycle of the scenario says.
    """

    time: timedelta
    is_given: bool = False
    at_most: timedelta | None = None


class CallPlan(msgspec.Struct, frozen=True):
    """How a call will go: decided when it is placed, and kept in its record.

    `duration` is the time from the answer to the end, `is_timed` whether a scenario gives it. `transcript` is None where the
    scenario has none. `rings` is how long the provider lets it ring, None for no limit.
    """

    outcome: CallOutcome = "completed"
    duration: timedelta = TALKING
    is_timed: bool = False
    transcript: tuple[Turn, ...] | None = None
    rings: timedelta | None = None

    @property
    def is_answered(self) -> bool:
        """Whether somebody, or a voicemail, answers."""
        return self.outcome not in UNANSWERED

    def takes(self, stage: Literal["queued", "ringing", "unanswered", "answered"]) -> StepTime:
        """Return how long a stage takes: a second in the queue, then four of ringing; or five until the answer as one stage.

        A call that nobody answers rings as long as its provider lets it.
        """
        if stage == "answered":
            return StepTime(self.duration, self.is_timed)
        if stage == "queued":
            return StepTime(UNTIL_RINGING)
        rings = RINGING if stage == "ringing" else UNTIL_RINGING + RINGING
        return StepTime(self.rings or rings if self.outcome == "no_answer" else rings, at_most=self.rings)

    def turns(self, greeting: str | None) -> tuple[Turn, ...]:
        """Return what is said by the end: the scenario's transcript, or the agent's greeting and a reply."""
        if not self.is_answered:
            return ()
        if self.transcript is not None:
            return self.transcript
        agent = Turn(role="agent", text=greeting or GREETING)
        if self.outcome == "hung_up":
            return (agent,)
        if self.outcome == "voicemail":
            return (VOICEMAIL, agent)
        return (agent, REPLY)

    def timed_turns(self, greeting: str | None, length: timedelta) -> list[tuple[Turn, float, float]]:
        """Return what is said, with the seconds from the answer at which each turn begins and ends, evenly over the call."""
        turns = self.turns(greeting)
        bounds = _bounds(len(turns), length)
        return list(zip(turns, bounds, bounds[1:], strict=False))


@lru_cache(64)  # most calls are alike, and to round takes long
def _bounds(count: int, length: timedelta) -> tuple[float, ...]:
    """Return the seconds at which equal parts of a time begin, and the last one ends."""
    share = length.total_seconds() / max(count, 1)
    return tuple([round(index * share, 3) for index in range(count + 1)])


class MessagePlan(msgspec.Struct, frozen=True):
    """How a message to one recipient will go; `delay` is the time from being sent to being delivered, None for the usual."""

    outcome: MessageOutcome = "delivered"
    delay: timedelta | None = None

    @property
    def is_delivered(self) -> bool:
        """Whether it is delivered, now or late."""
        return self.outcome in ("delivered", "delivered_late")

    def takes(self, stage: Literal["unsent", "sent"]) -> StepTime:
        """Return how long a step takes: a second, or the delay of what was sent."""
        return StepTime(SENDING) if stage == "unsent" or self.delay is None else StepTime(self.delay, is_given=True)
