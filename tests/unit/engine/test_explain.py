"""One request explained: every step it went through, and why it ended as it did."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from simulator import Simulator
from simulator.cli.main import main
from simulator.engine.masking import shorten
from tests.asking import example
from tests.demo_provider import demo_registry
from tests.scenarios.shops import SHOPS
from tests.unit.steering import AGENTS, BUY, FROZEN, KEY, Steered

RULES = [
    {"name": "skipped", "when": {"operation": "demo.buy_number"}, "skip": 5, "then": {"status": 500}},
    {"name": "spent", "when": {"operation": "demo.buy_number"}, "times": 1, "then": {"delay": "1ms"}},
    {"name": "unlucky", "when": {"operation": "demo.buy_number"}, "probability": 1e-12, "then": {"status": 500}},
    {"name": "elsewhere", "when": {"operation": "truedy.search_numbers"}, "then": {"status": 500}},
    {
        "name": "other body",
        "when": {"operation": "demo.buy_number", "body": {"prefix": "+1212"}},
        "then": {"status": 500},
    },
    {"name": "decider", "when": {"provider": "demo", "headers": {"x-go": "*"}}, "then": {"amend": {"headers": {"X": "y"}}}},
    {"name": "late", "when": {"provider": "demo"}, "skip": 99, "then": {"status": 500}},
]


@pytest.fixture
def ruled(steer: Callable[..., Steered]) -> Steered:
    """A world in which many rules are tried."""
    return steer({"description": "x", "open": True, "clock": FROZEN, "rules": RULES, "accounts": [{"demo": {}}]})


def _told(ruled: Steered) -> tuple[Any, httpx.Response]:
    ruled.demo("POST", BUY, {})
    answer = ruled.demo("POST", BUY, {"prefix": "+1415", "colour": {"of": ["x"]}}, headers={"X-Go": "1"})
    return ruled.explain(answer), answer


def test_every_part_of_the_story(ruled: Steered) -> None:
    """World, provider, route, account, rules and why each did not match, changes, evidence, source: as data."""
    told, answer = _told(ruled)
    assert (told["id"], told["world"], told["provider"], told["operation"]) == (
        answer.headers["X-Simulator-Request"],
        ruled.world.name,
        "demo",
        "demo.buy_number",
    )
    assert (told["method"], told["path"], told["query"], told["at"]) == (
        "POST",
        "/v1/numbers",
        "",
        "2026-03-01T00:00:00.000Z",
    )
    assert (told["account"], told["headers"]["authorization"]) == ("demo_1111111…", "demo_1111111…")
    assert (told["body"], told["answer"], told["status"]) == ({"prefix": "+1415", "colour": {"of": ["x"]}}, answer.json(), 200)
    assert (told["error"], told["violations"], told["fault"], told["bug"]) == (None, [], None, None)
    assert [each["why"] for each in told["rules"]] == [
        "skip is 5 and this was match 2",
        "it already fired 1 of 1 times",
        "it fires with probability 1e-12, and was not drawn",
        "the body is {'prefix': '+1415', 'colour': {'of': ['x']}}, the rule expects {'prefix': '+1212'}",
        "",
        "another rule fired first",
    ]
    assert [each["name"] for each in told["rules"] if each["decided"]] == ["decider"]
    assert told["changes"] == [
        {"table": "inventory", "id": "+14155550101", "change": "added"},
        {"table": "numbers", "id": answer.json()["id"], "change": "added"},
    ]
    assert told["unknown_fields"] == ["colour"]
    assert (told["evidence"], told["source"][:26]) == ("documented", "https://docs.demo.example/")


def test_the_story_in_sentences(ruled: Steered) -> None:
    """The same for a person, in the order in which it happened."""
    told, answer = _told(ruled)
    story = told["story"]
    assert story[:4] == [
        f"POST /v1/numbers was sent to demo in world {ruled.world.name} at 2026-03-01T00:00:00.000Z.",
        "Matched operation demo.buy_number.",
        "Authenticated as account 'demo_1111111…'.",
        "Parameters and body are valid.",
    ]
    assert "Ignored fields that are not in the spec: colour." in story
    assert "Rule 'skipped' was skipped: skip is 5 and this was match 2." in story
    assert "Rule 'decider' fired." in story
    assert story[-2] == f"Changes: added +14155550101 in inventory; added {answer.json()['id']} in numbers."
    assert story[-1].startswith("Response: 200, evidence documented (https://docs.demo.example/")


def test_no_route(steered: Steered) -> None:
    """The nearest routes are named, for a path and for a method."""
    steered.demo("POST", "/phonenumber", {})
    told = steered.last()
    assert (told["operation"], told["account"], told["nearest_routes"][0]) == (None, None, "POST /v1/numbers")
    assert "No route matched. Nearest routes: POST /v1/numbers, " in steered.story()
    steered.demo("PUT", AGENTS)
    assert "GET /v1/agents" in steered.last()["nearest_routes"]
    assert "The path has no PUT. Nearest routes: " in steered.story()
    steered.world.http.get(f"{steered.world.url}/demo/{'x' * 40}")
    assert "No route matched. Nearest routes: none." in steered.story()


def test_no_account(steered: Steered) -> None:
    """A key that matches no account is reported with the form of the expected one."""
    steered.demo("GET", AGENTS, headers={"Authorization": "none"})
    assert "The key matched no account (expected authorization: demo_…).\n" in steered.story()
    assert "Rejected with error INVALID_KEY" in steered.story()
    assert "Parameters and body" not in steered.story()
    steered.world.http.get(f"{steered.world.url}/demo/v1/agents")
    assert "The request has no key (expected authorization: demo_…).\n" in steered.story()


def test_no_account_in_a_closed_world(steer: Callable[..., Steered]) -> None:
    """The keys of the world are shown, or that it has none for this provider."""
    steered = steer({"description": "x", "accounts": [{"keys": ["demo_" + "7" * 32]}]})
    steered.demo("GET", AGENTS)
    assert "The key matched no account (expected authorization: demo_7777777…).\n" in steered.story()
    steered = steer({"description": "x", "open": False})
    steered.demo("GET", AGENTS)
    assert "The key matched no account (this world has no keys for demo).\n" in steered.story()


def test_what_breaks_the_spec(steered: Steered) -> None:
    """Every violation, with its place."""
    steered.demo("POST", BUY, {"prefix": 1, "agentId": 2})
    told = steered.last()
    assert [each.partition(": ")[0] for each in told["violations"]] == ["body prefix", "body agentId"]
    assert told["error"] == "INVALID"
    assert "The request violates the spec: body prefix: 1 is not of type" in steered.story()
    assert "No changes." in steered.story()


def test_a_refusal_of_the_operation(steered: Steered) -> None:
    """It is named, and what the operation had begun is not told as done."""
    steered.demo("POST", BUY, {"prefix": "+1533"})
    assert "Rejected with error NO_NUMBERS: No number has this prefix.\nNo changes." in steered.story()
    steered.demo("POST", BUY, {"agentId": "nobody"})
    assert "Parameters and body are valid.\n" in steered.story()
    assert "Rejected with error AGENT_NOT_FOUND: Agent not found.\nNo changes." in steered.story()


def test_a_rule_that_has_gone_is_still_told(steered: Steered) -> None:
    """Who reads the story later must not look for it in vain."""
    rule = steered.rule({"status": 418}, {"operation": "demo.list_agents"}, name="gone")
    answer = steered.demo("GET", AGENTS)
    steered.control("DELETE", f"/rules/{rule}")
    steered.rule({"status": 419}, {"operation": "demo.list_agents"}, name="new")
    told = steered.explain(answer)
    assert [(each["id"], each["name"]) for each in told["rules"] if each["decided"]] == [(rule, "gone")]
    assert "Rule 'gone' fired." in told["story"]


def test_the_wire(steered: Steered) -> None:
    """A fault is told, and before the commit that nothing was changed by it."""
    steered.rule({"fault": "empty"}, {"operation": "demo.buy_number"})
    with pytest.raises(Exception, match="disconnected"):
        steered.demo("POST", BUY, {})
    assert "No changes.\nConnection fault: empty." in steered.story()


@pytest.mark.parametrize("name", SHOPS)
def test_every_operation_can_be_explained(steered: Steered, name: str) -> None:
    """Where the provider documents it, and what was decided where it does not."""
    shop = SHOPS[name](steered.world)
    shop.buy()
    shop.ask()
    for line in steered.journal():
        told = steered.told("GET", f"/requests/{line['id']}")
        assert told["source"].startswith("https://")
        assert told["story"][-1].endswith(f"({told['source']}).")


ASKED: list[tuple[str, str, dict[str, Any]]] = [
    ("POST", BUY, {"json": {"prefix": "+1415"}}),
    ("POST", AGENTS, {"json": {"name": 'it\'s "quoted" $HOME `x` \\ ∞ [0]'}}),
    ("POST", AGENTS, {"content": b"@/etc/hostname", "headers": {"Content-Type": "application/json"}}),
    ("POST", AGENTS, {"content": b"{}"}),
    ("POST", BUY, {"content": b"x=1", "headers": {"Content-Type": "application/x-www-form-urlencoded"}}),
    ("GET", f"{AGENTS}?a[]=1&b={{x,y}}&c=%20+", {}),
    ("GET", f"{AGENTS}/a%2Fb/../c", {}),
    ("DELETE", f"{BUY}/nobody", {}),
    ("HEAD", AGENTS, {}),
    ("GET", AGENTS, {"headers": {"Prefer": "error=UNAVAILABLE", "X-Odd": 'it\'s; "odd"'}}),
]


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is what is tested")
@pytest.mark.parametrize(("method", "path", "more"), ASKED)
def test_the_curl_repeats_the_request(steered: Steered, method: str, path: str, more: dict[str, Any]) -> None:
    """With one's own key filled in it sends the same again, and the same comes of it."""
    steered.clock(freeze=True)
    steered.demo(method, path, **more)
    first = steered.last()
    assert KEY not in first["curl"]
    command = first["curl"].replace("YOUR_KEY", KEY)
    subprocess.run(["/bin/sh", "-c", command], capture_output=True, timeout=10, check=True)
    again = steered.last()
    assert again["id"] != first["id"]
    same = ("method", "path", "query", "body", "status", "error", "violations", "unknown_fields")
    assert {name: again[name] for name in same} == {name: first[name] for name in same}
    assert {name: again["headers"].get(name) for name in ("content-type", "prefer", "x-odd")} == {
        name: first["headers"].get(name) for name in ("content-type", "prefer", "x-odd")
    }


def test_the_curl_names_the_world_that_was_asked(simulator: Simulator, steered: Steered) -> None:
    """Also where the client named it in a header, or came by the provider's own host."""
    headers = {"X-Simulator-World": steered.world.name, "Authorization": KEY}
    steered.world.http.get(f"{simulator.url}/demo/v1/agents", headers=headers)
    steered.world.http.get(f"{simulator.url}/v1/agents", headers={**headers, "Host": "api.demo.example"})
    expected = f"curl -X GET {steered.world.url}/demo/v1/agents \\\n  -H 'authorization: YOUR_KEY'"
    assert [steered.told("GET", f"/requests/{line['id']}")["curl"] for line in steered.journal()] == [expected] * 2


def test_the_command_tells_the_story(simulator: Simulator, steered: Steered, capsys: pytest.CaptureFixture[str]) -> None:
    """`simulator explain ID` prints it, and the curl below it."""
    answer = steered.demo("POST", BUY, {})
    told = steered.explain(answer)
    asked = ["explain", told["id"], "--url", simulator.url, "--world", steered.world.name]
    assert main(asked) == 0
    assert capsys.readouterr().out == "\n".join([*told["story"], "", told["curl"], ""])
    assert json.dumps(told)


def test_who_holds_a_number_is_said(steered: Steered) -> None:
    """As two accounts of a world buy from one market: to the other account, and to its own."""
    bound = demo_registry().providers["truedy"]
    purchase = example(bound, bound.spec.operations["purchase_number"])

    first, second = "truedy_" + "a" * 32, "truedy_" + "b" * 32
    path = purchase.path.removeprefix(bound.spec.base_path)
    for key, whose in (
        (first, ""),
        (second, f"account {shorten(first.removeprefix('truedy_'))!r} of"),
        (first, "this account of"),
    ):
        response = steered.world.api("truedy", Authorization=f"Bearer {key}")("POST", path, purchase.body)
        story = "\n".join(steered.explain(response)["story"])
        assert (response.status_code < 300) == (not whose)
        assert (f"Number {purchase.body['phone_number']} is held by {whose}" in story) == bool(whose)
        assert (" of truedy since 20" in story) == bool(whose)


def test_rules_that_nobody_wrote_are_told_where_they_match(steered: Steered) -> None:
    """The story names a built-in rule only if it matched, and a rule of the test in any case."""
    steered.told("POST", "/rules", {"when": {"key": "*other"}, "then": {"status": 503}})
    story = steered.explain(steered.demo("POST", BUY, {"prefix": "+1415"}))["story"]
    assert [line for line in story if line.startswith("Rule ")] == [line for line in story if "'*other'" in line]
    assert any("'*other'" in line for line in story)
    revoked = steered.demo("POST", BUY, {"prefix": "+1415"}, headers={"Authorization": f"{KEY}_revoked"})
    assert "Rule 'magic: revoked key' fired." in steered.explain(revoked)["story"]


@pytest.mark.parametrize(("country", "is_said"), [("ES", True), ("GB", False), ("QQ", True)])
def test_a_country_without_numbers_is_said(steered: Steered, country: str, is_said: bool) -> None:
    """Its empty search is no fault of the client: which countries have numbers is in the story."""
    truedy = steered.world.api("truedy", Authorization=f"Bearer truedy_{'a' * 32}")
    response = truedy("POST", "/telephony/numbers/search", {"country_code": country})
    assert response.json()["pagination"]["total_results"] == 0 if is_said else response.is_success
    said = f"Country {country} has no numbers: no source names any that can never ring; there are numbers for AU, CA, DE, FR,"
    assert any(line.startswith(said) for line in steered.explain(response)["story"]) is is_said


def test_the_curl_command_of_a_request_to_a_real_host(simulator: Simulator) -> None:
    """It goes to the simulator, and repeats no header of our transports."""
    with simulator.world() as world:
        headers = {"Authorization": f"Bearer {world.cartesia.api_key}", "Cartesia-Version": "2026-03-01"}
        with httpx.Client(transport=world.cartesia.transport, headers=headers) as http:
            http.get("https://api.cartesia.ai/agents/phone-numbers")
        command = world.explain(world.requests().last.id)["curl"]
    assert f"/w/{world.name}/cartesia/agents/phone-numbers" in command
    assert "x-simulator" not in command
    assert "api.cartesia.ai" not in command
