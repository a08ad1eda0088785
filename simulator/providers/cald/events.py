"""The webhook of an agent, sent when a call of it is over, and calls that come in from outside.

Source: https://docs.cald.ai/api-reference/endpoint/agents-add: an agent's `webhookSettings` have the address to which a
completed call is sent. The pages show neither request nor answer: it is assumed that the body is the call as the operation
get_call returns it, sent once, without a signature and without retries.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from simulator.provider import Account, Inbound, Receiver, Unreachable, announce, shown
from simulator.providers.cald.account import State, calls, provider
from simulator.providers.cald.records import CALL_COMPLETED, Number, PhoneCall


def tell_of_call(account: Account[State], call: PhoneCall, at: datetime) -> None:
    """Send a call that is over to the webhook of its agent, if that has one."""
    agent = account.state.agents.get(call.agent_id)
    if agent is not None and agent.webhook_url and call.completed:
        announce(account, [Receiver(agent.id, agent.webhook_url)], CALL_COMPLETED, shown(account, "get_call", call, at), at)


@provider.inbound("call")
def receive_call(account: Account[State], number: Number, inbound: Inbound, at: datetime) -> Sequence[PhoneCall]:
    """Let a call reach the agent of the number."""
    if number.agent_id is None:
        how = f'PATCH /phonenumbers/{number.id} with {{"agentId": …}}'
        raise Unreachable(f"{number.number} has no agent that answers it; assign one: {how}")
    parties = {"from_number": inbound.from_number, "to_number": inbound.to_number, "direction": "inbound"}
    return [calls.start(account, at, agent_id=number.agent_id, plan=inbound.plan, **parties)]
