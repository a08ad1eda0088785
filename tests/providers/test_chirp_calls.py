"""Calls of Chirp's apps, their recordings and voicemails: https://docs.buildwithchirp.com/calling and the reference."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.conftest import Api, World
from tests.providers.test_chirp import APP, OTHER, bearer, refusal
from tests.providers.test_chirp_billing import summary
from tests.providers.test_chirp_messages import scenario

CALLS, VOICEMAILS = "/v1/calls", "/v1/calls/voicemails"
DIAL = {"from": "+14155551234", "to": "+14155550123"}
SLOW = {"chirp.call": {"after": "10s"}, "chirp.recording": {"after": "5s"}}


@pytest.fixture
def world(make_world: Callable[..., World]) -> World:
    """A world in which each step of a call takes ten seconds."""
    return make_world(scenario(lifecycles=SLOW))


@pytest.fixture
def app(world: World) -> Api:
    """Chirp with the live key of an app."""
    return bearer(world, "sk_live_app_demo")


def advance(world: World, seconds: int) -> None:
    """Let time pass."""
    assert world.http.post(f"{world.control}/clock", json={"advance": f"{seconds}s"}).status_code == 200


def dial(app: Api, **more: Any) -> str:
    """The path of a new call."""
    answer = app("POST", CALLS, {**DIAL, **more})
    assert answer.status_code == 201, answer.text
    return f"{CALLS}/{answer.json()['id']}"


def command(app: Api, path: str, name: str, **more: Any) -> Any:
    """The answer to a command."""
    return app("POST", f"{path}/commands", {"type": name, **more})


def test_a_call_as_it_begins(app: Api) -> None:
    """It is initiated, with the members of the page, null until they are known (app/post-v1calls)."""
    answer = app("POST", CALLS, {**DIAL, "fromChannel": "pstn", "toChannel": "pstn", "metadata": {"campaignId": "camp_123"}})
    assert answer.status_code == 201
    begun = answer.json()
    assert re.fullmatch("call_[0-9A-Za-z]{27}", begun["id"])
    at = "2026-03-01T12:00:00.000Z"
    assert begun == {
        "id": begun["id"],
        "appId": APP,
        "direction": "outbound",
        "status": "initiated",
        "fromAddress": "+14155551234",
        "toAddress": "+14155550123",
        "fromChannel": "pstn",
        "toChannel": "pstn",
        "duration": None,
        "endReason": None,
        "metadata": {"campaignId": "camp_123"},
        "livekitRoomName": None,
        "startedAt": at,
        "answeredAt": None,
        "endedAt": None,
        "createdAt": at,
    }
    assert app("GET", f"{CALLS}/{begun['id']}").json() == begun
    assert app("GET", CALLS).json() == {"data": [begun], "totalCount": 1}


def test_a_call_takes_its_steps(world: World, app: Api) -> None:
    """initiated, ringing, in_progress, completed; the duration is that from the answer to the end."""
    path, seen = dial(app), []
    for _ in range(5):
        call = app("GET", path).json()
        seen.append((call["status"], call["answeredAt"], call["endedAt"], call["duration"], call["endReason"]))
        advance(world, 10)
    answered, ended = "2026-03-01T12:00:20.000Z", "2026-03-01T12:00:30.000Z"
    assert seen == [
        ("initiated", None, None, None, None),
        ("ringing", None, None, None, None),
        ("in_progress", answered, None, None, None),
        ("completed", answered, ended, 10, "hangup"),
        ("completed", answered, ended, 10, "hangup"),
    ]


def test_by_default_a_call_takes_no_time(make_world: Callable[..., World]) -> None:
    """The answer shows the call as it begins, a look at it how it ended."""
    app = bearer(make_world(scenario(clock={})), "sk_live_app_demo")
    answer = app("POST", CALLS, DIAL).json()
    assert answer["status"] == "initiated"
    assert app("GET", f"{CALLS}/{answer['id']}").json()["status"] == "completed"


def test_the_channels(app: Api) -> None:
    """A WebRTC leg has a room and may come from anyone; pstn is the default (app/post-v1calls)."""
    web = app("POST", CALLS, {"from": "user-7", "to": "+14155550123", "fromChannel": "webrtc"}).json()
    assert (web["fromChannel"], web["toChannel"], web["fromAddress"]) == ("webrtc", "pstn", "user-7")
    assert isinstance(web["livekitRoomName"], str)


@pytest.mark.parametrize(
    ("more", "code", "param"),
    [
        ({"from": "+14155555678"}, "phone_number_not_assigned", "from"),
        ({"from": "user-7"}, "phone_number_not_assigned", "from"),
        ({"to": "4155550123"}, "invalid_phone_number", "to"),
        ({"to": ""}, None, "to"),
        ({"toChannel": "fax"}, None, "toChannel"),
        ({"toChannel": "whatsapp"}, "whatsapp_not_configured", None),
        ({"metadata": "x"}, None, "metadata"),
    ],
)
def test_calls_that_cannot_be(app: Api, more: dict[str, Any], code: str | None, param: str | None) -> None:
    """The codes are those of the table (api_reference/error-codes), by analogy with messages."""
    assert refusal(app("POST", CALLS, {**DIAL, **more})) == (400, "invalid_request_error", code, param)
    assert app("GET", CALLS).json()["totalCount"] == 0


def test_an_app_sees_its_own_calls(world: World, app: Api) -> None:
    """Another's call is not found, whatever one wants of it."""
    path = dial(app)
    support = bearer(world, "sk_live_app_support")
    assert support("GET", CALLS).json() == {"data": [], "totalCount": 0}
    for answer in (support("GET", path), support("GET", f"{path}/recordings"), command(support, path, "hangup")):
        assert refusal(answer) == (404, "invalid_request_error", None, None)
    assert re.fullmatch("call_test_[0-9A-Za-z]{27}", dial(bearer(world, "sk_test_app_demo")).rpartition("/")[2])


@pytest.mark.parametrize(("seconds", "status", "duration"), [(5, "canceled", 0), (15, "canceled", 0), (25, "completed", 5)])
def test_hanging_up(world: World, app: Api, seconds: int, status: str, duration: int) -> None:
    """Before the answer it cancels the call, afterwards it ends it; nothing follows (calling/call-commands)."""
    path = dial(app)
    advance(world, seconds)
    answer = command(app, path, "hangup")
    assert answer.status_code == 200
    assert answer.json() == {"callId": path.rpartition("/")[2], "command": "hangup", "status": "accepted"}
    ended = app("GET", path).json()
    assert (ended["status"], ended["duration"], ended["endReason"]) == (status, duration, "hangup")
    advance(world, 60)
    assert app("GET", path).json() == ended
    assert refusal(command(app, path, "hangup"))[:2] == (409, "invalid_request_error")


@pytest.mark.parametrize("name", ["hold", "unhold", "mute", "unmute", "transfer", "start_recording", "stop_recording"])
def test_commands_for_calls_in_progress(world: World, app: Api, name: str) -> None:
    """A call that rings does not take them."""
    path = dial(app)
    advance(world, 10)
    assert refusal(command(app, path, name))[:2] == (409, "invalid_request_error")
    advance(world, 10)
    assert command(app, path, name).status_code == (409 if name == "stop_recording" else 200)


@pytest.mark.parametrize("name", ["answer", "reject"])
def test_commands_for_inbound_calls(app: Api, name: str) -> None:
    """An outbound call is answered by somebody else."""
    assert refusal(command(app, dial(app), name))[0] == 409


@pytest.mark.parametrize(
    ("body", "param"),
    [({}, "type"), ({"type": "sing"}, "type"), ({"type": "reject", "reason": "x" * 501}, "reason"), ({"type": 1}, "type")],
)
def test_commands_that_cannot_be(app: Api, body: dict[str, Any], param: str) -> None:
    """A reason has 500 characters at most (calling/call-commands)."""
    assert refusal(app("POST", f"{dial(app)}/commands", body)) == (400, "invalid_request_error", None, param)


def test_a_recording_from_its_start_to_its_file(world: World, app: Api) -> None:
    """recording, processing, completed with a file that is valid for an hour (calling/recordings)."""
    path = dial(app)
    advance(world, 20)
    assert command(app, path, "start_recording", format="ogg").status_code == 200
    assert refusal(command(app, path, "start_recording"))[0] == 409
    advance(world, 4)
    (running,) = app("GET", f"{path}/recordings").json()["data"]
    assert re.fullmatch("call_rec_[0-9A-Za-z]{27}", running["id"])
    assert set(running) == {
        *("id", "callId", "status", "format", "duration", "fileUrl", "fileSize", "startedAt", "endedAt", "createdAt")
    }
    assert (running["status"], running["format"], running["duration"], running["fileUrl"]) == ("recording", "ogg", None, None)
    assert command(app, path, "stop_recording").status_code == 200
    one = f"{CALLS}/recordings/{running['id']}"
    stopped = app("GET", one).json()
    assert (stopped["status"], stopped["duration"], stopped["endedAt"]) == ("processing", 4, "2026-03-01T12:00:24.000Z")
    advance(world, 5)
    done = app("GET", one).json()
    assert (done["status"], done["fileSize"]) == ("completed", 34_952)
    assert done["fileUrl"].partition("?")[0] == f"https://storage.example.com/recordings/{running['id']}.ogg"
    assert refusal(bearer(world, "sk_live_app_support")("GET", one))[0] == 404


def test_a_recording_ends_with_its_call(world: World, app: Api) -> None:
    """If it is not stopped; mp4 is the default format (calling/recordings)."""
    path = dial(app)
    advance(world, 20)
    command(app, path, "start_recording")
    advance(world, 10)
    (recording,) = app("GET", f"{path}/recordings").json()["data"]
    assert (recording["status"], recording["duration"], recording["format"]) == ("processing", 10, "mp4")


def test_all_calls_can_be_recorded(world: World, app: Api) -> None:
    """`autoRecordEnabled` records from the answer on, in the configured format (admin/put-v1organizationapps-calling)."""
    config = {"autoRecordEnabled": True, "recordingFormat": "webm"}
    assert bearer(world, "sk_admin_demo")("PUT", f"/v1/organization/apps/{APP}/calling", config).status_code == 200
    path = dial(app)
    advance(world, 60)
    (recording,) = app("GET", f"{path}/recordings").json()["data"]
    assert (recording["status"], recording["format"], recording["duration"]) == ("completed", "webm", 10)


def test_voicemails_from_arrival_to_deletion(world: World, app: Api) -> None:
    """A call that is sent to voicemail leaves one when it ends; it is read, listed, marked and deleted (calling/voicemails)."""
    path = dial(app)
    advance(world, 15)
    assert command(app, path, "send_to_voicemail").status_code == 200
    assert app("GET", path).json()["status"] == "voicemail"
    assert app("GET", VOICEMAILS).json() == {"data": [], "totalCount": 0}
    advance(world, 5)
    assert app("GET", path).json()["status"] == "completed"
    listed = app("GET", VOICEMAILS, params={"limit": 100, "offset": 0}).json()
    (voicemail,) = listed["data"]
    assert re.fullmatch("call_vm_[0-9A-Za-z]{27}", voicemail["id"])
    assert voicemail == {
        "id": voicemail["id"],
        "callId": path.rpartition("/")[2],
        "callerNumber": "+14155551234",
        "callerChannel": "pstn",
        "duration": 5,
        "isRead": False,
        "transcription": None,
        "recordingId": None,
        "createdAt": "2026-03-01T12:00:20.000Z",
    }
    one = f"{VOICEMAILS}/{voicemail['id']}"
    assert app("PATCH", one, {"isRead": True}).json() == {**voicemail, "isRead": True}
    assert app("PATCH", one, {}).json()["isRead"] is True
    assert app("GET", one).json()["isRead"] is True
    assert refusal(bearer(world, "sk_live_app_support")("GET", one))[0] == 404
    deleted = app("DELETE", one)
    assert (deleted.status_code, list(deleted.json())) == (200, ["message"])
    assert refusal(app("DELETE", one)) == (404, "invalid_request_error", None, None)


def test_a_voicemail_has_an_end(make_world: Callable[..., World]) -> None:
    """After the configured seconds nothing more is kept."""
    world = make_world(scenario(lifecycles={"chirp.call": {"after": "60s"}}))
    app, admin = bearer(world, "sk_live_app_demo"), bearer(world, "sk_admin_demo")
    admin("PUT", f"/v1/organization/apps/{APP}/calling", {"voicemailMaxDuration": 10})
    command(app, dial(app), "send_to_voicemail")
    advance(world, 60)
    assert app("GET", VOICEMAILS).json()["data"][0]["duration"] == 10


@pytest.mark.parametrize(("name", "value"), [("limit", 0), ("limit", 101), ("limit", "x"), ("offset", -1)])
def test_pages_of_voicemails(app: Api, name: str, value: Any) -> None:
    """`limit` is 1 to 100, and 20 by default (calling/voicemails)."""
    assert refusal(app("GET", VOICEMAILS, params={name: value})) == (400, "invalid_request_error", None, name)


def test_calls_are_billed_by_the_minute(world: World, app: Api) -> None:
    """Each minute that has begun counts; a call that nobody answered, and one of test mode, costs nothing."""
    for key in ("sk_live_app_demo", "sk_test_app_demo"):
        dial(bearer(world, key))
    canceled = dial(app)
    command(app, canceled, "hangup")
    advance(world, 60)
    admin = bearer(world, "sk_admin_demo")
    costs = summary(admin, "2026-03-01", "2026-03-01")
    assert (costs["by_product"]["sip-trunking"], costs["by_channel"]["voice"]) == (0.01, 0.01)
    assert costs["by_direction"]["outbound"] == 0.01
    assert summary(admin, "2026-03-01", "2026-03-01", app_id=OTHER)["by_channel"]["voice"] == 0


def test_a_snapshot_holds_a_ringing_call(world: World, app: Api) -> None:
    """Restored, it rings on and is answered as before."""
    path = dial(app)
    advance(world, 10)
    saved = f"{world.control}/snapshots/ringing"
    assert world.http.put(saved).is_success
    advance(world, 60)
    assert app("GET", path).json()["status"] == "completed"
    assert world.http.post(f"{saved}/restore").is_success
    assert app("GET", path).json()["status"] == "ringing"
    advance(world, 10)
    assert app("GET", path).json()["status"] == "in_progress"
