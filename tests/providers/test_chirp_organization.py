"""Chirp's apps and keys as its clients see them, and who may do what."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from simulator import Simulator
from tests.conftest import Api, World
from tests.providers.test_chirp import APP, NUMBER, NUMBERS, PURCHASE, bearer, held, new_app, new_key, refusal

APPS = "/v1/organization/apps"
APP_KEYS, ADMIN_KEYS = "/v1/organization/app-keys", "/v1/organization/admin-keys"


@pytest.fixture
def admin(world: World) -> Api:
    """Chirp with an admin key."""
    return bearer(world, "sk_admin_demo")


def test_apps_from_creation_to_deletion(admin: Api) -> None:
    """An app is created, read, listed, renamed and deleted."""
    created = admin("POST", APPS, {"slug": "my-app", "name": "My App"})
    assert created.status_code == 201
    made = created.json()
    assert re.fullmatch("app_[0-9A-Za-z]{27}", made["id"])
    assert (made["slug"], made["name"], made["status"], made["createdAt"]) == ("my-app", "My App", "active", made["updatedAt"])
    path = f"{APPS}/{made['id']}"
    assert admin("GET", path).json() == made
    assert admin("GET", APPS).json()["apps"][0] == made

    renamed = admin("PUT", path, {"name": "Support"})
    assert (renamed.status_code, renamed.json()["name"], renamed.json()["slug"]) == (200, "Support", "my-app")
    assert admin("PUT", path, {}).json()["name"] == "Support"

    deleted = admin("DELETE", path)
    assert (deleted.status_code, list(deleted.json())) == (200, ["message"])
    for answer in (admin("GET", path), admin("PUT", path, {"name": "x"}), admin("DELETE", path)):
        assert (answer.status_code, answer.json()["error"]["message"]) == (404, "App not found")


def test_slugs_are_unique(admin: Api) -> None:
    """A slug that an app has is not available and cannot be used again, until that app is deleted."""
    check = f"{APPS}/check-slug"
    assert admin("GET", check, params={"slug": "my-app"}).json() == {"available": True, "slug": "my-app"}
    app_id = new_app(admin, "my-app")
    assert admin("GET", check, params={"slug": "my-app"}).json() == {"available": False, "slug": "my-app"}
    again = admin("POST", APPS, {"slug": "my-app", "name": "Again"})
    assert refusal(again) == (409, "invalid_request_error", "resource_already_exists", "slug")
    assert admin("DELETE", f"{APPS}/{app_id}").status_code == 200
    assert admin("GET", check, params={"slug": "my-app"}).json()["available"] is True


@pytest.mark.parametrize(
    ("method", "path", "body", "param"),
    [
        ("POST", APPS, {"slug": "", "name": "x"}, "slug"),
        ("POST", APPS, {"slug": "x"}, "name"),
        ("PUT", f"{APPS}/{APP}", {"name": ""}, "name"),
        ("GET", f"{APPS}/check-slug", None, "slug"),
        ("GET", f"{APPS}/check-slug?slug=", None, "slug"),
        ("POST", APP_KEYS, {"appId": APP}, "name"),
        ("POST", APP_KEYS, {"name": "x"}, "appId"),
        ("POST", ADMIN_KEYS, {"name": ""}, "name"),
        ("GET", f"{APP_KEYS}?limit=0", None, "limit"),
        ("GET", f"{APPS}?limit=-1", None, "limit"),
        ("GET", f"{APPS}?limit=101", None, "limit"),
        ("GET", f"{ADMIN_KEYS}?offset=x", None, "offset"),
        ("GET", f"{NUMBERS}?offset=%D9%A3", None, "offset"),
    ],
)
def test_invalid_requests_name_the_field(admin: Api, method: str, path: str, body: Any, param: str) -> None:
    """What is missing or malformed is refused with 400 and named in `param`."""
    assert refusal(admin(method, path, body)) == (400, "invalid_request_error", None, param)


def test_bodies_that_cannot_be_read(admin: Api) -> None:
    """A body that is missing, not JSON, of another media type or too large is refused in Chirp's own shape."""
    for answer, status in (
        (admin("POST", APPS), 400),
        (admin("POST", APPS, content="{", headers={"Content-Type": "application/json"}), 400),
        (admin("POST", APPS, content="{}", headers={"Content-Type": "text/plain"}), 400),
        (admin("POST", APPS, {"slug": "x" * 1024 * 1024, "name": "x"}), 413),
    ):
        assert refusal(answer) == (status, "invalid_request_error", None, None)


def test_routes_that_do_not_exist(admin: Api) -> None:
    """An unknown path is 404, a known one with another method 405 with the methods it has."""
    assert refusal(admin("GET", "/v1/nowhere")) == (404, "invalid_request_error", None, None)
    answer = admin("PATCH", f"{APPS}/{APP}")
    assert refusal(answer) == (405, "invalid_request_error", None, None)
    assert answer.headers["Allow"] == "DELETE, GET, PUT"


def test_an_app_comes_with_two_keys(admin: Api) -> None:
    """A new app owns a test key and a live key, of which the list shows the kind and nothing else."""
    app_id = new_app(admin, "my-app")
    listed = admin("GET", APP_KEYS, params={"appId": app_id}).json()
    assert listed["totalCount"] == 2
    assert {key["keyPreview"] for key in listed["keys"]} == {"sk_test_app_****", "sk_live_app_****"}
    for key in listed["keys"]:
        assert set(key) == {"id", "name", "keyPreview", "appId", "createdAt", "updatedAt"}
        assert key["appId"] == app_id
        assert key["id"].startswith("key_app_test_") == key["keyPreview"].startswith("sk_test")
    assert admin("GET", f"{APPS}/{app_id}/keys").json() == listed
    assert refusal(admin("GET", f"{APPS}/app_x/keys")) == (404, "invalid_request_error", None, None)
    assert admin("GET", APP_KEYS).json()["totalCount"] == 4
    assert admin("GET", APP_KEYS, params={"appId": "x"}).json() == {"keys": [], "totalCount": 0}


def test_an_app_key_works_until_it_is_deleted(world: World, admin: Api) -> None:
    """A minted key speaks for its app, is shown once, and opens nothing after its deletion."""
    app_id = new_app(admin, "my-app")
    created = admin("POST", APP_KEYS, {"name": "CI", "appId": app_id})
    assert (created.status_code, created.json()["name"]) == (201, "CI")
    assert re.fullmatch("sk_live_app_[0-9A-Za-z]{32}", created.json()["key"])
    mine = bearer(world, created.json()["key"])
    assert mine("POST", "/v1/phone-numbers", {"phoneNumberId": NUMBER}).json()["appId"] == app_id
    assert created.json()["key"] not in admin("GET", APP_KEYS).text

    path = f"{APP_KEYS}/{created.json()['id']}"
    assert admin("DELETE", path).status_code == 200
    assert refusal(mine("GET", "/v1/phone-numbers")) == (401, "authentication_error", None, None)
    assert refusal(admin("DELETE", path)) == (404, "invalid_request_error", None, None)


def test_an_admin_key_works_until_it_is_deleted(world: World, admin: Api) -> None:
    """A minted admin key opens the whole organisation, can create and delete others, and even itself."""
    created = admin("POST", ADMIN_KEYS, {"name": "Deployment"})
    assert created.status_code == 201
    made = created.json()
    assert re.fullmatch("key_admin_[0-9A-Za-z]{27}", made["id"])
    listed = admin("GET", ADMIN_KEYS).json()
    assert (listed["totalCount"], listed["keys"][0]["keyPreview"]) == (2, "sk_admin_****")

    minted = bearer(world, made["key"])
    assert held(minted, NUMBERS) == [NUMBER]
    assert minted("DELETE", f"{ADMIN_KEYS}/{made['id']}").status_code == 200
    assert refusal(minted("GET", NUMBERS)) == (401, "authentication_error", None, None)
    assert admin("DELETE", f"{ADMIN_KEYS}/{made['id']}").status_code == 404


def test_the_keys_of_an_open_world_can_be_deleted_too(world: World, admin: Api) -> None:
    """The keys by which an organisation is reached are in its lists, and one that is deleted stays refused."""
    for key in admin("GET", APP_KEYS, params={"appId": APP}).json()["keys"]:
        assert admin("DELETE", f"{APP_KEYS}/{key['id']}").status_code == 200
    for secret in ("sk_live_app_demo", "sk_test_app_demo"):
        assert bearer(world, secret)("GET", "/v1/phone-numbers").status_code == 401
    assert admin("GET", NUMBERS).status_code == 200


def test_deleting_an_app_ends_its_keys_and_assignments(world: World, admin: Api) -> None:
    """A deleted app leaves nothing behind: its keys are refused, and its numbers stay with the organisation and others."""
    app_id = new_app(admin, "my-app")
    mine = bearer(world, new_key(admin, app_id))
    bought = admin("POST", f"{NUMBERS}/{app_id}/purchase", {"phoneNumber": "+14155551234", "numberType": "local"}).json()
    admin("PUT", f"{NUMBERS}/{NUMBER}/apps", {"appIds": [app_id, APP]})
    assert set(held(mine)) == {NUMBER, bought["phoneNumberId"]}

    assert admin("DELETE", f"{APPS}/{app_id}").status_code == 200
    assert mine("GET", "/v1/phone-numbers").status_code == 401
    assert {key["appId"] for key in admin("GET", APP_KEYS).json()["keys"]} == {APP}
    apps = {
        each["phoneNumberId"]: [app["appId"] for app in each["apps"]] for each in admin("GET", NUMBERS).json()["phoneNumbers"]
    }
    assert apps == {NUMBER: [APP], bought["phoneNumberId"]: []}


def test_keys_are_made_for_apps_that_exist(admin: Api) -> None:
    """A key for an unknown app is refused."""
    answer = admin("POST", APP_KEYS, {"name": "CI", "appId": "app_2DbBs7GWhGvVNJGrDXr5RG0mBWX"})
    assert refusal(answer) == (404, "invalid_request_error", None, "appId")


def test_a_test_app_gets_test_keys(make_world: Callable[..., World]) -> None:
    """The mode of a new key follows the app's."""
    app_id = "app_test_2DbBs7GWhGvVNJGrDXr5RG0mBWI"
    seed = {"apps": [{"id": app_id, "status": "billing_paused"}]}
    world = make_world({"description": "a test app", "open": True, "accounts": [{"chirp": seed}]})
    admin = bearer(world, "sk_admin_demo")
    assert admin("GET", f"{APPS}/{app_id}").json()["status"] == "billing_paused"
    made = admin("POST", APP_KEYS, {"name": "CI", "appId": app_id}).json()
    assert (made["key"][:12], made["id"][:13]) == ("sk_test_app_", "key_app_test_")
    assert bearer(world, made["key"])("GET", "/v1/phone-numbers").status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "key"),
    [
        ("GET", "/v1/phone-numbers", "sk_admin_demo"),
        ("POST", "/v1/phone-numbers", "sk_admin_demo"),
        ("DELETE", f"/v1/phone-numbers/{NUMBER}", "sk_admin_demo"),
        ("GET", NUMBERS, "sk_live_app_demo"),
        ("POST", PURCHASE, "sk_test_app_demo"),
        ("DELETE", f"{APPS}/{APP}", "sk_live_app_demo"),
        ("GET", ADMIN_KEYS, "sk_live_app_demo"),
    ],
)
def test_the_wrong_kind_of_key(world: World, method: str, path: str, key: str) -> None:
    """An app key on an admin endpoint, and the reverse, is refused with 401 and told apart from an invalid one."""
    answer = bearer(world, key)(method, path)
    assert refusal(answer) == (401, "authentication_error", None, None)
    assert "wrong kind" in answer.json()["error"]["message"]


@pytest.mark.parametrize(
    "header", [None, "sk_live_app_demo", "Basic eDp5", "Bearer sk_live_demo", "Bearer sk_live_app_", "Bearer"]
)
def test_keys_that_open_nothing(world: World, header: str | None) -> None:
    """No key, one without Bearer, and one of another form are refused with 401."""
    answer = world.api("chirp")("GET", "/v1/phone-numbers", headers={} if header is None else {"Authorization": header})
    assert refusal(answer) == (401, "authentication_error", None, None)


def test_one_organisation_behind_three_keys(world: World) -> None:
    """In an open world the part after the prefix names the organisation; another name sees nothing of it."""
    live, test, admin = (bearer(world, f"sk_{family}_acme") for family in ("live_app", "test_app", "admin"))
    assert live("POST", "/v1/phone-numbers", {"phoneNumberId": NUMBER}).json()["appId"] == APP
    assert (held(test), held(admin, NUMBERS)) == ([NUMBER], [NUMBER])
    bought = admin("POST", PURCHASE, {"phoneNumber": "+14155551234", "numberType": "local"}).json()["phoneNumberId"]

    stranger = bearer(world, "sk_admin_stranger")
    assert stranger("DELETE", f"{NUMBERS}/{bought}").status_code == 404
    assert held(bearer(world, "sk_live_app_stranger")) == []
    assert held(stranger, NUMBERS) == [NUMBER]  # its own, as every account of this scenario has one


def test_lists_come_in_pages(admin: Api) -> None:
    """`limit` and `offset` cut each list, the newest first, and `totalCount` counts all of it."""
    ids = [new_app(admin, f"app-{count}") for count in range(24)]
    page = admin("GET", APPS, params={"limit": "2", "offset": "1"}).json()
    assert ([each["id"] for each in page["apps"]], page["totalCount"]) == ([ids[22], ids[21]], 25)
    assert len(admin("GET", APPS).json()["apps"]) == 20
    assert [each["id"] for each in admin("GET", APPS, params={"limit": "100", "offset": "20"}).json()["apps"]] == [
        *reversed(ids[:4]),
        APP,
    ]
    assert admin("GET", APPS, params={"offset": "25"}).json() == {"apps": [], "totalCount": 25}
    assert len(admin("GET", APP_KEYS, params={"limit": "3"}).json()["keys"]) == 3
    assert admin("GET", ADMIN_KEYS, params={"offset": "1"}).json() == {"keys": [], "totalCount": 1}
    assert admin("GET", NUMBERS, params={"offset": "1"}).json() == {"phoneNumbers": [], "totalCount": 1}


@pytest.mark.parametrize(
    ("path", "key", "name"),
    [
        (APPS, "sk_admin_demo", "apps"),
        (ADMIN_KEYS, "sk_admin_demo", "keys"),
        (NUMBERS, "sk_admin_demo", "phoneNumbers"),
        (f"{APPS}/{APP}/phone-numbers", "sk_admin_demo", "phoneNumbers"),
        ("/v1/phone-numbers", "sk_live_app_demo", "phoneNumbers"),
    ],
)
def test_lists_whose_wrapper_is_on_no_page(make_world: Callable[..., World], path: str, key: str, name: str) -> None:
    """They look like the list of app keys, or like that of voicemails (calling/voicemails): `{data, totalCount}`."""
    seed = {"apps": [{"id": APP}], "numbers": [{"apps": [APP]}]}
    scenario = {"description": "x", "open": True, "accounts": [{"chirp": seed}], "clock": {"frozen": True}}
    named, data = (
        bearer(make_world({**scenario, "assume": {"chirp.list_wrapper": value}}), key)("GET", path).json()
        for value in ("named", "data")
    )
    assert (set(named), set(data)) == ({name, "totalCount"}, {"data", "totalCount"})
    assert [set(item) for item in named[name]] == [set(item) for item in data["data"]]
    assert len(data["data"]) == data["totalCount"] == 1


def test_app_keys_keep_their_documented_wrapper(make_world: Callable[..., World]) -> None:
    """The list of app keys is documented with `keys` (api-reference/admin/get-v1organizationapp-keys)."""
    world = make_world({"description": "x", "open": True, "assume": {"chirp.list_wrapper": "data"}})
    assert set(bearer(world, "sk_admin_demo")("GET", APP_KEYS).json()) == {"keys", "totalCount"}


def test_ids_sort_by_the_second_of_creation(make_world: Callable[..., World]) -> None:
    """Ids are `<prefix>_[test_]{ksuid}`; a KSUID begins with the seconds since 2014-05-13T16:53:20Z, on the world's clock."""
    clock = {"start": "2014-05-13T16:53:20Z", "frozen": True}
    world = make_world({"description": "x", "seed": 3, "open": True, "clock": clock})
    admin, ids = bearer(world, "sk_admin_demo"), []
    for count in range(4):
        ids.append(new_app(admin, f"app-{count}"))
        world.http.post(f"{world.control}/clock", json={"advance": "400d"})
    assert ids == sorted(ids)
    assert ids[0].startswith("app_00000")
    assert all(re.fullmatch("app_[0-9A-Za-z]{27}", app_id) for app_id in ids)
    again = bearer(make_world({"description": "x", "seed": 3, "open": True, "clock": clock}), "sk_admin_demo")
    assert new_app(again, "app-0") == ids[0]


def test_what_a_test_app_buys_has_test_ids(make_world: Callable[..., World]) -> None:
    """`ph_[test_]{ksuid}` and `ph_purch_[test_]{ksuid}` (api-reference/admin/post-v1organizationphone-numbers-purchase)."""
    app_id = "app_test_2DbBs7GWhGvVNJGrDXr5RG0mBWI"
    admin = bearer(
        make_world({"description": "x", "open": True, "accounts": [{"chirp": {"apps": [{"id": app_id}]}}]}), "sk_admin_demo"
    )
    bought = admin("POST", f"{NUMBERS}/{app_id}/purchase", {"phoneNumber": "+14155551234", "numberType": "local"}).json()
    assert re.fullmatch("ph_test_[0-9A-Za-z]{27}", bought["phoneNumberId"])
    assert re.fullmatch("ph_purch_test_[0-9A-Za-z]{27}", bought["purchaseHistoryId"])


@pytest.mark.parametrize(
    ("seed", "problem"),
    [
        ({"apps": []}, "expected at least 1 item"),
        ({"apps": [{}, {"id": "app_2"}]}, "two of apps have the slug default-app"),
        ({"apps": [{"keys": ["sk_live_app_elsewhere"]}]}, "the key sk_live_app_…"),
        ({"apps": [{"keys": ["sk_admin_acme"]}]}, "the key sk_admin_…"),
        ({"apps": [{"keys": ["sk_live_app_acme"]}, {"slug": "b", "keys": ["sk_live_app_acme"]}]}, "no other app names"),
        ({"numbers": [{"apps": ["app_x"]}]}, "apps: apps names app_x"),
        ({"numbers": [{"id": "ph_1"}, {"id": "ph_1"}]}, "the id ph_1 appears twice in numbers"),
        ({"numbers": [{"number": "+16502530000"}]}, "could ring"),
        ({"numbers": [{"number": "1234"}]}, "numbers/0/number"),
        ({"numbers": [{"number": "24771", "type": "local"}]}, "of the type shortcode"),
    ],
)
def test_scenarios_that_cannot_work(world: World, seed: dict[str, Any], problem: str) -> None:
    """An organisation that contradicts itself is refused when the scenario is loaded."""
    accounts = [{"keys": ["sk_admin_acme", "sk_live_app_acme"], "chirp": seed}]
    answer = world.http.put(world.control, json={"scenario": {"description": "broken", "accounts": accounts}})
    assert answer.status_code == 422
    assert problem in answer.text


def test_numbers_of_each_type_that_a_scenario_does_not_name(make_world: Callable[..., World]) -> None:
    """A seed that names only a type gets a free number of it, in each account another one."""
    numbers = [{"type": kind} for kind in ("local", "tollfree", "mobile", "shortcode")]
    world = make_world({"description": "one of each", "open": True, "accounts": [{"chirp": {"numbers": numbers}}]})
    seen = set()
    for name in ("one", "two"):
        listed = bearer(world, f"sk_admin_{name}")("GET", NUMBERS).json()["phoneNumbers"]
        assert [each["numberType"] for each in listed] == ["shortcode", "mobile", "tollfree", "local"]
        seen |= {each["number"] for each in listed}
    assert len(seen) == 8


def test_an_emptied_world_keeps_the_apps(simulator: Simulator, world: World) -> None:
    """An emptied organisation has no numbers and still its apps, without which no app key could speak."""
    running = simulator.app.worlds.get(world.name)
    assert running is not None
    running.reset(empty=True)
    live = bearer(world, "sk_live_app_demo")
    assert (live("GET", "/v1/phone-numbers").status_code, held(bearer(world, "sk_admin_demo"), NUMBERS)) == (200, [])
