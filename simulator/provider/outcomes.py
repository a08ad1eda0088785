"""How calls and messages go, for the lifecycles of providers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from simulator.store.account import Account
from simulator.store.duration import duration
from simulator.store.lifecycle import Delayed
from simulator.store.plans import CallPlan, MessagePlan, StepTime


def call_plan(
    account: Account[Any], to_number: str, limit: timedelta | None = None, rings: timedelta | None = None
) -> CallPlan:
    """Return how the next call of a world goes; the provider lets it ring for `rings`, and last for `limit`.

    Nobody answers one that would ring longer, by the lifecycle `call` of the scenario. Call it once for each call, when the
    call is placed, and keep the result in its record: it may use up an entry of the scenario's `in_turn`.
    """
    plan = account.world.outcomes.call(to_number, limit, rings)
    lifecycle = account.world.lifecycles.get(f"{account.provider.name}.call")
    if rings is None or not plan.is_answered or not isinstance(lifecycle, Delayed) or not lifecycle.after:
        return plan
    return CallPlan("no_answer", timedelta(), rings=rings) if duration(lifecycle.after) > rings else plan


def message_plan(account: Account[Any], to_number: str) -> MessagePlan:
    """Return how the next message of a world to one recipient goes; call it once for each, and keep the result."""
    return account.world.outcomes.message(to_number)


def takes_by_status(otherwise: str, **stages: str) -> Callable[[Any], StepTime]:
    """Return the `takes` of a step, for records with a `plan`: how long the stage takes that a status stands for.

    `stages` are the stages of the plan by status; any other status stands for the stage `otherwise`.
    """
    return lambda record: record.plan.takes(stages.get(record.status, otherwise))
