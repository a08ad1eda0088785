"""Batch calls: an agent calls many contacts. Source: https://docs.truedy.ai/api-reference/batch-calls."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from simulator.provider import Account, Call, Page, read_time, schedule, zone_of
from simulator.providers.truedy.account import State, agents, batch_calls, batch_contacts, contacts, folders, numbers, provider
from simulator.providers.truedy.calls import caller_id, finish_batch_call, lines_of, numbers_of, place_of_batch
from simulator.providers.truedy.errors import Errors
from simulator.providers.truedy.events import tell_of_batch
from simulator.providers.truedy.numbers import require_subscription
from simulator.providers.truedy.records import BatchCall, BatchContact

CHANGEABLE, DELETABLE = ("draft", "scheduled", "paused"), ("draft", "failed", "cancelled")


provider.operation("list_batch_calls")(batch_calls.page)
provider.operation("get_batch_call")(batch_calls.get)


@provider.operation("create_batch_call")
def create_batch_call(call: Call[State]) -> BatchCall:
    """Add a draft; its contacts are those of the body, copies of the organization's own, or of a folder."""
    agent = agents.get(call, call.body["agent_id"])
    if agent.voice_agent_id is None:
        raise Errors.AGENT_NOT_SYNCED()
    if call.body["contact_source"] == "folder" and call.body.get("contact_folder_id") is None:
        raise Errors.FOLDER_REQUIRED()
    if call.body["schedule_type"] == "scheduled" and call.body.get("scheduled_at") is None:
        raise Errors.START_REQUIRED()
    batch = batch_calls.add(call.account, call.now, **_fields(call, call.body))
    _add(call, batch, _chosen(call))
    return batch


def _chosen(call: Call[State]) -> Iterable[Mapping[str, Any]]:
    """Yield the contacts that a body names: whole, by their ids, or by their folder."""
    yield from call.body.get("contacts") or ()
    named = [contacts.get(call, contact_id) for contact_id in call.body.get("contact_ids") or ()]
    if call.body["contact_source"] == "folder":
        folder = folders.get(call, call.body["contact_folder_id"])
        named += call.state.contacts.having("folder_id", folder.id)
    for contact in named:
        yield {"source_id": contact.id, "phone_number": contact.phone_number, "first_name": contact.first_name}


def _add(call: Call[State], batch: BatchCall, chosen: Iterable[Mapping[str, Any]]) -> tuple[int, int]:
    """Add contacts to a batch call; return how many were added, and how many were not, as their number is in it already."""
    known = {contact.phone_number for contact in batch_contacts.narrowed(call, batch_call_id=batch.id)}
    added = failed = 0
    for contact in chosen:
        if contact["phone_number"] in known:
            failed += 1
            continue
        known.add(contact["phone_number"])
        batch_contacts.create(call, batch_call_id=batch.id, **batch_contacts.described_by(contact))
        added += 1
    return added, failed


@provider.operation("update_batch_call")
def update_batch_call(call: Call[State]) -> BatchCall:
    """Change the members that are sent; a scheduled batch call starts at its new time (pause-resume-edit-campaigns)."""
    batch = _in_state(batch_calls.get(call), CHANGEABLE)
    changed = batch_calls.change(call, batch, **_fields(call, call.sent))
    if changed.status == "scheduled" and changed.scheduled_at is not None:
        schedule(call.account, "batch_call", batch.id, changed.scheduled_at)
    return changed


def _fields(call: Call[State], body: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of a body; times are parsed, and numbers must be the organization's."""
    fields = batch_calls.described(call, body)
    if fields.get("scheduled_at") is not None:
        fields["scheduled_at"] = read_time(fields["scheduled_at"], Errors.BAD_TIME)
    if zone_of(fields.get("timezone", "UTC")) is None:
        raise Errors.UNKNOWN_ZONE()
    if "phone_number_ids" in fields:
        fields["phone_number_ids"] = tuple(numbers.get(call, number_id).id for number_id in fields["phone_number_ids"] or ())
    return fields


@provider.operation("delete_batch_call")
def delete_batch_call(call: Call[State]) -> BatchCall:
    """Remove a batch call that is not under way, and its contacts."""
    return batch_calls.remove(call, _in_state(batch_calls.get(call), DELETABLE))


@provider.operation("list_batch_call_contacts")
def list_batch_call_contacts(call: Call[State]) -> Page[BatchContact]:
    """Return a page of the contacts of a batch call, the newest first, narrowed to a status."""
    batch_calls.get(call)
    return batch_contacts.page(call)


@provider.operation("add_batch_call_contacts")
def add_batch_call_contacts(call: Call[State]) -> dict[str, int]:
    """Add contacts to a draft; a number that it has already is counted as failed."""
    added, failed = _add(call, _in_state(batch_calls.get(call), ("draft",)), call.body["contacts"])
    return {"added_count": added, "failed_count": failed}


@provider.operation("schedule_batch_call")
def schedule_batch_call(call: Call[State]) -> BatchCall:
    """Let a draft with contacts start, at once or at a time."""
    require_subscription(call)
    batch = _in_state(batch_calls.get(call), ("draft",))
    if not len(batch_contacts.narrowed(call, batch_call_id=batch.id, status="pending")):
        raise Errors.NO_PENDING_CONTACTS()
    agent = agents.get(call, batch.agent_id)
    if not batch.phone_number_ids:
        caller_id(call, agent, None)
    scheduled = batch_calls.change(call, batch, **{**_fields(call, call.body), "status": "scheduled"})
    tell_of_batch(call.account, batch, scheduled, call.now)
    _wait(call, scheduled)
    return scheduled


@provider.operation("pause_batch_call")
def pause_batch_call(call: Call[State]) -> BatchCall:
    """Hold the calls that are not placed yet; those under way go on."""
    batch = _in_state(batch_calls.get(call), ("scheduled", "active"))
    call.account.cancel("batch_call", batch.id)
    paused = batch_calls.change(call, batch, status="paused")
    tell_of_batch(call.account, batch, paused, call.now)
    return paused


@provider.operation("resume_batch_call")
def resume_batch_call(call: Call[State]) -> BatchCall:
    """Go on: wait again if the start is still to come, else call those that were held."""
    batch = _in_state(batch_calls.get(call), ("paused",))
    is_early = batch.scheduled_at is not None and batch.scheduled_at > call.now
    resumed = batch_calls.change(call, batch, status="scheduled" if is_early else "active")
    tell_of_batch(call.account, batch, resumed, call.now)
    _wait(call, resumed)
    return resumed


def _wait(call: Call[State], batch: BatchCall) -> None:
    """Start a batch call at its time, or now if it has no time in the future."""
    if batch.scheduled_at is not None and batch.scheduled_at > call.now:
        schedule(call.account, "batch_call", batch.id, batch.scheduled_at)
    else:
        call.account.begin("batch_call", batch.id, call.now)


def _in_state(batch: BatchCall, states: tuple[str, ...]) -> BatchCall:
    """Return a batch call.

    Raises:
        Problem: it is in none of the states.
    """
    if batch.status not in states:
        raise Errors.WRONG_STATE(f"Campaign must be in {' or '.join(states)} status, it is {batch.status}")
    return batch


@provider.step(batch_calls)
def start_batch_call(account: Account[State], batch: BatchCall, at: datetime) -> None:
    """Call the contacts not called yet, from the same numbers from now on; it is begun again on each day on which it calls."""
    before, lines = batch, tuple(number.id for number in lines_of(account.state, batch))
    status = "active" if lines else "failed"
    batch = account.state.batch_calls.change(batch, status=status, phone_number_ids=lines, updated_at=at)
    tell_of_batch(account, before, batch, at)
    place_of_batch(account, batch, at)
    finish_batch_call(account, batch.id, at)


@provider.member(BatchCall, "from_number")
def from_number(call: Call[State], batch: BatchCall) -> str | None:
    """Return the first number from which a batch call calls."""
    return next(iter(numbers_of(call.state, batch)), None)


@provider.member(BatchCall, "called")
def called(call: Call[State], batch: BatchCall) -> int:
    """Return how many contacts have been called, or are being called."""
    everyone = batch_contacts.narrowed(call, batch_call_id=batch.id)
    return len(everyone) - len(batch_contacts.narrowed(call, batch_call_id=batch.id, status="pending"))


@provider.member(BatchCall, "retry_attempts")
def retry_attempts(call: Call[State], batch: BatchCall) -> int:
    """Return how often a contact whose call failed is called again, if the batch call retries."""
    return int(call.assumed("retry_attempts"))
