"""Strict worlds: what rests on a guess is not answered, leaves nothing behind, and says which guess it was."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from simulator.registry import built_in_registry
from tests.conftest import Api, World

VANTAX = {"Authorization": "Bearer vx_live_demo"}
AGENCY = {"Authorization": "Bearer vx_live_agency_demo"}
TRUEDY = {"Authorization": "Bearer truedy_Demo0000000000000000000000000000"}
CARTESIA = {"Authorization": "Bearer sk_car_demo", "Cartesia-Version": "2026-03-01"}
CALD = {"Authorization": "caldLiveDe39a3accb206dd615f30d118e519df0"}
BUY = {"sub_account_id": "sub_8a1f4c2e", "country": "US", "area_code": "415"}
AGENT = "65a1b2c3d4e5f60718293a4b"

Make = Callable[..., Api]


@pytest.fixture
def strict(make_world: Callable[..., World]) -> Make:
    """Make a client of a provider in a strict world."""

    def make(provider: str, credentials: dict[str, str], how: Any = "documented", **more: Any) -> Api:
        accounts = [{"cald": {"agents": [{"id": AGENT}]}}]
        world = make_world({"description": "x", "open": True, "accounts": accounts, "strict": how, **more})
        return world.api(provider, **credentials)

    return make


def guesses(answer: httpx.Response) -> list[str]:
    """What a refused answer would have rested on; each guess has a grade, and stands in the text if there are few."""
    told = answer.json()
    assert (answer.status_code, told["status"], told["title"]) == (501, 501, "Not Implemented")
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert told["request"] == answer.headers["X-Simulator-Request"]
    assert {each["evidence"] for each in told["guesses"]} <= {"inferred", "assumed"}
    assert all(f"{each['what']} is {each['evidence']}" in told["detail"] for each in told["guesses"][:3])
    return [each["what"] for each in told["guesses"]]


GUESSES = [
    ("vantax", AGENCY, ("GET", "/agency"), ["the operation"]),
    ("vantax", VANTAX, ("POST", "/phone-numbers", BUY), ["the switch vantax.purchase_status: 201", "the response"]),
    ("vantax", {}, ("GET", "/agents"), []),
    ("cald", {}, ("GET", "/agents"), ["the error UNAUTHORIZED", "the response", "the field error"]),
    (
        "cald",
        CALD,
        ("PATCH", f"/agents/{AGENT}", {"smsSettings": {"enable": True}}),
        ["the switch cald.nested_settings: merge"],
    ),
    ("cald", CALD, ("GET", f"/agents/{AGENT}"), []),
    ("cald", CALD, ("GET", "/nowhere"), ["the error NOT_FOUND"]),
    ("cartesia", CARTESIA, ("POST", "/agents/phone-numbers/provision", {"label": "x"}), []),
    (
        "truedy",
        TRUEDY,
        ("POST", "/telephony/numbers/search", {}),
        [f"the field data[].{name}" for name in ("range", "region_information", "features", "cost_information")],
    ),
]


@pytest.mark.parametrize(("provider", "credentials", "request_", "expected"), GUESSES)
def test_what_rests_on_a_guess_is_refused(
    strict: Make, provider: str, credentials: dict[str, str], request_: tuple[Any, ...], expected: list[str]
) -> None:
    """Be it the operation, its answer, the refusal, a switch or a field; what is documented is answered as ever."""
    answer = strict(provider, credentials)(*request_)
    if expected:
        assert guesses(answer) == expected
        assert answer.headers["X-Simulator-Strict"] == "documented"
        assert answer.headers["X-Simulator-Evidence"] != "documented"
    else:
        assert answer.status_code < 500
        assert answer.headers["X-Simulator-Evidence"] == "documented"
        assert "X-Simulator-Strict" not in answer.headers


def test_a_guess_is_told_with_the_note_and_the_page_of_the_spec(strict: Make) -> None:
    """So that whoever meets it can judge it, and look it up."""
    operation = built_in_registry().providers["vantax"].spec.operations["get_agency"]
    (guess,) = strict("vantax", AGENCY)("GET", "/agency").json()["guesses"]
    assert guess == {
        "what": "the operation",
        "evidence": "assumed",
        "note": operation.definition["x-note"],
        "source": operation.definition["x-source"]["url"],
    }


def test_strictness_has_two_grades(strict: Make) -> None:
    """`inferred` lets through what follows from the documentation, and refuses what is only assumed."""
    bought = strict("vantax", VANTAX, "inferred")("POST", "/phone-numbers", BUY)
    assert (bought.status_code, bought.headers["X-Simulator-Evidence"]) == (201, "inferred")
    assert guesses(strict("vantax", AGENCY, "inferred")("GET", "/agency")) == ["the operation"]


def test_a_refused_request_leaves_nothing_behind(strict: Make, make_world: Callable[..., World]) -> None:
    """Nothing is bought, and its idempotency key was never used."""
    world = make_world({"description": "x", "open": True, "strict": "documented"})
    vantax = world.api("vantax", **VANTAX, Idempotency_Key="once")
    first = vantax("POST", "/phone-numbers", BUY)
    state = world.http.get(f"{world.control}/state").json()["accounts"]
    assert [each["tables"]["numbers"]["total"] for each in state] == [0]
    other = vantax("POST", "/phone-numbers", {**BUY, "area_code": "212"})
    assert guesses(first) == guesses(other)


def test_an_earlier_answer_is_still_remembered(strict: Make) -> None:
    """A refusal of a key with another body, which is assumed, does not make the world forget what the key had bought."""
    vantax = strict("vantax", {**VANTAX, "Idempotency-Key": "once"}, "inferred")
    bought = vantax("POST", "/phone-numbers", BUY)
    assert "the error REUSED_KEY" in guesses(vantax("POST", "/phone-numbers", {**BUY, "area_code": "212"}))
    assert vantax("POST", "/phone-numbers", BUY).json() == bought.json()


def test_the_journal_and_the_story_tell_it(make_world: Callable[..., World]) -> None:
    """The request has the error GUESSED, and what it would have been."""
    world = make_world({"description": "x", "open": True, "strict": "documented"})
    answer = world.api("vantax", **VANTAX)("POST", "/phone-numbers", BUY)
    (line,) = world.http.get(f"{world.control}/requests").json()["requests"]
    assert (line["operation"], line["status"], line["error"]) == ("vantax.purchase_phone_number", 501, "GUESSED")
    told = world.http.get(f"{world.control}/requests/{line['id']}").json()
    assert (told["evidence"], told["changes"]) == ("inferred", [])
    assert f"Rejected with error GUESSED: {answer.json()['detail']}." in told["story"]
    assert "vantax.purchase_phone_number would return 201" in answer.json()["detail"]


def test_a_guess_that_is_known_can_be_accepted(strict: Make) -> None:
    """By its operation; every other is refused as before."""
    vantax = strict("vantax", VANTAX, {"grade": "documented", "accept": ["vantax.purchase_phone_number"]})
    assert vantax("POST", "/phone-numbers", BUY).status_code == 201
    assert vantax("POST", "/phone-numbers", {**BUY, "sub_account_id": "sub_other"}).status_code == 404
    assert "the error SUB_ACCOUNT_NOT_FOUND" in guesses(vantax("GET", "/phone-numbers?sub_account_id=sub_other"))


def test_what_the_scenario_says_itself_is_no_guess(strict: Make) -> None:
    """A raw answer is the scenario's own; a named error is still the simulator's notion of the provider."""
    when = {"operation": "cartesia.phone_numbers_list"}
    rules = [{"when": when, "times": 1, "then": {"status": 503}}, {"when": when, "then": {"error": "UNAVAILABLE"}}]
    cartesia = strict("cartesia", CARTESIA, rules=rules)
    assert cartesia("GET", "/agents/phone-numbers").status_code == 503
    assert guesses(cartesia("GET", "/agents/phone-numbers")) == ["the error UNAVAILABLE"]


def test_an_error_that_the_operation_does_not_have_is_a_guess(strict: Make) -> None:
    """Cartesia documents QUOTA_EXCEEDED for the purchase, and for the list no 402; whether a rule or the client asks for it."""
    cartesia = strict("cartesia", CARTESIA)
    wish = {"Prefer": "error=QUOTA_EXCEEDED"}
    assert cartesia("POST", "/agents/phone-numbers/provision", {"label": "x"}, headers=wish).status_code == 402
    refused = cartesia("GET", "/agents/phone-numbers", headers=wish)
    assert guesses(refused) == ["the status 402 of cartesia.phone_numbers_list"]
    assert "the spec of cartesia.phone_numbers_list does not list it" in refused.json()["detail"]
    rules = [{"when": {"provider": "cartesia"}, "then": {"error": "QUOTA_EXCEEDED"}}]
    cartesia = strict("cartesia", CARTESIA, rules=rules)
    assert guesses(cartesia("GET", "/agents/phone-numbers")) == ["the status 402 of cartesia.phone_numbers_list"]
    assert guesses(cartesia("GET", "/nothing")) == ["the status 402 of an unknown route"]
    assert cartesia("POST", "/agents/phone-numbers/provision", {"label": "x"}).status_code == 402


def test_a_refusal_after_the_purchase_is_a_guess_too(strict: Make) -> None:
    """A rule that lies about what took effect is judged by the refusal that it names; nothing takes effect then."""
    when = {"operation": "cartesia.phone_numbers_provision"}
    rules = [{"when": when, "then": {"error": "UNAVAILABLE", "stage": "after_commit"}}]
    cartesia = strict("cartesia", CARTESIA, rules=rules)
    assert guesses(cartesia("POST", "/agents/phone-numbers/provision", {"label": "x"})) == ["the error UNAVAILABLE"]
    assert cartesia("GET", "/agents/phone-numbers").json()["data"] == []


def test_nothing_goes_wrong_with_the_refusal_itself(strict: Make) -> None:
    """A rule that would break or change the answer does neither."""
    for then in ({"fault": "reset", "stage": "after_commit"}, {"amend": {"status": 200}}, {"delay": "1h"}):
        rules = [{"when": {"operation": "vantax.purchase_phone_number"}, "then": then}]
        assert "the response" in guesses(strict("vantax", VANTAX, rules=rules)("POST", "/phone-numbers", BUY))


def test_any_scenario_can_be_made_strict(make_world: Callable[..., World]) -> None:
    """`PUT …?strict=` replaces what the scenario says, for the world's whole life; what it accepts stays accepted."""
    world = make_world({"description": "x", "open": True, "strict": {"grade": "inferred", "accept": ["vantax.get_agency"]}})
    scenario = {"description": "x", "open": True, "strict": {"grade": "inferred", "accept": ["vantax.get_agency"]}}
    assert world.http.put(f"{world.control}?strict=documented", json={"scenario": scenario}).status_code == 200
    for _ in range(2):
        assert "the response" in guesses(world.api("vantax", **VANTAX)("POST", "/phone-numbers", BUY))
        assert world.api("vantax", **AGENCY)("GET", "/agency").status_code == 200
        world.http.post(f"{world.control}/reset")
    assert world.http.put(f"{world.control}?strict=very", json={}).status_code == 422
