"""Call batches: recipients are queued, and dialled as the plan and the batch have lines free (agents/call-batches)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from simulator.provider import Call, schedule
from simulator.providers.cartesia.account import State, agents, batches, numbers, provider, recipients
from simulator.providers.cartesia.dialling import dispatch, malformed, out_of_reach, recipients_of, require_outbound
from simulator.providers.cartesia.errors import Errors, invalid, time_of
from simulator.providers.cartesia.records import Batch, Number, Recipient

SCHEDULED_WITHIN = timedelta(days=30)
LIMITS = ("ringing_timeout_seconds", "max_call_duration_minutes")
UNLIMITED = 1000  # lines of an enterprise without a limit of its own


@provider.operation("batches_create")
def create_batch(call: Call[State]) -> Batch:
    """Queue a batch; one malformed recipient is a problem of the whole batch, one abroad fails by itself."""
    body = call.body
    number = numbers.get(call, body["from_number_id"])
    agents.get(call, body["agent_id"])
    require_outbound(call, number)
    for index, recipient in enumerate(body["recipients"]):
        error = malformed(recipient) or out_of_reach(number, recipient["to_number"])
        if error is Errors.US_DESTINATIONS_ONLY and call.assumed("batch_destination") == "fail":
            continue
        if error is not None:
            raise error(f"recipients[{index}]: {error.detail}")
    lines = call.state.calls_at_once or UNLIMITED
    limit = body.get("target_concurrency_limit", max(1, lines // 2))
    if limit > lines:
        raise invalid(f"Must be at most {lines}, the calls at the same time of the plan", "target_concurrency_limit")
    fields = {name: body[name] for name in ("name", "agent_id", "from_number_id", *LIMITS)}
    fields |= {"region": _region(call, number), "target_concurrency_limit": limit, "scheduled_at": _scheduled(call)}
    batch = batches.create(call, **fields, last_updated_at=call.now)
    for recipient in body["recipients"]:
        recipients.create(call, batch_id=batch.id, **_sent(recipient))
    return _start(call, batch)


def _start(call: Call[State], batch: Batch) -> Batch:
    """Dial the recipients of a batch now, or at its time, and return it."""
    if batch.scheduled_at is not None and batch.scheduled_at > call.now:
        schedule(call.account, "batch", batch.id, batch.scheduled_at)
    else:
        dispatch(call.account, call.now)
    return call.state.batches.get(batch.id) or batch


def _sent(recipient: dict[str, Any]) -> dict[str, Any]:
    return {name: recipient[name] for name in ("to_number", "dynamic_variables", "metadata") if name in recipient}


def _region(call: Call[State], number: Number) -> str:
    """Return the region of a batch; it can be chosen for SIP trunks only."""
    if "region" in call.body and number.type != "sip_trunk":
        raise invalid("Only for the number of a SIP trunk", "region")
    return str(call.body.get("region", "US"))


def _scheduled(call: Call[State]) -> datetime | None:
    """Return the start of a batch; None for now."""
    at = time_of(call.body.get("scheduled_at"), "scheduled_at")
    if at is not None and not call.now < at <= call.now + SCHEDULED_WITHIN:
        raise invalid("Must be in the future and within 30 days", "scheduled_at")
    return at


provider.operation("batches_list")(batches.page)
provider.operation("batches_get")(batches.get)
provider.count(Batch, "total_calls_scheduled", recipients, "batch_id")


@provider.operation("batches_cancel")
def cancel_batch(call: Call[State]) -> Batch:
    """Cancel the queued recipients; calls under way go on."""
    batch = batches.get(call)
    queued = [*recipients_of(call.state, batch.id, "queued")]
    for recipient in queued:
        recipients.change(call, recipient, status="cancelled")
    return batches.change(call, batch, last_updated_at=call.now, is_open=False) if queued else batch


@provider.operation("batches_retry")
def retry_batch(call: Call[State]) -> Batch:
    """Queue the recipients again whose last call failed or was not answered."""
    batch = batches.get(call)
    if recipients_of(call.state, batch.id, "cancelled"):
        raise Errors.BATCH_CANCELLED()
    for recipient in [*recipients_of(call.state, batch.id, "failed")]:
        recipients.change(call, recipient, status="queued", agent_call_id=None, end_reason=None, error_message=None)
    batch = batches.change(call, batch, retry_count=batch.retry_count + 1, last_updated_at=call.now, is_open=True)
    return _start(call, batch)


@provider.member(Batch, "status")
def status_of_batch(call: Call[State], batch: Batch) -> str:
    """Return the status of a batch (get-call-batch)."""
    total, queued = _count(call, batch), _count(call, batch, "queued")
    if _count(call, batch, "cancelled"):
        return "cancelled"
    if queued:
        return "pending" if queued == total else "in_progress"
    return "failed" if _count(call, batch, "undialled") == total else "completed"


@provider.member(Batch, "total_calls_dispatched")
def dispatched_calls(call: Call[State], batch: Batch) -> int:
    """Return how many recipients were dialled, or could not be."""
    return _count(call, batch) - _count(call, batch, "queued", "cancelled")


@provider.member(Batch, "total_calls_finished")
def finished_calls(call: Call[State], batch: Batch) -> int:
    """Return how many recipients' calls are over."""
    return _count(call, batch, "completed", "failed")


@provider.member(Batch, "recipients")
def recipients_of_batch(call: Call[State], batch: Batch) -> list[Recipient]:
    """Return the recipients of a batch, in the order of the request."""
    return [*call.state.recipients.having("batch_id", batch.id)][::-1]


def _count(call: Call[State], batch: Batch, *statuses: str) -> int:
    if not statuses:
        return len(call.state.recipients.having("batch_id", batch.id))
    return sum(len(recipients_of(call.state, batch.id, status)) for status in statuses)
