"""How calls and messages go, for the lifecycles of providers."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from simulator.store.account import Account
from simulator.store.plans import CallPlan, MessagePlan


def call_plan(account: Account[Any], to_number: str, limit: timedelta | None = None) -> CallPlan:
    """Return how the next call of a world goes; `limit` is how long the provider lets it last.

    Call it once for each call, when the call is placed, and keep the result in its record: it may use up an entry of the
    scenario's `in_turn`.
    """
    return account.world.outcomes.call(to_number, limit)


def message_plan(account: Account[Any], to_number: str) -> MessagePlan:
    """Return how the next message of a world to one recipient goes; call it once for each, and keep the result."""
    return account.world.outcomes.message(to_number)
