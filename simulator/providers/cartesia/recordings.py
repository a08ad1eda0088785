"""What is left of a call that is over: its recording and its logs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from simulator.provider import Call, Reply, seconds, silence
from simulator.providers.cartesia.account import State, calls, provider
from simulator.providers.cartesia.errors import Errors
from simulator.providers.cartesia.events import turns_until
from simulator.providers.cartesia.records import PhoneCall

SHORTEST, LONGEST = 0.1, 5.0  # seconds of a recording


@provider.operation("calls_download_audio")
def download_audio(call: Call[State]) -> Reply:
    """Return the recording of a call that was answered and is over (agents/transcripts-and-recordings)."""
    phone_call = calls.get(call)
    if phone_call.ended_at is None or not _connected(phone_call):
        raise Errors.RECORDING_NOT_FOUND()
    length = (phone_call.ended_at - phone_call.started_at).total_seconds()
    return Reply(silence(min(max(length, SHORTEST), LONGEST)), media="audio/wav")


@provider.operation("calls_get_logs")
def get_logs(call: Call[State]) -> dict[str, Any]:
    """Return a line for each turn of a call and each change of its status."""
    phone_call = calls.get(call)
    if not _connected(phone_call):
        raise Errors.LOGS_NOT_FOUND()
    lines = [*_lines(phone_call, turns_until(call.account, phone_call, call.now))]
    return {"call_id": phone_call.id, "logs": lines, "updated_at": phone_call.ended_at or phone_call.started_at}


def _connected(phone_call: PhoneCall) -> bool:
    """Return whether a call was answered, and its data was not deleted."""
    is_answered = phone_call.status in ("started", "completed") or bool(phone_call.transcript)
    return is_answered and phone_call.redacted_at is None


def _lines(phone_call: PhoneCall, turns: tuple[dict[str, Any], ...]) -> Iterator[str]:
    yield f"{seconds(phone_call.started_at)} call started"
    for turn in turns:
        yield f"{seconds(phone_call.started_at)} +{turn['start_timestamp']:.1f}s {turn['role']}: {turn['text']}"
    if phone_call.ended_at is not None:
        yield f"{seconds(phone_call.ended_at)} call {phone_call.status}: {phone_call.end_reason}"
