"""Magic destinations: US numbers in the range for fiction that decide how a call or a message to them ends, at every provider.

They are never for sale and belong to no account. The table of `docs/outcomes.md` is checked against this one.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, NamedTuple

CallOutcome = Literal["completed", "busy", "no_answer", "voicemail", "failed", "hung_up", "max_duration"]
MessageOutcome = Literal["delivered", "delivered_late", "rejected", "opted_out"]


class MagicNumber(NamedTuple):
    """A destination that decides how a call or a message to it ends."""

    number: str
    outcome: CallOutcome | MessageOutcome
    about: str


_MAGIC_CALLS: tuple[tuple[str, CallOutcome, str], ...] = (
    ("+16065550190", "busy", "is busy"),
    ("+16065550191", "no_answer", "rings and is not answered"),
    ("+16065550192", "voicemail", "is answered by a voicemail"),
    ("+16065550193", "failed", "cannot be connected"),
    ("+16065550194", "hung_up", "is answered, and the callee hangs up after the greeting"),
    ("+16065550195", "max_duration", "is answered, and lasts until the provider ends it at its maximum duration"),
)
_MAGIC_MESSAGES: tuple[tuple[str, MessageOutcome, str], ...] = (
    ("+16065550196", "delivered_late", "is delivered 30 seconds after it was sent"),
    ("+16065550197", "rejected", "is rejected by the carrier"),
    ("+16065550198", "opted_out", "is not sent, as the recipient has opted out"),
)
CALL_OUTCOMES: dict[str, CallOutcome] = {number: outcome for number, outcome, _ in _MAGIC_CALLS}
MESSAGE_OUTCOMES: dict[str, MessageOutcome] = {number: outcome for number, outcome, _ in _MAGIC_MESSAGES}
MAGIC_CALLS = tuple(MagicNumber(*row) for row in _MAGIC_CALLS)
MAGIC_MESSAGES = tuple(MagicNumber(*row) for row in _MAGIC_MESSAGES)
MAGIC_NUMBERS = frozenset((*CALL_OUTCOMES, *MESSAGE_OUTCOMES))


def magic_among(numbers: Iterable[str]) -> list[tuple[int, str]]:
    """Return the place and the number of each magic destination among some numbers."""
    return [(index, number) for index, number in enumerate(numbers) if number in MAGIC_NUMBERS]
