"""Calls and messages that reach an account from the outside world, which the simulator plays."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal

import msgspec

from simulator.provider.scheduling import schedule
from simulator.store.account import Account
from simulator.store.tables import Record

Kind = Literal["call", "message"]


class Turn(msgspec.Struct, frozen=True):
    """One turn of a conversation on the phone."""

    role: Literal["agent", "caller"]
    text: str


class Inbound(msgspec.Struct, frozen=True):
    """A call or a message on its way in."""

    kind: Kind
    from_number: str  # E.164
    to_number: str  # E.164
    text: str = ""  # of a message
    subject: str = ""
    media: tuple[str, ...] = ()  # URLs
    turns: tuple[Turn, ...] = ()  # of a call; the agent's greeting and nothing else where there are none
    outcome: str = ""  # of a call; `completed` if it is empty
    duration: float | None = None  # seconds that a call lasts once it is answered


class Unreachable(Exception):
    """A number of an account takes no calls or messages as it is; the text says why and what to do."""


Receive = Callable[[Account[Any], Any, Inbound, datetime], Sequence[Record]]
"""The account, its number, what comes in, and when; returns the records that were made. Raises `Unreachable`."""


def begin_talk(account: Account[Any], resource: str, subject: str, at: datetime, inbound: Inbound | None) -> None:
    """Begin the last step of a call that was answered: after the duration that came with it, or else as for any other."""
    if inbound is None or inbound.duration is None:
        account.begin(resource, subject, at)
    else:
        schedule(account, resource, subject, at + timedelta(seconds=inbound.duration))


def spread_turns(turns: Sequence[Turn], length: timedelta) -> Iterator[tuple[Turn, float, float]]:
    """Yield turns with the seconds from the answer at which each begins and ends, evenly over the length of the call."""
    share = length.total_seconds() / len(turns) if turns else 0.0
    for index, turn in enumerate(turns):
        yield turn, round(index * share, 3), round((index + 1) * share, 3)
