"""Calls from the numbers of an app: they ring, are answered and end by the world's clock, or by commands.

Source: https://docs.buildwithchirp.com/api-reference/app/post-v1calls and https://docs.buildwithchirp.com/calling/call-commands.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from simulator.provider import Account, Call, KsuidIds, StepTime, call_plan
from simulator.providers.chirp.account import State, app_of, calls, mode_id, provider, sender
from simulator.providers.chirp.apps import calling_of
from simulator.providers.chirp.errors import Errors
from simulator.providers.chirp.recordings import leave_voicemail, start_recording, stop_recordings
from simulator.providers.chirp.records import PhoneCall

MAX_DURATION = timedelta(hours=4)  # of a call; no page has one
HANG_UPS = ("completed", "hung_up")  # outcomes; the end of every other call has a reason of its own
E164 = re.compile(r"\+[1-9][0-9]{6,14}")


@provider.operation("create_call")
def create_call(call: Call[State]) -> PhoneCall:
    """Start a call from a number of the app; answered with the call as it begins."""
    app, body = app_of(call), call.body
    if "whatsapp" in (body["fromChannel"], body["toChannel"]):
        raise Errors.WHATSAPP_NOT_CONFIGURED()
    if body["fromChannel"] == "pstn":
        sender(call, app, body["from"])
    if body["toChannel"] == "pstn" and not E164.fullmatch(body["to"]):
        raise Errors.INVALID_NUMBER(param="to")
    is_web = "webrtc" in (body["fromChannel"], body["toChannel"])
    phone_call = calls.add(
        call.account,
        call.now,
        **mode_id(call, app, "call_"),
        **calls.described(call, body),
        app_id=app.id,
        from_address=body["from"],
        to_address=body["to"],
        livekit_room_name=KsuidIds("room_")(call.world.ids, call.now) if is_web else None,
        started_at=call.now,
        plan=call_plan(call.account, body["to"], MAX_DURATION),
    )
    call.account.begin("call", phone_call.id, call.now)
    return phone_call


provider.operation("list_calls")(calls.page)
provider.operation("get_call")(calls.get)


def _takes(phone_call: PhoneCall) -> StepTime:
    """Return how long it takes until a call rings, is answered, or ends."""
    status = phone_call.status
    return phone_call.plan.takes("queued" if status == "initiated" else "ringing" if status == "ringing" else "answered")


@provider.step(calls, takes=_takes)
def continue_call(account: Account[State], phone_call: PhoneCall, at: datetime) -> None:
    """Let a call take its next step: initiated, ringing, in_progress or voicemail, completed; or one to nobody."""
    outcome = phone_call.plan.outcome
    if phone_call.status == "initiated":
        account.state.calls.change(phone_call, status="ringing")
    elif phone_call.status == "ringing" and not phone_call.plan.is_answered:
        _end(account, phone_call, at, outcome, outcome)
        return
    elif phone_call.status == "ringing" and outcome == "voicemail":
        account.state.calls.change(phone_call, status="voicemail", answered_at=at)
    elif phone_call.status == "ringing":
        answered = account.state.calls.change(phone_call, status="in_progress", answered_at=at)
        calling = calling_of(account, phone_call.app_id)
        if calling is not None and calling.auto_record_enabled:
            start_recording(account, answered, calling.recording_format, at)
    else:
        _end(account, phone_call, at, reason="hangup" if outcome in HANG_UPS else outcome)
        return
    account.begin("call", phone_call.id, at)


def _end(
    account: Account[State], phone_call: PhoneCall, at: datetime, status: str = "completed", reason: str = "hangup"
) -> None:
    """End a call: its recordings stop, and a voicemail that it was sent to is kept."""
    account.cancel("call", phone_call.id)
    stop_recordings(account, phone_call, at)
    if phone_call.voicemail_at is not None:
        leave_voicemail(account, phone_call, at)
    duration = int((at - phone_call.answered_at).total_seconds()) if phone_call.answered_at else 0
    account.state.calls.change(phone_call, status=status, ended_at=at, duration=duration, end_reason=reason)


@provider.member(PhoneCall, "endReason")
def end_reason(call: Call[State], phone_call: PhoneCall) -> str | None:
    """Return the reason of the end of a call; only two are documented."""
    reason = phone_call.end_reason
    is_documented = reason in (None, "hangup", "no_answer")
    return reason if is_documented or call.assumed("other_end_reason") == "outcome" else "hangup"


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


def _inbound_only(call: Call[State], phone_call: PhoneCall) -> None:
    raise Errors.WRONG_CALL_STATE("Only an inbound call can be answered or rejected")


def _hang_up(call: Call[State], phone_call: PhoneCall) -> None:
    _end(call.account, phone_call, call.now, "completed" if phone_call.answered_at else "canceled")


def _record(call: Call[State], phone_call: PhoneCall) -> None:
    if not start_recording(call.account, phone_call, call.body["format"], call.now):
        raise Errors.WRONG_CALL_STATE("The call is being recorded already")


def _stop_recording(call: Call[State], phone_call: PhoneCall) -> None:
    if not stop_recordings(call.account, phone_call, call.now):
        raise Errors.WRONG_CALL_STATE("The call is not being recorded")


def _send_to_voicemail(call: Call[State], phone_call: PhoneCall) -> None:
    answered = phone_call.answered_at or call.now
    call.state.calls.change(phone_call, status="voicemail", answered_at=answered, voicemail_at=call.now)


COMMANDS: dict[str, Callable[[Call[State], PhoneCall], None]] = {
    "answer": _inbound_only,
    "reject": _inbound_only,
    "hangup": _hang_up,
    "start_recording": _record,
    "stop_recording": _stop_recording,
    "send_to_voicemail": _send_to_voicemail,
}
ALWAYS = ("answer", "reject", "hangup", "send_to_voicemail")  # the commands that an unanswered call takes
