"""Calls: placed for an agent, and answered and ended by the world's clock."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from simulator.provider import Account, Call, CallPlan, Reply, StepTime, Turn, call_plan
from simulator.providers.cald.account import State, agents, calls, dialable, provider
from simulator.providers.cald.errors import Errors
from simulator.providers.cald.events import tell_of_call
from simulator.providers.cald.records import PhoneCall

CALD_NUMBER = "+18885550100"  # the caller of agents that have no number of their own
RECORDINGS = "https://my.cald.ai/recordings"
MAX_MINUTES = 10  # the default of agents (agents-add)
RESULTS = {"no_answer": "unanswered", "failed": "failed"}  # of a call that was answered it is known before it ends
SWITCHES = {"busy": "busy_result", "hung_up": "hung_up_result"}  # results that no page gives
ROLES = {"agent": "assistant", "callee": "user"}


@provider.operation("call_agent")
def call_agent(call: Call[State]) -> Reply | dict[str, Any]:
    """Place a call of an agent."""
    agent = agents.find(call, call.params["agentId"])
    if agent is None and call.assumed("unknown_agent_on_call") == 404:
        raise Errors.AGENT_NOT_FOUND()
    to_number = dialable(call.body["phoneNumber"])
    if agent is None or not to_number:
        return Reply({"status": "failed"})
    return {"callId": place(call.account, agent.id, to_number, call.now).id}


provider.operation("get_call")(calls.get)


def place(
    account: Account[State], agent_id: str, to_number: str, at: datetime, campaign_id: str | None = None, from_number: str = ""
) -> PhoneCall:
    """Begin a call from a number of the agent, or from one of Cald's own, unless a number is given."""
    own = next(iter(account.state.numbers.having("agent_id", agent_id)), None)
    from_number = from_number or (own.number if own else CALD_NUMBER)
    minutes = _settings(account.state, agent_id).get("maxCallDuration", MAX_MINUTES)
    plan = call_plan(account, to_number, timedelta(minutes=minutes))
    fields = {"agent_id": agent_id, "from_number": from_number, "to_number": to_number, "campaign_id": campaign_id}
    return calls.start(account, at, plan=plan, **fields)


def _settings(state: State, agent_id: str) -> dict[str, Any]:
    agent = state.agents.get(agent_id)
    return agent.settings if agent else {}


def _takes(call: PhoneCall) -> StepTime:
    """Return how long it takes until a call is answered, or until it ends."""
    return call.plan.takes("unanswered" if call.answered_at is None else "answered")


@provider.step(calls, takes=_takes)
def continue_call(account: Account[State], call: PhoneCall, at: datetime) -> None:
    """Let a call be picked up, or fail; then let it end."""
    table, plan = account.state.calls, call.plan
    if not plan.is_answered:
        tell_of_call(account, table.change(call, result=_result(account, call), completed_at=at, call_length=0), at)
        return
    settings = _settings(account.state, call.agent_id)
    is_machine = plan.outcome == "voicemail" and settings.get("machineSettings", {}).get("enable", False)
    turns = _turns(plan, settings, is_machine=is_machine)
    if call.answered_at is None:
        result = "voicemail" if is_machine else "pickedUp"
        table.change(call, result=result, answered_at=at, transcripts=_transcripts(turns[:1]))
        account.begin("call", call.id, at)
        return
    is_recorded = settings.get("recordingSettings", {}).get("enable", False)
    ended = table.change(
        call,
        result=_result(account, call),
        completed_at=at,
        call_length=round((at - call.answered_at).total_seconds()),
        recording_url=f"{RECORDINGS}/{call.id}.mp3" if is_recorded else None,
        transcripts=_transcripts(turns),
    )
    tell_of_call(account, ended, at)


def _result(account: Account[State], call: PhoneCall) -> Any:
    """Return the result of a call that ends."""
    switch = SWITCHES.get(call.plan.outcome)
    return account.provider.assumed(account.world, switch) if switch else RESULTS.get(call.plan.outcome, call.result)


@provider.member(PhoneCall, "result")
def result(call: Call[State], phone_call: PhoneCall) -> Any:
    """Return the result of a call; which one it is may be assumed."""
    switch = SWITCHES.get(phone_call.plan.outcome) if phone_call.completed else None
    return call.assumed(switch) if switch else phone_call.result


def _turns(plan: CallPlan, settings: dict[str, Any], *, is_machine: bool) -> tuple[Turn, ...]:
    """Return what is said by the end; to a machine the agent speaks its message, if it has one (agents-add)."""
    greeting = settings.get("greeting")
    if not is_machine or plan.transcript is not None:
        return plan.turns(greeting)
    message = settings.get("voicemailSettings", {})
    if message.get("enable"):
        return plan.turns(message.get("voicemail") or greeting)
    return tuple(turn for turn in plan.turns(greeting) if turn.role == "callee")


def _transcripts(turns: tuple[Turn, ...]) -> tuple[dict[str, str], ...]:
    return tuple([{"role": ROLES[turn.role], "content": turn.text} for turn in turns])
