"""Voices, tools, knowledge bases, folders and contacts of Truedy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.conftest import Api, World
from tests.providers.truedy import KEY, NOWHERE, UUID4, error, page

VOICES = "/voices"


@pytest.fixture
def truedy(world: World) -> Api:
    """Truedy with a key that works."""
    return world.api("truedy", Authorization=f"Bearer {KEY}")


def make(truedy: Api, path: str, body: dict[str, Any]) -> dict[str, Any]:
    """Create something and return it."""
    answer = truedy("POST", path, body)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()["data"]
    assert UUID4.fullmatch(made["id"])
    return made


def test_voices_of_the_platform_and_imported_ones(truedy: Api) -> None:
    """There are voices from the start; an imported one comes before them, from ElevenLabs unless it says otherwise (voices)."""
    platform = truedy("GET", VOICES).json()["data"]
    assert {"b0e6b5c1-3cde-4f0a-9d53-8f0d2c7f7c11", "a7f2ec82-f533-4f41-a8de-0e4351bd2ec5"} == {each["id"] for each in platform}
    imported = make(truedy, VOICES, {"name": "Support voice", "provider_voice_id": "21m00Tcm4TlvDq8ikWAM"})
    expected = {"name": "Support voice", "provider": "elevenlabs", "type": "reference", "status": "active"}
    assert {name: imported[name] for name in expected} == expected
    assert make(truedy, VOICES, {"name": "Other", "provider": "cartesia", "provider_voice_id": "x"})["provider"] == "cartesia"
    assert [each["name"] for each in truedy("GET", VOICES).json()["data"]][:2] == ["Other", "Support voice"]
    for voice in (imported, platform[0]):
        assert truedy("GET", f"{VOICES}/{voice['id']}").json()["data"] == voice
    missing = truedy("GET", f"{VOICES}/{NOWHERE}")
    assert error(missing) == (404, "not_found", {})
    assert missing.json()["error"]["message"] == f"voice not found: {NOWHERE}"
    assert error(truedy("POST", VOICES, {"name": "x"}))[2]["field"] == "provider_voice_id"


def test_tools_from_creation_to_deletion(truedy: Api) -> None:
    """A tool is made of a name or a definition (tools), shows both, keeps what a PATCH does not send."""
    http = {"url": "https://api.example.com/customers"}
    definition: dict[str, Any] = {
        "description": "Look up a customer",
        "type": "http",
        "http": http,
        "dynamicParameters": [{"name": "phone"}],
    }
    tool = make(truedy, "/tools", {"name": "Lookup Customer!", "definition": definition})
    assert (tool["name"], tool["url"], tool["method"]) == ("Lookup Customer!", http["url"], "GET")
    assert tool["definition"] == {"modelToolName": "lookup_customer", **definition, "http": {**http, "method": "GET"}}
    placeholder = make(truedy, "/tools", {"name": "Later"})
    assert (placeholder["type"], placeholder["url"], placeholder["description"]) == ("http", None, None)
    assert make(truedy, "/tools", {"definition": {"modelToolName": "book"}})["name"] == "book"
    off: list[dict[str, Any]] = [{}, {"definition": {}}, {"name": ""}, {"definition": {"modelToolName": "two words"}}]
    for nameless in off:
        assert error(truedy("POST", "/tools", nameless))[:2] == (422, "validation_error")

    path = f"/tools/{tool['id']}"
    changed = truedy("PATCH", path, {"name": "Find", "definition": None}).json()["data"]
    assert changed == {**tool, "name": "Find", "updated_at": changed["updated_at"]}
    redefined = truedy("PATCH", path, {"definition": {"base_url": "https://example.com", "method": "POST"}}).json()["data"]
    assert (redefined["name"], redefined["url"], redefined["method"]) == ("Find", "https://example.com", "POST")
    assert [each["name"] for each in page(truedy, "/tools", name="FI")[0]] == ["Find"]
    assert page(truedy, "/tools")[1]["total"] == 3
    assert truedy("DELETE", path).json()["data"] == {"id": tool["id"], "deleted": True}
    for method, body in (("GET", None), ("PATCH", {}), ("DELETE", None)):
        assert error(truedy(method, path, body)) == (404, "not_found", {})


def test_a_tool_is_made_once_per_key(truedy: Api) -> None:
    """`X-Idempotency-Key` is honoured (idempotency)."""
    key = {"X-Idempotency-Key": "same"}
    first, again = (truedy("POST", "/tools", {"name": "Once"}, headers=key).json()["data"]["id"] for _ in range(2))
    assert first == again
    assert page(truedy, "/tools")[1]["total"] == 1


def test_knowledge_bases_from_creation_to_deletion(truedy: Api) -> None:
    """A new one is ready and empty (knowledge-bases); only what a PATCH sends changes."""
    made = make(truedy, "/knowledge-bases", {"name": "FAQ", "description": "Frequently asked questions"})
    assert (made["status"], made["source_count"], made["description"]) == ("ready", 0, "Frequently asked questions")
    path = f"/knowledge-bases/{made['id']}"
    changed = truedy("PATCH", path, {"name": "Product FAQ"}).json()["data"]
    assert changed == {**made, "name": "Product FAQ", "updated_at": changed["updated_at"]}
    assert truedy("PATCH", path, {"description": None}).json()["data"]["description"] is None
    assert error(truedy("PATCH", path, {"name": "x" * 256}))[2]["field"] == "name"
    make(truedy, "/knowledge-bases", {"name": "Prices"})
    assert [each["name"] for each in page(truedy, "/knowledge-bases")[0]] == ["Prices", "Product FAQ"]
    assert [each["name"] for each in page(truedy, "/knowledge-bases", name="faq")[0]] == ["Product FAQ"]
    assert truedy("DELETE", path).json()["data"] == {"id": made["id"], "deleted": True}
    missing = truedy("GET", path)
    assert (missing.status_code, missing.json()["error"]["message"]) == (404, f"knowledge base not found: {made['id']}")


def test_a_folder_goes_with_its_contacts(truedy: Api) -> None:
    """Deleting a folder deletes the contacts in it, and no others (contacts)."""
    leads, others = (make(truedy, "/contacts/folders", {"name": name}) for name in ("Leads", "Others"))
    assert (leads["contact_count"], leads["description"]) == (0, None)
    for last in "0123":
        folder = leads if last < "3" else others
        make(truedy, "/contacts", {"phone_number": f"+1415555012{last}", "folder_id": folder["id"]})
    counts = {each["name"]: each["contact_count"] for each in page(truedy, "/contacts/folders")[0]}
    assert counts == {"Leads": 3, "Others": 1}
    assert truedy("DELETE", f"/contacts/folders/{leads['id']}").json()["data"] == {"id": leads["id"], "deleted": True}
    assert [each["phone"] for each in page(truedy, "/contacts")[0]] == ["+14155550123"]
    assert error(truedy("DELETE", f"/contacts/folders/{leads['id']}")) == (404, "not_found", {})


def test_folders_are_sorted(truedy: Api) -> None:
    """By time, name or size, up or down; the newest first unless the request says otherwise (contacts)."""
    ids = {name: make(truedy, "/contacts/folders", {"name": name})["id"] for name in ("beta", "Alpha", "gamma")}
    make(truedy, "/contacts", {"phone_number": "+14155550123", "folder_id": ids["Alpha"]})

    def names(**params: Any) -> list[str]:
        return [each["name"] for each in page(truedy, "/contacts/folders", **params)[0]]

    assert names() == ["gamma", "Alpha", "beta"]
    assert names(sort_by="name", order="asc") == ["Alpha", "beta", "gamma"]
    assert names(sort_by="name") == ["gamma", "beta", "Alpha"]
    assert names(sort_by="contact_count", limit=1) == ["Alpha"]
    assert page(truedy, "/contacts/folders", limit=1, offset=2)[1] == {"total": 3, "limit": 1, "offset": 2, "has_more": False}
    assert error(truedy("GET", "/contacts/folders", params={"sort_by": "size"}))[2]["field"] == "sort_by"


def test_contacts_are_found(truedy: Api) -> None:
    """A contact has a name made of two, and is found by it, by its number and its address (contacts)."""
    body = {"phone_number": "+14155550123", "first_name": "Ada", "last_name": "Lovelace", "email": "ada@example.com"}
    ada = make(truedy, "/contacts", {**body, "custom_fields": {"crm_id": "abc"}})
    assert (ada["name"], ada["phone"], ada["folder_id"], ada["custom_fields"]) == (
        "Ada Lovelace",
        "+14155550123",
        None,
        {"crm_id": "abc"},
    )
    assert (ada["call_count"], ada["last_called_at"]) == (0, None)
    alan = make(truedy, "/contacts", {"phone_number": "+14155550199", "first_name": "Alan"})
    assert alan["custom_fields"] == {}
    for part, ids in (("LOVE", [ada["id"]]), ("0199", [alan["id"]]), ("@example", [ada["id"]]), ("a", [alan["id"], ada["id"]])):
        assert [each["id"] for each in page(truedy, "/contacts", search=part)[0]] == ids
    assert page(truedy, "/contacts", last_call_outcome="voicemail")[0] == []
    for field, value in (("phone_number", "0123"), ("email", "ada"), ("first_name", "x" * 101)):
        assert error(truedy("POST", "/contacts", {**body, field: value}))[2]["field"] == field


@pytest.mark.parametrize(("status", "code"), [(404, "not_found"), (422, "validation_error")])
def test_a_contact_in_a_folder_that_is_not_there(make_world: Callable[..., World], status: int, code: str) -> None:
    """An id in a body is answered like one in a path, unless the scenario says otherwise."""
    scenario = {"description": "x", "open": True, "assume": {"truedy.unknown_id_in_body": status}}
    truedy = make_world(scenario).api("truedy", Authorization=f"Bearer {KEY}")
    refused = truedy("POST", "/contacts", {"phone_number": "+14155550123", "folder_id": NOWHERE})
    assert error(refused)[:2] == (status, code)
    assert refused.json()["error"]["message"] == f"folder not found: {NOWHERE}"


def test_contacts_in_numbered_pages(make_world: Callable[..., World]) -> None:
    """The older page numbers them (contacts), which a scenario may assume; the newer has an offset (list-contacts)."""
    for assume, params, facts in (
        ({}, {"limit": 2, "offset": 2}, {"total": 3, "limit": 2, "offset": 2, "has_more": False}),
        ({"truedy.contact_pages": "page"}, {"limit": 2, "page": 2}, {"page": 2, "limit": 2, "total": 3, "pages": 2}),
    ):
        world = make_world({"description": "x", "open": True, "assume": assume})
        truedy = world.api("truedy", Authorization=f"Bearer {KEY}")
        for last in range(3):
            make(truedy, "/contacts", {"phone_number": f"+1415555012{last}"})
        contacts, pagination = page(truedy, "/contacts", **params)
        assert ([each["phone"] for each in contacts], pagination) == (["+14155550120"], facts)


@pytest.mark.parametrize(
    ("path", "body", "reason"),
    [
        ("/telephony/numbers/search", {"area_code": 415}, '415 is not of type "string" or "null"'),
        ("/contacts", {"email": "ada"}, '"ada" is not an email address, such as ada@example.com'),
        (
            "/batch-calls",
            {"name": "x", "agent_id": NOWHERE, "scheduled_at": "2026-03-04T09:00:00"},
            '"2026-03-04T09:00:00" is not a date and time with a time zone, such as 2026-03-01T10:00:00Z',
        ),
    ],
)
def test_an_error_says_what_is_expected(truedy: Api, path: str, body: dict[str, Any], reason: str) -> None:
    """In words, also where a field has a format or may be null."""
    assert error(truedy("POST", path, {"phone_number": "+14155550123", **body}))[2]["reason"] == reason
