"""Calls by phone: dialled in one request for many destinations, listed by agent, cancelled while they are under way."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from simulator.provider import Account, Call, Error, Reply, is_us_number, seconds
from simulator.providers.cartesia.account import CALLS_AT_ONCE, State, find_agent, find_number, new_id, provider
from simulator.providers.cartesia.errors import Errors, described
from simulator.providers.cartesia.pages import page_with_next
from simulator.providers.cartesia.records import Agent, Number, PhoneCall, SipTrunk


@provider.operation("calls_create")
def dial(call: Call[State]) -> Reply:
    """Dial every destination at once; each has a call or an error of its own, in the order they came."""
    number, agent = find_number(call, call.body["from_number_id"]), find_agent(call, call.body["agent_id"])
    account = call.state.providers.get(number.provider_id or "")
    if isinstance(account, SipTrunk) and account.outbound is None:
        raise Errors.NO_OUTBOUND()
    limit = CALLS_AT_ONCE.get(call.state.plan)  # None: whatever an enterprise agreed on
    results: list[dict[str, Any]] = []
    made: list[PhoneCall] = []
    busy = call.state.calls_under_way()
    for wanted in call.body["outbound_calls"]:
        error = _refusal(number, wanted["to_number"], limit is not None and busy + len(made) >= limit)
        if error is None:
            made.append(call.state.calls.put(_made(call, agent, number, wanted)))
            results.append({"number": made[-1].to_number, "agent_call_id": made[-1].id})
        else:
            results.append({"number": wanted["to_number"], "error": described(error)})
    for each in made:  # dialled at once, so none of them ends before the last is dialled
        call.account.begin("call", each.id, call.now)
    return Reply({"calls": results})


@provider.event("call")
def call_goes_on(account: Account[State], call_id: str, at: datetime) -> None:
    """A call is answered; then the agent has said its initial message and hangs up."""
    made = account.state.calls.get(call_id)
    if made is None:
        return
    if made.status == "created":
        account.state.calls.change(made, status="started", started_at=at)
        account.begin("call", call_id, at)
        return
    agent = account.state.agents.get(made.agent_id)
    message = agent.config["initial_message"] if agent else None
    turn = {"role": "assistant", "text": message, "start_timestamp": 0.0, "end_timestamp": 0.0}
    ended = {"status": "completed", "ended_at": at, "end_reason": "agent_hangup", "transcript": (turn,) if message else ()}
    account.state.calls.change(made, **ended)


@provider.operation("calls_list")
def list_calls(call: Call[State]) -> Reply:
    """The calls of an agent, the newest first."""
    agent_id = call.params["agent_id"]
    if call.params["batch_id"] is not None:
        raise Errors.BATCH_NOT_FOUND()  # an account without batches
    if agent_id is None:
        raise Errors.INVALID("Give agent_id or batch_id.")
    listing = call.state.calls.having("agent_id", find_agent(call, agent_id).id)
    first, last = _time(call, "start_time_gte"), _time(call, "start_time_lte")
    if first and last and first > last:
        raise Errors.INVALID("start_time_gte is later than start_time_lte.")
    if first or last:  # reads every call: times need not rise with the order, as a world's clock can be set back
        listing = listing.where(lambda made: (not first or made.started_at >= first) and (not last or made.started_at <= last))
    return Reply(page_with_next(call, listing, lambda made: _shown(call, made)))


@provider.operation("calls_get")
def get_call(call: Call[State]) -> Reply:
    """One call."""
    return Reply(_shown(call, _find(call)))


@provider.operation("calls_cancel")
def cancel_call(call: Call[State]) -> Reply:
    """End a call that is under way."""
    made = _find(call)
    if made.status != "started":
        raise Errors.CALL_NOT_ACTIVE()
    call.account.cancel("call", made.id)
    call.state.calls.change(made, status="completed", ended_at=call.now, end_reason="api_cancelled")
    return Reply({"cancelled": True})


def _find(call: Call[State]) -> PhoneCall:
    call.account.read("call", [call.params["call_id"]], call.now)
    made = call.state.calls.get(call.params["call_id"])
    if made is None:
        raise Errors.CALL_NOT_FOUND()
    return made


def _refusal(number: Number, to_number: str, full: bool) -> Error | None:
    """Why one destination is not dialled: a Cartesia number calls the US only, and a plan has so many lines (scaling)."""
    if number.type == "cartesia" and not is_us_number(to_number):
        return Errors.US_DESTINATIONS_ONLY
    return Errors.LIMITED if full else None


def _made(call: Call[State], agent: Agent, number: Number, wanted: dict[str, Any]) -> PhoneCall:
    """A call that nobody has answered yet."""
    return PhoneCall(
        id=new_id(call.world.ids, "ac"),
        agent_id=agent.id,
        agent_name=agent.name,
        status="created",
        started_at=call.now,
        ended_at=None,
        end_reason=None,
        from_number=number.number,
        to_number=wanted["to_number"],
        account_type=number.type,
        call_sid="CA" + call.world.ids.hex("call_sid", 32),
        transcript=(),
        metadata=wanted.get("metadata"),
    )


def _time(call: Call[State], name: str) -> datetime | None:
    text = call.params[name]
    try:
        return datetime.fromisoformat(text.upper()) if text is not None else None
    except ValueError:  # a leap second, which RFC 3339 allows
        raise Errors.INVALID(f"{name}: {text} is not a time.") from None


def _shown(call: Call[State], made: PhoneCall) -> dict[str, Any]:
    shown = {
        "id": made.id,
        "agent_id": made.agent_id,
        "agent_name": made.agent_name,
        "status": made.status,
        "start_time": seconds(made.started_at),
        "end_time": seconds(made.ended_at) if made.ended_at else None,
        "redacted_at": None,
        "telephony_params": _telephony(made),
        "telephony_account_type": made.account_type,
        "summary": None,
        "error_message": None,
        "end_reason": made.end_reason,
        "metadata": made.metadata,
    }
    return {**shown, "transcript": list(made.transcript)} if call.params["expand"] == "transcript" else shown


def _telephony(made: PhoneCall) -> dict[str, Any]:
    return {
        "to": made.to_number,
        "from": made.from_number,
        "call_sid": made.call_sid,
        "direction": "outbound",
        "parameters": {},
        "headers": {},
        "connection_type": "phone",
    }
