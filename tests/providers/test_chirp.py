"""Chirp's numbers as its clients see them: one organisation owns them, its apps share them."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.conftest import Api, World

APP = "app_2DbBs7GWhGvVNJGrDXr5RG0mBWI"  # the default scenario's
OTHER = "app_2DbBs7GWhGvVNJGrDXr5RG0mBWJ"
NUMBER = "550e8400-e29b-41d4-a716-446655440000"  # the default scenario's, and the guide's
NUMBERS = "/v1/organization/phone-numbers"
PURCHASE = f"{NUMBERS}/{APP}/purchase"


def bearer(world: World, key: str) -> Api:
    """Chirp with a key."""
    return world.api("chirp", Authorization=f"Bearer {key}")


@pytest.fixture
def app(world: World) -> Api:
    """Chirp with the key of an app."""
    return bearer(world, "sk_live_app_demo")


@pytest.fixture
def admin(world: World) -> Api:
    """Chirp with the admin key of the same organisation."""
    return bearer(world, "sk_admin_demo")


def new_app(admin: Api, slug: str) -> str:
    """The id of a new app."""
    answer = admin("POST", "/v1/organization/apps", {"slug": slug, "name": slug.title()})
    assert answer.status_code == 201
    return str(answer.json()["id"])


def new_key(admin: Api, app_id: str) -> str:
    """A new key of an app."""
    answer = admin("POST", "/v1/organization/app-keys", {"name": "CI", "appId": app_id})
    assert answer.status_code == 201
    return str(answer.json()["key"])


def refusal(answer: Any) -> tuple[int, str, str | None, str | None]:
    """Status, type, code and param of a refusal."""
    error = answer.json()["error"]
    return answer.status_code, error["type"], error.get("code"), error.get("param")


def held(api: Api, path: str = "/v1/phone-numbers") -> list[str]:
    """The ids of the numbers in a list."""
    return [number["phoneNumberId"] for number in api("GET", path).json()["phoneNumbers"]]


def test_the_guides_request_as_printed(world: World) -> None:
    """The guide's curl command assigns the number: its UUID, no messaging profile, an app key."""
    answer = world.api("chirp")(
        "POST",
        "/v1/phone-numbers",
        content='{\n    "phoneNumberId": "550e8400-e29b-41d4-a716-446655440000"\n  }',
        headers={"Authorization": "Bearer sk_live_app_demo", "Content-Type": "application/json"},
    )
    assert answer.status_code == 201
    assert set(answer.json()) == {"phoneNumberId", "appId", "number", "createdAt", "updatedAt"}
    assert (answer.json()["phoneNumberId"], answer.json()["appId"]) == (NUMBER, APP)


def test_assign_list_remove(app: Api, admin: Api) -> None:
    """An app assigns a number, sees it listed, and removes it; the organisation keeps it for another assignment."""
    assert held(app) == []
    body = {"phoneNumberId": NUMBER, "telnyxMessagingProfile": "1234567890abcdef"}
    assert app("POST", "/v1/phone-numbers", body).status_code == 201
    listed = app("GET", "/v1/phone-numbers").json()
    assert listed["totalCount"] == 1
    assert (listed["phoneNumbers"][0]["phoneNumberId"], listed["phoneNumbers"][0]["numberType"]) == (NUMBER, "local")

    removed = app("DELETE", f"/v1/phone-numbers/{NUMBER}")
    assert (removed.status_code, list(removed.json())) == (200, ["message"])
    assert (held(app), held(admin, NUMBERS)) == ([], [NUMBER])
    assert app("POST", "/v1/phone-numbers", body).status_code == 201


def test_assigning_twice_is_a_conflict(app: Api, admin: Api) -> None:
    """A number is assigned to one app once, from whichever side."""
    assert app("POST", "/v1/phone-numbers", {"phoneNumberId": NUMBER}).status_code == 201
    for again in (
        app("POST", "/v1/phone-numbers", {"phoneNumberId": NUMBER}),
        admin("POST", f"/v1/organization/apps/{APP}/phone-numbers", {"phoneNumberId": NUMBER}),
    ):
        assert refusal(again) == (409, "invalid_request_error", "resource_already_exists", "phoneNumberId")


def test_a_shared_number_leaves_one_app_only(world: World, app: Api, admin: Api) -> None:
    """Two apps share a number with keys of their own; removed from one, the other and the organisation keep it."""
    other_id = new_app(admin, "other")
    other = bearer(world, new_key(admin, other_id))
    for api in (app, other):
        assert api("POST", "/v1/phone-numbers", {"phoneNumberId": NUMBER}).status_code == 201
    apps = admin("GET", NUMBERS).json()["phoneNumbers"][0]["apps"]
    assert apps == [
        {"appId": APP, "appName": "Front desk", "appSlug": "front-desk"},
        {"appId": other_id, "appName": "Other", "appSlug": "other"},
    ]

    assert app("DELETE", f"/v1/phone-numbers/{NUMBER}").status_code == 200
    assert (held(app), held(other), held(admin, NUMBERS)) == ([], [NUMBER], [NUMBER])
    assert refusal(app("DELETE", f"/v1/phone-numbers/{NUMBER}")) == (404, "invalid_request_error", None, None)


@pytest.mark.parametrize("number", ["ph_2DbBs7GWhGvVNJGrDXr5RG0mBWI", "550e8400-e29b-41d4-a716-446655440001", "x"])
def test_unknown_numbers(app: Api, admin: Api, number: str) -> None:
    """A number that the organisation does not own is not found, in whatever form its id comes."""
    missing = (404, "invalid_request_error", None)
    for api, path in ((app, "/v1/phone-numbers"), (admin, f"/v1/organization/apps/{APP}/phone-numbers")):
        assert refusal(api("POST", path, {"phoneNumberId": number})) == (*missing, "phoneNumberId")
        assert refusal(api("DELETE", f"{path}/{number}")) == (*missing, None)
    assert refusal(admin("PUT", f"{NUMBERS}/{number}/apps", {"appIds": []})) == (*missing, None)
    assert refusal(admin("DELETE", f"{NUMBERS}/{number}")) == (*missing, None)


@pytest.mark.parametrize(
    ("number", "kind", "location"),
    [
        ("+14155551234", "local", "San Francisco, CA"),
        ("+18885550123", "tollfree", "US"),
        ("+447700900123", "mobile", "GB"),
    ],
)
def test_a_purchase_owns_and_assigns(app: Api, admin: Api, number: str, kind: str, location: str) -> None:
    """A number for sale is bought for the organisation and is the app's at once."""
    answer = admin("POST", PURCHASE, {"phoneNumber": number, "numberType": kind})
    assert answer.status_code == 201
    bought = answer.json()
    assert set(bought) == {"phoneNumberId", "appId", "number", "purchaseHistoryId", "createdAt"}
    assert re.fullmatch("ph_[0-9A-Za-z]{27}", bought["phoneNumberId"])
    assert re.fullmatch(r"[0-9-]{10}T[0-9:]{8}\.[0-9]{3}Z", bought["createdAt"])
    assert (bought["appId"], bought["number"]) == (APP, number)
    listed = app("GET", "/v1/phone-numbers").json()["phoneNumbers"]
    assert [(each["number"], each["numberType"], each["location"]) for each in listed] == [(number, kind, location)]
    assert app("DELETE", f"/v1/phone-numbers/{bought['phoneNumberId']}").status_code == 200


@pytest.mark.parametrize(
    ("body", "code", "param"),
    [
        ({"phoneNumber": "4155551234", "numberType": "local"}, "invalid_phone_number", "phoneNumber"),
        ({"phoneNumber": "24771", "numberType": "shortcode"}, "invalid_phone_number", "phoneNumber"),
        ({"phoneNumber": "+14155551234", "numberType": "shortcode"}, None, "numberType"),
        ({"phoneNumber": "+14155551234", "numberType": "tollfree"}, None, "numberType"),
        ({"phoneNumber": "+18885550123", "numberType": "local"}, None, "numberType"),
        ({"phoneNumber": "+14156661234", "numberType": "local"}, None, "phoneNumber"),
        ({"phoneNumber": 14155551234, "numberType": "local"}, None, "phoneNumber"),
        ({"phoneNumber": "+14155551234"}, None, "numberType"),
        ([], None, None),
    ],
)
def test_invalid_purchases(admin: Api, body: Any, code: str | None, param: str | None) -> None:
    """What is no number for sale of the type named is refused with the field at fault; short codes have no type to name."""
    assert refusal(admin("POST", PURCHASE, body)) == (400, "invalid_request_error", code, param)
    assert held(admin, NUMBERS) == [NUMBER]


def test_a_number_is_sold_once(world: World, admin: Api) -> None:
    """A number that somebody owns, the same organisation or another, is a conflict until it is deleted."""
    body = {"phoneNumber": "+14155551234", "numberType": "local"}
    bought = admin("POST", PURCHASE, body).json()
    stranger = bearer(world, "sk_admin_stranger")
    for api in (admin, stranger):
        answer = api("POST", PURCHASE, body)
        assert refusal(answer) == (409, "invalid_request_error", "resource_already_exists", "phoneNumber")
        assert answer.json()["error"]["doc_url"].endswith("/error-codes#resource_already_exists")
    assert admin("DELETE", f"{NUMBERS}/{bought['phoneNumberId']}").status_code == 200
    assert stranger("POST", PURCHASE, body).status_code == 201


def test_a_refused_purchase_takes_no_number(admin: Api) -> None:
    """A number named with the wrong type, or for an unknown app, stays for sale."""
    body = {"phoneNumber": "+14155551234", "numberType": "local"}
    assert admin("POST", PURCHASE, {**body, "numberType": "mobile"}).status_code == 400
    unknown = admin("POST", f"{NUMBERS}/app_unknown/purchase", body)
    assert (unknown.status_code, unknown.json()["error"]["message"]) == (404, "App not found")
    assert admin("POST", PURCHASE, body).status_code == 201


def test_a_number_that_is_not_stocked_is_not_taken_by_asking(make_world: Callable[..., World]) -> None:
    """Asked for twice, a number that this world does not sell is refused alike: asking made nobody its owner."""
    seed = {"apps": [{"id": APP}]}
    scenario = {
        "description": "one number",
        "open": True,
        "accounts": [{"chirp": seed}],
        "inventory": {"only": ["+14155550142"]},
    }
    admin = bearer(make_world(scenario), "sk_admin_demo")
    for _ in range(2):
        answer = admin("POST", PURCHASE, {"phoneNumber": "+14155551234", "numberType": "local"})
        assert refusal(answer) == (400, "invalid_request_error", None, "phoneNumber")


def test_setting_the_apps_of_a_number(app: Api, admin: Api) -> None:
    """PUT replaces the whole set, an empty one takes the number off every app, and an unknown app changes nothing."""
    other, path = new_app(admin, "other"), f"{NUMBERS}/{NUMBER}/apps"
    answer = admin("PUT", path, {"appIds": [other, APP, other]})
    assert (answer.status_code, [each["appId"] for each in answer.json()["apps"]]) == (200, [other, APP])
    assert answer.json()["features"] == ["SMS", "MMS", "Voice"]

    assert refusal(admin("PUT", path, {"appIds": [APP, "x"]})) == (404, "invalid_request_error", None, "appIds[1]")
    assert refusal(admin("PUT", path, {"appIds": [APP, 1]})) == (400, "invalid_request_error", None, "appIds[1]")
    assert refusal(admin("PUT", path, {})) == (400, "invalid_request_error", None, "appIds")
    assert held(admin, f"/v1/organization/apps/{other}/phone-numbers") == [NUMBER]

    assert admin("PUT", path, {"appIds": [APP]}).status_code == 200
    assert (held(app), held(admin, f"/v1/organization/apps/{other}/phone-numbers")) == ([NUMBER], [])
    assert admin("PUT", path, {"appIds": []}).json()["apps"] == []
    assert held(app) == []


def test_an_admin_assigns_and_removes(app: Api, admin: Api) -> None:
    """The admin's assignment tells more of the number than the app's, and its removal leaves the number owned."""
    path = f"/v1/organization/apps/{APP}/phone-numbers"
    answer = admin("POST", path, {"phoneNumberId": NUMBER})
    assert answer.status_code == 201
    more = {"numberType", "location", "features"}
    assert set(answer.json()) == {"phoneNumberId", "appId", "number", "createdAt", "updatedAt"} | more
    assert (held(app), held(admin, path)) == ([NUMBER], [NUMBER])
    assert admin("DELETE", f"{path}/{NUMBER}").status_code == 200
    assert (held(app), held(admin, NUMBERS)) == ([], [NUMBER])
    unknown = "/v1/organization/apps/x/phone-numbers"
    for answer in (
        admin("GET", unknown),
        admin("POST", unknown, {"phoneNumberId": NUMBER}),
        admin("DELETE", f"{unknown}/{NUMBER}"),
        admin("DELETE", f"{path}/{NUMBER}"),
    ):
        assert refusal(answer) == (404, "invalid_request_error", None, None)


def test_deleting_a_number_names_the_apps_that_had_it(app: Api, admin: Api) -> None:
    """A deleted number leaves every app and the organisation."""
    app("POST", "/v1/phone-numbers", {"phoneNumberId": NUMBER})
    answer = admin("DELETE", f"{NUMBERS}/{NUMBER}")
    apps = [{"appId": APP, "appName": "Front desk", "appSlug": "front-desk"}]
    assert (answer.status_code, answer.json()) == (200, {"success": True, "phoneNumberId": NUMBER, "affectedApps": apps})
    assert (held(app), held(admin, NUMBERS)) == ([], [])
    assert admin("DELETE", f"{NUMBERS}/{NUMBER}").status_code == 404


def test_the_three_types_of_the_guide(make_world: Callable[..., World]) -> None:
    """Local, toll-free and short-code numbers bought in the dashboard are listed, assigned and shared alike."""
    apps = [{"id": APP}, {"id": OTHER, "slug": "support", "keys": ["sk_live_app_support"]}]
    numbers = [
        {"id": NUMBER, "number": "+14155551234", "apps": [APP, OTHER]},
        {"number": "+18885550123"},
        {"number": "24771", "type": "shortcode"},
    ]
    keys = ["sk_admin_demo", "sk_live_app_demo", "sk_live_app_support"]
    account = {"keys": keys, "chirp": {"apps": apps, "numbers": numbers}}
    world = make_world({"description": "three types", "accounts": [account]})
    admin, app, support = (bearer(world, key) for key in keys)
    listed = admin("GET", NUMBERS).json()["phoneNumbers"]
    assert [(each["number"], each["numberType"], len(each["apps"])) for each in listed] == [
        ("24771", "shortcode", 0),
        ("+18885550123", "tollfree", 0),
        ("+14155551234", "local", 2),
    ]
    code = listed[0]["phoneNumberId"]
    assert support("POST", "/v1/phone-numbers", {"phoneNumberId": code}).json()["number"] == "24771"
    assert (held(support), held(app)) == ([code, NUMBER], [NUMBER])
    assert admin("DELETE", f"{NUMBERS}/{code}").json()["affectedApps"][0]["appId"] == OTHER
