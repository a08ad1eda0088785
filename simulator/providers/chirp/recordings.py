"""Recordings and voicemails of calls.

Source: https://docs.buildwithchirp.com/calling/recordings and https://docs.buildwithchirp.com/calling/voicemails.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from simulator.provider import Account, Call, Children
from simulator.providers.chirp.account import State, calls, provider, recordings, test_id, voicemails
from simulator.providers.chirp.apps import calling_of
from simulator.providers.chirp.events import tell_of_recording, tell_of_voicemail
from simulator.providers.chirp.records import VOICEMAIL_SECONDS, PhoneCall, Recording

STORAGE = "https://storage.example.com/recordings"  # as on the page
BYTES_A_SECOND = 8_738  # the page's two minutes have 1048576 bytes
VALID = timedelta(hours=1)


provider.operation("list_call_recordings")(Children(recordings, calls, "call_id").page)
provider.operation("get_call_recording")(recordings.get)


@provider.member(Recording, "fileUrl")
def file_url(call: Call[State], recording: Recording) -> str | None:
    """Return the address of a completed recording, valid for an hour."""
    if recording.status != "completed":
        return None
    return f"{STORAGE}/{recording.id}.{recording.format}?expires={int((call.now + VALID).timestamp())}"


def start_recording(account: Account[State], phone_call: PhoneCall, file_format: str, at: datetime) -> bool:
    """Begin to record a call; False if it is being recorded already."""
    if any(one.status == "recording" for one in account.state.recordings.having("call_id", phone_call.id)):
        return False
    fields = {"call_id": phone_call.id, "app_id": phone_call.app_id, "format": file_format, "started_at": at}
    recordings.add(account, at, **test_id(account, phone_call.is_test, "call_rec_", at), **fields)
    return True


def stop_recordings(account: Account[State], phone_call: PhoneCall, at: datetime) -> bool:
    """Stop recording a call; its recording is processed, then completed. False if the call is not being recorded."""
    running = [one for one in account.state.recordings.having("call_id", phone_call.id) if one.status == "recording"]
    for recording in running:
        duration = int((at - recording.started_at).total_seconds())
        account.state.recordings.change(recording, status="processing", ended_at=at, duration=duration)
        account.begin("recording", recording.id, at)
    return bool(running)


@provider.step(recordings)
def complete_recording(account: Account[State], recording: Recording, at: datetime) -> None:
    """Complete a recording that has been processed."""
    size = BYTES_A_SECOND * (recording.duration or 0)
    completed = account.state.recordings.change(recording, status="completed", file_size=size)
    tell_of_recording(account, completed, at)


def leave_voicemail(account: Account[State], phone_call: PhoneCall, at: datetime) -> None:
    """Keep the voicemail of a call; it begins when the call was sent to voicemail."""
    calling = calling_of(account, phone_call.app_id)
    limit = calling.voicemail_max_duration if calling else VOICEMAIL_SECONDS
    seconds = int((at - (phone_call.voicemail_at or at)).total_seconds())
    voicemail = voicemails.add(
        account,
        at,
        **test_id(account, phone_call.is_test, "call_vm_", at),
        call_id=phone_call.id,
        app_id=phone_call.app_id,
        caller_number=phone_call.from_address,
        caller_channel=phone_call.from_channel,
        duration=min(seconds, limit),
        transcription=phone_call.incoming.words if phone_call.incoming else None,
    )
    tell_of_voicemail(account, voicemail, at)


provider.operation("list_voicemails")(voicemails.page)
provider.operation("get_voicemail")(voicemails.get)
provider.operation("update_voicemail")(voicemails.change_from_body)
provider.operation("delete_voicemail", message="Voicemail deleted successfully")(voicemails.delete)
