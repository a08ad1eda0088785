"""Truedy as its clients see it: the guide on buying a number, and what holds for every operation."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
import requests

from tests.conftest import Api, World
from tests.providers.truedy import (
    AGENT,
    ASSIGN,
    IMPORT,
    KEY,
    NOWHERE,
    PURCHASE,
    SEARCH,
    TELNYX,
    UNASSIGN,
    UUID4,
    buy,
    create,
    error,
    found,
    page,
)


@pytest.fixture
def truedy(world: World) -> Api:
    """Truedy with a key that works."""
    return world.api("truedy", Authorization=f"Bearer {KEY}")


def test_the_guide_from_search_to_release(truedy: Api) -> None:
    """A number is found, bought, assigned in both directions, unassigned and released, as the guide goes about it."""
    assert "+14155550100" in found(truedy, country_code="US", area_code="415", phone_number_type="local", page_size=10)
    bought = truedy("POST", PURCHASE, {"phone_number": "+14155551234"}).json()["data"]
    assert (bought["phone_number"], bought["status"], bought["is_truedy_managed"]) == ("+14155551234", "active", True)
    assert UUID4.fullmatch(bought["id"])

    for direction in ("outbound", "inbound"):
        wanted = {"number_id": bought["id"], "agent_id": AGENT, "assignment_type": direction}
        assigned = truedy("POST", ASSIGN, wanted).json()["data"]
        assert assigned.pop("assigned_at").endswith("Z")
        assert assigned == {**wanted, "number": "+14155551234"}

    for direction in ("outbound", "inbound"):
        ended = {"number_id": bought["id"], "assignment_type": direction}
        unassigned = truedy("POST", UNASSIGN, ended).json()["data"]
        assert unassigned.pop("unassigned_at").endswith("Z")
        assert unassigned == {**ended, "number": "+14155551234", "agent_id": None}

    released = truedy("DELETE", f"/telephony/numbers/{bought['id']}")
    assert (released.status_code, released.json()["data"]) == (200, {"id": bought["id"], "deleted": True})
    again = truedy("DELETE", f"/telephony/numbers/{bought['id']}")
    assert error(again) == (404, "not_found", {})
    assert again.json()["error"]["message"] == f"phone number not found: {bought['id']}"


def test_the_curl_commands_of_the_guide(truedy: Api) -> None:
    """The bodies that the guide prints work as they are, the placeholders filled in."""
    ids = {"NUMBER_UUID": "", "AGENT_UUID": AGENT}

    def post(path: str, printed: str) -> Any:
        body = printed.replace("NUMBER_UUID", ids["NUMBER_UUID"]).replace("AGENT_UUID", ids["AGENT_UUID"])
        answer = truedy("POST", path, content=body, headers={"Content-Type": "application/json"})
        assert answer.is_success, answer.text
        return answer.json()["data"]

    wanted = '{"country_code": "US", "area_code": "415", "phone_number_type": "local", "page_size": 10}'
    assert [each["phone_number"][:8] for each in post(SEARCH, wanted)] == ["+1415555"] * 10
    ids["NUMBER_UUID"] = post(PURCHASE, '{"phone_number": "+14155551234"}')["id"]
    post(ASSIGN, '{"number_id": "NUMBER_UUID", "agent_id": "AGENT_UUID", "assignment_type": "outbound"}')
    post(ASSIGN, '{"number_id": "NUMBER_UUID", "agent_id": "AGENT_UUID", "assignment_type": "inbound"}')

    wanted = '{"country_code":"US","area_code":"212","phone_number_type":"local","page_size":5}'
    assert [each["phone_number"][:8] for each in post(SEARCH, wanted)] == ["+1212555"] * 5
    ids["NUMBER_UUID"] = post(PURCHASE, '{"phone_number":"+12125550123"}')["id"]
    post(ASSIGN, '{"number_id":"NUMBER_UUID","agent_id":"AGENT_UUID","assignment_type":"outbound"}')
    post(UNASSIGN, '{"number_id":"NUMBER_UUID","assignment_type":"outbound"}')
    assert truedy("DELETE", f"/telephony/numbers/{ids['NUMBER_UUID']}").status_code == 200


def guide_purchase(BASE: str, HEADERS: dict[str, str]) -> Any:  # noqa: N803  (the names are the guide's)
    """The guide's end-to-end code for `requests`, up to the number's id."""
    search = requests.post(
        f"{BASE}/telephony/numbers/search",
        headers=HEADERS,
        json={"country_code": "US", "area_code": "212", "phone_number_type": "local"},
    )
    search.raise_for_status()
    available = search.json()["data"]
    phone_to_buy = available[0]["phone_number"]
    assert phone_to_buy == "+12125550100"
    for n in available:
        assert n.get("cost_information", {}).get("monthly_cost") == "1.00"

    purchase = requests.post(f"{BASE}/telephony/numbers/purchase", headers=HEADERS, json={"phone_number": phone_to_buy})
    purchase.raise_for_status()
    return purchase.json()["data"]["id"]


def test_the_python_code_of_the_guide(world: World) -> None:
    """The guide's end-to-end code runs as printed but for the placeholders; what it prints is asserted."""
    BASE = world.providers["truedy"]["base_url"]  # noqa: N806  (the names are the guide's)
    HEADERS = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"}  # noqa: N806

    number_id = guide_purchase(BASE, HEADERS)

    def assign_number(number_id: str, agent_id: str, assignment_type: str) -> Any:
        resp = requests.post(
            f"{BASE}/telephony/numbers/assign",
            headers=HEADERS,
            json={"number_id": number_id, "agent_id": agent_id, "assignment_type": assignment_type},
        )
        resp.raise_for_status()
        return resp.json()["data"]

    assert assign_number(number_id, AGENT, "outbound")["agent_id"] == AGENT
    assert assign_number(number_id, AGENT, "inbound")["agent_id"] == AGENT


def test_every_answer_is_wrapped(truedy: Api) -> None:
    """Data and pagination stand beside a `meta` with a request id, new for each request, and the time in UTC."""
    first, second = truedy("GET", "/telephony/numbers").json(), truedy("GET", "/telephony/numbers").json()
    assert set(first) == {"data", "pagination", "meta"}
    assert set(truedy("GET", "/telephony/credentials").json()) == {"data", "meta"}
    assert UUID4.fullmatch(first["meta"]["request_id"])
    assert first["meta"]["request_id"] != second["meta"]["request_id"]
    assert re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z", first["meta"]["ts"])


@pytest.mark.parametrize(
    "header", [None, KEY, f"Bearer {KEY}0", f"Bearer {KEY[:-1]}-", "Bearer sk_car_demo", f"Basic {KEY}", ""]
)
def test_only_a_bearer_key_of_the_form_opens(world: World, header: str | None) -> None:
    """No key and a key of another form are refused with the documented 401."""
    answer = world.api("truedy")("GET", "/agents", headers={} if header is None else {"Authorization": header})
    assert error(answer) == (401, "unauthorized", {})
    assert answer.json()["error"]["message"] == "Invalid or missing API key"


def test_bodies_that_cannot_be_read(truedy: Api) -> None:
    """Broken JSON is 400; no body at all, where one is required, is 422; an enormous one is 413."""
    json = {"Content-Type": "application/json"}
    assert error(truedy("POST", SEARCH, content="{", headers=json))[:2] == (400, "bad_request")
    assert error(truedy("POST", SEARCH))[:2] == (422, "validation_error")
    assert error(truedy("POST", SEARCH, content=b" " * 1_100_000, headers=json))[:2] == (413, "payload_too_large")


def test_unknown_routes_and_methods(truedy: Api) -> None:
    """They are refused in the envelope, a wrong method with the methods that there are."""
    assert error(truedy("GET", "/telephony/nothing")) == (404, "not_found", {})
    wrong = truedy("GET", f"/telephony/numbers/{NOWHERE}")
    assert error(wrong) == (405, "method_not_allowed", {})
    assert wrong.headers["allow"] == "DELETE"


@pytest.mark.parametrize("path", ["/telephony/numbers", "/agents"])
@pytest.mark.parametrize("params", [{"limit": 0}, {"limit": 101}, {"limit": "many"}, {"offset": -1}])
def test_list_bounds(truedy: Api, path: str, params: dict[str, Any]) -> None:
    """A list gives 1 to 100 at a time, from the start or later on."""
    status, code, details = error(truedy("GET", path, params=params))
    assert (status, code, [details["field"]]) == (422, "validation_error", list(params))


def test_organizations_do_not_see_each_other(world: World, truedy: Api) -> None:
    """Numbers, agents and credentials of another organization are not found, in a path or in a body."""
    number, agent = buy(truedy), create(truedy)["id"]
    truedy("POST", IMPORT, TELNYX)
    other = world.api("truedy", Authorization="Bearer truedy_" + "Z" * 32)
    foreign = [
        other("DELETE", f"/telephony/numbers/{number}"),
        other("POST", ASSIGN, {"number_id": number, "agent_id": AGENT, "assignment_type": "inbound"}),
        other("POST", ASSIGN, {"number_id": buy(other, "+14155550100"), "agent_id": agent, "assignment_type": "inbound"}),
        other("POST", UNASSIGN, {"number_id": number, "assignment_type": "inbound"}),
        other("GET", f"/agents/{agent}"),
        other("PUT", f"/agents/{agent}", {"name": "Mine"}),
        other("DELETE", f"/agents/{agent}"),
        other("GET", f"/telephony/agents/{agent}/numbers"),
    ]
    assert [error(answer) for answer in foreign] == [(404, "not_found", {})] * len(foreign)
    assert other("GET", "/telephony/credentials").json()["data"] == []
    assert page(other, "/telephony/numbers")[1]["total"] == 1


@pytest.mark.parametrize(
    ("section", "problem"),
    [
        ({"agents": [{"id": AGENT}, {"id": AGENT}]}, f"the id {AGENT} appears twice in agents"),
        ({"numbers": [{"id": NOWHERE}, {"id": NOWHERE}]}, f"the id {NOWHERE} appears twice in numbers"),
        (
            {"numbers": [{"id": NOWHERE, "inbound_agent_id": AGENT}]},
            f"inbound_agent_id names {AGENT}, which is not in agents of the account",
        ),
        ({"agents": [{"id": "agent"}]}, "expected a UUID in lower case"),
        ({"subscription": "paid"}, "paid"),
    ],
)
def test_scenarios_that_cannot_work(simulator: Any, http: Any, section: dict[str, Any], problem: str) -> None:
    """A scenario that no organization can start with is refused, and told why."""
    scenario = {"description": "faulty", "accounts": [{"keys": [KEY], "truedy": section}]}
    answer = http.put(f"{simulator.url}/_simulator/worlds/faulty", json={"scenario": scenario})
    assert answer.status_code == 422
    assert problem in answer.text


def test_numbers_of_a_scenario(make_world: Callable[..., World]) -> None:
    """A scenario gives an organization numbers, bought or imported, with their agents."""
    numbers = [
        {"id": "d0845d54-d96d-4cb8-8cc3-eac55f94c2c0", "phone_number": "+14155550142", "inbound_agent_id": AGENT},
        {"id": NOWHERE, "imported_from": "twilio", "status": "pending"},
    ]
    section = {"agents": [{"id": AGENT}], "numbers": numbers}
    world = make_world({"description": "Two numbers", "accounts": [{"keys": [KEY], "truedy": section}]})
    truedy = world.api("truedy", Authorization=f"Bearer {KEY}")
    imported, bought = page(truedy, "/telephony/numbers")[0]
    assert (bought["phone_number"], bought["is_truedy_managed"], bought["inbound_agent_id"]) == ("+14155550142", True, AGENT)
    assert (imported["status"], imported["is_truedy_managed"]) == ("pending", False)
    credentials = truedy("GET", "/telephony/credentials").json()["data"]
    assert [each["id"] for each in credentials] == [imported["telephony_credential_id"]]


def test_what_settles_late(make_world: Callable[..., World]) -> None:
    """Where the scenario says so, a number is pending and an agent being created until they have been read often enough."""
    late = {"after_reads": 2}
    scenario = {"description": "Late", "open": True, "lifecycles": {"truedy.number": late, "truedy.agent": late}}
    truedy = make_world(scenario).api("truedy", Authorization=f"Bearer {KEY}")
    bought = truedy("POST", PURCHASE, {"phone_number": "+14155551234"}).json()["data"]
    assert bought["status"] == "pending"
    assert [page(truedy, "/telephony/numbers")[0][0]["status"] for _ in range(3)] == ["pending", "active", "active"]

    agent = create(truedy)
    assert agent["status"] == "creating"
    assert error(truedy("GET", f"/telephony/agents/{agent['id']}/webhook-url"))[:2] == (422, "validation_error")
    seen = [truedy("GET", f"/agents/{agent['id']}").json()["data"]["status"] for _ in range(2)]
    assert seen == ["creating", "active"]
    assert truedy("GET", f"/telephony/agents/{agent['id']}/webhook-url").status_code == 200


def test_what_is_gone_does_not_settle(make_world: Callable[..., World]) -> None:
    """A number released and an agent deleted while they settle leave nothing behind."""
    late = {"after": "30s"}
    scenario = {
        "description": "Late",
        "open": True,
        "clock": {"frozen": True},
        "lifecycles": {"truedy.number": late, "truedy.agent": late},
    }
    world = make_world(scenario)
    truedy = world.api("truedy", Authorization=f"Bearer {KEY}")
    assert truedy("DELETE", f"/telephony/numbers/{buy(truedy)}").status_code == 200
    assert truedy("DELETE", f"/agents/{create(truedy)['id']}").status_code == 200
    kept = buy(truedy)
    assert world.http.post(f"{world.control}/clock", json={"advance": "30s"}).status_code == 200
    numbers = page(truedy, "/telephony/numbers")[0]
    assert [(number["id"], number["status"]) for number in numbers] == [(kept, "active")]
    assert page(truedy, "/agents")[0] == []


def test_a_hundred_requests_a_minute(make_world: Callable[..., World]) -> None:
    """Where the scenario counts, the 101st request of an organization within a minute is refused, without any header."""
    clock = {"start": "2026-03-03T12:00:00Z", "frozen": True}
    scenario = {"description": "Limited", "open": True, "clock": clock, "rate_limits": "on"}
    truedy = make_world(scenario).api("truedy", Authorization=f"Bearer {KEY}")
    assert {truedy("GET", "/agents").status_code for _ in range(100)} == {200}
    refused = truedy("GET", "/agents")
    assert error(refused) == (429, "rate_limit_exceeded", {"limit": 100, "reset_at": "2026-03-03T12:01:00.000000Z"})
    assert refused.json()["error"]["message"] == "Rate limit exceeded"
    assert not [name for name in refused.headers if "ratelimit" in name or name == "retry-after"]
