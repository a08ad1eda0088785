"""Commands to calls that have not ended. Source: https://docs.buildwithchirp.com/calling/call-commands."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from simulator.provider import Call
from simulator.providers.chirp.account import State, calls, provider
from simulator.providers.chirp.calls import end_call
from simulator.providers.chirp.errors import Errors
from simulator.providers.chirp.events import change_call
from simulator.providers.chirp.inbound import answer, take_message
from simulator.providers.chirp.recordings import start_recording, stop_recordings
from simulator.providers.chirp.records import PhoneCall


@provider.operation("send_call_command")
def send_call_command(call: Call[State]) -> dict[str, Any]:
    """Send a command to a call that has not ended."""
    phone_call, command = calls.get(call), call.body["type"]
    if phone_call.ended_at is not None:
        raise Errors.CALL_ENDED()
    if command not in ALWAYS and phone_call.status != "in_progress":
        raise Errors.WRONG_CALL_STATE(f"The call is {phone_call.status}, {command} is for calls in progress")
    COMMANDS.get(command, _accept)(call, phone_call)
    return {"callId": phone_call.id, "command": command, "status": "accepted"}


def _accept(call: Call[State], phone_call: PhoneCall) -> None:
    """Accept a command whose effect no answer shows: hold and resume, mute and unmute, transfer."""


def _answer(call: Call[State], phone_call: PhoneCall) -> None:
    _require_waiting(phone_call)
    answer(call.account, phone_call, call.now)


def _reject(call: Call[State], phone_call: PhoneCall) -> None:
    _require_waiting(phone_call)
    end_call(call.account, phone_call, call.now, "busy", call.body.get("reason") or "rejected")


def _require_waiting(phone_call: PhoneCall) -> None:
    """Raise a problem for a call that does not wait for the command of its app."""
    if phone_call.direction != "inbound":
        raise Errors.WRONG_CALL_STATE("Only an inbound call can be answered or rejected")
    if phone_call.status != "initiated":
        raise Errors.WRONG_CALL_STATE(f"The call is {phone_call.status}; only one that waits can be answered or rejected")


def _hang_up(call: Call[State], phone_call: PhoneCall) -> None:
    end_call(call.account, phone_call, call.now, "completed" if phone_call.answered_at else "canceled")


def _record(call: Call[State], phone_call: PhoneCall) -> None:
    if not start_recording(call.account, phone_call, call.body["format"], call.now):
        raise Errors.WRONG_CALL_STATE("The call is being recorded already")


def _stop_recording(call: Call[State], phone_call: PhoneCall) -> None:
    if not stop_recordings(call.account, phone_call, call.now):
        raise Errors.WRONG_CALL_STATE("The call is not being recorded")


def _send_to_voicemail(call: Call[State], phone_call: PhoneCall) -> None:
    if phone_call.status == "voicemail":
        raise Errors.WRONG_CALL_STATE("The call is at the voicemail already")
    if phone_call.direction == "inbound":
        take_message(call.account, phone_call, call.now)
    else:
        fields = {"answered_at": phone_call.answered_at or call.now, "voicemail_at": call.now}
        change_call(call.account, phone_call, call.now, status="voicemail", **fields)


COMMANDS: dict[str, Callable[[Call[State], PhoneCall], None]] = {
    "answer": _answer,
    "reject": _reject,
    "hangup": _hang_up,
    "start_recording": _record,
    "stop_recording": _stop_recording,
    "send_to_voicemail": _send_to_voicemail,
}
ALWAYS = ("answer", "reject", "hangup", "send_to_voicemail")  # the commands that an unanswered call takes
