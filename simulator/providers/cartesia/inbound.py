"""Calls that come in from outside. Source: https://docs.cartesia.ai/line/integrations/telephony/cartesia-numbers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from simulator.provider import Account, Inbound, Unreachable
from simulator.providers.cartesia.account import State, calls, dialled, provider
from simulator.providers.cartesia.records import Number, PhoneCall, SipTrunk


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
    fields = {**dialled(account, agent, number, at), **parties, "plan": inbound.plan}
    call = calls.add(account, at, **fields)
    account.begin("call", call.id, at)
    return [calls.table(account).get(call.id) or call]
