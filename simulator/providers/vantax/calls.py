"""Calls: placed for an agent, and answered and ended by the world's clock. Source: https://docs.vantaxai.com/docs/calls."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from simulator.provider import Account, Call, NumberedPages, Page, schedule, seconds
from simulator.providers.vantax.account import State, provider
from simulator.providers.vantax.dates import within_dates
from simulator.providers.vantax.errors import Errors
from simulator.providers.vantax.events import tell_of_call
from simulator.providers.vantax.records import Number, PhoneCall
from simulator.providers.vantax.resources import agents, calls, contacts, numbers

MISSED = {"no_answer": "no_answer", "failed": None}  # ends of calls that nobody answers, and their outcomes
PAGES = NumberedPages(size="limit", total="total", max_size=100)


provider.operation("get_call")(calls.get)


@provider.operation("place_call", message="Call initiated successfully")
def place_call(call: Call[State]) -> dict[str, Any]:
    """Place a call of an agent to a contact, or to any number."""
    agent = agents.get(call, call.body["agent_id"])
    contact = contacts.get(call, call.body["contact_id"]) if "contact_id" in call.body else None
    if contact is not None and contact.do_not_call:
        raise Errors.DO_NOT_CALL()
    placed = calls.create(
        call,
        agent_id=agent.id,
        contact_id=contact.id if contact else None,
        from_number=_caller(call, agent.id).number,
        to_number=contact.phone if contact else call.body["phone_number"],
        started_at=call.now,
    )
    return {"call_id": placed.id, "status": "initiated"}


def _caller(call: Call[State], agent_id: str) -> Number:
    """Return the number of the body, by default that of the agent."""
    if "from_phone_number_id" in call.body:
        return numbers.get(call, call.body["from_phone_number_id"])
    number = next(iter(numbers.having(call, "agent_id", agent_id)), None)
    if number is None:
        raise Errors.NO_CALLER()
    return number


@provider.step(calls)
def continue_call(account: Account[State], call: PhoneCall, at: datetime) -> None:
    """Let a call ring, then be answered, then end; one from outside goes as its script says."""
    table, outcome = calls.table(account), call.script.outcome
    if call.status == "in_progress":
        reason = "voicemail" if outcome == "voicemail" else "caller_hangup"
        fields = {"status": "completed", "outcome": outcome, "call_end_reason": reason, **_talk(account, call, at)}
        tell_of_call(account, call, table.change(call, **fields), at)
    elif call.status == "ringing" and outcome in MISSED:
        missed = table.change(call, status=outcome, outcome=MISSED[outcome], duration=0, call_end_reason=outcome)
        tell_of_call(account, call, missed, at)
    elif call.status == "ringing":
        answered = table.change(call, status="in_progress", answered_at=at)
        if answered.script.duration is None:
            account.begin("call", call.id, at)
        else:
            schedule(account, "call", call.id, at + timedelta(seconds=answered.script.duration))
    else:
        table.change(call, status="ringing")
        account.begin("call", call.id, at)


def _talk(account: Account[State], call: PhoneCall, at: datetime) -> dict[str, Any]:
    """Return what an answered call leaves: its length, its recording, and what was said, evenly over the call."""
    agent, answered, turns = agents.table(account).get(call.agent_id), call.answered_at or at, call.script.turns
    share = (at - answered) / len(turns) if turns else timedelta()
    transcript = tuple(
        {"role": turn.role, "text": turn.text, "timestamp": seconds(answered + place * share)}
        for place, turn in enumerate(turns)
    )
    url = f"https://cdn.vantaxai.com/recordings/{call.id}.mp3" if agent and agent.recording else None
    return {"duration": round((at - answered).total_seconds()), "recording_url": url, "transcript": transcript}


@provider.operation("list_calls")
def list_calls(call: Call[State]) -> Page[PhoneCall]:
    """Return the sub-account's calls, the newest first, by page number: all, or those that the parameters select."""
    return PAGES.cut(call, within_dates(call, calls.list(call), lambda placed: placed.started_at))
