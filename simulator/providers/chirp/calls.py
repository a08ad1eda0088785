"""Calls from the numbers of an app: they ring, are answered and end by the world's clock.

Source: https://docs.buildwithchirp.com/api-reference/app/post-v1calls.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from simulator.provider import Account, Call, KsuidIds, call_plan, is_e164, takes_by_status
from simulator.providers.chirp.account import State, app_of, calls, mode_id, provider, sender
from simulator.providers.chirp.apps import calling_of
from simulator.providers.chirp.errors import Errors
from simulator.providers.chirp.events import change_call, tell_of_call
from simulator.providers.chirp.recordings import leave_voicemail, start_recording, stop_recordings
from simulator.providers.chirp.records import PhoneCall

MAX_DURATION = timedelta(hours=4)  # of a call; no page has one
HANG_UPS = ("completed", "hung_up")  # outcomes; the end of every other call has a reason of its own


@provider.operation("create_call")
def create_call(call: Call[State]) -> PhoneCall:
    """Start a call from a number of the app; answered with the call as it begins."""
    app, body = app_of(call), call.body
    if "whatsapp" in (body["fromChannel"], body["toChannel"]):
        raise Errors.WHATSAPP_NOT_CONFIGURED()
    if body["fromChannel"] == "pstn" and "Voice" not in sender(call, app, body["from"]).features:
        raise Errors.NO_VOICE()
    if body["toChannel"] == "pstn" and not is_e164(body["to"]):
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
    tell_of_call(call.account, None, phone_call, call.now)
    call.account.begin("call", phone_call.id, call.now)
    return phone_call


provider.operation("list_calls")(calls.page)
provider.operation("get_call")(calls.get)


@provider.step(calls, takes=takes_by_status("answered", initiated="queued", ringing="ringing"))
def continue_call(account: Account[State], phone_call: PhoneCall, at: datetime) -> None:
    """Let a call take its next step: initiated, ringing, in_progress or voicemail, completed; or one to nobody."""
    outcome = phone_call.plan.outcome
    if phone_call.status == "initiated":
        change_call(account, phone_call, at, status="ringing")
    elif phone_call.status == "ringing" and not phone_call.plan.is_answered:
        end_call(account, phone_call, at, outcome, outcome)
        return
    elif phone_call.status == "ringing" and outcome == "voicemail":
        change_call(account, phone_call, at, status="voicemail", answered_at=at)
    elif phone_call.status == "ringing":
        answered = change_call(account, phone_call, at, status="in_progress", answered_at=at)
        record_if_configured(account, answered, at)
    else:
        end_call(account, phone_call, at, reason="hangup" if outcome in HANG_UPS else outcome)
        return
    account.begin("call", phone_call.id, at)


@provider.member(PhoneCall, "endReason")
def end_reason(call: Call[State], phone_call: PhoneCall) -> str | None:
    """Return the reason of the end of a call; only two are documented."""
    reason = phone_call.end_reason
    is_documented = reason in (None, "hangup", "no_answer")
    return reason if is_documented or call.assumed("other_end_reason") == "outcome" else "hangup"


def record_if_configured(account: Account[State], phone_call: PhoneCall, at: datetime) -> None:
    """Start to record a call that was answered, if its app has all of them recorded."""
    calling = calling_of(account, phone_call.app_id)
    if calling is not None and calling.auto_record_enabled:
        start_recording(account, phone_call, calling.recording_format, at)


def end_call(
    account: Account[State], phone_call: PhoneCall, at: datetime, status: str = "completed", reason: str = "hangup"
) -> None:
    """End a call: its recordings stop, and a voicemail that it was sent to is kept."""
    for waiting in ("call", "inbound_call"):
        account.cancel(waiting, phone_call.id)
    duration = int((at - phone_call.answered_at).total_seconds()) if phone_call.answered_at else 0
    ended = change_call(account, phone_call, at, status=status, ended_at=at, duration=duration, end_reason=reason)
    stop_recordings(account, phone_call, at)
    if phone_call.voicemail_at is not None:
        leave_voicemail(account, ended, at)
