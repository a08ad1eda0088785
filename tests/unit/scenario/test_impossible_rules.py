"""Rules that can never fire are refused: paths and headers that no request has, and rules behind one that always fires."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from simulator.documents import BrokenFile, InlineDocument
from tests.demo_provider import demo_registry
from tests.unit.steering import AGENTS, BUY, Steered

BASE = "/v1"
DO: dict[str, Any] = {"status": 418}
LIST = {"operation": "demo.list_agents"}
PROVISION = {"operation": "cartesia.phone_numbers_provision"}

# when, the place at fault, and the hint
IMPOSSIBLE: list[tuple[dict[str, Any], str, str]] = [
    (
        {"path": "/cartesia/agents"},
        "when/path",
        "begins with the prefix of a provider; expected the provider's own path: /agents",
    ),
    ({"path": "/demo/client/*"}, "when/path", "expected the provider's own path: /client/*"),
    ({"path": "/w/my-test/demo/x"}, "when/path", "prefix of a world and a provider; expected the provider's own path: /x"),
    ({"path": "/w/my-test/v1/agents"}, "when/path", "prefix of a world; expected the provider's own path: /v1/agents"),
    ({"path": "/demo"}, "when/path", "prefix of a provider; expected the provider's own path: /"),
    ({"path": "/_simulator/worlds"}, "when/path", "is a path of the control API"),
    ({"provider": "demo", "path": "/demo/x"}, "when/path", "expected the provider's own path: /x"),
    (
        {"path": "/v1/agents?limit=1"},
        "when/path",
        "has a query, which is not a part of the path; expected /v1/agents and when.query",
    ),
    ({"path": "*?limit=1"}, "when/path", "expected * and when.query"),
    ({"path": "/v1/agents#top"}, "when/path", "has a fragment, which no client sends; expected /v1/agents"),
    ({"path": "https://api.cartesia.ai/agents"}, "when/path", "expected the path alone: /agents"),
    ({"path": "v1/agents"}, "when/path", "has no leading slash; did you mean /v1/agents?"),
    ({"path": "/v1/agents/{agent_id}"}, "when/path", "expected /v1/agents/*, where * stands for any text"),
    ({"path": "/v1/agents/{"}, "when/path", "no request has braces in its path"),
    ({"path": "/v1/my agents"}, "when/path", "percent-encoded; expected /v1/my%20agents"),
    ({"path": "/v1/größe/*"}, "when/path", "percent-encoded; expected /v1/gr%C3%B6%C3%9Fe/*"),
    ({"path": "/v1/a%2Fb c"}, "when/path", "expected /v1/a%2Fb%20c"),
    ({"headers": {"X Trace": "1"}}, "when/headers/X Trace", "'X Trace' is not the name of a header; expected letters, digits"),
    ({"headers": {"X-Trace:": "1"}}, "when/headers/X-Trace:", "is not the name of a header"),
    ({"headers": {"": "1"}}, "when/headers/", "is not the name of a header"),
    ({"headers": {"Größe": "1"}}, "when/headers/Größe", "is not the name of a header"),
    ({"path": "/w/*"}, "when/path", "prefix of a world; expected the provider's own path: /*"),
    ({"path": "/w/*/demo/x"}, "when/path", "prefix of a world and a provider; expected the provider's own path: /x"),
    ({"path": "/w/my-test"}, "when/path", "prefix of a world; expected the provider's own path: /"),
    ({"path": "/cartesia*"}, "when/path", "prefix of a provider; expected the provider's own path: *"),
    ({"path": "//api.demo.example/client/x"}, "when/path", "expected the path alone: /client/x"),
    ({"path": "//agents/x"}, "when/path", "begins with two slashes, as a URL without its scheme does"),
    ({"provider": "demo", "path": "/agents"}, "when/path", f"lacks the path of the base URL of demo; expected {BASE}/agents"),
    ({"provider": "demo", "path": "/agents/*"}, "when/path", f"expected {BASE}/agents/*"),
    ({"path": "/numbers"}, "when/path", f"lacks the path of the base URL of demo; expected {BASE}/numbers"),
    ({"headers": {"X-Trace": " a"}}, "when/headers/X-Trace", "no request has the value ' a': white space around"),
    ({"headers": {"X-Trace": "a\t"}}, "when/headers/X-Trace", "not part of it; expected 'a'"),
    ({"headers": {"X-Trace": "a\n"}}, "when/headers/X-Trace", "not part of it; expected 'a'"),
    ({"headers": {"X-Trace": "a\nb"}}, "when/headers/X-Trace", "expected characters of Latin-1, without control characters"),
    ({"headers": {"X-Trace": "€"}}, "when/headers/X-Trace", "expected characters of Latin-1"),
    ({"headers": {"X-Trace": "a", "x-trace": "b"}}, "when/headers/x-trace", "x-trace is the same header as X-Trace"),
    ({**PROVISION, "headers": {"Cartesia-Version": "2020-01-01"}}, "when/headers/Cartesia-Version", "never lets this through"),
    ({**PROVISION, "headers": {"cartesia-version": "2020-01-01"}}, "when/headers/cartesia-version", "never lets this through"),
    ({**PROVISION, "headers": {"Authorization": "sk_car_demo"}}, "when/headers/Authorization", "expected Bearer and a key"),
    ({**PROVISION, "headers": {"authorization": "Bearer nonsense"}}, "when/headers/authorization", "takes no such key"),
    ({**PROVISION, "headers": {"Authorization": "Basic *"}}, "when/headers/Authorization", "takes no such key"),
    ({**LIST, "headers": {"Authorization": f"Bearer demo_{'1' * 32}"}}, "when/headers/Authorization", "the key alone"),
    (
        {"operation": "vantax.purchase_phone_number", "headers": {"Content-Type": "text/plain"}},
        "when/headers/Content-Type",
        "refuses a body of this type before rules are tried; expected application/json",
    ),
    ({"path": "/Cartesia/agents"}, "when/path", "expected the provider's own path: /agents"),
    ({"path": "/%63artesia/agents"}, "when/path", "expected the provider's own path: /agents"),
    ({"path": "/api.cartesia.ai/agents"}, "when/path", "begins with a host, as a URL does; expected the path alone: /agents"),
    ({"path": "/127.0.0.1:8080/agents"}, "when/path", "begins with a host"),
    ({"path": "/localhost/agents"}, "when/path", "begins with a host"),
    ({"path": "/https://api.cartesia.ai/agents"}, "when/path", "begins with a host"),
    ({"path": "/_simulator"}, "when/path", "is a path of the control API"),
    ({"path": "/_simulator*"}, "when/path", "is a path of the control API"),
    ({"path": "/v1/agents/:id"}, "when/path", "expected /v1/agents/*, where * stands for any text"),
    ({"path": "/v1/agents/<id>/x"}, "when/path", "expected /v1/agents/*/x, where"),
    ({"path": "/v1/a/../agents"}, "when/path", "which clients resolve before they send it; expected /v1/agents"),
    ({"path": "/../a/./b/.."}, "when/path", "expected /a"),
    ({"method": ""}, "when/method", "expected one of DELETE, GET"),
    ({**PROVISION, "key": "sk_cra_*"}, "when/key", "has not the form of a key"),
    ({**PROVISION, "key": "Bearer *"}, "when/key", "has not the form of a key"),
    ({"provider": "demo", "key": "sk_car_*"}, "when/key", "has not the form of a key"),
    ({**PROVISION, "headers": {"Authorization": "Bearer vx_*"}}, "when/headers/Authorization", "takes no such key"),
    ({**LIST, "headers": {"Authorization": "sk_*"}}, "when/headers/Authorization", "takes no such key"),
    ({"provider": "demo", "method": "GET", "body": {"name": "x"}}, "when/body/name", "no body of GET at demo has the field"),
    ({"method": "GET", "body": {"name": "x"}}, "when/body/name", "no body of GET at any provider has the field 'name'"),
    (
        {"operation": "demo.list_agents", "provider": "vantax"},
        "when/operation",
        "unknown operation 'demo.list_agents' of vantax: it is one of demo; remove the provider from the rule",
    ),
]


@pytest.mark.parametrize(("when", "place", "hint"), IMPOSSIBLE)
def test_a_rule_that_no_request_can_match_is_refused(steered: Steered, when: dict[str, Any], place: str, hint: str) -> None:
    """At run time and in a scenario, with what was probably meant."""
    refused = steered.control("POST", "/rules", {"when": when, "then": DO})
    assert refused.status_code == 422
    assert refused.json()["detail"].startswith(f"rule/{place}: ")
    assert hint in refused.json()["detail"]
    body = {"scenario": {"description": "x", "rules": [{"then": {"status": 500}, "times": 1}, {"when": when, "then": DO}]}}
    refused = steered.control("PUT", "", body)
    assert refused.status_code == 422
    assert refused.json()["detail"].startswith(f"scenario/rules/1/{place}: ")


# what looks impossible, and is not
POSSIBLE: list[dict[str, Any]] = [
    {"path": "/v3/agents"},
    {"path": "/1/agents:batch/1.2.3.4"},
    {"path": "/v1/x...y/..."},
    {"key": "*_demo"},
    {**PROVISION, "key": "sk_*"},
    {"provider": "demo", "method": "POST", "body": {"name": "x"}},
    {"provider": "demo", "method": "HEAD", "headers": {"X-Any": "1"}},
    {**PROVISION, "headers": {"Authorization": "BEARER sk_car_*"}},
    {**PROVISION, "headers": {"Authorization": "* sk_car_*"}},
    {"path": "/agents"},
    {"path": "/w*"},
    {"path": "*/agents"},
    {"provider": "demo", "path": "/client/*"},
    {"provider": "demo", "path": "/nothing/*"},
    {"headers": {"X-Trace": "a b", "X-Empty": ""}},
    {**PROVISION, "headers": {"Cartesia-Version": "2024-06-10", "X-Any": "2020"}},
    {**PROVISION, "headers": {"Cartesia-Version": "20*"}},
    {**PROVISION, "headers": {"Authorization": "bearer sk_car_demo"}},
    {**PROVISION, "headers": {"Authorization": "Bearer *"}},
    {**PROVISION, "headers": {"X-API-Key": "sk_car_demo"}},
    {**LIST, "headers": {"Authorization": "*"}},
    {"headers": {"Cartesia-Version": "2020-01-01", "Authorization": "none", "Content-Type": "text/plain"}},
    {"operation": "vantax.purchase_phone_number", "headers": {"Content-Type": "Application/JSON;charset=utf-8"}},
    {"operation": "vantax.purchase_phone_number", "headers": {"Content-Type": "application/json; *"}},
]


@pytest.mark.parametrize("when", POSSIBLE)
def test_a_rule_that_a_request_can_match_is_taken(steered: Steered, when: dict[str, Any]) -> None:
    """However odd it is."""
    steered.rule(DO, when)


@pytest.mark.parametrize("amend", [{}, {"headers": {}}, {"body": {}}])
def test_a_rule_that_amends_nothing_is_refused(steered: Steered, amend: dict[str, Any]) -> None:
    """It would count as fired."""
    refused = steered.control("POST", "/rules", {"then": {"amend": amend}})
    assert (refused.status_code, refused.json()["detail"]) == (
        422,
        "rule/then/amend: it changes nothing; expected status, headers, body or patch",
    )


# an earlier rule, and a later one that it leaves nothing
SHADOWED: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({}, {}),
    ({}, LIST),
    ({"provider": "demo"}, LIST),
    ({"provider": "demo"}, {"provider": "demo", "path": f"{BASE}/x"}),
    (LIST, LIST),
    (LIST, {**LIST, "method": "GET"}),
    (LIST, {**LIST, "headers": {"A": "b"}}),
    ({"path": "*"}, {"path": "/x"}),
    ({"path": "/a/*"}, {"path": "/a/b/*/c"}),
    ({"path": "/a/%2B"}, {"path": "/a/+"}),
    ({"key": "demo_*"}, {"key": "demo_" + "1" * 32}),
    ({"headers": {"x-trace": "*"}}, {"headers": {"X-Trace": "a*", "B": "c"}}),
    ({"headers": {"Content-Type": "application/json"}}, {"headers": {"content-type": "application/json; charset=utf-8"}}),
    ({"query": {"a": "1"}}, {"query": {"a": "1", "b": "2"}}),
    ({**LIST, "method": "GET"}, LIST),
    ({"path": f"{BASE}/agents"}, LIST),
    ({"provider": "demo", "path": f"{BASE}/agents", "method": "GET"}, LIST),
    ({"method": "GET"}, LIST),
    ({"path": f"{BASE}/agents/*"}, {"operation": "demo.get_agent"}),
    ({"provider": "demo", "path": f"{BASE}/*"}, {"operation": "demo.get_agent", "path": f"{BASE}/agents/x"}),
    (LIST, {"provider": "demo", "path": f"{BASE}/agents", "method": "GET"}),
    ({"operation": "demo.get_agent"}, {"provider": "demo", "path": f"{BASE}/agents/x", "method": "GET"}),
    ({"provider": "demo", "key": "demo_*"}, LIST),
    ({"key": "sk_*"}, {"operation": "chirp.list_phone_numbers"}),
    (
        {"headers": {"Content-Type": "application/json;charset=utf-8"}},
        {"headers": {"Content-Type": "application/json; charset=UTF-8"}},
    ),
    ({"body": {"webhook": {}}}, {"body": {"webhook": {"enable": True}, "name": "x"}}),
]

# an earlier rule, and a later one that still has requests of its own
APART: list[tuple[dict[str, Any], dict[str, Any]]] = [
    (LIST, {}),
    (LIST, {"provider": "demo"}),
    (LIST, {"operation": "demo.create_agent"}),
    ({"provider": "vantax"}, LIST),
    ({"path": "/a/*"}, {"path": "/*"}),
    ({"path": "/a/b"}, {"path": "/a%2Fb"}),
    ({"path": "/a/%2A"}, {"path": "/a/*"}),
    ({"path": "/a"}, {}),
    ({"key": "sk_*"}, {"key": "*"}),
    ({"headers": {"A": "*"}}, {}),
    ({"query": {"a": "1"}}, {"query": {"a": "2"}}),
    ({"body": {"name": "x"}}, {"body": {"name": "y"}}),
    ({"body": {"name": "1"}}, {}),
    ({"path": f"{BASE}/agents/x"}, {"operation": "demo.get_agent"}),
    ({"path": f"{BASE}/agents", "method": "POST"}, LIST),
    (LIST, {"provider": "demo", "path": f"{BASE}/agents"}),
    (LIST, {"path": f"{BASE}/agents", "method": "GET"}),
    (LIST, {"provider": "demo", "path": f"{BASE}/agents/x", "method": "GET"}),
    ({"provider": "demo", "key": "demo_1*"}, LIST),
    ({"provider": "demo", "key": "*_revoked"}, LIST),
]


@pytest.mark.parametrize(("first", "second"), SHADOWED)
def test_a_rule_behind_one_that_always_fires_is_refused(
    steered: Steered, first: dict[str, Any], second: dict[str, Any]
) -> None:
    """Neither a scenario may have it, nor can it be added; a rule of the scenario is no reason against an added one."""
    rules = [{"when": first, "then": DO, "name": "first"}, {"when": second, "then": DO}]
    refused = steered.control("PUT", "", {"scenario": {"description": "x", "open": True, "rules": rules}})
    assert refused.status_code == 422
    assert refused.json()["detail"] == (
        "scenario/rules/1: never fires: rule 1 ('first') comes first and always fires for these requests; "
        "remove it, limit it with times, or put it after this one"
    )
    added = steered.rule(DO, first, name="first")
    refused = steered.control("POST", "/rules", {"when": second, "then": DO})
    assert refused.status_code == 422
    assert f"never fires: the rule {added} ('first') comes first" in refused.json()["detail"]
    for limited in ({"times": 1}, {"skip": 1}, {"probability": 0.5}):
        rules[0] = {"when": first, "then": DO, **limited}
        made = steered.control("PUT", "", {"scenario": {"description": "x", "open": True, "rules": rules}})
        assert made.status_code == 200, made.text
    del rules[1]
    steered.told("PUT", "", {"scenario": {"description": "x", "open": True, "rules": rules}})
    steered.rule(DO, second)


@pytest.mark.parametrize(("first", "second"), APART)
def test_a_rule_with_requests_of_its_own_is_taken(steered: Steered, first: dict[str, Any], second: dict[str, Any]) -> None:
    """However near it comes to the one before it."""
    steered.rule(DO, first)
    steered.rule(DO, second)


# the path of a rule, a path of a request, and whether they are the same by their decoded segments
PATHS = [
    ("/agents/a%2Bb", "/agents/a+b", True),
    ("/agents/a+b", "/agents/a%2Bb", True),
    ("/agents/%61", "/agents/a", True),
    ("/agents/a%2Fb", "/agents/a%2fb", True),
    ("/agents/a%2Fb", "/agents/a/b", False),
    ("/agents/a/b", "/agents/a%2Fb", False),
    ("/agents/%2A", "/agents/*", True),
    ("/agents/%2A", "/agents/x", False),
    ("/agents/*", "/agents/a%2Fb", True),
    ("/agents/*%20*", "/agents/a%20b", True),
    ("/agents/100%25", "/agents/100%25", True),
    ("/agents/%252F", "/agents/%2F", False),
]


@pytest.mark.parametrize(("pattern", "path", "same"), PATHS)
def test_paths_compare_by_decoded_segments(steered: Steered, pattern: str, path: str, same: bool) -> None:
    """Whatever the client, or the rule, has percent-encoded."""
    steered.rule(DO, {"path": BASE + pattern})
    assert (steered.demo("GET", path).status_code == 418) is same


@pytest.mark.parametrize(
    ("expected", "sent", "fires"),
    [
        ("application/json", "application/json; charset=utf-8", True),
        ("application/json", "Application/JSON;charset=utf-8", True),
        ("application/*", "application/json; charset=utf-8", True),
        ("application/json; charset=utf-8", "application/json", False),
        ("application/json;charset=utf-8", "application/json; charset=UTF-8", True),
        ("application/json; charset=utf-8", 'application/json;charset="utf-8"', True),
        ("application/json;*", "application/json ; charset=utf-8", True),
        ("application/json", "application/jsonp; charset=utf-8", False),
        ("text/plain", "application/json; charset=utf-8", False),
    ],
)
def test_a_media_type_matches_with_parameters(steered: Steered, expected: str, sent: str, fires: bool) -> None:
    """A client that adds a charset sends JSON as well."""
    steered.rule(DO, {"headers": {"content-type": expected}})
    answer = steered.demo("POST", BUY, content=b"{}", headers={"Content-Type": sent})
    assert (answer.status_code == 418) is fires


def test_rules_fire_in_the_order_in_which_they_were_added(steer: Callable[..., Steered]) -> None:
    """Several that fire once fire one after another, and before those of the scenario."""
    scenario = {"description": "x", "open": True, "rules": [{"when": {"provider": "demo"}, "then": {"status": 420}}]}
    steered = steer(scenario)
    ids = [steered.rule({"status": status}, LIST, times=1) for status in (503, 502, 429)]
    assert list(steered.rules()) == [*ids, "rule-1"]
    assert [steered.demo("GET", AGENTS).status_code for _ in range(5)] == [503, 502, 429, 420, 420]


LONG = "/*" + "a*b/" * 230 + "*"

MANY: dict[str, Callable[[int], dict[str, Any]]] = {
    "long globs": lambda number: {"when": {"path": f"{LONG}{number:03}"}},
    "long globs for an operation": lambda number: {"when": {**LIST, "path": f"*{'/*a' * 300}{number:03}"}},
    "globs of headers": lambda number: {"when": {"headers": {"A": f"{'*a' * 400}{number:03}"}}},
    "globs of keys": lambda number: {"when": {"key": f"{'*a' * 400}{number:03}"}},
    "members of a body": lambda number: {"when": {"body": {"webhook": {"url": f"https://example.com/{number}"}, "name": "x"}}},
    "rules for one operation": lambda number: {"when": {**LIST, "query": {}, "headers": {"A": f"{number}"}}},
}


@pytest.mark.parametrize("kind", MANY)
def test_a_thousand_rules_are_validated_in_no_time(kind: str) -> None:
    """Twenty long globs once took a server 21 seconds, in which it answered nobody."""
    rules = [{**MANY[kind](number), "then": DO} for number in range(1000)]
    document = InlineDocument("scenario", {"description": "x", "open": True, "rules": rules})
    started = time.process_time()
    try:
        demo_registry().scenarios.read(document, "many")
    except BrokenFile as broken:  # a glob that the operation cannot have is found out at once as well
        assert "never at" in str(broken)  # noqa: PT017  (only the time counts)
    assert time.process_time() - started < 5


def test_a_verdict_on_a_thousand_idle_rules_takes_no_time(steer: Callable[..., Steered]) -> None:
    """The first of them are explained; a long path is not compared letter by letter with all of them."""
    rules = [{"when": {"path": f"/{'a*' * 400}{number:03}"}, "then": DO} for number in range(1000)]
    steered = steer({"description": "x", "open": True, "rules": rules})
    for _ in range(30):
        steered.demo("GET", f"/{'a' * 4000}")
    started = time.process_time()
    refused = steered.control("DELETE", "?only_if_clean=true").json()
    assert time.process_time() - started < 10
    assert "rules that never fired: 1000" in refused["detail"]
    assert (len(refused["idle_rules"]), refused["idle_rules"][0]["nearest"]["method"]) == (20, "GET")
