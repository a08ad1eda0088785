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

# By the status that a call has got; that it rings is no event.
OF_STATUS = {"queued": ["call.started"], "in_progress": ["call.joined"], "completed": ["call.ended", "call.billed"]}


def tell_of_call(account: Account[State], call: PhoneCall, at: datetime) -> None:
    """Send the events of the status that a call has got: as the voice platform reports them, or flat, as an older page does."""
    if not len(account.state.webhooks):
        return
    is_ended = call.status == "failed" and account.provider.assumed(account.world, "unjoined_call") == "ended"
    is_flat = account.provider.assumed(account.world, "webhook_data") == "flat"
    failed = {"failed": ["call.ended" if is_ended else "call.failed"]}
    for event in {**OF_STATUS, **failed}.get(call.status, ()):
        _tell(account, event, _flat(call) if is_flat else _upstream(event, call), at)


def tell_of_batch(account: Account[State], before: BatchCall, after: BatchCall, at: datetime) -> None:
    """Send that a batch call has another status than before, and that it is completed."""
    changed = ["batch.status.changed"] if after.status != before.status else []
    for event in [*changed, "batch.completed"] if after.status == "completed" else changed:
        _tell(account, event, {"batch_id": after.id, "status": after.status, "name": after.name}, at)


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
    """Let a call reach the agent that the number has for inbound calls, which has to be active."""
    agent = account.state.agents.get(number.inbound_agent_id or "")
    if agent is None:
        how = f'POST /telephony/numbers/assign with {{"number_id": "{number.id}", "agent_id": …, "assignment_type": "inbound"}}'
        raise Unreachable(f"{number.phone_number} has no agent for inbound calls; assign one: {how}")
    if agent.status != "active":
        raise Unreachable(f"the agent {agent.id} of {number.phone_number} is {agent.status}; only an active one takes calls")
    parties = {"from_number": inbound.from_number, "to_number": inbound.to_number, "direction": "inbound"}
    call = calls.add(account, at, agent_id=agent.id, plan=inbound.plan, **parties)
    tell_of_call(account, call, at)
    account.begin("call", call.id, at)
    return [calls.table(account).get(call.id) or call]
