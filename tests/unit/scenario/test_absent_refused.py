"""Rules for what a request lacks that can never fire: names that are always there, that none has, or that come too late."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.scenario.test_absent import BUY, CREATE, LIST, TEAPOT
from tests.unit.steering import Steered

# when, the place at fault, and the problem
REFUSED: list[tuple[dict[str, Any], str, str]] = [
    ({"absent": {}}, "absent", "it names nothing; expected headers, query or body, such as {headers: [Idempotency-Key]}"),
    ({"absent": {"headers": []}}, "absent/headers", "expected at least 1 item, got 0"),
    ({"absent": {"body": []}}, "absent/body", "expected at least 1 item, got 0"),
    ({"absent": {"header": ["X"]}}, "absent/header", "unknown key 'header'; "),
    ({"absent": ["X"]}, "absent", 'expected an object with headers, query, body, got ["X"]'),
    ({"absent": {"headers": "X"}}, "absent/headers", 'expected a list, got "X"'),
    ({"absent": {"headers": ["X Trace"]}}, "absent/headers/0", 'expected the name of a header (RFC 9110), got "X Trace"'),
    ({"absent": {"query": [""]}}, "absent/query/0", "expected at least 1 character, got 0"),
    (
        {"absent": {"body": ["a..b"]}},
        "absent/body/0",
        "with dots between them, such as settings.voice, got",
    ),
    ({"absent": {"headers": ["X-A", "x-a"]}}, "absent/headers/1", "the header x-a is listed twice; expected once"),
    (
        {"headers": {"X-Trace": "1"}, "absent": {"headers": ["x-trace"]}},
        "absent/headers/0",
        "when.headers expects a value of x-trace, so it is never absent; expected it in one of them",
    ),
    ({"query": {"page": "1"}, "absent": {"query": ["page"]}}, "absent/query/0", "when.query expects a value of page"),
    (
        {"operation": CREATE, "body": {"webhook": {"enable": True}}, "absent": {"body": ["webhook"]}},
        "absent/body/0",
        "when.body expects a value of webhook",
    ),
    ({"body": {"name": None}, "absent": {"body": ["name"]}}, "absent/body/0", "when.body expects a value of name"),
    ({"absent": {"headers": ["Host"]}}, "absent/headers/0", "every request has the header Host, as HTTP requires it"),
    (
        {"operation": BUY, "absent": {"headers": ["Idempotency-Kye"]}},
        "absent/headers/0",
        f"{BUY} has no header 'Idempotency-Kye'; did you mean Idempotency-Key?",
    ),
    (
        {"operation": LIST, "absent": {"query": ["limt"]}},
        "absent/query/0",
        f"{LIST} has no query parameter 'limt'; did you mean limit?",
    ),
    ({"operation": LIST, "absent": {"body": ["label"]}}, "absent/body/0", f"no body of {LIST} has the field 'label'"),
    (
        {"operation": BUY, "absent": {"body": ["areaCode"]}},
        "absent/body/0",
        f"no body of {BUY} has the field 'areaCode'; did you mean area_code?",
    ),
    (
        {"operation": CREATE, "absent": {"body": ["webhook.enabel"]}},
        "absent/body/0",
        f"no body of {CREATE} has the field 'webhook.enabel'; did you mean webhook.enable?",
    ),
    (
        {"operation": "cartesia.phone_numbers_provision", "absent": {"headers": ["cartesia-version"]}},
        "absent/headers/0",
        "refuses a request without the header cartesia-version before rules are tried; expected one that can be absent",
    ),
    ({"operation": BUY, "absent": {"headers": ["content-type"]}}, "absent/headers/0", "without the header content-type before"),
    ({"operation": "demo.list_agents", "absent": {"headers": ["Authorization"]}}, "absent/headers/0", "without its key before"),
    (
        {"provider": "demo", "absent": {"headers": ["Authorization"]}},
        "absent/headers/0",
        "demo refuses a request without its key",
    ),
    (
        {"operation": LIST, "absent": {"headers": ["X-Trace", "Authorization", "X-Api-Key"]}},
        "absent/headers/1",
        "its key before",
    ),
    (
        {"operation": LIST, "absent": {"query": ["sub_account_id"]}},
        "absent/query/0",
        "the query parameter sub_account_id",
    ),
    ({"operation": BUY, "absent": {"body": ["sub_account_id"]}}, "absent/body/0", "without the field sub_account_id before"),
]


@pytest.mark.parametrize(("when", "place", "problem"), REFUSED)
def test_refuses_what_is_always_or_never_absent(steered: Steered, when: dict[str, Any], place: str, problem: str) -> None:
    """At run time and in a scenario, with what was probably meant."""
    refused = steered.control("POST", "/rules", {"when": when, "then": TEAPOT})
    assert (refused.status_code, f"rule/when/{place}: " in refused.json()["detail"]) == (422, True), refused.text
    assert problem in refused.json()["detail"]
    refused = steered.control("PUT", "", {"scenario": {"rules": [{"when": when, "then": TEAPOT}]}})
    assert (refused.status_code, f"scenario/rules/0/when/{place}: " in refused.json()["detail"]) == (422, True), refused.text


@pytest.mark.parametrize(
    "when",
    [
        {"absent": {"headers": ["Authorization", "X-Any"], "query": ["any"]}},
        {"operation": LIST, "absent": {"headers": ["Authorization"]}},
        {"operation": LIST, "absent": {"headers": ["x-api-key", "User-Agent", "Content-Type"]}},
        {"operation": "cartesia.phone_numbers_provision", "absent": {"headers": ["Authorization"]}},
        {
            "operation": CREATE,
            "absent": {"headers": ["Content-Type"], "body": ["webhook.url", "name"]},
        },
        {"operation": CREATE, "body": {"webhook": {"enable": True}}, "absent": {"body": ["webhook.url"]}},
        {"provider": "vantax", "absent": {"headers": ["Idempotency-Key"]}},
        {"path": "/nothing/*", "absent": {"body": ["any.thing"], "headers": ["Authorization"]}},
    ],
)
def test_takes_what_may_be_absent(steered: Steered, when: dict[str, Any]) -> None:
    """What a client may send or leave out."""
    steered.rule(TEAPOT, when)


HEADER, QUERY, DEEP = {"headers": ["X-Trace"]}, {"query": ["a"]}, {"body": ["webhook.url"]}


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        ({}, {"absent": HEADER}),
        ({"absent": HEADER}, {"absent": {"headers": ["x-trace", "B"]}}),
        ({"absent": HEADER}, {"absent": {**HEADER, **QUERY}}),
        ({"absent": DEEP}, {"absent": {"body": ["webhook"]}}),
        ({"absent": DEEP}, {"operation": CREATE, "absent": DEEP}),
    ],
)
def test_a_rule_behind_one_that_always_fires(steered: Steered, earlier: dict[str, Any], later: dict[str, Any]) -> None:
    """It is refused."""
    steered.rule(TEAPOT, {"provider": "demo", **earlier})
    refused = steered.control("POST", "/rules", {"when": {"provider": "demo", **later}, "then": TEAPOT})
    assert (refused.status_code, "never fires: the rule rule-" in refused.json()["detail"]) == (422, True), refused.text


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        ({"absent": HEADER}, {}),
        ({"absent": HEADER}, {"headers": {"X-Trace": "1"}}),
        ({"absent": {**HEADER, **QUERY}}, {"absent": HEADER}),
        ({"absent": {"query": ["X-Trace"]}}, {"absent": HEADER}),
        ({"absent": {"body": ["webhook"]}}, {"absent": DEEP}),
    ],
)
def test_a_rule_of_some_requests_hides_no_other(steered: Steered, earlier: dict[str, Any], later: dict[str, Any]) -> None:
    """The other one fires for those that have what the first expects to be absent."""
    steered.rule(TEAPOT, {"provider": "demo", **earlier})
    steered.rule({"status": 417}, {"provider": "demo", **later})
