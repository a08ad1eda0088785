"""Calls by phone: dialled in one request for many destinations, listed by agent, cancelled while they are under way.

Older clients dial without naming a number (line/integrations/telephony/outbound-dialing).
"""

from __future__ import annotations

from typing import Any

import msgspec

from simulator.provider import UNSET, Call, Listing, Page, between
from simulator.providers.cartesia.account import State, agents, batches, calls, metric_results, numbers, provider
from simulator.providers.cartesia.dialling import follow, free_lines, limits, place, require_outbound, unusable
from simulator.providers.cartesia.errors import Errors, described, invalid, time_of
from simulator.providers.cartesia.events import summary_of, turns_until
from simulator.providers.cartesia.records import Number, PhoneCall


@provider.operation("calls_create")
def dial(call: Call[State]) -> list[dict[str, Any]]:
    """Dial every destination at once and return a call or an error for every one, in the order of the request."""
    number, agent = _caller(call, call.body["from_number_id"]), agents.get(call, call.body["agent_id"])
    require_outbound(call, number)
    lines = free_lines(call.state)
    most = limits(call.body.get("max_call_duration_minutes"), call.body["ringing_timeout_seconds"])
    results: list[dict[str, Any]] = []
    made: list[PhoneCall] = []
    for destination in call.body["outbound_calls"]:
        to_number = destination["to_number"]
        error = unusable(number, destination)
        if error is None and lines is not None and len(made) >= lines:
            error = Errors.LIMITED
        if error is not None:
            results.append({"number": to_number, "error": described(error)})
            continue
        fields = {name: destination[name] for name in ("to_number", "dynamic_variables", "metadata") if name in destination}
        made.append(place(call.account, agent, number, call.now, most, **fields))
        results.append({"number": to_number, "agent_call_id": made[-1].id})
    for phone_call in made:  # none of them ends before the last is placed
        call.account.begin("call", phone_call.id, phone_call.started_at)
    return results


def _caller(call: Call[State], number_id: str) -> Number:
    """Return the number to call from; one of another organization is a problem of its own."""
    number = numbers.find(call, number_id)
    if number is None and call.account.is_elsewhere(numbers.name, number_id):
        raise Errors.FOREIGN_NUMBER()
    return number or numbers.get(call, number_id)


@provider.operation("legacy_calls_create", type="call", direction="outbound", status="success")
def dial_legacy(call: Call[State]) -> dict[str, Any]:
    """Dial every number from a number of the agent; one that cannot be dialled is a problem of the whole request."""
    agent, targets = agents.get(call, call.body["agent_id"]), call.body["target_numbers"]
    number = next(iter(numbers.having(call, "agent_id", agent.id)), None)
    if number is None:
        raise Errors.NO_CALLER()
    require_outbound(call, number)
    for index, target in enumerate(targets):
        error = unusable(number, {"to_number": target})
        if error is not None:
            raise error(f"target_numbers[{index}]: {error.detail}")
    lines = free_lines(call.state)
    if lines is not None and len(targets) > lines:
        raise Errors.LIMITED()
    sent = {"metadata": call.body.get("metadata")}
    made = [place(call.account, agent, number, call.now, limits(None), to_number=target, **sent) for target in targets]
    for phone_call in made:
        call.account.begin("call", phone_call.id, phone_call.started_at)
    shown = [{"number": one.to_number, "call_sid": one.call_sid, "agent_call_id": one.id} for one in made]
    return {"agent_id": agent.id, "calls": shown}


@provider.operation("calls_list")
def list_calls(call: Call[State]) -> Page[PhoneCall]:
    """Return a page of the calls of an agent or a batch, the newest first."""
    listing = _listed(call)
    first, last = (time_of(call.params[name], name) for name in ("start_time_gte", "start_time_lte"))
    if first and last and first > last:
        raise invalid("Later than start_time_lte", "start_time_gte")
    return calls.page(call, between(listing, lambda made: made.started_at, first, last))


def _listed(call: Call[State]) -> Listing[PhoneCall]:
    """Return the calls of a batch, or else of an agent."""
    agent_id, batch_id = call.params["agent_id"], call.params["batch_id"]
    if agent_id is None and batch_id is None:
        raise invalid("Give agent_id or batch_id")
    agent = agents.get(call, agent_id) if agent_id is not None else None
    if batch_id is None:
        return call.state.calls.having("agent_id", agent_id)
    batch = batches.get(call, batch_id)
    if agent is not None and agent.id != batch.agent_id:
        raise invalid("Not the agent of the batch", "agent_id")
    return call.state.calls.having("batch_id", batch.id)


@provider.operation("calls_get")
def get_call(call: Call[State]) -> PhoneCall:
    """Return a call; counts as a read of its analysis too."""
    phone_call = calls.get(call)
    call.account.read("analysis", [phone_call.id], call.now)
    return call.state.calls.get(phone_call.id) or phone_call


@provider.operation("calls_cancel", cancelled=True)
def cancel_call(call: Call[State]) -> None:
    """End a call that is under way."""
    phone_call = calls.get(call)
    if phone_call.status != "started":
        raise Errors.CALL_NOT_ACTIVE()
    spoken = turns_until(call.account, phone_call, call.now)
    call.account.cancel("call", phone_call.id)
    ended = {"status": "completed", "ended_at": call.now, "end_reason": "api_cancelled", "transcript": spoken}
    follow(call.account, calls.change(call, phone_call, **ended), call.now)


@provider.operation("calls_delete")
def delete_call(call: Call[State]) -> PhoneCall:
    """Delete the sensitive members of a call that is over; the record stays (calls/delete-call)."""
    phone_call = calls.get(call)
    if phone_call.status not in ("completed", "failed"):
        raise Errors.CALL_NOT_OVER()
    if phone_call.redacted_at is not None:
        return phone_call
    metric_results.remove_all(call, call.state.metric_results.having("call_id", phone_call.id))
    gone: dict[str, Any] = {"transcript": (), "metadata": None, "dynamic_variables": {}, "from_number": "", "to_number": ""}
    gone |= {"plan": msgspec.structs.replace(phone_call.plan, transcript=None)}
    return calls.change(call, phone_call, redacted_at=call.now, **gone)


@provider.member(PhoneCall, "summary")
def summary(call: Call[State], phone_call: PhoneCall) -> Any:
    """Return the summary of the call, unless it was deleted."""
    return summary_of(call.account, phone_call, call.now) if phone_call.redacted_at is None else UNSET


@provider.member(PhoneCall, "dynamic_variables")
def dynamic_variables(call: Call[State], phone_call: PhoneCall) -> Any:
    """Return the variables of the call, unless they were deleted."""
    return phone_call.dynamic_variables if phone_call.redacted_at is None else UNSET


@provider.member(PhoneCall, "transcript")
def transcript(call: Call[State], phone_call: PhoneCall) -> Any:
    """Return the transcript of a call that was answered, as far as it has come; in a list only if the request expands it."""
    is_shown = "expand" not in call.params or call.params["expand"] == "transcript"
    is_there = phone_call.status != "failed" and phone_call.redacted_at is None
    return turns_until(call.account, phone_call, call.now) if is_shown and is_there else UNSET
