"""Calls by phone: dialled in one request for many destinations, listed by agent, cancelled while they are under way."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from simulator.provider import UNSET, Account, Call, Error, Page, is_us_number
from simulator.providers.cartesia.account import CALLS_AT_ONCE, State, agents, calls, dialled, numbers, provider
from simulator.providers.cartesia.config import is_too_large
from simulator.providers.cartesia.errors import Errors, described, invalid
from simulator.providers.cartesia.records import Number, PhoneCall, SipTrunk

E164 = re.compile(r"\+[1-9][0-9]{6,14}")
VARIABLE = re.compile("(?!system__|secret__)[A-Za-z_][A-Za-z0-9_]{0,63}")
MAX_VARIABLES = 64


@provider.operation("calls_create")
def dial(call: Call[State]) -> list[dict[str, Any]]:
    """Dial every destination at once; each has a call or an error of its own, in the order they came."""
    number, agent = numbers.get(call, call.body["from_number_id"]), agents.get(call, call.body["agent_id"])
    trunk = call.state.providers.get(number.provider_id or "")
    if isinstance(trunk, SipTrunk) and trunk.outbound is None:
        raise Errors.NO_OUTBOUND()
    lines = _free_lines(call)
    results: list[dict[str, Any]] = []
    made: list[PhoneCall] = []
    for destination in call.body["outbound_calls"]:
        to_number = destination["to_number"]
        error = _refusal(number, destination, is_full=lines is not None and len(made) >= lines)
        if error is not None:
            results.append({"number": to_number, "error": described(error)})
            continue
        fields = {name: destination[name] for name in ("to_number", "dynamic_variables", "metadata") if name in destination}
        fields |= dialled(call.account, agent, number, call.now)
        made.append(call.state.calls.put(calls.make(call.account, call.now, fields)))
        results.append({"number": to_number, "agent_call_id": made[-1].id})
    for phone_call in made:  # dialled at once, so none of them ends before the last is dialled
        call.account.begin("call", phone_call.id, call.now)
    return results


def _free_lines(call: Call[State]) -> int | None:
    """Return how many calls more the plan allows at the same time (scaling); None for whatever an enterprise agreed on."""
    busy = sum(len(call.state.calls.having("status", status)) for status in ("created", "started"))
    lines = CALLS_AT_ONCE.get(call.state.plan)
    return None if lines is None else lines - busy


def _refusal(number: Number, destination: dict[str, Any], *, is_full: bool) -> Error | None:
    """Return why one destination is not dialled: a Cartesia number calls the US only, and a plan has so many lines."""
    to_number, variables = destination["to_number"], destination.get("dynamic_variables", {})
    if not E164.fullmatch(to_number):
        return Errors.BAD_DESTINATION
    are_scalars = all(VARIABLE.fullmatch(name) and isinstance(value, str | int | float) for name, value in variables.items())
    if not are_scalars or len(variables) > MAX_VARIABLES or is_too_large(variables):
        return Errors.BAD_VARIABLES
    if number.is_cartesia_managed and not is_us_number(to_number):
        return Errors.US_DESTINATIONS_ONLY
    return Errors.LIMITED if is_full else None


@provider.event("call")
def call_goes_on(account: Account[State], call_id: str, at: datetime) -> None:
    """Let a call be answered; then the agent says its initial message and hangs up."""
    state = account.state
    phone_call = state.calls.get(call_id)
    if phone_call is None:
        return
    if phone_call.status == "created":
        state.calls.change(phone_call, status="started", started_at=at)
        account.begin("call", call_id, at)
        return
    agent = state.agents.get(phone_call.agent_id)
    message = agent.config["initial_message"] if agent else None
    turn = {"role": "assistant", "text": message, "start_timestamp": 0.0, "end_timestamp": 0.0}
    ended = {"status": "completed", "ended_at": at, "end_reason": "agent_hangup", "transcript": (turn,) if message else ()}
    state.calls.change(phone_call, **ended)


@provider.operation("calls_list")
def list_calls(call: Call[State]) -> Page[PhoneCall]:
    """Return a page of an agent's calls, the newest first."""
    agent_id = call.params["agent_id"]
    if call.params["batch_id"] is not None:
        raise Errors.BATCH_NOT_FOUND()  # an account without batches
    if agent_id is None:
        raise invalid("Give agent_id or batch_id")
    listing = call.state.calls.having("agent_id", agents.get(call, agent_id).id)
    first, last = _time(call, "start_time_gte"), _time(call, "start_time_lte")
    if first and last and first > last:
        raise invalid("Later than start_time_lte", "start_time_gte")
    if first or last:  # reads every call: times need not rise with the order, as a world's clock can be set back
        listing = listing.where(lambda made: (not first or made.started_at >= first) and (not last or made.started_at <= last))
    return calls.page(call, listing)


def _time(call: Call[State], name: str) -> datetime | None:
    text = call.params[name]
    try:
        return datetime.fromisoformat(text.upper()) if text is not None else None
    except ValueError:  # a leap second, which RFC 3339 allows
        raise invalid("Not a time", name) from None


@provider.operation("calls_get")
def get_call(call: Call[State]) -> PhoneCall:
    """Return one call."""
    return calls.get(call)


@provider.operation("calls_cancel", cancelled=True)
def cancel_call(call: Call[State]) -> None:
    """End a call that is under way."""
    phone_call = calls.get(call)
    if phone_call.status != "started":
        raise Errors.CALL_NOT_ACTIVE()
    call.account.cancel("call", phone_call.id)
    calls.change(call, phone_call, status="completed", ended_at=call.now, end_reason="api_cancelled")


@provider.operation("calls_delete")
def delete_call(call: Call[State]) -> PhoneCall:
    """Delete what is sensitive of a call that is over; the record stays (calls/delete-call)."""
    phone_call = calls.get(call)
    if phone_call.status not in ("completed", "failed"):
        raise Errors.CALL_NOT_OVER()
    if phone_call.redacted_at is not None:
        return phone_call
    gone: dict[str, Any] = {"transcript": (), "metadata": None, "dynamic_variables": {}, "from_number": "", "to_number": ""}
    return calls.change(call, phone_call, redacted_at=call.now, **gone)


@provider.member(PhoneCall, "summary")
def summary(call: Call[State], phone_call: PhoneCall) -> Any:
    """Return what the call was about, unless it was deleted."""
    return phone_call.summary if phone_call.redacted_at is None else UNSET


@provider.member(PhoneCall, "dynamic_variables")
def dynamic_variables(call: Call[State], phone_call: PhoneCall) -> Any:
    """Return the variables of the call, unless they were deleted."""
    return phone_call.dynamic_variables if phone_call.redacted_at is None else UNSET


@provider.member(PhoneCall, "transcript")
def transcript(call: Call[State], phone_call: PhoneCall) -> Any:
    """Return what was said in a call that was answered; in a list only where the request asks for it."""
    is_shown = "expand" not in call.params or call.params["expand"] == "transcript"
    return phone_call.transcript if is_shown and phone_call.status != "failed" and phone_call.redacted_at is None else UNSET
