"""What a rule, or the client's own `Prefer` header, puts in the place of an answer, or makes of it."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from simulator.openapi.evidence import WEAKEST_FIRST
from tests.unit.steering import AGENTS, BUY, Steered
from tests.unit.subject import PROVIDERS, RuleInput

LIST = {"operation": "demo.list_agents"}
JSON, TEXT, PROBLEM = "application/json", "text/plain; charset=utf-8", "application/problem+json; charset=utf-8"


def _answer(steered: Steered, then: dict[str, Any], path: str = AGENTS) -> httpx.Response:
    steered.rule(then, LIST)
    return steered.demo("GET", path)


@pytest.mark.parametrize("name", PROVIDERS)
def test_every_named_error_comes_in_its_providers_dialect(steered: Steered, name: str) -> None:
    """Its status, and a body like that of any other refusal of the provider; the rule may add headers."""
    subject = RuleInput(steered.world, name)
    pattern = subject.refused
    operation = next(each for each in subject.operations if each.method == "GET" and each.schemes and not each.arguments)
    for error, facts in subject.errors.items():
        rule = steered.rule(
            {"error": error, "headers": {"X-Also": "1"}}, {"operation": f"{name}.{operation.id}"}, name="wanted"
        )
        answer = subject.ask(operation)
        assert (answer.status_code, answer.headers["X-Also"], answer.headers["X-Simulator-Rule"]) == (
            facts["status"],
            "1",
            "wanted",
        )
        listed = operation.responses.get(facts["status"])
        levels = [facts["evidence"], listed.evidence if listed else "assumed"]
        assert answer.headers["X-Simulator-Evidence"] == min(levels, key=WEAKEST_FIRST.index)
        assert answer.headers["Content-Type"] == pattern.headers["Content-Type"]
        if isinstance(pattern.json(), dict):
            assert set(pattern.json()) <= set(answer.json())
        assert subject.errors[steered.last()["error"]]["code"] == facts["code"]  # one error may have two names
        steered.control("DELETE", f"/rules/{rule}")


RAW: list[tuple[dict[str, Any], int, bytes, str | None]] = [
    ({"status": 503}, 503, b"", None),
    ({"status": 599, "body": {"a": [1, None, 2.5]}}, 599, b'{"a":[1,null,2.5]}', JSON),
    ({"body": {}}, 200, b"{}", JSON),
    ({"body": None}, 200, b"null", JSON),
    ({"body": "<html>"}, 200, b"<html>", TEXT),
    ({"body": "{half", "headers": {"Content-Type": JSON}}, 200, b"{half", JSON),
    ({"body": {"a": 1}, "headers": {"content-type": PROBLEM}}, 200, b'{"a":1}', PROBLEM),
    ({"body": "å ∞"}, 200, "å ∞".encode(), TEXT),
    ({"status": 204}, 204, b"", None),
    ({"status": 304, "headers": {"ETag": '"x"'}}, 304, b"", None),
]


@pytest.mark.parametrize(("then", "status", "body", "media"), RAW)
def test_a_raw_answer(steered: Steered, then: dict[str, Any], status: int, body: bytes, media: str | None) -> None:
    """Status, headers and body are the rule's: JSON, or a text as it stands, with whatever media type it claims."""
    answer = _answer(steered, then)
    assert (answer.status_code, answer.content, answer.headers.get("Content-Type")) == (status, body, media)
    assert answer.headers["X-Simulator-Evidence"] == "assumed"
    assert {name: answer.headers[name] for name in then.get("headers", {})} == then.get("headers", {})


def test_a_rule_before_the_operation_does_not_perform_it(steered: Steered) -> None:
    """What is answered instead has no effect, be it a success."""
    steered.rule({"status": 200, "body": {"id": "x"}}, {"operation": "demo.buy_number"})
    assert steered.demo("POST", BUY, {}).json() == {"id": "x"}
    assert steered.numbers() == []
    assert steered.last()["changes"] == []


AMENDED: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"body": {"agents": [], "more": {"deep": [1]}}}, {"agents": [], "more": {"deep": [1]}}),
    ({"body": {"agents": None}}, {}),
    ({"body": {"a": {"b": None, "c": 1}}}, {"a": {"c": 1}}),
    ({"headers": {"X-Also": "1"}}, {}),
    ({"status": 299}, {}),
]


@pytest.mark.parametrize(("amend", "changed"), AMENDED)
@pytest.mark.parametrize("stage", ["before", "after_commit"])
def test_an_answer_is_amended(steered: Steered, stage: str, amend: dict[str, Any], changed: dict[str, Any]) -> None:
    """The rest stays as it really is; a body is merged (RFC 7396), where null removes."""
    real = steered.demo("GET", AGENTS).json()
    answer = _answer(steered, {"amend": amend, "stage": stage})
    removed = {name for name, value in amend.get("body", {}).items() if value is None}
    assert answer.json() == {name: value for name, value in (real | changed).items() if name not in removed}
    assert answer.status_code == amend.get("status", 200)
    assert answer.headers.get("X-Also") == amend.get("headers", {}).get("X-Also")


@pytest.mark.parametrize(
    ("amend", "is_own"), [({"status": 418}, True), ({"body": {"x": 1}}, True), ({"headers": {"X": "1"}}, False)]
)
def test_an_amended_answer_is_assumed(steered: Steered, amend: dict[str, Any], is_own: bool) -> None:
    """Status and body are the scenario's own words then, in the header and in the explanation."""
    real = steered.demo("GET", AGENTS).headers["X-Simulator-Evidence"]
    answer = _answer(steered, {"amend": amend})
    assert real != "assumed"
    assert answer.headers["X-Simulator-Evidence"] == steered.explain(answer)["evidence"] == ("assumed" if is_own else real)


def test_headers_are_amended_whatever_their_case(steered: Steered) -> None:
    """One that the answer has already is replaced, its media type too."""
    answer = _answer(steered, {"amend": {"headers": {"content-type": "text/html", "allow": "GET"}, "body": "<html>"}})
    assert (answer.headers.get_list("Content-Type"), answer.content) == (["text/html"], b"<html>")


def test_an_amended_purchase_stands(steered: Steered) -> None:
    """Only what the client hears is another; the spec is not asked, so an answer can be broken on purpose."""
    steered.rule({"amend": {"status": 202, "body": {"number": 7}}}, {"operation": "demo.buy_number"})
    answer = steered.demo("POST", BUY, {})
    assert (answer.status_code, answer.json()["number"]) == (202, 7)
    assert steered.numbers() == ["+14155550100"]


def test_a_refusal_is_amended_too(steered: Steered) -> None:
    """Whatever the operation answers is the real answer."""
    steered.rule({"amend": {"body": {"hint": "none"}}}, {"operation": "demo.buy_number"})
    answer = steered.demo("POST", BUY, {"prefix": "+4420"})
    assert answer.status_code == 400
    assert (set(answer.json()), answer.json()["hint"]) == ({"error", "hint"}, "none")


WISHES = {
    "code=402": (402, "code=402", "QUOTA_EXCEEDED"),
    'code="402"': (402, "code=402", "QUOTA_EXCEEDED"),
    "respond-async, CODE=402; foo=1": (402, "code=402", "QUOTA_EXCEEDED"),
    "error=UNAVAILABLE": (503, "error=UNAVAILABLE", "UNAVAILABLE"),
    "code=402, error=QUOTA_EXCEEDED": (402, "error=QUOTA_EXCEEDED, code=402", "QUOTA_EXCEEDED"),
    "delay=1ms": (201, "delay=1ms", None),
    "delay=1ms, code=402": (402, "delay=1ms, code=402", "QUOTA_EXCEEDED"),
}


@pytest.mark.parametrize("wish", WISHES)
def test_a_client_asks_for_a_refusal(steered: Steered, wish: str) -> None:
    """`Prefer` asks for a documented refusal by its status, or by its name, or for a delay; `Preference-Applied` confirms."""
    status, applied, error = WISHES[wish]
    cartesia = steered.world.api("cartesia", Authorization="Bearer sk_car_demo", Cartesia_Version="2026-08-14", Prefer=wish)
    answer = cartesia("POST", "/agents/phone-numbers/provision", {"label": "x"})
    assert (answer.status_code, answer.headers["Preference-Applied"]) == (status, applied)
    assert steered.explain(answer)["error"] == error
    assert steered.explain(answer)["headers"]["prefer"] == wish


IGNORED = ["", ",", "=", "wait=10", "respond-async", "é"]


@pytest.mark.parametrize("wish", IGNORED)
def test_a_preference_of_another_name_is_ignored(steered: Steered, wish: str) -> None:
    """As RFC 7240 wants it: the answer is the real one, and confirms nothing."""
    cartesia = steered.world.api("cartesia", Authorization="Bearer sk_car_demo", Cartesia_Version="2026-08-14")
    answer = cartesia("POST", "/agents/phone-numbers/provision", {"label": "x"}, headers={"Prefer": wish.encode()})
    assert (answer.status_code, "Preference-Applied" in answer.headers) == (201, False)


def test_a_wish_comes_after_the_rules_and_the_checks(steered: Steered) -> None:
    """A bad key or body is refused as ever, and a rule of the scenario outranks what the client prefers."""
    wish = {"Prefer": "error=UNAVAILABLE"}
    assert steered.demo("GET", AGENTS, headers={**wish, "Authorization": "none"}).status_code == 401
    assert steered.demo("POST", BUY, {"prefix": 1}, headers=wish).status_code == 400
    assert steered.demo("GET", AGENTS, headers=wish).status_code == 503
    steered.rule({"status": 418}, LIST)
    assert steered.demo("GET", AGENTS, headers=wish).status_code == 418


def test_a_wish_for_a_limit_tells_of_a_window_that_is_used_up(steered: Steered) -> None:
    """The refusal has the headers and facts of the real one."""
    chirp = steered.world.api("chirp", Authorization="Bearer sk_live_app_demo", Prefer="code=429")
    answer = chirp("GET", "/v1/phone-numbers")
    assert (answer.status_code, answer.headers["X-RateLimit-Remaining"]) == (429, "0")
    assert 0 < int(answer.headers["Retry-After"]) <= 60
    truedy = steered.world.api("truedy", Authorization="Bearer truedy_Demo0000000000000000000000000000", Prefer="error=LIMITED")
    assert set(truedy("GET", "/agents").json()["error"]["details"]) == {"limit", "reset_at"}


@pytest.mark.parametrize(
    ("amend", "sent"), [({"body": "no"}, b'"no"'), ({"patch": [{"op": "replace", "path": "", "value": "no"}]}, b'"no"')]
)
def test_a_bare_text_in_json_stays_json(steered: Steered, amend: dict[str, Any], sent: bytes) -> None:
    """A merge patch, or a JSON Patch, makes a document of a text; a body that replaces the response is sent as it stands."""
    answer = _answer(steered, {"amend": amend})
    assert (answer.content, answer.headers["Content-Type"]) == (sent, JSON)
