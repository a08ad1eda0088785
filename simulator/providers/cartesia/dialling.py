"""Dialling, of single numbers and of batches, and the lifecycle of a call."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

from simulator.provider import Account, Call, Error, Listing, call_plan, is_e164, is_us_number, takes_by_status
from simulator.providers.cartesia.account import State, calls, dialled, provider
from simulator.providers.cartesia.config import is_too_large
from simulator.providers.cartesia.errors import Errors
from simulator.providers.cartesia.events import is_analysed_at_once, tell_of_call, tell_of_turns
from simulator.providers.cartesia.metrics import judge
from simulator.providers.cartesia.records import Agent, Batch, Number, PhoneCall, Recipient, SipTrunk

VARIABLE = re.compile("(?!system__|secret__)[A-Za-z_][A-Za-z0-9_]{0,63}")
MAX_VARIABLES = 64
MAX_MINUTES = 480  # of a call (call-batches/create); single calls have no documented limit of their own
PACE = timedelta(seconds=1)  # between two calls from a number of Cartesia's (calls/create)
UNREACHED = {"busy": "dial_busy", "no_answer": "dial_no_answer", "failed": "dial_failed"}
HUNG_UP = {"hung_up": "client_hangup", "max_duration": "max_duration"}  # every other call is ended by the agent
Limits = tuple[timedelta, timedelta]  # how long a call may last, and ring
UNANSWERED = {"no_answer": "The agent did not answer.", "failed": "The call could not be connected."}  # of inbound calls


def limits(minutes: int | None, seconds: int = 60) -> Limits:
    """Return how long a call may last, and ring; `minutes` of no use count as none."""
    return timedelta(minutes=min(minutes, MAX_MINUTES) if minutes and minutes > 0 else MAX_MINUTES), timedelta(seconds=seconds)


def require_outbound(call: Call[State], number: Number) -> None:
    """Raise a problem for a number whose SIP trunk only receives calls."""
    trunk = call.state.providers.get(number.provider_id or "")
    if isinstance(trunk, SipTrunk) and trunk.outbound is None:
        raise Errors.NO_OUTBOUND()


def unusable(number: Number, destination: dict[str, Any]) -> Error | None:
    """Return the error of a destination that cannot be dialled."""
    return malformed(destination) or out_of_reach(number, destination["to_number"])


def malformed(destination: dict[str, Any]) -> Error | None:
    """Return the error of a destination that is no number, or whose variables are wrong."""
    variables = destination.get("dynamic_variables", {})
    if not is_e164(destination["to_number"]):
        return Errors.BAD_DESTINATION
    are_scalars = all(VARIABLE.fullmatch(name) and isinstance(value, str | int | float) for name, value in variables.items())
    if not are_scalars or len(variables) > MAX_VARIABLES or is_too_large(variables):
        return Errors.BAD_VARIABLES
    return None


def out_of_reach(number: Number, to_number: str) -> Error | None:
    """Return the error of a number abroad: a Cartesia number calls the US only."""
    return Errors.US_DESTINATIONS_ONLY if number.is_cartesia_managed and not is_us_number(to_number) else None


def free_lines(state: State) -> int | None:
    """Return how many more calls the plan allows at the same time (scaling); None for an enterprise, which has none."""
    return None if state.calls_at_once is None else state.calls_at_once - len(state.calls.having("is_busy", True))


def place(account: Account[State], agent: Agent, number: Number, at: datetime, most: Limits, **fields: Any) -> PhoneCall:
    """Add a call, dialled now or later, as a number dials one call a second; it has to be begun at its `started_at`."""
    line = number.id if number.is_cartesia_managed else None
    last = next(iter(account.state.calls.having("line", line)), None) if line else None
    dials = max(at, last.dialled_at + PACE) if last and last.dialled_at else at
    plan = call_plan(account, fields["to_number"], *most)
    return calls.add(account, at, **fields, **dialled(account, agent, number, dials), line=line, dialled_at=dials, plan=plan)


@provider.step(calls, takes=takes_by_status("answered", created="unanswered"))
def continue_call(account: Account[State], phone_call: PhoneCall, at: datetime) -> None:
    """Let a call be answered, or fail; then let it end."""
    state, plan = account.state, phone_call.plan
    if phone_call.status == "created" and plan.is_answered:
        follow(account, state.calls.change(phone_call, status="started", started_at=at), at)
        account.begin("call", phone_call.id, at)
        tell_of_turns(account, phone_call)
        return
    if phone_call.status == "created":
        ended = {"status": "failed", **_failure(phone_call)}
    else:
        reason = HUNG_UP.get(plan.outcome, "agent_hangup")
        ended = {"status": "completed", "end_reason": reason, "transcript": None}
        ended["is_analysed"] = is_analysed_at_once(account, phone_call)
    follow(account, state.calls.change(phone_call, ended_at=at, **ended), at)


def _failure(phone_call: PhoneCall) -> dict[str, Any]:
    """Return why a call was not answered; the reasons that begin with `dial_` are those of calls that are dialled."""
    if phone_call.direction == "inbound":
        return {"end_reason": "error", "error_message": UNANSWERED[phone_call.plan.outcome]}
    return {"end_reason": UNREACHED[phone_call.plan.outcome]}


@provider.event("batch", is_scheduled=True)
def admit(account: Account[State], batch_id: str, at: datetime) -> None:
    """Dial the recipients of a batch whose time has come."""
    dispatch(account, at)


def dispatch(account: Account[State], at: datetime) -> None:
    """Dial queued recipients in their order, those of the oldest batch first, while the plan and the batch have free lines."""
    state = account.state
    if state.is_dispatching or not len(state.batches):
        return  # a call of a batch ended at once; the loop that dialled it goes on
    state.is_dispatching = True
    try:
        for batch in [*state.batches.having("is_open", True)][::-1]:
            if (batch.scheduled_at or at) <= at:
                _dial_queued(account, batch, at)
    finally:
        state.is_dispatching = False


def _dial_queued(account: Account[State], batch: Batch, at: datetime) -> None:
    state = account.state
    while queued := recipients_of(state, batch.id, "queued"):
        busy = len(recipients_of(state, batch.id, "dispatched")) + len(recipients_of(state, batch.id, "started"))
        lines = free_lines(state)
        if busy >= batch.target_concurrency_limit or (lines is not None and lines <= 0):
            return
        if batch.admitted_at is None:
            batch = state.batches.change(batch, admitted_at=at, last_updated_at=at)
        (recipient,) = queued.window(len(queued) - 1, 1)
        _dial(account, batch, recipient, at)
    state.batches.change(batch, is_open=False)


def _dial(account: Account[State], batch: Batch, recipient: Recipient, at: datetime) -> None:
    state = account.state
    agent, number = state.agents.get(batch.agent_id), state.numbers.get(batch.from_number_id)
    if agent is None or number is None:
        _fail(state, recipient, Errors.AGENT_NOT_FOUND if agent is None else Errors.NUMBER_NOT_FOUND)
        return
    error = out_of_reach(number, recipient.to_number)
    if error is not None:
        _fail(state, recipient, error)
        return
    fields = {name: getattr(recipient, name) for name in ("to_number", "dynamic_variables", "metadata")}
    fields |= {"batch_id": batch.id, "recipient_id": recipient.id}
    most = limits(batch.max_call_duration_minutes, batch.ringing_timeout_seconds)
    phone_call = place(account, agent, number, at, most, **fields)
    state.recipients.change(recipient, status="dispatched", agent_call_id=phone_call.id)
    account.begin("call", phone_call.id, phone_call.started_at)


def _fail(state: State, recipient: Recipient, error: Error) -> None:
    """Let a recipient fail that cannot be dialled, so that it has no call."""
    state.recipients.change(recipient, status="failed", error_message=error.detail)


def follow(account: Account[State], phone_call: PhoneCall, at: datetime) -> None:
    """Send the webhooks of a call's new status, judge a call that is over, update the recipient, and dial the next ones."""
    tell_of_call(account, phone_call, at)
    state = account.state
    if phone_call.status == "completed":
        judge(account, phone_call.id, at)
    recipient = state.recipients.get(phone_call.recipient_id) if phone_call.recipient_id else None
    if recipient is not None:
        state.recipients.change(recipient, status=phone_call.status, end_reason=phone_call.end_reason)
    if phone_call.ended_at is not None:
        dispatch(account, at)


def recipients_of(state: State, batch_id: str, status: str) -> Listing[Recipient]:
    """Return the recipients of a batch that have a status."""
    return state.recipients.having("progress", f"{batch_id} {status}")
