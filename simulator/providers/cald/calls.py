"""Calls: placed for an agent, and answered and ended by the world's clock."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from simulator.provider import Account, Call, Reply, begin_talk
from simulator.providers.cald.account import State, agents, calls, dialable, provider
from simulator.providers.cald.errors import Errors
from simulator.providers.cald.events import tell_of_call
from simulator.providers.cald.records import PhoneCall

CALD_NUMBER = "+18885550100"  # the caller of agents that have no number of their own
ROLES = {"agent": "assistant", "caller": "user"}
UNANSWERED = {"no_answer": "unanswered", "failed": "failed"}  # of inbound calls
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


def place(account: Account[State], agent_id: str, to_number: str, at: datetime, campaign_id: str | None = None) -> PhoneCall:
    """Begin a call from a number of the agent, or from one of Cald's own."""
    own = next(iter(account.state.numbers.having("agent_id", agent_id)), None)
    from_number = own.number if own else CALD_NUMBER
    fields = {"agent_id": agent_id, "from_number": from_number, "to_number": to_number, "campaign_id": campaign_id}
    call = calls.add(account, at, **fields)
    account.begin("call", call.id, at)
    return call


@provider.step(calls)
def continue_call(account: Account[State], call: PhoneCall, at: datetime) -> None:
    """Let a call be picked up, or fail; then let it end."""
    agent, inbound = account.state.agents.get(call.agent_id), call.inbound
    settings = agent.settings if agent else {}
    if inbound is not None and inbound.outcome in UNANSWERED:
        result = UNANSWERED[inbound.outcome]
        tell_of_call(account, account.state.calls.change(call, result=result, completed_at=at, call_length=0), at)
        return
    if call.result == "pending":
        account.state.calls.change(call, result="pickedUp", transcripts=_transcripts(call, settings))
        begin_talk(account, "call", call.id, at, inbound)
        return
    is_recorded = settings.get("recordingSettings", {}).get("enable", False)
    length = round((at - call.created_at).total_seconds())
    url = f"{RECORDINGS}/{call.id}.mp3" if is_recorded else None
    tell_of_call(account, account.state.calls.change(call, completed_at=at, call_length=length, recording_url=url), at)


def _transcripts(call: PhoneCall, settings: dict[str, Any]) -> tuple[dict[str, str], ...]:
    """Return what is said: the turns that came with an inbound call, or else the agent's greeting."""
    if call.inbound is not None and call.inbound.turns:
        return tuple({"role": ROLES[turn.role], "content": turn.text} for turn in call.inbound.turns)
    greeting = settings.get("greeting")
    return ({"role": "assistant", "content": greeting},) if greeting else ()
