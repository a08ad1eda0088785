"""Calls: placed for an agent, and answered and ended by the world's clock. Source: https://docs.truedy.ai/api-reference/calls."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from functools import partial
from itertools import takewhile
from typing import Any

from simulator.provider import Account, Call, Hours, Listing, Page, between, call_plan, read_time, schedule, takes_by_status
from simulator.providers.truedy.account import State, agents, calls, named_in_body, provider
from simulator.providers.truedy.errors import Errors
from simulator.providers.truedy.events import tell_of_batch, tell_of_call
from simulator.providers.truedy.numbers import require_subscription
from simulator.providers.truedy.records import Agent, BatchCall, BatchContact, Number, PhoneCall

NEXT = {"queued": "ringing", "ringing": "in_progress"}
OVER = ("completed", "failed")
SECONDS = re.compile(r"([0-9]{1,9}(?:[.][0-9]{1,9})?)s")
DEFAULTS = {"max_duration": timedelta(seconds=3600), "join_timeout": timedelta(seconds=30)}  # of an agent
SPEAKERS = {"agent": "agent", "callee": "contact"}
CONTACT_OUTCOMES = {"completed": "contacted", "hung_up": "contacted", "max_duration": "contacted", "voicemail": "voicemail"}


provider.operation("get_call")(calls.get)


@provider.operation("list_calls")
def list_calls(call: Call[State]) -> Page[PhoneCall]:
    """Return a page of the calls, the newest first: all, or those that the parameters select."""
    names = ("created_after", "created_before")
    bounds = [call.params[name] and read_time(call.params[name], partial(Errors.BAD_TIME, field=name)) for name in names]
    return calls.page(call, between(calls.list(call), lambda one: one.created_at, *bounds))


@provider.operation("create_call")
def create_call(call: Call[State]) -> PhoneCall:
    """Place a call; the answer shows it as queued, whatever its status is by then."""
    require_subscription(call)
    agent = named_in_body(call, agents, "agent_id", Errors.UNKNOWN_AGENT)
    from_number = caller_id(call, agent, call.body.get("from_number"))
    fields = {"agent_id": agent.id, "from_number": from_number, "to_number": call.body["phone_number"]}
    return place(call.account, call.now, call_settings=call.body.get("call_settings") or {}, **fields)


@provider.operation("bulk_delete_calls")
def bulk_delete_calls(call: Call[State]) -> dict[str, Any]:
    """Delete the calls that are over; the others, and ids that name none, are counted as failed."""
    deleted, failed = [], []
    for call_id in dict.fromkeys(call.body["ids"]):
        phone_call = calls.find(call, call_id)
        if phone_call is not None and phone_call.status in OVER:
            deleted.append(calls.remove(call, phone_call).id)
        else:
            failed.append(call_id)
    return {"deleted_count": len(deleted), "failed_count": len(failed), "deleted_ids": deleted, "failed_ids": failed}


def caller_id(call: Call[State], agent: Agent, from_number: str | None) -> str:
    """Return the number from which an agent calls: the one that the request names, or the one that it got last.

    Raises:
        Problem: the agent is not active, has no number for outbound calls, or not the one that the request names.
    """
    if agent.status != "active":
        raise Errors.AGENT_NOT_ACTIVE()
    own = [number.phone_number for number in call.state.numbers.having("outbound_agent_id", agent.id)]
    if not own:
        raise Errors.NO_NUMBER()
    if from_number is None or from_number in own:
        return from_number or own[0]
    is_known = len(call.state.numbers.having("phone_number", from_number)) > 0
    if is_known and call.assumed("from_number") == "organization":
        return from_number
    raise Errors.FOREIGN_NUMBER()


def place(account: Account[State], at: datetime, **fields: Any) -> PhoneCall:
    """Begin a call, and return it as it stands in the queue."""
    return _begin(account, _queue(account, at, **fields), at)


def _queue(account: Account[State], at: datetime, **fields: Any) -> PhoneCall:
    agent, settings = account.state.agents.get(fields["agent_id"]), fields.get("call_settings", {})
    limits = [_limit(name, agent, settings) for name in ("max_duration", "join_timeout")]
    return calls.add(account, at, plan=call_plan(account, fields["to_number"], *limits), **fields)


def _begin(account: Account[State], phone_call: PhoneCall, at: datetime) -> PhoneCall:
    tell_of_call(account, phone_call, at)
    account.begin("call", phone_call.id, at)
    return phone_call


def place_of_batch(account: Account[State], batch: BatchCall, at: datetime) -> None:
    """Call the contacts of a batch call that have not been called, in their order: as many as it may call now."""
    state = account.state
    if state.is_placing:
        return  # a call of the batch ended at once; the loop that placed it goes on
    state.is_placing = True
    try:
        _place_waiting(account, batch, at)
    finally:
        state.is_placing = False


def _place_waiting(account: Account[State], batch: BatchCall, at: datetime) -> None:
    state, callers = account.state, numbers_of(account.state, batch)
    hours = Hours(batch.timezone, batch.start_time, batch.end_time, batch.working_days)
    opens, placed = hours.next(at), state.calls.having("campaign_id", batch.id)
    today = takewhile(lambda call: hours.end_of_day(call.created_at) > at, placed)
    left = None if batch.max_calls_per_day is None else batch.max_calls_per_day - sum(1 for _ in today)
    while callers and len(waiting := contacts_of(state, batch.id, "pending")):
        if opens > at or (left is not None and left <= 0):
            schedule(account, "batch_call", batch.id, opens if opens > at else hours.next(hours.end_of_day(at)))
            return
        if len(contacts_of(state, batch.id, "calling")) >= batch.concurrency:
            return
        (contact,) = waiting.window(len(waiting) - 1, 1)
        _call_contact(account, batch, contact, callers, at)
        left = None if left is None else left - 1


def _call_contact(account: Account[State], batch: BatchCall, contact: BatchContact, callers: list[str], at: datetime) -> None:
    is_random = batch.phone_rotation_strategy == "random" and len(callers) > 1
    turn = len(account.state.calls.having("campaign_id", batch.id))
    chosen = int(account.world.ids.uuid("turn")[:8], 16) if is_random else turn
    numbers = {"from_number": callers[chosen % len(callers)], "to_number": contact.phone_number}
    queued = _queue(account, at, agent_id=batch.agent_id, campaign_id=batch.id, contact_id=contact.id, **numbers)
    account.state.batch_contacts.change(contact, status="calling", call_id=queued.id, called_at=at, updated_at=at)
    _begin(account, queued, at)


def contacts_of(state: State, batch_call_id: str, status: str) -> Listing[BatchContact]:
    """Return the contacts of a batch call that have a status."""
    return state.batch_contacts.having("progress", f"{batch_call_id} {status}")


def numbers_of(state: State, batch: BatchCall) -> list[str]:
    """Return the numbers from which a batch call calls."""
    return [number.phone_number for number in lines_of(state, batch)]


def lines_of(state: State, batch: BatchCall) -> list[Number]:
    """Return the numbers of a batch call: its own, or else those of its agent, the last that it got first; none without one."""
    if batch.agent_id not in state.agents:
        return []
    own = [number for number_id in batch.phone_number_ids if (number := state.numbers.get(number_id))]
    return own or [*state.numbers.having("outbound_agent_id", batch.agent_id)]


def _limit(name: str, agent: Agent | None, settings: dict[str, Any]) -> timedelta:
    """Return how long a call may last or ring: as its settings say, or else those of its agent."""
    for text in (settings.get(name), getattr(agent, name, None)):
        match = SECONDS.fullmatch(str(text))
        if match:
            return timedelta(seconds=float(match[1]))
    return DEFAULTS[name]


@provider.step(calls, takes=takes_by_status("answered", queued="queued", ringing="ringing"))
def continue_call(account: Account[State], call: PhoneCall, at: datetime) -> None:
    """Let a call ring, then be answered, then end; one that fails is never answered."""
    table = account.state.calls
    if call.status == "in_progress":
        ended = table.change(call, status="completed", ended_at=at, updated_at=at, turns=_turns(account.state, call, at))
        tell_of_call(account, ended, at)
        _report(account, call, "completed", at)
    elif call.status == "ringing" and not call.plan.is_answered:
        failed = table.change(call, status="failed", ended_at=at, updated_at=at)
        tell_of_call(account, failed, at)
        _report(account, call, "failed", at)
    elif call.status in NEXT:
        is_ringing = call.status == "ringing"
        joined = table.change(call, status=NEXT[call.status], started_at=at if is_ringing else None, updated_at=at)
        tell_of_call(account, joined, at)
        account.begin("call", call.id, at)


def _turns(state: State, call: PhoneCall, at: datetime) -> tuple[dict[str, Any], ...]:
    """Return the turns of a call that ends."""
    agent = state.agents.get(call.agent_id)
    greeting = call.call_settings.get("greeting") or (agent.greeting if agent else None)
    turns = call.plan.timed_turns(greeting, at - (call.started_at or at))
    return tuple([{"speaker": SPEAKERS[turn.role], "text": turn.text, "timestamp": start} for turn, start, _ in turns])


def _report(account: Account[State], call: PhoneCall, status: str, at: datetime) -> None:
    """Note in the batch call, and with the contact, how a call ended; call again who was not reached, if the batch retries."""
    state = account.state
    member = state.batch_contacts.get(call.contact_id or "")
    if member is None:
        return
    batch = state.batch_calls.get(member.batch_call_id)
    failures = member.failures + (status == "failed")
    most = account.provider.assumed(account.world, "retry_attempts") if batch and batch.retry_failed else 0
    again = status == "failed" and failures <= most
    state.batch_contacts.change(member, status="pending" if again else status, failures=failures, updated_at=at)
    contact = state.contacts.get(member.source_id or "")
    if contact is not None:
        outcome = CONTACT_OUTCOMES.get(call.plan.outcome, "no_answer")
        counted = contact.call_count + 1
        state.contacts.change(contact, call_count=counted, last_called_at=at, last_call_outcome=outcome)
    if batch is not None and batch.status == "active":
        place_of_batch(account, batch, at)
    finish_batch_call(account, member.batch_call_id, at)


def finish_batch_call(account: Account[State], batch_call_id: str, at: datetime) -> None:
    """End a batch call that has no contacts left to call, or no number left to call them from."""
    state = account.state
    batch = state.batch_calls.get(batch_call_id)
    if batch is None or batch.status != "active" or len(contacts_of(state, batch_call_id, "calling")):
        return
    is_waiting = len(contacts_of(state, batch_call_id, "pending")) > 0
    if is_waiting and lines_of(state, batch):
        return
    status = "failed" if is_waiting else "completed"
    tell_of_batch(account, batch, state.batch_calls.change(batch, status=status, updated_at=at), at)
