"""Simulated inbound calls and messages."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Literal

import msgspec

from simulator.store.account import Account
from simulator.store.plans import CallPlan
from simulator.store.records import Record

Kind = Literal["call", "message"]


class Inbound(msgspec.Struct, frozen=True):
    """A call or a message on its way in."""

    kind: Kind
    from_number: str  # E.164
    to_number: str  # E.164
    text: str = ""  # of a message
    subject: str = ""
    media: tuple[str, ...] = ()  # URLs
    plan: CallPlan = CallPlan()  # of a call, to be kept in its record; the caller speaks the turns of the callee


class Unreachable(Exception):
    """A number of an account takes no calls or messages as it is; the text says why and what to do."""


Receive = Callable[[Account[Any], Any, Inbound, datetime], Sequence[Record]]
"""The account, its number, what comes in, and when; returns the records that were made. Raises `Unreachable`."""
