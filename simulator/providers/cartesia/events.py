"""The events of calls, the analysis that follows them, and calls that come in from outside.

Source: https://docs.cartesia.ai/agents/webhooks and https://docs.cartesia.ai/line/infrastructure/observability. The events, the
secret in its header, `call`, `turn` and `analysis` are documented, and so are the older payload's members. The names of the
other members are inferred from public receivers; the order of the analysis and what a failed dial sends are switches. Which
numbers take calls: https://docs.cartesia.ai/line/integrations/telephony/cartesia-numbers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from simulator.provider import Account, Inbound, Receiver, Unreachable, announce, millis, schedule, shown
from simulator.providers.cartesia.account import State, calls, dialled, provider
from simulator.providers.cartesia.records import Number, PhoneCall, SipTrunk

ROLES = {"agent": "assistant", "callee": "user"}
OF_STATUS = {"started": "call_started", "completed": "call_completed", "failed": "call_failed"}


def tell_of_call(account: Account[State], call: PhoneCall, at: datetime) -> None:
    """Send the event of the status that a call has got; a call that is completed is analysed too."""
    if not call.webhook_id and (call.status != "completed" or call.is_analysed):
        return
    is_completed, is_early = call.status == "completed", account.provider.assumed(account.world, "analysis") == "before"
    if is_completed and call.webhook_id:
        account.cancel("turn", call.id)
        for turn in turns_until(account, call, at)[call.turns_told :]:
            _tell_of_turn(account, call, turn, min(over_at(call, turn), at))
    if is_completed and is_early:
        call = _analyse(account, call, at)
    was_dialled = call.status == "failed" and str(call.end_reason).startswith("dial_")
    if was_dialled and call.webhook_id and account.provider.assumed(account.world, "failed_dial") == "start":
        _tell(account, "call_started", call, at)
    if call.status in OF_STATUS:
        _tell(account, OF_STATUS[call.status], call, at)
    if is_completed and not is_early:
        account.begin("analysis", call.id, at)


@provider.event("analysis")
def finish_analysis(account: Account[State], call_id: str, at: datetime) -> None:
    """Analyse a call that is over, unless it was deleted meanwhile."""
    call = account.state.calls.get(call_id)
    if call is not None and call.redacted_at is None:
        _analyse(account, call, at)


def _analyse(account: Account[State], call: PhoneCall, at: datetime) -> PhoneCall:
    analysed = account.state.calls.change(call, is_analysed=True)
    _send(account, "post_call_analysis", analysed, {"analysis": {"summary": summary_of(account, analysed, at)}}, at)
    return analysed


def is_analysed_at_once(account: Account[State], call: PhoneCall) -> bool:
    """Return whether the analysis of a call is there when the call ends, and no webhook is to hear of one after the other."""
    return not call.webhook_id and account.is_immediate("analysis")


def summary_of(account: Account[State], call: PhoneCall, at: datetime) -> str | None:
    """Return the summary of a call; None if it has not been analysed."""
    if not call.is_analysed:
        return None
    count = len(turns_until(account, call, at))
    return f"A call with {call.agent_name} in {count} turn{'' if count == 1 else 's'}, ended by {call.end_reason}."


def tell_of_turns(account: Account[State], answered: PhoneCall) -> None:
    """Send an event for every turn of a call when it ends; the last ends with the call."""
    if not answered.webhook_id:
        return
    call, end = account.state.calls.get(answered.id), account.due("call", answered.id)
    if call is not None and end is not None:
        await_turn(account, call, all_turns(call, end))


@provider.event("turn", is_scheduled=True)
def finish_turn(account: Account[State], call_id: str, at: datetime) -> None:
    """Send the event of a turn that is over, and wait for the next."""
    call, end = account.state.calls.get(call_id), account.due("call", call_id)
    if call is not None and end is not None:
        turns = all_turns(call, end)
        _tell_of_turn(account, call, turns[call.turns_told], at)
        await_turn(account, account.state.calls.change(call, turns_told=call.turns_told + 1), turns)


def _tell_of_turn(account: Account[State], call: PhoneCall, turn: Mapping[str, Any], at: datetime) -> None:
    _send(account, "call_turn", call, {"turn": {**turn, "was_interrupted": False}}, at)


def _tell(account: Account[State], event: str, call: PhoneCall, at: datetime) -> None:
    if call.webhook_id:
        _send(account, event, call, {"call": shown(account, "calls_get", call, at)}, at)


def _send(account: Account[State], event: str, call: PhoneCall, detail: Mapping[str, Any], at: datetime) -> None:
    """Send an event to the webhook to which the agent was attached when the call began, if there still is one."""
    webhook = account.state.webhooks.get(call.webhook_id or "")
    if webhook is None:
        return
    request_id = account.world.ids.uuid("webhook request")
    ends = {"agent_id": call.agent_id, "webhook_id": webhook.id, "timestamp": millis(at)}
    if account.provider.assumed(account.world, "webhook_payload") == "call":
        payload = {"type": event, "call_id": call.id, "webhook_request_id": request_id, **ends, **detail}
    elif "call" not in detail:
        return  # the older payload has the events of the call alone
    else:
        payload = {"type": event, "request_id": request_id, **ends, "body": turns_until(account, call, at)}
        payload["timestamp"] = f"{ends['timestamp'][:-1]}000000Z"  # nanoseconds
    announce(account, [Receiver(webhook.id, webhook.url, webhook.secret)], event, payload, at)


@provider.inbound("call")
def receive_call(account: Account[State], number: Number, inbound: Inbound, at: datetime) -> Sequence[PhoneCall]:
    """Let a call reach the agent of the number; a number without one is for outbound calls alone."""
    trunk = account.state.providers.get(number.provider_id or "")
    if isinstance(trunk, SipTrunk) and trunk.inbound is None:
        how = f"PATCH /agents/phone-numbers/providers/{trunk.id}"
        raise Unreachable(f"the SIP trunk of {number.number} has no inbound side; configure one: {how}")
    agent = account.state.agents.get(number.agent_id or "")
    if agent is None:
        how = f'PATCH /agents/phone-numbers/{number.id} with {{"agent_id": …}}'
        raise Unreachable(f"{number.number} has no agent that answers it; assign one: {how}")
    parties = {"from_number": inbound.from_number, "to_number": inbound.to_number, "direction": "inbound"}
    return [calls.start(account, at, **{**dialled(account, agent, number, at), **parties}, plan=inbound.plan)]


def all_turns(call: PhoneCall, end: datetime) -> tuple[dict[str, Any], ...]:
    """Return the turns of a call that ends at a time; theirs are seconds from its answer."""
    return tuple(
        {"role": ROLES[turn.role], "text": turn.text, "start_timestamp": start, "end_timestamp": stop}
        for turn, start, stop in call.plan.timed_turns(call.greeting, end - call.started_at)
    )


def turns_until(account: Account[State], call: PhoneCall, at: datetime) -> tuple[dict[str, Any], ...]:
    """Return the turns that are over by a time; of a call that is over, all that were said."""
    end = account.due("call", call.id) if call.status == "started" else None
    if end is None:
        return all_turns(call, call.ended_at) if call.transcript is None and call.ended_at else call.transcript or ()
    return tuple(turn for turn in all_turns(call, end) if over_at(call, turn) <= at)


def over_at(call: PhoneCall, turn: dict[str, Any]) -> datetime:
    """Return the time at which a turn of a call ends."""
    return call.started_at + timedelta(seconds=turn["end_timestamp"])


def await_turn(account: Account[State], call: PhoneCall, turns: tuple[dict[str, Any], ...]) -> None:
    """Wait for the end of the next turn that has not been sent; the last one is sent when the call ends."""
    if call.turns_told < len(turns) - 1:
        schedule(account, "turn", call.id, over_at(call, turns[call.turns_told]))
