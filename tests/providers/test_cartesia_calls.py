"""Cartesia's outbound calls."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.conftest import Api, World
from tests.providers.test_cartesia import AGENT, client, refusal, scenario

US, UK = "+14155550199", "+442079460018"
SECTION: dict[str, Any] = {
    "agents": [{**AGENT, "initial_message": "Hello!"}, {"id": "agent_night", "name": "Night"}],
    "providers": [
        {"type": "twilio", "id": "ata_twilio"},
        {"type": "sip_trunk", "id": "ata_in", "inbound": {}},
        {"type": "sip_trunk", "id": "ata_both", "inbound": {}, "outbound": {"address": "sip.example.com"}},
    ],
    "numbers": [
        {"id": "ap_own", "label": "Own", "number": "+14155550100"},
        {"id": "ap_twilio", "label": "Twilio", "provider_id": "ata_twilio", "number": "+61255500000"},
        {"id": "ap_in", "label": "Inbound", "provider_id": "ata_in"},
        {"id": "ap_both", "label": "Trunk", "provider_id": "ata_both"},
    ],
    "calls": [{"id": "ac_live", "agent_id": "agent_night", "from_number_id": "ap_own", "status": "started"}],
}


@pytest.fixture
def cartesia(make_world: Callable[..., World]) -> Api:
    """An account with a number of each kind, two agents and a call under way."""
    return client(make_world(scenario(**SECTION)))


def dial(api: Api, *to: str, number: str = "ap_own", **more: Any) -> list[dict[str, Any]]:
    """What became of each destination."""
    body = {"from_number_id": number, "agent_id": "agent_front", "outbound_calls": [{"to_number": each} for each in to]}
    answer = api("POST", "/agents/calls", {**body, **more})
    assert answer.status_code == 200, answer.text
    results: list[dict[str, Any]] = answer.json()["calls"]
    return results


def test_a_call_runs_its_course(cartesia: Api) -> None:
    """A call is completed at once, and shows what was said in it."""
    body = {
        "from_number_id": "ap_own",
        "agent_id": "agent_front",
        "outbound_calls": [{"to_number": US, "metadata": {"customer": {"id": 42}}}],
        "ringing_timeout_seconds": 30,
        "max_call_duration_minutes": 5,
    }
    (result,) = cartesia("POST", "/agents/calls", body).json()["calls"]
    assert set(result) == {"number", "agent_call_id"}
    path = f"/agents/calls/{result['agent_call_id']}"
    call = cartesia("GET", path).json()
    assert call["id"].startswith("ac_")
    assert (call["status"], call["end_reason"], call["agent_name"]) == ("completed", "agent_hangup", "Front desk")
    assert (call["telephony_account_type"], call["metadata"]) == ("cartesia", {"customer": {"id": 42}})
    params = call["telephony_params"]
    assert (params["from"], params["to"], params["direction"]) == ("+14155550100", US, "outbound")
    said = [("assistant", "Hello!"), ("user", "Hello, thank you for calling.")]
    assert [(turn["role"], turn["text"]) for turn in call["transcript"]] == said


def test_each_destination_has_its_own_result(cartesia: Api) -> None:
    """A Cartesia number calls the US only; the others get an error each, in the order of the request."""
    results = dial(cartesia, UK, US, "+14165550100", "+18765550100", US, "+18005550100")
    assert [result["number"] for result in results] == [UK, US, "+14165550100", "+18765550100", US, "+18005550100"]
    assert ["error" in result for result in results] == [True, False, True, True, False, False]
    assert results[0]["error"] == {
        "error_code": None,
        "title": "Destination not allowed",
        "message": "A Cartesia number can only call US numbers.",
    }
    assert len({result["agent_call_id"] for result in results if "agent_call_id" in result}) == 3


@pytest.mark.parametrize("number", ["ap_twilio", "ap_both"])
def test_imported_numbers_call_abroad(cartesia: Api, number: str) -> None:
    """An imported number calls any country."""
    (result,) = dial(cartesia, UK, number=number)
    call = cartesia("GET", f"/agents/calls/{result['agent_call_id']}").json()
    assert call["telephony_account_type"] in {"twilio", "sip_trunk"}


def test_a_trunk_without_an_outbound_side(cartesia: Api) -> None:
    """A number whose SIP trunk only takes calls cannot make any."""
    body = {"from_number_id": "ap_in", "agent_id": "agent_front", "outbound_calls": [{"to_number": US}]}
    assert refusal(cartesia("POST", "/agents/calls", body), 400) == (None, "No outbound calls")


@pytest.mark.parametrize(
    ("change", "status", "title"),
    [
        ({"from_number_id": "ap_none"}, 404, "Phone number not found"),
        ({"agent_id": "agent_nobody"}, 404, "Agent not found"),
        ({"outbound_calls": []}, 400, "Bad request"),
        ({"outbound_calls": [{}]}, 400, "Bad request"),
        ({"outbound_calls": [{"to_number": US, "metadata": "x"}]}, 400, "Bad request"),
        ({"ringing_timeout_seconds": 4}, 400, "Bad request"),
        ({"ringing_timeout_seconds": 81}, 400, "Bad request"),
    ],
)
def test_requests_that_dial_nothing(cartesia: Api, change: dict[str, Any], status: int, title: str) -> None:
    """The number, the agent and every destination have to be well formed and to exist."""
    body = {"from_number_id": "ap_own", "agent_id": "agent_front", "outbound_calls": [{"to_number": US}], **change}
    assert refusal(cartesia("POST", "/agents/calls", body), status) == (None, title)
    assert cartesia("GET", "/agents/calls", params={"agent_id": "agent_front"}).json()["data"] == []


def test_a_number_of_another_organization(make_world: Callable[..., World]) -> None:
    """It cannot be called from, which is another answer than that of one that nobody has (calls/create)."""
    other = {"keys": ["sk_car_other"], "cartesia": {"agents": [{"id": "agent_other", "name": "Other"}]}}
    world = make_world({"accounts": [{"keys": ["sk_car_own"], "cartesia": SECTION}, other]})
    headers = {"Authorization": "Bearer sk_car_other", "Cartesia-Version": "2026-03-01"}
    body = {"agent_id": "agent_other", "outbound_calls": [{"to_number": US}]}
    for number_id, expected in {"ap_own": (403, "Not your phone number"), "ap_none": (404, "Phone number not found")}.items():
        answer = world.api("cartesia", **headers)("POST", "/agents/calls", {**body, "from_number_id": number_id})
        assert (answer.status_code, answer.json()["title"]) == expected


def test_calls_are_listed_by_agent(cartesia: Api) -> None:
    """The list is of one agent's calls, the newest first, in pages, with transcripts where they are asked for."""
    made = [result["agent_call_id"] for result in dial(cartesia, US, US, US)][::-1]

    def read(**params: str) -> dict[str, Any]:
        body: dict[str, Any] = cartesia("GET", "/agents/calls", params={"agent_id": "agent_front", **params}).json()
        return body

    assert [call["id"] for call in read()["data"]] == made
    first = read(limit="2")
    assert ([call["id"] for call in first["data"]], first["has_more"], first["next_page"]) == (made[:2], True, made[1])
    last = read(starting_after=made[1])
    assert ([call["id"] for call in last["data"]], last["has_more"], last["next_page"]) == (made[2:], False, None)
    assert read(starting_after=made[2]) == {"data": [], "has_more": False, "next_page": None}
    assert "transcript" not in read()["data"][0]
    assert read(expand="transcript")["data"][0]["transcript"][0]["text"] == "Hello!"


def test_calls_are_listed_by_time(make_world: Callable[..., World]) -> None:
    """Both bounds belong to the span, in any offset from UTC."""
    world = make_world({**scenario(**SECTION), "clock": {"start": "2026-03-01T12:00:00Z", "frozen": True}})
    api = client(world)
    dial(api, US)

    def count(**params: str) -> int:
        return len(api("GET", "/agents/calls", params={"agent_id": "agent_front", **params}).json()["data"])

    assert count(start_time_gte="2026-03-01T12:00:00Z", start_time_lte="2026-03-01T13:00:00+01:00") == 1
    assert count(start_time_gte="2026-03-01T12:00:01Z") == 0
    assert count(start_time_lte="2026-03-01t11:59:59.5z") == 0


@pytest.mark.parametrize(
    ("params", "status", "title"),
    [
        ({}, 400, "Bad request"),
        ({"agent_id": "agent_nobody"}, 404, "Agent not found"),
        ({"batch_id": "acb_none"}, 404, "Batch not found"),
        ({"agent_id": "agent_front", "start_time_gte": "yesterday"}, 400, "Bad request"),
        ({"agent_id": "agent_front", "start_time_gte": "2016-12-31T23:59:60Z"}, 400, "Bad request"),
        (
            {"agent_id": "agent_front", "start_time_gte": "2026-03-02T00:00:00Z", "start_time_lte": "2026-03-01T00:00:00Z"},
            400,
            "Bad request",
        ),
        ({"agent_id": "agent_front", "starting_after": "ac_live"}, 400, "Bad request"),
        ({"agent_id": "agent_front", "expand": "audio"}, 400, "Bad request"),
    ],
)
def test_lists_that_make_no_sense(cartesia: Api, params: dict[str, str], status: int, title: str) -> None:
    """A list is of an agent or a batch that exists, of a span of time, and cursors are of the same list."""
    assert refusal(cartesia("GET", "/agents/calls", params=params), status) == (None, title)


def test_a_call_under_way_is_cancelled_once(cartesia: Api) -> None:
    """A call that is under way ends by being cancelled; one that is over cannot be, and one that is not is not found."""
    assert cartesia("GET", "/agents/calls/ac_live").json()["end_time"] is None
    cancelled = cartesia("POST", "/agents/calls/ac_live/cancel")
    assert (cancelled.status_code, cancelled.json()) == (200, {"cancelled": True})
    call = cartesia("GET", "/agents/calls/ac_live").json()
    assert (call["status"], call["end_reason"], call["end_time"] is None) == ("completed", "api_cancelled", False)
    assert refusal(cartesia("POST", "/agents/calls/ac_live/cancel"), 400) == (None, "Call not active")
    assert refusal(cartesia("POST", "/agents/calls/ac_none/cancel"), 404) == (None, "Call not found")
    assert refusal(cartesia("GET", "/agents/calls/ac_none"), 404) == (None, "Call not found")


def test_calls_outlive_their_agent(cartesia: Api) -> None:
    """A deleted agent makes no new calls; those that it made can still be read one by one."""
    (result,) = dial(cartesia, US)
    assert cartesia("DELETE", "/v1/agents/agent_front").status_code == 204
    body = {"from_number_id": "ap_own", "agent_id": "agent_front", "outbound_calls": [{"to_number": US}]}
    assert refusal(cartesia("POST", "/agents/calls", body), 404) == (None, "Agent not found")
    assert cartesia("GET", f"/agents/calls/{result['agent_call_id']}").json()["agent_name"] == "Front desk"
