"""Vantax's contacts, tags, notes, calendars, appointments and knowledge bases. Source: https://docs.vantaxai.com/docs."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.conftest import Api, World
from tests.providers.test_vantax import AGENT, KEY, SUB, refused, wrong

OWN = {"sub_account_id": SUB}
CONTACT = "ct_9b21d3"  # the default scenario's
ADA = {"first_name": "Ada", "last_name": "Byron", "email": "byron@example.com", "phone": "+14155550142", **OWN}
MEETING = {"contact_id": CONTACT, "title": "Check-up", "appointment_date": "2026-06-10T13:30:00Z", **OWN}
START = "2026-03-01T09:00:00Z"


@pytest.fixture
def vantax(make_world: Callable[..., World]) -> Api:
    """Vantax with a sub-account's key, in a world whose clock stands still."""
    account = {
        "agents": [{"id": AGENT}],
        "contacts": [{"id": CONTACT}],
        "notes": [{"id": "note_1", "contact_id": CONTACT, "note": "x"}],
    }
    scenario = {"description": "x", "open": True, "accounts": [{"vantax": account}], "clock": {"start": START, "frozen": True}}
    return make_world(scenario).api("vantax", x_api_key=KEY)


def made(answer: httpx.Response, message: str) -> dict[str, Any]:
    """Return what was created."""
    assert (answer.status_code, answer.json()["message"]) == (201, message), answer.text
    data: dict[str, Any] = answer.json()["data"]
    return data


def contact(vantax: Api, **more: Any) -> dict[str, Any]:
    """Return a new contact."""
    return made(vantax("POST", "/contacts", {**ADA, **more}), "Contact created successfully")


def tag(vantax: Api, name: str) -> dict[str, Any]:
    """Return a new tag."""
    return made(vantax("POST", "/contact-tags", {"name": name, **OWN}), "Contact tag created successfully")


def calendar(vantax: Api, **more: Any) -> dict[str, Any]:
    """Return a new calendar."""
    return made(vantax("POST", "/calendars", {"name": "Rooms", **OWN, **more}), "Calendar created successfully")


def appointment(vantax: Api, **more: Any) -> dict[str, Any]:
    """Return a new appointment."""
    return made(vantax("POST", "/appointments", {**MEETING, **more}), "Appointment created successfully")


def listed(vantax: Api, path: str, **query: Any) -> list[str]:
    """Return the ids of a list."""
    answer = vantax("GET", path, params={**OWN, **query})
    assert answer.status_code == 200, answer.text
    return [one["id"] for one in answer.json()["data"]]


def test_contacts_from_creation_to_deletion(vantax: Api) -> None:
    """A contact has its defaults, keeps what a PATCH does not send, and is gone once deleted."""
    person = contact(vantax)
    assert re.fullmatch("ct_[0-9a-f]{6}", person["id"])
    assert {**person, "id": ""} == {
        "id": "",
        **{name: value for name, value in ADA.items() if name != "sub_account_id"},
        "status": "active",
        "address": None,
        "lead_source": None,
        "tags": [],
        "created_at": START,
        "updated_at": START,
    }
    path = f"/contacts/{person['id']}"
    changed = vantax("PATCH", path, {"status": "deactivated", "lead_source": "fair"}).json()
    assert changed["message"] == "Contact updated successfully"
    assert changed["data"] == {**person, "status": "deactivated", "lead_source": "fair"}
    assert vantax("GET", path).json() == {"success": True, "data": changed["data"]}
    assert vantax("DELETE", path).json() == {"success": True, "message": "Contact deleted successfully"}
    for method, body in (("GET", None), ("PATCH", {}), ("DELETE", None)):
        assert refused(vantax(method, path, body)) == (404, "Contact not found")


@pytest.mark.parametrize("missing", ["first_name", "last_name", "email", "phone", "sub_account_id"])
def test_a_contact_needs_five_fields(vantax: Api, missing: str) -> None:
    """All five are required (create-contact)."""
    assert wrong(vantax("POST", "/contacts", {name: value for name, value in ADA.items() if name != missing})) == [missing]


def test_a_foreign_sub_account_gets_no_contact(vantax: Api) -> None:
    """A body may name the key's own sub-account only."""
    assert refused(vantax("POST", "/contacts", {**ADA, "sub_account_id": "sub_other"})) == (404, "Sub-account not found")
    assert listed(vantax, "/contacts") == [CONTACT]


def test_contacts_are_searched(vantax: Api) -> None:
    """`search` looks for a part of name, email address and phone number; `status` narrows the list (list-contacts)."""
    first, second = (
        contact(vantax)["id"],
        contact(vantax, first_name="Alan", email="alan@example.com", status="deactivated")["id"],
    )
    assert listed(vantax, "/contacts") == [second, first, CONTACT]
    cases = {"ALAN": [second], "byron@": [first], "a b": [first], "5550142": [second, first], "nobody": []}
    for text, ids in cases.items():
        assert listed(vantax, "/contacts", search=text) == ids, text
    assert listed(vantax, "/contacts", status="deactivated") == [second]
    assert listed(vantax, "/contacts", status="active", search="alan") == []


def test_tags_must_exist(vantax: Api) -> None:
    """A contact takes tags that were made, by name; a tag that is deleted is gone from every contact (delete-contact-tag)."""
    vip, lead = tag(vantax, "VIP"), tag(vantax, "lead")
    assert vip == {"id": vip["id"], "name": "VIP", "color": None, "created_at": START}
    person = contact(vantax, tags=["vip", "lead", "VIP"])
    assert person["tags"] == ["VIP", "lead"]
    assert wrong(vantax("POST", "/contacts", {**ADA, "tags": ["unknown"]})) == ["tags"]
    path = f"/contacts/{person['id']}"
    assert wrong(vantax("PATCH", path, {"tags": ["lead", "unknown"]})) == ["tags"]
    assert vantax("DELETE", f"/contact-tags/{vip['id']}").json()["message"] == "Contact tag deleted successfully"
    assert vantax("GET", path).json()["data"]["tags"] == ["lead"]
    assert listed(vantax, "/contact-tags") == [lead["id"]]
    assert vantax("PATCH", path, {"tags": []}).json()["data"]["tags"] == []
    assert refused(vantax("DELETE", f"/contact-tags/{vip['id']}")) == (404, "Contact tag not found")


def test_the_name_of_a_tag_is_unique(vantax: Api) -> None:
    """In whichever case, within 64 characters (create-contact-tag)."""
    tag(vantax, "vip")
    taken = (409, "A tag with this name exists already")
    assert refused(vantax("POST", "/contact-tags", {"name": "ViP", **OWN})) == taken
    assert wrong(vantax("POST", "/contact-tags", {"name": "x" * 65, **OWN})) == ["name"]
    assert wrong(vantax("POST", "/contact-tags", {"name": "y", "color": "red", **OWN})) == ["color"]


def test_a_note_is_changed(vantax: Api) -> None:
    """Only changing a note is on a page (update-contact-note)."""
    answer = vantax("PATCH", "/notes/note_1", {"note": "Call back on Monday."}).json()
    data = {"id": "note_1", "contact_id": CONTACT, "note": "Call back on Monday.", "updated_at": START}
    assert answer == {"success": True, "message": "Note updated successfully", "data": data}
    vantax("DELETE", f"/contacts/{CONTACT}")
    assert refused(vantax("PATCH", "/notes/note_1", {"note": "x"})) == (404, "Note not found")


def test_calendars_from_creation_to_deletion(vantax: Api) -> None:
    """A calendar has its defaults, is detached from its agents when deleted, and leaves its appointments (delete-calendar)."""
    rooms = calendar(vantax)
    assert re.fullmatch("cal_[0-9a-f]{4}", rooms["id"])
    defaults = {"description": None, "color": None, "is_active": True, "slot_duration_minutes": 30}
    assert rooms == {"id": rooms["id"], "name": "Rooms", **defaults, **OWN, "created_at": START}
    path = f"/calendars/{rooms['id']}"
    changed = vantax("PATCH", path, {"name": "Room 1"}).json()
    assert changed == {"success": True, "message": "Calendar updated successfully", "data": {**rooms, "name": "Room 1"}}
    assert vantax("GET", path).json()["data"] == changed["data"]
    vantax("PATCH", f"/agents/{AGENT}", {"calendar_id": rooms["id"]})
    kept = appointment(vantax, calendar_id=rooms["id"])["id"]
    assert vantax("DELETE", path).json() == {"success": True, "message": "Calendar deleted successfully"}
    assert vantax("GET", f"/agents/{AGENT}").json()["data"]["calendar_id"] is None
    assert listed(vantax, "/appointments") == [kept]
    assert refused(vantax("GET", path)) == (404, "Calendar not found")


@pytest.mark.parametrize(("minutes", "clamped"), [(1, 5), (5, 5), (45, 45), (480, 480), (481, 480), (-7, 5)])
def test_slots_are_clamped(vantax: Api, minutes: int, clamped: int) -> None:
    """A slot lasts from 5 to 480 minutes; what is beyond is not refused (create-calendar)."""
    assert calendar(vantax, slot_duration_minutes=minutes)["slot_duration_minutes"] == clamped
    path = f"/calendars/{calendar(vantax)['id']}"
    assert vantax("PATCH", path, {"slot_duration_minutes": minutes}).json()["data"]["slot_duration_minutes"] == clamped


def test_calendars_are_listed_by_name(vantax: Api) -> None:
    """In the order of their names, page by page (list-calendars)."""
    ids = {name: calendar(vantax, name=name, is_active=name != "c")["id"] for name in ("b", "C", "a", "c")}
    assert listed(vantax, "/calendars")[:2] == [ids["a"], ids["b"]]
    assert listed(vantax, "/calendars", is_active=False) == [ids["c"]]
    first = vantax("GET", "/calendars", params={**OWN, "limit": 1}).json()
    assert first["pagination"] == {"total": 4, "limit": 1, "has_more": True, "next_cursor": ids["a"]}
    assert listed(vantax, "/calendars", limit=1, starting_after=ids["a"]) == [ids["b"]]
    assert wrong(vantax("GET", "/calendars", params={**OWN, "starting_after": "cal_0"})) == ["starting_after"]


def test_appointments_from_creation_to_deletion(vantax: Api) -> None:
    """An appointment is confirmed and as long as a slot of its calendar by default (create-appointment)."""
    rooms = calendar(vantax, slot_duration_minutes=45)["id"]
    meeting = appointment(vantax, calendar_id=rooms)
    assert re.fullmatch("appt_[0-9a-f]{6}", meeting["id"])
    assert (meeting["duration"], meeting["status"], meeting["appointment_date"]) == (45, "confirmed", "2026-06-10T13:30:00Z")
    assert appointment(vantax)["duration"] == 30
    assert appointment(vantax, calendar_id=rooms, duration=10)["duration"] == 10
    path = f"/appointments/{meeting['id']}"
    changed = vantax("PATCH", path, {"status": "no_show", "appointment_date": "2026-06-10T13:30:00+02:00"}).json()
    assert changed["message"] == "Appointment updated successfully"
    assert changed["data"] == {**meeting, "status": "no_show", "appointment_date": "2026-06-10T11:30:00Z"}
    assert vantax("GET", path).json()["data"] == changed["data"]
    assert vantax("DELETE", path).json() == {"success": True, "message": "Appointment deleted successfully"}
    assert refused(vantax("GET", path)) == (404, "Appointment not found")


@pytest.mark.parametrize("more", [{"duration": 10**20}, {"duration": 10**9}, {"appointment_date": "9999-12-31T23:59:00Z"}])
def test_an_appointment_may_end_after_all_time(vantax: Api, more: dict[str, Any]) -> None:
    """No page limits how long an appointment lasts, or when it is; its webhook names the end as well as it can."""
    made = vantax("POST", "/appointments", {**MEETING, **more})
    assert (made.status_code, {name: made.json()["data"][name] for name in more}) == (201, more)


def test_appointments_name_what_exists(vantax: Api) -> None:
    """Contact and calendar must be the sub-account's."""
    assert refused(vantax("POST", "/appointments", {**MEETING, "contact_id": "ct_0"})) == (404, "Contact not found")
    assert refused(vantax("POST", "/appointments", {**MEETING, "calendar_id": "cal_0"})) == (404, "Calendar not found")
    path = f"/appointments/{appointment(vantax)['id']}"
    assert refused(vantax("PATCH", path, {"calendar_id": "cal_0"})) == (404, "Calendar not found")
    for text in ("tomorrow", "2026-13-01T00:00:00Z", ""):
        assert wrong(vantax("POST", "/appointments", {**MEETING, "appointment_date": text})) == ["appointment_date"]


def test_appointments_are_listed_by_date(vantax: Api) -> None:
    """The latest first; both ends of a range are included, a day up to its end (list-appointments)."""
    rooms = calendar(vantax)["id"]
    days = {day: appointment(vantax, appointment_date=f"2026-06-{day}T13:30:00Z")["id"] for day in ("11", "10", "12")}
    vantax("PATCH", f"/appointments/{days['12']}", {"status": "cancelled", "calendar_id": rooms})
    assert listed(vantax, "/appointments") == [days["12"], days["11"], days["10"]]
    assert listed(vantax, "/appointments", start_date="2026-06-11", end_date="2026-06-11") == [days["11"]]
    assert listed(vantax, "/appointments", start_date="2026-06-11T13:30:00Z") == [days["12"], days["11"]]
    assert listed(vantax, "/appointments", end_date="2026-06-11T13:29:59Z") == [days["10"]]
    assert listed(vantax, "/appointments", status="cancelled", calendar_id=rooms) == [days["12"]]
    assert listed(vantax, "/appointments", agent_id=AGENT) == []
    assert wrong(vantax("GET", "/appointments", params={**OWN, "start_date": "soon"})) == ["start_date"]


def test_knowledge_bases(vantax: Api) -> None:
    """A knowledge base is made, renamed, and given to an agent, who has one at most (assign-knowledge-base-to-agent)."""
    bases = [
        made(vantax("POST", "/knowledge-bases", {"name": name, **OWN}), "Knowledge base created successfully")
        for name in ("a", "b")
    ]
    assert re.fullmatch("kb_[0-9a-f]{5}", bases[0]["id"])
    assert bases[0] == {"id": bases[0]["id"], "name": "a", "description": None, **OWN, "source_count": 0, "created_at": START}
    assert listed(vantax, "/knowledge-bases") == [bases[1]["id"], bases[0]["id"]]
    renamed = vantax("PATCH", f"/knowledge-bases/{bases[0]['id']}", {"description": "Prices"}).json()
    assert renamed["message"] == "Knowledge base updated successfully"
    assert renamed["data"] == {**bases[0], "description": "Prices"}
    path = f"/agents/{AGENT}/knowledge-bases"
    for base in bases:
        answer = vantax("POST", path, {"knowledgebase_id": base["id"]}).json()
        data = {"id": AGENT, "knowledgebase_id": base["id"]}
        assert answer == {"success": True, "message": "Knowledge base assigned", "data": data}
    assert refused(vantax("DELETE", f"{path}/{bases[0]['id']}")) == (404, "Knowledge base not found")
    answer = vantax("DELETE", f"{path}/{bases[1]['id']}").json()
    data = {"id": AGENT, "knowledgebase_id": None}
    assert answer == {"success": True, "message": "Knowledge base removed from Agent", "data": data}
    assert refused(vantax("POST", path, {"knowledgebase_id": "kb_0"})) == (404, "Knowledge base not found")


def test_sub_accounts_do_not_see_each_other(make_world: Callable[..., World]) -> None:
    """What belongs to one sub-account does not exist for another of the same agency, and its tags do not clash."""
    north = "vx_live_north"
    seed = {"contacts": [{"id": CONTACT}], "sub_accounts": [{"id": "sub_north", "keys": [north]}]}
    world = make_world({"description": "x", "accounts": [{"keys": [KEY], "vantax": seed}]})
    own, other = world.api("vantax", x_api_key=KEY), world.api("vantax", x_api_key=north)
    assert refused(other("GET", f"/contacts/{CONTACT}")) == (404, "Contact not found")
    assert other("GET", "/contacts", params={"sub_account_id": "sub_north"}).json()["data"] == []
    tag(own, "vip")
    assert other("POST", "/contact-tags", {"name": "vip", "sub_account_id": "sub_north"}).status_code == 201
