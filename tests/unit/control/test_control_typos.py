"""A typo in a control request is refused: a list that is empty for ever would keep a test green."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.control.control import load_spec
from tests.unit.steering import AGENTS, Steered

TYPOS = [
    ("/requests?oepration=x", "unknown: oepration (in the query; did you mean operation?)"),
    ("/requests?status=402&statsu=1", "unknown: statsu (in the query; did you mean status?)"),
    ("/requests?provider=demp", "unknown provider 'demp'; did you mean demo?"),
    ("/requests?operation=list_agents", "or demo.list_agents or"),
    ("/requests?operation=cartesia.provision", "did you mean cartesia.phone_numbers_provision?"),
    ("/requests?operation=demo.by_number", "did you mean demo.buy_number or"),
    (
        "/requests?provider=vantax&operation=demo.list_agents",
        "unknown operation 'demo.list_agents'; did you mean vantax.list_agents",
    ),
    ("/requests?rule=outage", "unknown rule 'outage'; did you mean the outage?"),
    ("/state?provider=cartesa", "unknown provider 'cartesa'; did you mean cartesia?"),
    ("/state?providr=demo", "unknown: providr (in the query; did you mean provider?)"),
    ("/outbox?status=sent", "status: expected one of pending, delivered, failed, blocked, dropped"),
    ("/clock?at=now", "unknown: at (in the query)"),
    ("/requests?status=201&status=402", "query status: is given several times, expected once"),
]


@pytest.mark.parametrize(("path", "detail"), TYPOS)
def test_unknown_filters_and_values_are_refused(steered: Steered, path: str, detail: str) -> None:
    """With the nearest name."""
    steered.rule({"status": 503}, {"provider": "demo"}, name="the outage")
    refused = steered.control("GET", path)
    assert refused.status_code == 422
    assert detail in refused.json()["detail"]


NAMES = "a name of at most 100 letters, digits, dots, dashes and underscores, with a letter or a digit first"
WORDS = [
    (
        "POST",
        "/inbound/calls",
        {"from": "+12125550199", "to": "+14155550142", "provider": "cartesa"},
        "unknown provider 'cartesa'; did you mean cartesia?",
    ),
    ("POST", "/inbound/calls", {"from": 5, "to": "+14155550142"}, "from: expected a phone number in E.164, or a short code"),
    ("POST", "/clock", {"advance": "soon"}, "advance: expected a number of seconds, or a text such as 30s, 5m, 2h, 1d"),
    ("POST", "/clock", {"advance": -5}, "advance: expected at least 0, got -5"),
    ("POST", "/clock", {"set": "tomorrow"}, 'set: expected a time such as 2026-03-01T00:00:00Z, got "tomorrow"'),
    ("POST", "/clock", {}, "expected at least 1 member"),
    ("POST", "/rules", {}, "then: is missing"),
    ("GET", "/requests?status=abc", None, 'status: expected an integer, got "abc"'),
    ("PUT", "", {"scenario": 42}, "scenario: expected text or an object, got 42"),
    ("PUT", "/snapshots/-a", None, f"name: expected {NAMES}"),
    ("GET", "/snapshots/a/diff", None, "unknown snapshot 'a'; there are none"),
    (
        "PUT",
        "",
        {"scenarios": "default", "seed": -1},
        "unknown: scenarios (did you mean scenario?); seed: expected at least 0, got -1",
    ),
    ("POST", "/rules", {"then": {"error": "LIMIT"}, "when": {"operation": "vantax.buy"}}, "vantax.purchase_phone_number?"),
    ("POST", "/rules", {"then": {"status": 500}, "when": {"operation": "truedy.remove"}}, "truedy.release_number"),
]


@pytest.mark.parametrize(("method", "path", "body", "detail"), WORDS)
def test_errors_say_in_words_what_was_expected(steered: Steered, method: str, path: str, body: Any, detail: str) -> None:
    """Without a regular expression, and nothing twice; names are near that mean the same, of the provider that was named."""
    refused = steered.control(method, path, body).json()["detail"]
    assert detail in refused
    assert "^" not in refused
    assert "Additional properties" not in refused


BODIES = [
    ("POST", "/clock", {"advanse": "30s"}, "unknown: advanse (did you mean advance?)"),
    ("PUT", "", {"scenarios": "default"}, "unknown: scenarios (did you mean scenario?)"),
    ("POST", "/rules?atonce=1", {"then": {"status": 500}}, "unknown: atonce (in the query)"),
    ("POST", "/reset", {"empty": True}, "reset_world takes no body"),
    ("DELETE", "?only_if_claen=true", None, "unknown: only_if_claen (in the query; did you mean only_if_clean?)"),
]


@pytest.mark.parametrize(("method", "path", "body", "detail"), BODIES)
def test_unknown_members_and_parameters_change_nothing(
    steered: Steered, method: str, path: str, body: Any, detail: str
) -> None:
    """The request is refused as a whole."""
    steered.demo("GET", AGENTS)
    before = [steered.told("GET", "/rules"), steered.journal()]
    refused = steered.control(method, path, body)
    assert refused.status_code == 422
    assert refused.json()["detail"].startswith(detail)
    assert [steered.told("GET", "/rules"), steered.journal()] == before


@pytest.mark.parametrize("operation", sorted(load_spec().operations))
def test_every_control_route_refuses_an_unknown_parameter(steered: Steered, operation: str) -> None:
    """As its spec says, which lists 422."""
    one = load_spec().operations[operation]
    path = (
        one.path.replace("{world}", steered.world.name)
        .replace("{provider}", "demo")
        .replace("{name}", "x")
        .replace("{id}", "x")
    )
    body = {"then": {"status": 500}} if operation == "add_rule" else {"advance": "1s"} if operation == "set_clock" else None
    url = steered.world.control.partition("/_simulator")[0] + path
    refused = steered.world.http.request(one.method, f"{url}?surprise=1", json=body)
    assert refused.status_code == 422, refused.text
    assert "unknown: surprise (in the query)" in refused.json()["detail"]


def test_an_operation_has_the_same_name_everywhere(steered: Steered) -> None:
    """In the journal, in explanations, in filters and in rules."""
    name = "demo.list_agents"
    steered.rule({"status": 500}, {"operation": name}, name="busy")
    answer = steered.demo("GET", AGENTS)
    (line,) = steered.journal(f"?operation={name}")
    assert (line["operation"], steered.explain(answer)["operation"], line["rule"]) == (name, name, "busy")
    assert [line["id"] for line in steered.journal("?rule=busy")] == [line["id"]]


def test_a_rule_that_is_gone_can_still_be_a_filter(steered: Steered) -> None:
    """As long as the journal has a request that it decided."""
    rule = steered.rule({"status": 500})
    steered.demo("GET", AGENTS)
    steered.control("DELETE", f"/rules/{rule}")
    assert len(steered.journal(f"?rule={rule}")) == 1


def test_a_list_of_requests_can_have_the_details(steered: Steered) -> None:
    """All that was sent and answered, in one request, without secrets."""
    steered.demo("POST", f"{AGENTS}?a=1", {"name": "x"}, headers={"X-Trace": "t"})
    (line,) = steered.journal("?details=true")
    assert (line["query"], line["headers"]["x-trace"], line["body"]) == ("a=1", "t", {"name": "x"})
    assert line["answer"] == steered.told("GET", f"/requests/{line['id']}")["answer"]
    assert "demo_" + "1" * 32 not in str(line)
    assert "headers" not in steered.journal()[0]
