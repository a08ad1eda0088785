"""Calls: placed for an agent, and answered and ended by the world's clock."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from simulator.provider import Account, Call, Reply
from simulator.providers.cald.account import State, agents, calls, dialable, provider
from simulator.providers.cald.errors import Errors
from simulator.providers.cald.records import PhoneCall

CALD_NUMBER = "+18885550100"  # the caller of agents that have no number of their own
RECORDINGS = "https://my.cald.ai/recordings"


@provider.operation("call_agent")
def call_agent(call: Call[State]) -> Reply | dict[str, Any]:
    """Place a call of an agent."""
    agent = agents.find(call, call.params["agentId"])
    if agent is None and call.assumed("unknown_agent_on_call") == 404:
        raise Errors.AGENT_NOT_FOUND()
    to_number = dialable(call.body["phoneNumber"])
    if agent is None or not re.fullmatch(r"\+[1-9][0-9]{6,14}", to_number):
        return Reply({"status": "failed"})
    return {"callId": place(call.account, agent.id, to_number, call.now).id}


provider.operation("get_call")(calls.get)


def place(
    account: Account[State], agent_id: str, to_number: str, at: datetime, campaign_id: str | None = None, from_number: str = ""
) -> PhoneCall:
    """Begin a call from a number of the agent, or from one of Cald's own, unless a number is given."""
    own = next(iter(account.state.numbers.having("agent_id", agent_id)), None)
    from_number = from_number or (own.number if own else CALD_NUMBER)
    fields = {"agent_id": agent_id, "from_number": from_number, "to_number": to_number, "campaign_id": campaign_id}
    call = calls.add(account, at, **fields)
    account.begin("call", call.id, at)
    return call


@provider.step(calls)
def continue_call(account: Account[State], call: PhoneCall, at: datetime) -> None:
    """Let a call be picked up; then let it end."""
    agent = account.state.agents.get(call.agent_id)
    settings = agent.settings if agent else {}
    if call.result == "pending":
        greeting = settings.get("greeting")
        transcripts = ({"role": "assistant", "content": greeting},) if greeting else ()
        account.state.calls.change(call, result="pickedUp", transcripts=transcripts)
        account.begin("call", call.id, at)
        return
    is_recorded = settings.get("recordingSettings", {}).get("enable", False)
    length = round((at - call.created_at).total_seconds())
    url = f"{RECORDINGS}/{call.id}.mp3" if is_recorded else None
    account.state.calls.change(call, completed_at=at, call_length=length, recording_url=url)
