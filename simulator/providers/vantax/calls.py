"""Calls: placed for an agent, and answered and ended by the world's clock. Source: https://docs.vantaxai.com/docs/calls."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from simulator.provider import Account, Call, NumberedPages, Page, call_plan, millis, takes_by_status
from simulator.providers.vantax.account import State, provider
from simulator.providers.vantax.dates import within_dates
from simulator.providers.vantax.errors import Errors
from simulator.providers.vantax.events import tell_of_call
from simulator.providers.vantax.records import Number, PhoneCall
from simulator.providers.vantax.resources import agents, calls, contacts, numbers

MAX_SECONDS = 3600  # of a call whose agent has no `max_call_time`; no page has a default
LONGEST = 366 * 24 * 3600  # seconds; no page limits `max_call_time`, but the clock ends somewhere
ROLES = {"agent": "agent", "callee": "caller"}
OUTCOMES = {"busy": "no_answer", "no_answer": "no_answer", "failed": None, "voicemail": "voicemail"}  # else "completed"
HANG_UPS = ("completed", "hung_up")  # outcomes whose reason is the one on the page
PAGES = NumberedPages(size="limit", total="total", max_size=100)


provider.operation("get_call")(calls.get)


@provider.operation("place_call", message="Call initiated successfully")
def place_call(call: Call[State]) -> dict[str, Any]:
    """Place a call of an agent to a contact, or to any number."""
    agent = agents.get(call, call.body["agent_id"])
    contact = contacts.get(call, call.body["contact_id"]) if "contact_id" in call.body else None
    to_number = contact.phone if contact else call.body["phone_number"]
    known = [contact] if contact else contacts.having(call, "phone", to_number)
    if any(one.do_not_call for one in known if one.sub_account_id == agent.sub_account_id):
        raise Errors.DO_NOT_CALL()
    limit = timedelta(seconds=min(agent.max_call_time or MAX_SECONDS, LONGEST))
    placed = calls.create(
        call,
        agent_id=agent.id,
        contact_id=contact.id if contact else None,
        from_number=_caller(call, agent.id).number,
        to_number=to_number,
        started_at=call.now,
        plan=call_plan(call.account, to_number, limit),
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


@provider.step(calls, takes=takes_by_status("answered", initiated="queued", ringing="ringing"))
def continue_call(account: Account[State], call: PhoneCall, at: datetime) -> None:
    """Let a call ring, then be answered, then end; or end with nobody."""
    table, outcome = calls.table(account), call.plan.outcome
    if call.status == "initiated":
        table.change(call, status="ringing")
    elif call.status == "ringing" and call.plan.is_answered:
        table.change(call, status="in_progress", answered_at=at)
    else:
        ended = {"status": "completed", **_talk(account, call, at)} if call.status == "in_progress" else {"status": outcome}
        reason = "caller_hangup" if outcome in HANG_UPS else outcome
        fields = {"duration": 0, **ended, "outcome": OUTCOMES.get(outcome, "completed"), "call_end_reason": reason}
        tell_of_call(account, call, table.change(call, **fields), at)
        return
    account.begin("call", call.id, at)


def _talk(account: Account[State], call: PhoneCall, at: datetime) -> dict[str, Any]:
    """Return the members of a call that was answered: its length, its recording, and its transcript."""
    agent, answered = agents.table(account).get(call.agent_id), call.answered_at or at
    url = f"https://cdn.vantaxai.com/recordings/{call.id}.mp3" if agent and agent.recording else None
    turns = [
        {"role": ROLES[turn.role], "text": turn.text, "timestamp": millis(answered + timedelta(seconds=start))}
        for turn, start, _ in call.plan.timed_turns(None, at - answered)
    ]
    return {"duration": round((at - answered).total_seconds()), "recording_url": url, "transcript": tuple(turns)}


@provider.member(PhoneCall, "call_end_reason")
def call_end_reason(call: Call[State], placed: PhoneCall) -> str | None:
    """Return the reason of the end of a call; only one is documented."""
    reason = placed.call_end_reason
    is_documented = reason in (None, "caller_hangup")
    return reason if is_documented or call.assumed("other_end_reason") == "outcome" else None


@provider.operation("list_calls")
def list_calls(call: Call[State]) -> Page[PhoneCall]:
    """Return the sub-account's calls, the newest first, by page number: all, or those that the parameters select."""
    return PAGES.cut(call, within_dates(call, calls.list(call), lambda placed: placed.started_at))
