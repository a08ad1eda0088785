"""Calls: placed for an agent, and over when the world's clock says so. Source: https://docs.vantaxai.com/docs/calls."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from msgspec import structs

from simulator.provider import Account, Call, Page, by_offset
from simulator.providers.vantax.account import State, provider
from simulator.providers.vantax.dates import within_dates
from simulator.providers.vantax.errors import Errors
from simulator.providers.vantax.records import Number, PhoneCall
from simulator.providers.vantax.resources import agents, calls, contacts, numbers

MAX_PAGE = 100


@provider.operation("place_call", message="Call initiated successfully")
def place_call(call: Call[State]) -> dict[str, Any]:
    """Let an agent call a contact, or any number."""
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
    """Return the number that the body names, else that of the agent."""
    if "from_phone_number_id" in call.body:
        return numbers.get(call, call.body["from_phone_number_id"])
    number = next(iter(numbers.table(call.account).having("agent_id", agent_id)), None)
    if number is None:
        raise Errors.NO_CALLER()
    return number


@provider.event("call")
def continue_call(account: Account[State], call_id: str, at: datetime) -> None:
    """Let a call ring, then be answered, then end."""
    call = calls.table(account).get(call_id)
    if call is None:
        return
    if call.status == "in_progress":
        agent = agents.table(account).get(call.agent_id)
        url = f"https://cdn.vantaxai.com/recordings/{call_id}.mp3" if agent and agent.recording else None
        ended: dict[str, Any] = {"status": "completed", "outcome": "completed", "call_end_reason": "caller_hangup"}
        length = round((at - (call.answered_at or at)).total_seconds())
        calls.table(account).change(call, duration=length, recording_url=url, **ended)
        return
    is_ringing = call.status == "ringing"
    calls.table(account).change(call, status="in_progress" if is_ringing else "ringing", answered_at=at if is_ringing else None)
    account.begin("call", call_id, at)


@provider.operation("list_calls")
def list_calls(call: Call[State]) -> Page[PhoneCall]:
    """Return the sub-account's calls, the newest first, by page number: all, or those that the parameters select."""
    listing, text = within_dates(call, calls.list(call), lambda one: one.started_at), call.params["search"]
    if text:
        listing = listing.where(lambda one: text.lower() in _searched(call, one))
    limit, number = min(call.params["limit"], MAX_PAGE), call.params["page"]
    page = by_offset(listing, limit, (number - 1) * limit)
    return structs.replace(page, facts={"total": page.total, "limit": limit, "page": number, "has_more": page.has_more})


def _searched(call: Call[State], placed: PhoneCall) -> str:
    """Return the text of a call that a search looks at."""
    contact = contacts.table(call.account).get(placed.contact_id or "")
    turns = [turn["text"] for turn in placed.transcript]
    texts = [placed.from_number, placed.to_number, contact.searched if contact else "", *turns, placed.ai_summary or ""]
    return " ".join(texts).lower()


@provider.operation("get_call")
def get_call(call: Call[State]) -> PhoneCall:
    """Return one call."""
    return calls.get(call)
