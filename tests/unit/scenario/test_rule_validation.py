"""Rules that can never work are refused when they are loaded: in a file with its line, at run time with the place."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from simulator.cli.main import main
from tests.demo_provider import PROVIDERS
from tests.unit.steering import AGENTS, Steered

BUY = "demo.buy_number"
LIST = "vantax.list_phone_numbers"
DO: dict[str, Any] = {"status": 500}

# when, then, the place in the rule that is at fault, and words of what is said
FINDINGS: list[tuple[dict[str, Any], dict[str, Any], str, str]] = [
    ({"provider": "demp"}, DO, "when/provider", "unknown provider 'demp'; did you mean demo?"),
    ({"operation": "demo.by_number"}, DO, "when/operation", "did you mean demo.buy_number?"),
    ({"operation": "nonsense"}, DO, "when/operation", "unknown operation 'nonsense'; expected one of"),
    ({"operation": BUY, "provider": "vantax"}, DO, "when/operation", f"unknown operation {BUY!r}"),
    ({"operation": BUY, "method": "GET"}, DO, "when/method", f"{BUY} is a POST, never a GET"),
    ({"method": "FETCH"}, DO, "when/method", "expected one of DELETE, GET"),
    ({"operation": BUY, "path": "/v1/agents"}, DO, "when/path", "is at /v1/numbers, never at"),
    ({"operation": BUY, "path": "*/agents*"}, DO, "when/path", "never at */agents*"),
    ({"operation": "vantax.get_agent", "path": "/v1/agents/a/b"}, DO, "when/path", "is at /v1/agents/{"),
    ({"operation": "cartesia.api_status", "key": "sk_car_acme"}, DO, "when/key", "cartesia.api_status takes no key"),
    ({"provider": "vantax", "key": "sk_car_acme"}, DO, "when/key", "has not the form of a key that vantax"),
    (
        {"operation": "chirp.list_apps", "key": "sk_live_app_x"},
        DO,
        "when/key",
        "has not the form of a key that chirp.list_apps",
    ),
    ({"operation": LIST, "query": {"limt": "1"}}, DO, "when/query/limt", "no query parameter 'limt'; did you mean limit?"),
    ({"operation": LIST, "query": {"limit": "ten"}}, DO, "when/query/limit", 'never lets this through: "ten" is not of type'),
    ({"operation": BUY, "body": {"prefx": "+1"}}, DO, "when/body/prefx", f"no body of {BUY} has the field 'prefx'"),
    ({"operation": BUY, "body": {"prefix": 1}}, DO, "when/body/prefix", f"a body of {BUY} never has this: 1 is not of type"),
    ({"provider": "vantax", "body": {"area_code": "x"}}, DO, "when/body/area_code", "a body of vantax never has this"),
    (
        {"body": {"nobody_has_this": 1}},
        DO,
        "when/body/nobody_has_this",
        "a body of any provider never has this: 1 is not of type",
    ),
    ({"operation": "demo.list_agents", "body": {"x": 1}}, DO, "when/body/x", "no body of demo.list_agents has the field 'x'"),
    ({"path": "/v1/phone-numbers", "body": {"nope": 1}}, DO, "when/body/nope", "no body of any provider has the field"),
    ({"provder": "demo"}, DO, "when/provder", "unknown key 'provder'; expected one of provider, operation"),
    ({"provider": "demo"}, {"error": "NO_NUMBRS"}, "then/error", "demo has no error 'NO_NUMBRS'; did you mean NO_NUMBERS?"),
    ({}, {"error": "SLUG_TAKEN"}, "then/error", "vantax has no error 'SLUG_TAKEN'"),
    ({"provider": "demo"}, {"error": "LIMITED", "status": 429}, "then/status", "expected either error or status"),
    ({"provider": "demo"}, {"error": "LIMITED", "body": {}}, "then", "they are mutually exclusive"),
    ({}, {"status": 500, "amend": {"status": 501}}, "then", "expected one of error, status and body, amend"),
    ({}, {"headers": {"A": "b"}, "delay": "1s"}, "then/headers", "headers go with error or status; expected amend"),
    ({}, {"headers": {"A": "b"}, "amend": {"status": 500}}, "then/headers", "headers go with error or status; expected amend"),
    ({}, {}, "then", "it does nothing; expected one of error, status, body, amend, delay, fault"),
    ({}, {"stage": "after_commit"}, "then", "it does nothing"),
    ({}, {"delay": "1s", "stage": "after_commit"}, "then/stage", "a stage goes with error, status, body, fault or hold"),
    ({}, {"status": 199}, "then/status", "expected at least 200, got 199"),
    ({}, {"status": 600}, "then/status", "expected at most 599, got 600"),
    ({}, {"status": 204, "body": {}}, "then/body", "HTTP allows a 204 no body"),
    ({}, {"amend": {"status": 304, "body": {}}}, "then/amend/body", "HTTP allows a 304 no body"),
    ({}, {"status": 500, "headers": {"Content-Length": "9"}}, "then/headers/Content-Length", "expected a fault"),
    ({}, {"amend": {"headers": {"transfer-encoding": "x"}}}, "then/amend/headers/transfer-encoding", "is the server's to set"),
    ({}, {"status": 500, "headers": {"Connection": "close"}}, "then/headers/Connection", "Connection is the server's to set"),
    (
        {},
        {"amend": {"headers": {"connection": "keep-alive"}}},
        "then/amend/headers/connection",
        "connection is the server's to set",
    ),
    (
        {},
        {"amend": {"headers": {"X-Simulator-Evidence": "documented"}}},
        "then/amend/headers/X-Simulator-Evidence",
        "X-Simulator-Evidence is the simulator's to set",
    ),
    ({"operation": ""}, {"status": 500}, "when/operation", "expected"),
    ({"provider": ""}, {"status": 500}, "when/provider", "expected"),
    ({"path": ""}, {"status": 500}, "when/path", "expected"),
    ({"key": ""}, {"status": 500}, "when/key", "expected"),
    ({}, {"status": 500, "headers": {"A b": "c"}}, "then/headers", "A b"),
    ({}, {"status": 500, "headers": {"A": "b\r\nC: d"}}, "then/headers/A", "expected ASCII, without a space at either end"),
    ({}, {"status": 500, "headers": {"A": "∞"}}, "then/headers/A", "expected ASCII, without a space at either end"),
    ({}, {"fault": "explode"}, "then/fault", "expected one of empty, garbage, reset, truncate"),
    ({}, {"fault": "reset", "stage": "after"}, "then/stage", "expected one of after_commit, before"),
    ({}, {"delay": "soon"}, "then/delay", "expected a duration such as 200ms"),
    ({}, {"delay": {"p50": "1 s", "p99": "2s"}}, "then/delay/p50", "expected a duration such as 2s; half of the delays"),
    ({}, {"delay": "2h"}, "then/delay", "found 2h, expected at most 1h"),
    ({}, {"delay": {"uniform": ["1s", "2h"]}}, "then/delay/uniform", "found 2h, expected at most 1h"),
    ({}, {"delay": {"uniform": ["2s", "1s"]}}, "then/delay/uniform", "found 2s before 1s, expected the shorter one first"),
    ({}, {"delay": {"uniform": ["1s"]}}, "then/delay/uniform", "uniform: expected at least 2 items, got 1"),
    ({}, {"delay": {}}, "then/delay", "expected one of uniform, lognormal"),
    (
        {},
        {"delay": {"uniform": ["1s", "2s"], "lognormal": {"median": "1s", "sigma": 1}}},
        "then/delay",
        "one of uniform, lognormal",
    ),
    ({}, {"delay": {"lognormal": {"median": "0s", "sigma": 1}}}, "then/delay/lognormal/median", "longer than 0"),
    (
        {},
        {"delay": {"lognormal": {"median": "1d", "sigma": 1}}},
        "then/delay/lognormal/median",
        "found 1d, expected at most 1h",
    ),
]

COUNTS: list[tuple[dict[str, Any], str]] = [
    ({"times": 0}, "times"),
    ({"times": 1.5}, "times"),
    ({"times": 10**30}, "times"),
    ({"skip": -1}, "skip"),
    ({"probability": 0}, "probability"),
    ({"probability": 1.01}, "probability"),
    ({"name": 7}, "name"),
    ({"tims": 1}, "tims"),
]


@pytest.mark.parametrize(("when", "then", "place", "words"), FINDINGS)
def test_a_rule_that_can_never_work_is_refused_in_a_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], when: Any, then: Any, place: str, words: str
) -> None:
    """`simulator check` names the file and the line of what is at fault, and says what was expected."""
    rules = [{"then": {"status": 500}}, {"when": when, "then": then}]
    text = yaml.safe_dump({"description": "x", "rules": rules}, sort_keys=False, allow_unicode=True)
    path = tmp_path / "mine.yaml"
    path.write_text(text, encoding="utf-8")
    assert main(["check", str(path), "--providers", str(PROVIDERS)]) == 1
    said = capsys.readouterr().err.splitlines()
    assert [line for line in said if line.startswith(f"{path}:{_line(text, place)}: ") and words in line], said


def _line(text: str, place: str) -> int:
    """The line on which a place of the second rule stands, found in the text by the last word of its way."""
    node: Any = yaml.compose(text)
    line = 0
    for step in ["rules", 1, *place.split("/")]:
        if isinstance(step, int):
            node = node.value[step]
        else:
            key, node = next(pair for pair in node.value if pair[0].value == step)
            line = key.start_mark.line + 1
    return line


@pytest.mark.parametrize(("when", "then", "place", "words"), FINDINGS)
def test_a_rule_that_can_never_work_is_refused_at_run_time(
    steered: Steered, when: Any, then: Any, place: str, words: str
) -> None:
    """The control API names the way to what is at fault, and the world is as it was."""
    before = steered.rules()
    answer = steered.control("POST", "/rules", {"when": when, "then": then})
    assert answer.status_code == 422
    assert any(f"rule/{place}" in line and words in line for line in answer.json()["detail"].splitlines()), answer.text
    assert steered.rules() == before


@pytest.mark.parametrize(("counts", "place"), COUNTS)
def test_counts_that_cannot_be_meant_are_refused(steered: Steered, counts: dict[str, Any], place: str) -> None:
    """A rule that works no times, or less often than never."""
    body = json.dumps({"then": DO, **counts})
    answer = steered.control("POST", "/rules", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 422
    assert f"rule/{place}: " in answer.json()["detail"]


SOUND: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({}, {"delay": "1h"}),
    ({}, {"delay": {"uniform": ["0ms", "0ms"]}}),
    ({"path": "/v1/fax", "body": {"to": "+1"}, "key": "whatever", "query": {"a": "b"}}, DO),
    ({"path": "/v1/*", "body": {"nobody_has_this": 1}}, DO),
    ({"operation": "vantax.get_agent", "path": "/v1/agents/*"}, DO),
    ({"operation": "vantax.get_agent", "path": "/v1/agents/a%2Fb"}, DO),
    ({"operation": "vantax.get_agent", "path": "*"}, DO),
    ({"provider": "chirp", "key": "sk_*_revoked"}, {"error": "INVALID_KEY"}),
    ({"operation": LIST, "query": {"limit": "10"}}, DO),
    ({"operation": BUY, "body": {}}, DO),
    ({"body": {"webhook": {}}}, DO),
    ({}, {"error": "LIMITED", "headers": {"Retry-After": "1"}, "delay": "1ms", "stage": "after_commit"}),
    ({}, {"amend": {"body": None}, "delay": "1ms", "fault": "truncate", "stage": "after_commit"}),
]


@pytest.mark.parametrize(("when", "then"), SOUND)
def test_a_rule_that_can_work_is_taken(steered: Steered, when: dict[str, Any], then: dict[str, Any]) -> None:
    """What is odd but possible is not refused."""
    assert steered.control("POST", "/rules", {"when": when, "then": then, "times": 2.0}).status_code == 201
    assert steered.demo("GET", AGENTS, headers={"Authorization": "none"}).status_code == 401
