"""Scenario rules: which of them decides over a request, how often, and in which order."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.unit.steering import AGENTS, BUY, FROZEN, KEY, Steered

TEAPOT = {"status": 418}

# what a rule wants, a request that it is for, and one that it is not for; both as method, path, body, query, headers
CASES: dict[str, tuple[dict[str, Any], dict[str, Any], dict[str, Any]]] = {
    "operation": ({"operation": "demo.list_agents"}, {}, {"path": BUY, "method": "POST"}),
    "method": ({"method": "GET"}, {}, {"method": "POST", "body": {}}),
    "path": ({"path": "/v1/agents"}, {}, {"path": "/agents/agt_front"}),
    "path with a star": ({"path": "*/agents/*"}, {"path": "/agents/agt_front"}, {}),
    "a star alone": ({"path": "*"}, {}, {"headers": {"Authorization": "none"}}),
    "brackets are no pattern": ({"path": "*[a]*"}, {"path": "/[a]"}, {"path": "/a"}),
    "key": ({"key": KEY}, {}, {"headers": {"Authorization": "demo_" + "2" * 32}}),
    "key with a star": ({"key": "demo_1*"}, {}, {"headers": {"Authorization": "demo_" + "2" * 32}}),
    "header": ({"headers": {"X-Trace": "abc"}}, {"headers": {"x-trace": "abc"}}, {"headers": {"X-Trace": "abcd"}}),
    "header with a star": ({"headers": {"user-agent": "Acme/*"}}, {"headers": {"User-Agent": "Acme/2"}}, {}),
    "a header that is missing": ({"headers": {"X-Trace": "*"}}, {"headers": {"X-Trace": ""}}, {}),
    "query": ({"query": {"a": "1"}}, {"query": "?b=2&a=1"}, {"query": "?a=2"}),
    "a query that is missing": ({"query": {"a": ""}}, {"query": "?a="}, {}),
    "body": (
        {"body": {"name": "x"}},
        {"method": "POST", "body": {"name": "x", "more": 1}},
        {"method": "POST", "body": {"name": "y"}},
    ),
    "body, deep": (
        {"body": {"webhook": {"enable": True}}},
        {"method": "POST", "body": {"webhook": {"enable": True, "url": "https://x.example"}}},
        {"method": "POST", "body": {"webhook": {"url": "https://x.example"}}},
    ),
    "several at once": ({"method": "GET", "headers": {"A": "1"}}, {"headers": {"A": "1"}}, {"headers": {"A": "2"}}),
}


def _send(steered: Steered, ask: dict[str, Any]) -> int:
    path = ask.get("path", AGENTS) + ask.get("query", "")
    return steered.demo(ask.get("method", "GET"), path, ask.get("body"), headers=ask.get("headers", {})).status_code


@pytest.mark.parametrize("case", CASES)
def test_a_rule_is_for_the_requests_that_it_describes(steered: Steered, case: str) -> None:
    """It decides where all that it says holds, and nowhere else."""
    when, ask, other = CASES[case]
    rule = steered.rule(TEAPOT, {"provider": "demo", **when})
    assert _send(steered, other) != 418
    assert _send(steered, ask) == 418
    assert steered.rules()[rule] == (1, 1)


def test_a_number_in_a_body_may_be_written_in_any_way(steered: Steered) -> None:
    """`5` and `5.0` are the same number, `1` and `true` are not."""
    steered.rule(TEAPOT, {"body": {"maxCallDuration": 5.0}})
    steered.rule({"status": 419}, {"body": {"webhook": {"enable": True}}})
    sent = [b'{"maxCallDuration": 5}', b'{"maxCallDuration": 5.0}', b'{"maxCallDuration": 6}']
    headers = {"Content-Type": "application/json"}
    assert [steered.demo("POST", AGENTS, content=each, headers=headers).status_code for each in sent] == [418, 418, 200]


def test_a_rule_without_conditions_is_for_everything(steered: Steered) -> None:
    """Whichever provider, whichever path."""
    steered.rule(TEAPOT)
    status = steered.world.http.get(f"{steered.world.url}/truedy/nothing").status_code
    assert (status, _send(steered, {})) == (418, 418)


def test_a_rule_is_for_paths_that_the_spec_does_not_know(steered: Steered) -> None:
    """What is not simulated can still be answered, also by key and body."""
    sms = {"provider": "chirp", "path": "/v1/fax", "key": "sk_live_app_*", "body": {"to": "+14155550100"}}
    steered.rule({"status": 202, "body": {"id": "sms_1"}}, sms)
    chirp = steered.world.api("chirp", Authorization="Bearer sk_live_app_demo")
    sent = chirp("POST", "/v1/fax", {"to": "+14155550100", "text": "hi"})
    assert (sent.status_code, sent.json(), sent.headers["X-Simulator-Rule"][:5]) == (202, {"id": "sms_1"}, "rule-")
    assert [chirp("POST", "/v1/fax", {"to": "+14155550101"}).status_code, chirp("POST", "/v1/mms").status_code] == [404, 404]
    admin = steered.world.api("chirp", Authorization="Bearer sk_admin_demo")
    assert admin("POST", "/v1/fax", {"to": "+14155550100"}).status_code == 404


def test_a_rule_is_for_a_method_that_a_path_lacks(steered: Steered) -> None:
    """A 405 can be replaced as a 404 can."""
    steered.rule(TEAPOT, {"provider": "demo", "method": "PUT"})
    assert (_send(steered, {"method": "PUT"}), _send(steered, {"method": "PATCH"})) == (418, 405)


def test_an_error_for_an_unknown_path_speaks_the_dialect(steered: Steered) -> None:
    """A named error needs no operation."""
    steered.rule({"error": "UNAVAILABLE"}, {"provider": "truedy", "path": "/api/public/v1/nothing"})
    answer = steered.world.http.get(f"{steered.world.url}/truedy/api/public/v1/nothing")
    assert (answer.status_code, answer.json()["error"]["code"]) == (500, "internal_error")


def test_skip_and_times(steered: Steered) -> None:
    """So many requests pass first, then the rule works so often, and no more."""
    rule = steered.rule(TEAPOT, {"operation": "demo.list_agents"}, skip=2, times=3)
    assert [_send(steered, {}) for _ in range(7)] == [200, 200, 418, 418, 418, 200, 200]
    assert steered.rules()[rule] == (7, 3)


def _draws(steered: Steered) -> list[int]:
    return [_send(steered, {}) for _ in range(40)]


def test_probability_is_drawn_from_the_seed(steer: Callable[..., Steered]) -> None:
    """The same seed gives the same run of luck, another seed another; about as often as was said."""
    rules = [{"when": {"provider": "demo"}, "probability": 0.5, "then": TEAPOT}]
    scenario = {"description": "half", "open": True, "rules": rules}
    one, two, other = (_draws(steer({**scenario, "seed": seed})) for seed in (7, 7, 8))
    assert one == two != other
    assert 10 < one.count(418) < 30


def test_the_first_rule_that_is_due_decides(steer: Callable[..., Steered]) -> None:
    """In the order of the file; one that lets a request pass leaves it to the next."""
    rules = [
        {"name": "one", "when": {"provider": "demo"}, "times": 1, "then": {"status": 418}},
        {"name": "two", "when": {"provider": "demo"}, "skip": 1, "then": {"status": 419}},
        {"name": "three", "when": {"provider": "demo"}, "then": {"status": 420}},
    ]
    steered = steer({"description": "three", "open": True, "rules": rules})
    assert [_send(steered, {}) for _ in range(3)] == [418, 420, 419]


def test_rules_added_at_run_time_decide_first(steer: Callable[..., Steered]) -> None:
    """In the order in which they were added, before all others; taken away, they leave the scenario's as they were."""
    rules = [{"when": {"provider": "demo"}, "then": {"status": 418}}]
    steered = steer({"description": "one", "open": True, "rules": rules})
    assert list(steered.rules()) == ["rule-1"]
    ids = [steered.rule({"status": 419}, {"method": "GET"}), steered.rule({"status": 420})]
    assert list(steered.rules()) == [*ids, "rule-1"]
    seen = [_send(steered, {})]
    for rule in ids:
        assert steered.control("DELETE", f"/rules/{rule}").status_code == 204
        seen.append(_send(steered, {}))
    assert seen == [419, 420, 418]
    assert steered.control("DELETE", "/rules").status_code == 204
    assert (_send(steered, {}), steered.rules()) == (200, {})
    assert steered.control("DELETE", "/rules/rule-1").status_code == 404


def test_a_rule_reads_as_it_was_written(steered: Steered) -> None:
    """The list gives back what was added, so that it can be added again."""
    rule = {"name": "lost", "when": {"operation": "demo.buy_number"}, "times": 1, "then": {"fault": "reset"}}
    added = steered.told("POST", "/rules", rule)
    assert (added["rule"], added["name"], added["fitted"], added["fired"]) == (rule, "lost", 0, 0)
    assert steered.told("GET", "/rules")["rules"][0] == added


@pytest.mark.parametrize("name", ["!", "~ tilde ~", 'say "hi" & {more}', "a" * 80, "X-Simulator-Rule: no"])
def test_a_rule_may_have_any_name_that_fits_into_a_header(steered: Steered, name: str) -> None:
    """It comes back in `X-Simulator-Rule` as it was given."""
    steered.rule(TEAPOT, name=name)
    assert steered.demo("GET", AGENTS).headers["X-Simulator-Rule"] == name


@pytest.mark.parametrize("name", [" space", "space ", "a\r\nSet-Cookie: x", "tab\t", "é", "\u2028", "a" * 81, "nul\x00"])
def test_a_name_that_fits_into_no_header_is_refused(steered: Steered, name: str) -> None:
    """When it is given, not when it is sent."""
    answer = steered.control("POST", "/rules", {"then": TEAPOT, "name": name})
    assert answer.status_code == 422
    assert "name" in answer.json()["detail"]


def test_times_holds_under_fire(steered: Steered) -> None:
    """However many ask at once, a rule that works five times works five times."""
    rule = steered.rule(TEAPOT, {"provider": "demo"}, times=5)
    statuses: list[int] = []

    def ask() -> None:
        with httpx.Client() as http:
            url = steered.world.providers["demo"]["base_url"] + AGENTS
            statuses.extend(http.get(url, headers={"Authorization": KEY}).status_code for _ in range(10))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (statuses.count(418), statuses.count(200), steered.rules()[rule]) == (5, 35, (40, 5))


def test_a_reset_brings_the_scenarios_rules_back(steer: Callable[..., Steered]) -> None:
    """Those that were added are gone, those that were taken away are there, and all begin to count anew."""
    scenario = {"description": "x", "open": True, "clock": FROZEN, "rules": [{"times": 1, "then": TEAPOT}]}
    steered = steer(scenario)
    assert [_send(steered, {}), _send(steered, {})] == [418, 200]
    steered.control("DELETE", "/rules")
    steered.rule({"status": 419})
    steered.told("POST", "/reset")
    assert (steered.rules(), _send(steered, {})) == ({"rule-1": (0, 0)}, 418)
