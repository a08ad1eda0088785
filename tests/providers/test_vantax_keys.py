"""Whom a Vantax key speaks for: agencies, their sub-accounts, and the scenarios that set them up."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.conftest import Api, World
from tests.providers.test_vantax import AGENT, IN_415, KEY, SUB, buy, refused, wrong

NORTH = "vx_live_north"
TWO_SUB_ACCOUNTS = {
    "description": "an agency with two sub-accounts",
    "accounts": [
        {
            "keys": [KEY, "vx_live_agency_demo"],
            "vantax": {
                "agency": "Bright Agency",
                "agents": [{"id": AGENT, "name": "Front desk"}],
                "numbers": [{"id": "pn_55ad12", "agent_id": AGENT}],
                "sub_accounts": [
                    {
                        "id": "sub_north",
                        "name": "North",
                        "keys": [NORTH],
                        "agents": [{"id": "agt_north"}],
                        "numbers": [{"id": "pn_north", "number": "+14155550142"}],
                    }
                ],
            },
        }
    ],
}


@pytest.fixture
def vantax(world: World) -> Api:
    """Vantax with a sub-account's key."""
    return world.api("vantax", Authorization=f"Bearer {KEY}")


@pytest.fixture
def agency(make_world: Callable[..., World]) -> Callable[[str], Api]:
    """An agency with two sub-accounts, reached by a key of one's choice."""
    world = make_world(TWO_SUB_ACCOUNTS)
    return lambda key: world.api("vantax", Authorization=f"Bearer {key}")


def test_a_sub_account_sees_only_its_own(agency: Callable[[str], Api]) -> None:
    """What belongs to another sub-account of the same agency is absent, and its id is refused like one that does not exist."""
    first, north = agency(KEY), agency(NORTH)
    assert [each["id"] for each in first("GET", "/agents").json()["data"]] == [AGENT]
    assert [each["id"] for each in north("GET", "/agents").json()["data"]] == ["agt_north"]
    assert refused(north("GET", f"/agents/{AGENT}")) == (404, "Agent not found")
    assert refused(north("DELETE", "/phone-numbers/pn_55ad12")) == (404, "Phone number not found")
    assert refused(first("POST", "/phone-numbers/pn_55ad12/assign", {"agent_id": "agt_north"})) == (404, "Agent not found")

    absent = (404, "Sub-account not found")
    for sub_account in ("sub_north", "sub_unknown"):
        query = {"sub_account_id": sub_account}
        assert refused(first("GET", "/phone-numbers", params=query)) == absent
        assert refused(first("GET", "/agents", params=query)) == absent
        assert refused(first("POST", "/agents", {"name": "x", **query})) == absent
        assert refused(first("POST", "/phone-numbers", {**IN_415, **query})) == absent
    assert buy(north, sub_account_id="sub_north")["sub_account_id"] == "sub_north"
    assert wrong(first("GET", "/agents", params={"starting_after": "agt_north"})) == ["starting_after"]


def test_the_agency(agency: Callable[[str], Api]) -> None:
    """An agency's key shows the agency and its sub-accounts, page by page."""
    vantax = agency("vx_live_agency_demo")
    shown = vantax("GET", "/agency").json()
    assert (shown["success"], set(shown["data"]), shown["data"]["name"]) == (
        True,
        {"id", "name", "created_at"},
        "Bright Agency",
    )
    page = vantax("GET", "/agency/sub-accounts", params={"limit": 1}).json()
    assert [(each["id"], each["name"]) for each in page["data"]] == [("sub_north", "North")]
    assert page["pagination"] == {"total": 2, "limit": 1, "has_more": True, "next_cursor": "sub_north"}
    rest = vantax("GET", "/agency/sub-accounts", params={"starting_after": "sub_north"}).json()
    assert [each["id"] for each in rest["data"]] == [SUB]


@pytest.mark.parametrize(
    ("key", "method", "path"),
    [
        ("vx_live_agency_demo", "GET", "/agents"),
        ("vx_live_agency_demo", "POST", "/phone-numbers"),
        ("vx_live_agency_demo", "DELETE", "/phone-numbers/pn_55ad12"),
        (KEY, "GET", "/agency"),
        (KEY, "GET", "/agency/sub-accounts"),
    ],
)
def test_a_key_has_one_scope(world: World, key: str, method: str, path: str) -> None:
    """A key of the other scope is refused with 403, in either header."""
    message = "This API key's scope does not reach this endpoint"
    for headers in ({"Authorization": f"Bearer {key}"}, {"x-api-key": key}):
        assert refused(world.api("vantax")(method, path, headers=headers)) == (403, message)


@pytest.mark.parametrize(
    ("headers", "message"),
    [
        ({}, "Missing or malformed API key"),
        ({"Authorization": KEY}, "Missing or malformed API key"),
        ({"Authorization": f"Basic {KEY}"}, "Missing or malformed API key"),
        ({"Authorization": "Bearer"}, "Invalid API key"),
        ({"Authorization": "Bearer vx_live_"}, "Invalid API key"),
        ({"Authorization": "Bearer vx_live_agency_"}, "Invalid API key"),
        ({"Authorization": "Bearer vx_test_demo"}, "Invalid API key"),
        ({"x-api-key": f"Bearer {KEY}"}, "Invalid API key"),
        ({"x-api-key": "sk_car_demo"}, "Invalid API key"),
    ],
)
def test_keys_that_open_nothing(world: World, headers: dict[str, str], message: str) -> None:
    """No key and a key of another form are both a 401."""
    assert refused(world.api("vantax")("GET", "/agents", headers=headers)) == (401, message)


def test_a_closed_world_knows_its_keys(agency: Callable[[str], Api]) -> None:
    """Where the scenario lists the keys, no other works."""
    assert refused(agency("vx_live_other")("GET", "/agents")) == (401, "Invalid API key")


def test_tenants_do_not_see_each_other(world: World, vantax: Api) -> None:
    """In an open world every key names an agency of its own; both kinds of key of one name open the same."""
    number = buy(vantax)
    other = world.api("vantax", Authorization="Bearer vx_live_other")
    assert refused(other("DELETE", f"/phone-numbers/{number['id']}")) == (404, "Phone number not found")
    agencies = [world.api("vantax", x_api_key=f"vx_live_agency_{name}")("GET", "/agency").json() for name in ("demo", "other")]
    assert agencies[0]["data"]["id"] != agencies[1]["data"]["id"]
    subs = world.api("vantax", x_api_key="vx_live_agency_demo")("GET", "/agency/sub-accounts").json()["data"]
    assert [each["id"] for each in subs] == [number["sub_account_id"]]


def test_a_repeated_purchase_buys_once(vantax: Api) -> None:
    """Under the same Idempotency-Key a purchase is answered again as it was; another body is a conflict."""
    headers = {"Idempotency-Key": "order-1"}
    first = vantax("POST", "/phone-numbers", IN_415, headers=headers)
    again = vantax("POST", "/phone-numbers", IN_415, headers=headers)
    assert (again.status_code, again.json()) == (201, first.json())
    other = vantax("POST", "/phone-numbers", {**IN_415, "area_code": "212"}, headers=headers)
    assert refused(other) == (409, "This Idempotency-Key was used with another request")
    assert vantax("GET", "/phone-numbers", params={"sub_account_id": SUB}).json()["pagination"]["total"] == 1

    path = f"/phone-numbers/{first.json()['data']['id']}"
    assert vantax("DELETE", path, headers=headers).status_code == 200
    assert vantax("DELETE", path, headers=headers).status_code == 200
    assert wrong(vantax("DELETE", path, headers={"Idempotency-Key": "x" * 256})) == ["idempotency-key"]


def test_a_repeated_purchase_may_be_written_otherwise(vantax: Api) -> None:
    """The order of members and white space are not part of a request."""
    headers = {"Idempotency-Key": "order-1", "Content-Type": "application/json"}
    bodies = ('{"sub_account_id":"%s","area_code":"415"}', '{ "area_code": "415",\n  "sub_account_id": "%s" }')
    first, again = (vantax("POST", "/phone-numbers", content=body % SUB, headers=headers) for body in bodies)
    assert (first.status_code, again.status_code, again.json()) == (201, 201, first.json())


def test_an_idempotency_key_is_a_sub_accounts_own(agency: Callable[[str], Api]) -> None:
    """One sub-account never hears what another was answered, though both use the same Idempotency-Key."""
    headers = {"Idempotency-Key": "order-1"}
    first = agency(KEY)("POST", "/agents", {"name": "Sales"}, headers=headers).json()["data"]
    second = agency(NORTH)("POST", "/agents", {"name": "Sales"}, headers=headers).json()["data"]
    assert first["id"] != second["id"]


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "/phone-numbers/pn_1", 405), ("GET", "/callings", 404)])
def test_what_is_not_there(vantax: Api, method: str, path: str, status: int) -> None:
    """A wrong method and an unknown path are refused in Vantax's own envelope."""
    assert refused(vantax(method, path))[0] == status


def test_ids_of_a_scenario_are_not_given_again(make_world: Callable[..., World]) -> None:
    """Where a scenario has chosen the very id that would come next, a purchase gets the one after it."""
    scenario: dict[str, Any] = {"description": "empty", "seed": 7, "accounts": [{"keys": [KEY], "vantax": {}}]}
    next_id = buy(make_world(scenario).api("vantax", x_api_key=KEY))["id"]
    scenario["accounts"][0]["vantax"] = {"numbers": [{"id": next_id}]}
    vantax = make_world(scenario).api("vantax", x_api_key=KEY)
    assert buy(vantax)["id"] != next_id
    assert vantax("GET", "/phone-numbers", params={"sub_account_id": SUB}).json()["pagination"]["total"] == 2


@pytest.mark.parametrize(
    ("seed", "reason"),
    [
        ({"agents": [{"id": "agt_1"}, {"id": "agt_1"}]}, "agt_1 appears twice in agents"),
        ({"numbers": [{"id": "pn_1"}, {"id": "pn_1"}]}, "pn_1 appears twice in numbers"),
        ({"sub_accounts": [{"id": SUB}]}, f"{SUB} appears twice in sub_accounts"),
        ({"numbers": [{"agent_id": "agt_1"}]}, "agent_id names agt_1, which is not in agents of sub_8a1f4c2e"),
        ({"agents": [{"id": "a"}], "numbers": [{"agent_id": "a"}, {"agent_id": "a"}]}, "two of numbers have the agent_id a"),
        ({"numbers": [{"number": "+33612345678", "source": "imported"}]}, "that can never ring"),
        ({"sub_accounts": [{"id": "a", "keys": [NORTH]}, {"id": "b", "keys": [NORTH]}]}, "opens an account already"),
        ({"sub_accounts": [{"id": "a", "keys": ["vx_live_agency_a"]}]}, "keys"),
        ({"number_limit": -1}, "number_limit"),
    ],
)
def test_seeds_that_cannot_work(world: World, seed: dict[str, Any], reason: str) -> None:
    """A scenario that contradicts itself is refused when it is loaded, with the reason."""
    scenario = {"description": "broken", "accounts": [{"keys": [KEY], "vantax": seed}]}
    answer = world.http.put(world.control, json={"scenario": scenario})
    assert (answer.status_code, reason in answer.text) == (422, True), answer.text


def test_a_template_cannot_hold_what_is_one_accounts(world: World) -> None:
    """Accounts that are opened for any key cannot all have the same key or the same number."""
    for seed in ({"sub_accounts": [{"id": "a", "keys": [NORTH]}]}, {"numbers": [{"number": "+14155550142"}]}):
        scenario = {"description": "broken", "open": True, "accounts": [{"vantax": seed}]}
        answer = world.http.put(world.control, json={"scenario": scenario})
        assert (answer.status_code, "already" in answer.text) == (422, True), answer.text


def test_a_number_from_elsewhere(make_world: Callable[..., World]) -> None:
    """An imported number is listed with its country; it can never ring, like every other."""
    number = {"number": "+33639980001", "source": "imported", "country": "FR"}
    scenario = {"description": "imported", "accounts": [{"keys": [KEY], "vantax": {"numbers": [number]}}]}
    vantax = make_world(scenario).api("vantax", x_api_key=KEY)
    listed = vantax("GET", "/phone-numbers", params={"sub_account_id": SUB}).json()["data"]
    assert [(each["number"], each["country"]) for each in listed] == [("+33639980001", "FR")]


def test_a_cleared_world_keeps_sub_accounts_and_keys(make_world: Callable[..., World]) -> None:
    """Clearing empties the sub-accounts, but their keys still speak for them."""
    world = make_world(TWO_SUB_ACCOUNTS)
    assert world.http.post(f"{world.control}/clear").status_code == 200
    north = world.api("vantax", x_api_key=NORTH)
    assert north("GET", "/agents", params={"sub_account_id": "sub_north"}).json()["data"] == []
