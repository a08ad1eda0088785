"""What a client can send has an end, so that nobody else has to wait for it: more is refused, in few words."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from typing import Any

import pytest

from simulator.engine.context import RequestContext
from simulator.provider import Account
from tests.unit.steering import AGENTS, BUY, Json, Steered

RULE: Json = {"when": {"operation": "demo.list_agents"}, "then": {"status": 500}}
HELD: Json = {"description": "x", "open": True, "accounts": [{"vantax": {"numbers": [{"count": 10_000}] * 11}}]}
HEAPS: dict[str, tuple[Json, str]] = {
    "rules": ({"description": "x", "rules": [RULE] * 1001}, "expected at most 1000 items"),
    "accounts": ({"description": "x", "accounts": [{"keys": ["vx_live_x"]}] * 1001}, "expected at most 1000 items"),
    "records": (HELD, "more than 100000 records in all accounts"),
    "letters of a pattern": (
        {"description": "x", "rules": [{**RULE, "when": {"path": "/" * 1001}}]},
        "expected at most 1000 characters",
    ),
}


@pytest.mark.parametrize("case", HEAPS)
def test_a_scenario_has_an_end(steered: Steered, case: str) -> None:
    """It says how much would have been allowed."""
    scenario, words = HEAPS[case]
    answer = steered.control("PUT", "", {"scenario": scenario})
    assert answer.status_code == 422
    assert words in answer.json()["detail"]


def test_a_world_has_so_many_rules_and_no_more(steer: Callable[..., Steered]) -> None:
    """The next one is a conflict until another is taken away."""
    full = steer({"description": "Many rules", "rules": [{**RULE, "times": 1}] * 1000})
    refused = full.control("POST", "/rules", RULE)
    assert (refused.status_code, refused.json()["detail"]) == (
        409,
        "this world has 1000 rules, at most 1000 are allowed; remove one first",
    )
    full.told("DELETE", "/rules/rule-7")
    assert full.control("POST", "/rules", RULE).status_code == 201


def test_a_body_has_so_many_values_and_no_more(steered: Steered) -> None:
    """However short each of them is; one that has as many is read."""
    for count, status, words in ((50_000, 400, "more than 50000 values"), (49_999, 400, "is not of type")):
        answer = steered.demo("POST", BUY, [0] * count)
        assert answer.status_code == status
        assert words in answer.text


def test_a_file_has_so_many_values_and_no_more(steered: Steered) -> None:
    """As a body has; the line is that of the first one too many."""
    text = "description: x\n" + "".join(f"k{number}: 1\n" for number in range(20_000))
    answer = steered.control("PUT", "", content=text, headers={"Content-Type": "application/yaml"})
    assert answer.status_code == 422
    assert answer.json()["detail"].startswith("scenario:19")
    assert answer.json()["detail"].endswith("more than 20000 values")


def test_so_many_faults_are_told_and_no_more(steered: Steered) -> None:
    """The first hundred of them; nobody reads the others."""
    answer = steered.control("PUT", "", {"scenario": {"description": "x", "rules": [{"then": {}}] * 900}})
    assert len(answer.json()["detail"].splitlines()) == 100


@pytest.mark.parametrize("text", ["x" * 1000, "x" * 1_000_000])
def test_a_refusal_does_not_repeat_all_that_was_sent(steered: Steered, text: str) -> None:
    """It quotes the beginning."""
    for answer in (
        steered.control("PUT", "", {"scenario": {"description": "x", "open": text}}),
        steered.world.api("vantax", Authorization="Bearer vx_live_x")("POST", "/phone-numbers", {"country": text}),
        steered.demo(
            "POST", BUY, content=b'{"prefix": 1e' + b"9" * len(text) + b"}", headers={"Content-Type": "application/json"}
        ),
    ):
        assert 400 <= answer.status_code < 500
        assert len(answer.content) < 1500


def _seconds(ask: Callable[[], Any]) -> float:
    """How long this process works on an answer; the server runs in it."""
    begun = time.process_time()
    ask()
    return time.process_time() - begun


def test_a_pattern_of_many_stars_is_no_slower(steered: Steered) -> None:
    """Whatever the path that nearly fits it."""
    steered.rule({"status": 418}, {"path": "*a" * 40 + "*b"})
    near = "/" + "a" * 5000
    assert _seconds(lambda: steered.demo("GET", near)) < 2
    assert steered.demo("GET", near + "b").status_code == 418


@pytest.mark.parametrize(
    ("pattern", "path", "fits"),
    [
        ("/*a*a", "/aba", True),
        ("/*a*a", "/ab", False),
        ("/*ab", "/abab", True),
        ("/a*b*c", "/abcbc", True),
        ("/a**c", "/ac", True),
        ("/*a*b", "/ba", False),
        ("/*.*", "/a%0Ab.c", True),
    ],
)
def test_what_a_star_stands_for(steered: Steered, pattern: str, path: str, fits: bool) -> None:
    """Any text, an empty one too, as often as there are stars."""
    steered.rule({"status": 418}, {"path": "*" + pattern})
    assert (steered.demo("GET", path).status_code == 418) is fits


def test_a_pattern_and_a_route_are_compared_at_once(steered: Steered) -> None:
    """A rule whose pattern has a thousand letters is judged like any other."""
    long = {"when": {"operation": "demo.list_agents", "path": "*a" * 400 + "*"}, "then": {"status": 418}}
    assert _seconds(lambda: steered.control("POST", "/rules", long)) < 1
    assert "never at" in steered.control("POST", "/rules", long).json()["detail"]


def test_many_faults_in_a_large_file_are_found_at_once(steered: Steered) -> None:
    """Their lines too, which were once looked up by reading the file anew for each."""
    text = "description: x\naccounts:\n" + "- {kyes: [x]}\n" * 4000
    upload = {"content": text, "headers": {"Content-Type": "application/yaml"}}
    assert _seconds(lambda: steered.control("PUT", "", **upload)) < 2
    assert "scenario:3: unknown key 'kyes'" in steered.control("PUT", "", **upload).json()["detail"]


def test_idempotency_keys_may_be_long(world: Any) -> None:
    """They are told apart to the last letter, and kept as short as all others."""
    truedy = world.api("truedy", Authorization=f"Bearer truedy_{'A' * 32}")
    body = {"name": "x", "voice_id": "x", "system_prompt": "x"}
    made = [truedy("POST", AGENTS, body, headers={"X-Idempotency-Key": "k" * 20_000 + end}).json() for end in ("1", "2", "1")]
    ids = [each["data"]["id"] for each in made]
    assert (ids[0] == ids[2], ids[0] == ids[1]) == (True, False)


REFUSALS: dict[str, Json] = {
    "malformed": {"content": b"{", "headers": {"Content-Type": "application/json"}},
    "invalid": {"json": []},
    "unauthorized": {"json": {}, "headers": {"Authorization": "x"}},
}


def contexts() -> int:
    """How many requests are in memory: those of other tests wait at gates."""
    return sum(type(one) is RequestContext for one in gc.get_objects())


@pytest.mark.parametrize("case", REFUSALS)
def test_a_refusal_leaves_no_garbage(steered: Steered, case: str) -> None:
    """Nor the body that was refused, which would stay until somebody looks for garbage."""
    gc.collect()
    before = contexts()
    gc.disable()
    try:
        for _ in range(20):
            assert steered.demo("POST", BUY, **REFUSALS[case]).status_code >= 400
        assert contexts() - before < 5
    finally:
        gc.enable()


def test_a_scenario_that_was_read_leaves_nothing_behind(steered: Steered) -> None:
    """It is tried before a world is made of it: the accounts of that trial are gone then, however many scenarios come."""
    scenario = {"accounts": [{"keys": ["vx_live_a"], "vantax": {"numbers": [{"count": 10}]}}]}
    gc.collect()
    before = sum(type(each) is Account for each in gc.get_objects())
    for _ in range(5):
        steered.told("PUT", "", {"scenario": scenario})
    gc.collect()
    assert sum(type(each) is Account for each in gc.get_objects()) <= before + 1


def test_an_explanation_shows_the_beginning_of_a_long_value(steered: Steered) -> None:
    """Every rule of a world may show it: 1,000 rules beside a header of 60 KB made a response of 60 MB."""
    when = {"operation": "demo.list_agents"}
    rules = [{"when": {**when, "headers": {"x-long": f"b{number}-*"}}, "then": {"status": 418}} for number in range(200)]
    steered.told("PUT", "", {"scenario": {"rules": rules}})
    answer = steered.demo("GET", AGENTS, headers={"x-long": "a" * 60_000})
    explained = steered.control("GET", f"/requests/{answer.headers['X-Simulator-Request']}")
    assert len(explained.content) < 1_000_000
    why = explained.json()["rules"][0]["why"]
    assert why.startswith("the header x-long is 'aaa")
    assert why.endswith("… (60000 characters), the rule expects 'b0-*'")
