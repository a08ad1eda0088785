"""What holds for every route of Cartesia: keys, versions, the two forms of an error, routes."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conftest import Api, World
from tests.providers.test_cartesia import client, provision, refusal

NUMBERS = "/agents/phone-numbers"


@pytest.fixture
def cartesia(world: World) -> Api:
    """The demo account of the default scenario."""
    return client(world, "sk_car_demo")


@pytest.mark.parametrize("headers", [{}, {"Cartesia-Version": "never"}, {"Authorization": "Bearer wrong"}])
def test_the_status_is_public(world: World, headers: dict[str, str]) -> None:
    """The status wants neither a key nor a version; the base URL itself is its path, with a slash or without."""
    for path in ("/", ""):
        answer = world.api("cartesia")("GET", path, headers=headers)
        assert (answer.status_code, answer.json()) == (200, {"ok": True, "version": "2026-08-14"})


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "sk_car_demo"},
        {"Authorization": "Bearer"},
        {"Authorization": "Bearer sk_car_"},
        {"Authorization": "Bearer sk_live_demo"},
        {"Authorization": "Bearer sk_car_admin_demo"},
        {"X-API-Key": "Bearer sk_car_demo"},
        {"X-API-Key": "sk_car_admin_demo"},
        {"X-API-Key": "demo"},
    ],
)
def test_keys_that_open_nothing(world: World, headers: dict[str, str]) -> None:
    """No key, a key of another form and an admin key are refused with 401."""
    answer = world.api("cartesia")("GET", NUMBERS, headers={"Cartesia-Version": "2026-03-01", **headers})
    assert refusal(answer, 401) == (None, "Unauthorized")


def test_an_admin_key_is_told_so(world: World) -> None:
    """The refusal of an admin key says what it is."""
    assert "admin" in client(world, "sk_car_admin_demo")("GET", NUMBERS).json()["message"]


def test_both_headers_reach_one_account(world: World, cartesia: Api) -> None:
    """A key in X-API-Key opens the same account as behind Bearer."""
    number = provision(cartesia)
    other = world.api("cartesia", X_API_Key="sk_car_demo", Cartesia_Version="2024-11-13")
    assert other("GET", f"{NUMBERS}/{number['id']}").json()["id"] == number["id"]


@pytest.mark.parametrize("version", ["2024-06-10", "2024-11-13", "2025-04-16", "2025-11-04", "2026-03-01", "2026-08-14"])
def test_known_versions(cartesia: Api, version: str) -> None:
    """Every version that Cartesia has had is accepted."""
    assert cartesia("GET", NUMBERS, headers={"Cartesia-Version": version}).status_code == 200


@pytest.mark.parametrize("version", [None, "", "latest", "2026-3-1", "2026-02-30", "2025-01-01", "2099-01-01"])
def test_versions_that_are_none(world: World, version: str | None) -> None:
    """Without a version, or with one that does not exist, a request is refused with the newer form of an error."""
    headers = {"Authorization": "Bearer sk_car_demo", **({} if version is None else {"Cartesia-Version": version})}
    answer = world.api("cartesia")("GET", NUMBERS, headers=headers)
    assert refusal(answer, 400) == (None, "Bad request")
    assert "cartesia-version" in answer.json()["message"]


@pytest.mark.parametrize("version", ["2024-06-10", "2024-11-13", "2025-04-16", "2025-11-04"])
def test_errors_before_2026_03_01_are_plain_text(cartesia: Api, version: str) -> None:
    """Older versions have errors as `Title: Message`."""
    answer = cartesia("GET", f"{NUMBERS}/ap_none", headers={"Cartesia-Version": version})
    assert (answer.status_code, answer.headers["content-type"]) == (404, "text/plain; charset=utf-8")
    assert answer.text == "Phone number not found: There is no phone number with this id."


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", NUMBERS, None, 401),
        ("POST", f"{NUMBERS}/provision", {}, 401),
        ("GET", "/nowhere", None, 404),
        ("PUT", NUMBERS, None, 405),
    ],
)
def test_every_refusal_has_the_form_of_its_version(world: World, method: str, path: str, body: Any, status: int) -> None:
    """Also what no operation answers is plain text in an older version and an object in a newer one."""
    old = world.api("cartesia", Cartesia_Version="2025-04-16")(method, path, body)
    assert (old.status_code, old.headers["content-type"]) == (status, "text/plain; charset=utf-8")
    assert ": " in old.text
    new = world.api("cartesia", Cartesia_Version="2026-08-14")(method, path, body)
    assert refusal(new, status)[0] is None


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [
        ("GET", f"{NUMBERS}/provision", "POST"),
        ("DELETE", f"{NUMBERS}/providers", "GET, POST"),
        ("DELETE", NUMBERS, "GET, POST"),
        ("POST", "/agents/calls/ac_1", "DELETE, GET"),
        ("POST", "/agents", "GET"),
        ("POST", "/", "GET"),
    ],
)
def test_a_word_in_a_path_is_no_id(cartesia: Api, method: str, path: str, allow: str) -> None:
    """`provision`, `providers` and `calls` hide the ids in their place; a wrong method names the right ones."""
    answer = cartesia(method, path)
    assert refusal(answer, 405) == (None, "Method not allowed")
    assert answer.headers["Allow"] == allow


def test_request_ids_differ(cartesia: Api) -> None:
    """Each refusal has an id of its own."""
    ids = {cartesia("GET", f"{NUMBERS}/ap_none").json()["request_id"] for _ in range(3)}
    assert len(ids) == 3
