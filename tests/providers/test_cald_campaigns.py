"""Calls, lists of contacts and campaigns of Cald, as its clients see them. Source: https://docs.cald.ai/api-reference/endpoint."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.conftest import Api, World

KEY = "caldLiveDe39a3accb206dd615f30d118e519df0"
AGENT, LIST = "65a1b2c3d4e5f60718293a4b", "65d4e3f2a1b0c9d8e7f6a5b4"
ADA = {"phoneNumber": "+14155550123", "prospectName": "Ada", "email": "ada@example.com", "plan": "gold"}
ALAN = {"phoneNumber": "(212) 555-0123"}
SEED = {
    "agents": [{"id": AGENT, "name": "Front desk"}],
    "lists": [{"id": LIST, "contacts": [{"phone_number": "+442079460123", "variables": {"plan": "silver"}}]}],
}
START = "2026-03-01T09:00:00Z"


@pytest.fixture
def make(make_world: Callable[..., World]) -> Callable[..., tuple[Api, World]]:
    """Make a client, and its world with a list of one contact and a frozen clock."""

    def make(seed: dict[str, Any] | None = None, **more: Any) -> tuple[Api, World]:
        account = {"keys": [KEY], "cald": {**SEED, **(seed or {})}}
        scenario = {"description": "a test", "accounts": [account], "clock": {"start": START, "frozen": True}, **more}
        world = make_world(scenario)
        return world.api("cald", Authorization=KEY), world

    return make


@pytest.fixture
def cald(make: Callable[..., tuple[Api, World]]) -> Api:
    """A client of Cald."""
    return make()[0]


def advance(world: World, time: str) -> None:
    """Let time pass in a world."""
    assert world.http.post(f"{world.control}/clock", json={"advance": time}).status_code == 200


def campaign(cald: Api, name: str = "Spring") -> str:
    """Start a campaign and return its id."""
    answer = cald("POST", "/campaigns", {"name": name, "listId": LIST, "agentId": AGENT})
    assert (answer.status_code, answer.json()["status"]) == (200, "success")
    return str(answer.json()["campaignId"])


def test_contacts_are_uploaded_and_listed(cald: Api) -> None:
    """A list shows its contacts as they were uploaded, custom variables included (contacts-add, get-contacts)."""
    path = f"/lists/{LIST}/contacts"
    assert cald("POST", path, {"contacts": [ADA, ALAN]}).json() == {"status": "success"}
    seeded = {"phoneNumber": "+442079460123", "plan": "silver"}
    assert cald("GET", path).json() == {"contacts": [seeded, ADA, ALAN]}


@pytest.mark.parametrize("number", ["+14155550123", "14155550123", "415-555-0123", "+1 (415) 555-0123"])
def test_a_number_is_in_a_list_once(cald: Api, number: str) -> None:
    """The same number is a 409 however it is written, and nothing of that upload is added (contacts-add)."""
    path = f"/lists/{LIST}/contacts"
    cald("POST", path, {"contacts": [ADA]})
    answer = cald("POST", path, {"contacts": [ALAN, {"phoneNumber": number}]})
    assert answer.status_code == 409
    assert answer.json() == {"error": "A contact with the same phone number is already in the list"}
    assert answer.headers["X-Simulator-Evidence"] == "documented"
    assert len(cald("GET", path).json()["contacts"]) == 2


@pytest.mark.parametrize("contacts", [None, [{}], [{"phoneNumber": 1}], [{**ADA, "age": 3}]])
def test_a_contact_has_a_number_and_texts(cald: Api, contacts: Any) -> None:
    """An upload without contacts, a contact without a number, and a variable that is no text are refused."""
    body = {} if contacts is None else {"contacts": contacts}
    assert cald("POST", f"/lists/{LIST}/contacts", body).status_code == 400


def test_a_call_is_logged(make: Callable[..., tuple[Api, World]]) -> None:
    """A call is pending, then picked up, then over; what is not there yet is left out, never null (get-call)."""
    cald, world = make({"numbers": [{"id": "n", "number": "+14155550142", "agent_id": AGENT}]}, lifecycles=TEN_SECONDS)
    recorded = {"greeting": "Hi there!", "recordingSettings": {"enable": True}}
    assert cald("PATCH", f"/agents/{AGENT}", recorded).status_code == 200
    started = cald("POST", f"/agents/{AGENT}/call", ALAN).json()
    assert started["status"] == "success"
    path = f"/calls/{started['callId']}"
    pending = {
        "callId": started["callId"],
        "direction": "outbound",
        "from": "+14155550142",
        "to": "+12125550123",
        "completed": False,
        "result": "pending",
        "createdAt": START,
        "transcripts": [],
    }
    assert cald("GET", path).json() == pending
    advance(world, "10s")
    talking = {**pending, "result": "pickedUp", "transcripts": [{"role": "assistant", "content": "Hi there!"}]}
    assert cald("GET", path).json() == talking
    advance(world, "10s")
    over = cald("GET", path).json()
    assert over.pop("recordingUrl").startswith("https://")
    said = [*talking["transcripts"], {"role": "user", "content": "Hello, thank you for calling."}]
    completed = {"completed": True, "completedAt": "2026-03-01T09:00:20Z", "callLength": 10, "transcripts": said}
    assert over == {**talking, **completed}


TEN_SECONDS = {"cald.call": {"after": "10s"}}


RUNNING = {"start": START}


def test_a_call_needs_no_time(make: Callable[..., tuple[Api, World]]) -> None:
    """By default a call is over at once; one that is not recorded has no recording, and one of Cald's numbers calls."""
    cald, _ = make(clock=RUNNING)
    call_id = cald("POST", f"/agents/{AGENT}/call", ADA).json()["callId"]
    call = cald("GET", f"/calls/{call_id}").json()
    assert (call["completed"], call["result"], call["from"]) == (True, "pickedUp", "+18885550100")
    assert "recordingUrl" not in call


@pytest.mark.parametrize("number", ["", "call me", "12", "+0123456789"])
def test_what_is_no_number_is_not_called(cald: Api, number: str) -> None:
    """The page on calls lists no status but 200: a call that cannot be made has the status `failed` and no id (agents-call)."""
    answer = cald("POST", f"/agents/{AGENT}/call", {"phoneNumber": number})
    assert (answer.status_code, answer.json()) == (200, {"status": "failed"})


def test_a_campaign_calls_everybody(make: Callable[..., tuple[Api, World]]) -> None:
    """A campaign is pending, active while its calls last, then finished (get-campaign-details)."""
    cald, world = make(lifecycles={"cald.campaign": {"after": "1h"}, **TEN_SECONDS})
    cald("POST", f"/lists/{LIST}/contacts", {"contacts": [ADA]})
    path = f"/campaigns/{campaign(cald)}"
    names = ("failed", "pickedUp", "ivr", "voicemail", "unanswered", "disconnected")
    none = {"totalCalls": 0, "completedCalls": 0, "pendingCalls": 0, **{f"{name}Calls": 0 for name in names}}
    details = cald("GET", f"{path}/details").json()
    assert {**details, "campaignId": None} == {
        "campaignId": None,
        "name": "Spring",
        "listId": LIST,
        "agentId": AGENT,
        "status": "pending",
        "stats": none,
        "calls": [],
    }
    advance(world, "1h")
    details = cald("GET", f"{path}/details").json()
    assert (details["status"], details["stats"]) == ("active", {**none, "totalCalls": 2, "pendingCalls": 2})
    assert sorted(call["to"] for call in details["calls"]) == ["+14155550123", "+442079460123"]
    advance(world, "20s")
    details = cald("GET", f"{path}/details").json()
    assert details["status"] == "finished"
    assert details["stats"] == {**none, "totalCalls": 2, "completedCalls": 2, "pickedUpCalls": 2}


def test_a_cancelled_campaign_makes_no_calls(make: Callable[..., tuple[Api, World]]) -> None:
    """Scheduled calls are not made, calls under way go on, and a finished campaign stays finished (cancel-campaign)."""
    cald, world = make(lifecycles={"cald.campaign": {"after": "1h"}, **TEN_SECONDS})
    pending, active = campaign(cald, "a"), campaign(cald, "b")
    assert cald("PUT", f"/campaigns/{pending}/cancel").json() == {"status": "success"}
    advance(world, "1h")
    assert cald("PUT", f"/campaigns/{active}/cancel").json() == {"status": "success"}
    advance(world, "1h")
    shown = [cald("GET", f"/campaigns/{one}/details").json() for one in (pending, active)]
    assert [(one["status"], one["stats"]["completedCalls"]) for one in shown] == [("cancelled", 0), ("cancelled", 1)]

    cald, _ = make(clock=RUNNING)
    finished = campaign(cald)
    assert cald("PUT", f"/campaigns/{finished}/cancel").json() == {"status": "success"}
    assert cald("GET", f"/campaigns/{finished}/details").json()["status"] == "finished"


@pytest.mark.parametrize(
    ("change", "status", "text"),
    [
        ({"listId": "unknown"}, 404, "List not found"),
        ({"agentId": "unknown"}, 404, "Agent not found"),
        ({"name": "Spring"}, 409, "A campaign with this name exists already"),
    ],
)
def test_a_campaign_that_cannot_start(cald: Api, change: dict[str, str], status: int, text: str) -> None:
    """List and agent must exist, and the name be new (campaigns-add)."""
    campaign(cald)
    answer = cald("POST", "/campaigns", {"name": "Summer", "listId": LIST, "agentId": AGENT, **change})
    assert (answer.status_code, answer.json()) == (status, {"error": text})


@pytest.mark.parametrize("missing", ["name", "listId", "agentId"])
def test_a_campaign_needs_name_list_and_agent(cald: Api, missing: str) -> None:
    """All three are required (campaigns-add)."""
    body = {"name": "Summer", "listId": LIST, "agentId": AGENT}
    del body[missing]
    answer = cald("POST", "/campaigns", body)
    assert (answer.status_code, missing in answer.json()["error"]) == (400, True)


@pytest.mark.parametrize("status", ["pending", "active", "not_funded", "finished", "cancelled"])
@pytest.mark.parametrize("which", ["any", "unfinished"])
def test_an_agent_of_a_campaign_stays(make: Callable[..., tuple[Api, World]], status: str, which: str) -> None:
    """Deleting an agent that a campaign uses is a 400 (delete-agent); whether one that is over counts is a switch."""
    seeded = {"id": "c", "name": "Spring", "list_id": LIST, "agent_id": AGENT, "status": status}
    cald, _ = make({"campaigns": [seeded]}, assume={"cald.agent_in_campaign": which})
    answer = cald("DELETE", f"/agents/{AGENT}")
    if which == "unfinished" and status in ("finished", "cancelled"):
        assert answer.json() == {"status": "success"}
        return
    assert (answer.status_code, answer.json()) == (400, {"error": "Agent is used in a campaign"})
    assert cald("GET", f"/agents/{AGENT}").status_code == 200


def test_a_list_holds_a_number_once_in_a_scenario(world: World) -> None:
    """A scenario that lists a contact twice is refused, with the place."""
    twice = [{"phone_number": "+14155550123"}, {"phone_number": "415 555 0123"}]
    scenario = {"description": "broken", "accounts": [{"keys": [KEY], "cald": {"lists": [{"id": LIST, "contacts": twice}]}}]}
    answer = world.http.put(world.control, json={"scenario": scenario})
    assert (answer.status_code, "has 415 555 0123 already" in answer.text) == (422, True), answer.text


def test_a_cleared_world_keeps_its_lists(make: Callable[..., tuple[Api, World]]) -> None:
    """Clearing empties the lists, which no operation could make again."""
    cald, world = make()
    assert world.http.post(f"{world.control}/clear").status_code == 200
    assert cald("GET", f"/lists/{LIST}/contacts").json() == {"contacts": []}


@pytest.mark.parametrize("number", ["", "Ada", "+", "12", "+0123456789", "+1234567890123456"])
def test_a_contact_without_a_number_is_not_added(cald: Api, number: str) -> None:
    """The upload fails as a call to it does, and nothing of it is added, so that a campaign calls nobody by mistake."""
    path, uploaded = f"/lists/{LIST}/contacts", {"contacts": [ADA, {"phoneNumber": number}]}
    before = cald("GET", path).json()
    assert cald("POST", path, uploaded).json() == {"status": "failed"}
    assert cald("POST", f"/agents/{AGENT}/call", {"phoneNumber": number}).json() == {"status": "failed"}
    assert cald("GET", path).json() == before
    assert cald("POST", path, {"contacts": [ADA]}).json() == {"status": "success"}


def test_a_contact_of_a_scenario_has_a_number(world: World) -> None:
    """Else the scenario is refused, and the place is named."""
    lists = [{"id": LIST, "contacts": [{"phone_number": "Ada"}]}]
    inline = {"accounts": [{"keys": [KEY], "cald": {"lists": lists}}]}
    refused = world.http.put(f"{world.control}-bad", json={"scenario": inline})
    assert refused.status_code == 422
    assert "not a phone number: Ada" in refused.text


def test_the_older_call_from_a_text_that_is_no_number(cald: Api) -> None:
    """It is not a number of the account, as is any other that the account does not have."""
    body = {"phone_number": "+14155550123", "task": "Ask.", "from_phone_number": "Ada"}
    assert cald("POST", "/call", body).status_code == 400
