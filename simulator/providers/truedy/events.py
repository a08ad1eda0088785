"""The events of calls and batch calls, and calls that come in from outside.

Source: https://docs.truedy.ai/guides/available-webhooks and https://docs.truedy.ai/guides/webhooks.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from simulator.provider import Account, Inbound, Receiver, Unreachable, announce, millis
from simulator.providers.truedy.account import State, calls, provider
from simulator.providers.truedy.records import BatchCall, Number, PhoneCall


def tell_of_call(account: Account[State], event: str, call: PhoneCall, at: datetime) -> None:
    """Send an event of a call: as the voice platform reports it, or flat, as the older page shows it."""
    if len(account.state.webhooks):
        is_flat = account.provider.assumed(account.world, "webhook_data") == "flat"
        _tell(account, event, _flat(call) if is_flat else _upstream(event, call), at)


def tell_of_batch(account: Account[State], event: str, batch: BatchCall, at: datetime) -> None:
    """Send an event of a batch call."""
    _tell(account, event, {"batch_id": batch.id, "status": batch.status, "name": batch.name}, at)


def _tell(account: Account[State], event: str, data: dict[str, Any], at: datetime) -> None:
    webhooks = [webhook for webhook in account.state.webhooks.all() if event in webhook.events]
    if webhooks:
        event_id = f"evt_{account.world.ids.text('event', 24)}"
        payload = {"event": event, "timestamp": millis(at), "data": {**data, "id": event_id}, "id": event_id}
        announce(account, [Receiver(one.id, one.url, one.secret) for one in webhooks], event, payload, at)


def _upstream(event: str, call: PhoneCall) -> dict[str, Any]:
    ended = call.ended_at
    return {
        "event": event,
        "call": {
            "callId": call.id,
            "agent": {"agentId": call.agent_id},
            "created": millis(call.created_at),
            "joined": millis(call.started_at) if call.started_at else None,
            "ended": millis(ended) if ended else None,
            "endReason": ("hangup" if call.started_at else "unjoined") if ended else None,
            "shortSummary": call.summary,
            "metadata": {"from": call.from_number, "to": call.to_number},
        },
    }


def _flat(call: PhoneCall) -> dict[str, Any]:
    facts = {"call_id": call.id, "status": call.status, "agent_id": call.agent_id}
    return facts if call.ended_at is None else {**facts, "duration_seconds": call.duration_seconds}


@provider.inbound("call")
def receive_call(account: Account[State], number: Number, inbound: Inbound, at: datetime) -> Sequence[PhoneCall]:
    """Let a call reach the agent that the number has for inbound calls."""
    if number.inbound_agent_id is None:
        raise Unreachable(f"{number.phone_number} has no agent for inbound calls; assign one with direction inbound")
    parties = {"from_number": inbound.from_number, "to_number": inbound.to_number}
    call = calls.add(account, at, agent_id=number.inbound_agent_id, direction="inbound", plan=inbound.plan, **parties)
    tell_of_call(account, "call.started", call, at)
    account.begin("call", call.id, at)
    return [calls.table(account).get(call.id) or call]
