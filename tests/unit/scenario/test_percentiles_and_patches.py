"""Delays by percentiles, and single elements of lists that a rule changes."""

from __future__ import annotations

import random
import sys
from typing import Any

import pytest

from simulator.engine.delays import delay_seconds
from simulator.scenario.format import MAX_DELAY, Spread
from tests.unit.steering import AGENTS, Json, Steered

CREATE, LIST = {"operation": "demo.create_agent"}, {"operation": "demo.list_agents"}


def drawn(spread: Spread, count: int = 20_000) -> list[float]:
    """Return delays in order."""
    chance = random.Random(7)
    return sorted(delay_seconds(spread, chance) for _ in range(count))


def test_delays_have_their_percentiles() -> None:
    """Each one that is given; in between and beyond they go on smoothly, up to twice the last, and an hour at most."""
    delays = drawn(Spread(p50="80ms", p90="500ms", p99="2s"))
    for share, expected in ((0.5, 0.08), (0.9, 0.5), (0.99, 2)):
        assert delays[int(share * len(delays))] == pytest.approx(expected, rel=0.08)
    assert 0.08 < delays[int(0.7 * len(delays))] < 0.5
    assert delays[0] < 0.03
    assert delays[-1] == pytest.approx(4)
    assert drawn(Spread(p50="80ms", p99="2s"))[-1] == pytest.approx(4)
    assert 2 < drawn(Spread(p50="80ms", p99="2s", p999="6s"))[-1] <= 12
    assert drawn(Spread(p50="1s", p75="59m"), 1000)[-1] == pytest.approx(MAX_DELAY)
    assert drawn(Spread(p90="1s", p99="1s"), 100) == pytest.approx([1.0] * 100)


def test_the_same_seed_delays_alike(steered: Steered) -> None:
    """A rule with percentiles is drawn from the world's seed, and shown as it was written."""
    rule = steered.rule({"delay": {"p50": "1ms", "p99": "2ms"}}, LIST)
    assert steered.demo("GET", AGENTS).status_code == 200
    assert steered.told("GET", f"/rules/{rule}")["rule"]["then"] == {"delay": {"p50": "1ms", "p99": "2ms"}}


@pytest.mark.parametrize(
    ("delay", "problem"),
    [
        ({"p99": "2s"}, "expected at least two percentiles, such as {p50: 80ms, p99: 2s}"),
        ({"p50": "2s", "p99": "80ms"}, "found 2s before 80ms"),
        ({"p50": "0s", "p99": "2s"}, "found 0s, expected percentiles that are longer than 0"),
        ({"p50": "1s", "p99": "2h"}, "found 2h, expected at most 1h"),
        ({"p50": "1s", "p99": "2s", "uniform": ["1s", "2s"]}, "expected one of uniform, lognormal, and percentiles"),
        ({}, "expected one of uniform, lognormal, and percentiles"),
        ({"p42": "1s"}, "p42"),
    ],
)
def test_refuses_percentiles_that_no_delay_has(steered: Steered, delay: Json, problem: str) -> None:
    """Too few, in the wrong order, or beside another distribution."""
    refused = steered.control("POST", "/rules", {"then": {"delay": delay}, "when": LIST})
    assert (refused.status_code, problem in refused.json()["detail"]) == (422, True), refused.text


def patch(steered: Steered, *operations: Json, when: Json = LIST, **more: Any) -> str:
    """Add a rule that patches a response."""
    return steered.rule({"amend": {"patch": list(operations), **more}}, when)


def test_patches_single_elements(steered: Steered) -> None:
    """Of lists and objects, one operation after the other, and after `body` was merged."""
    names = ["Ann", "Bob", "Cyd"]
    for name in names:
        steered.demo("POST", AGENTS, {"name": name})
    before = steered.demo("GET", AGENTS).json()["agents"]
    patch(
        steered,
        {"op": "replace", "path": "/agents/1/name", "value": None},
        {"op": "remove", "path": "/agents/0"},
        {"op": "add", "path": "/agents/-", "value": {"name": "Dan"}},
        {"op": "test", "path": "/more", "value": True},
        {"op": "move", "from": "/more", "path": "/hasMore"},
        {"op": "copy", "from": "/agents/1/name", "path": "/last"},
        body={"more": True},
    )
    response = steered.demo("GET", AGENTS)
    expected = [{**before[1], "name": None}, *before[2:], {"name": "Dan"}]
    assert response.json() == {"agents": expected, "hasMore": True, "last": before[2]["name"]}
    assert (response.status_code, response.headers["X-Simulator-Evidence"]) == (200, "assumed")


def test_a_patch_that_does_not_fit_fails_the_test(steered: Steered) -> None:
    """The response says which operation and why, nothing has happened, and the world's verdict has it."""
    count = len(steered.demo("GET", AGENTS).json()["agents"])
    patch(steered, {"op": "remove", "path": "/agents/0"}, when=CREATE)
    response = steered.demo("POST", AGENTS, {"name": "Ann"})
    assert (response.status_code, response.headers["X-Simulator-Bug"]) == (500, "1")
    text = response.json()["simulator_bug"]
    assert text.startswith("The JSON Patch of rule 'rule-"), text
    assert "operation 0 (remove /agents/0) does not fit the response: " in text
    assert len(steered.demo("GET", AGENTS).json()["agents"]) == count
    assert [finding["kind"] for finding in steered.told("GET", "/verdict")["findings"]] == ["bug"]


def test_a_test_of_a_patch_must_hold(steered: Steered) -> None:
    """It fails as one whose path leads nowhere."""
    patch(steered, {"op": "test", "path": "/agents", "value": []})
    steered.demo("POST", AGENTS, {"name": "Ann"})
    assert "operation 0 (test /agents)" in steered.demo("GET", AGENTS).json()["simulator_bug"]


@pytest.mark.parametrize(
    ("operation", "problem"),
    [
        ({"op": "add", "path": "/a"}, "add needs value"),
        ({"op": "move", "path": "/a"}, "move needs from"),
        ({"op": "remove", "path": "/a", "value": 1}, "remove takes no value"),
        ({"op": "add", "path": "/a", "from": "/b", "value": 1}, "add takes no from"),
        ({"op": "replace", "path": "a", "value": 1}, "a JSON Pointer (RFC 6901)"),
        ({"op": "swap", "path": "/a"}, "swap"),
        ({"op": "add", "path": "/number", "value": "+14158675309"}, "+14158675309"),
    ],
)
def test_refuses_what_is_no_patch(steered: Steered, operation: Json, problem: str) -> None:
    """Operations without what they need, and numbers that could ring."""
    refused = steered.control("POST", "/rules", {"then": {"amend": {"patch": [operation]}}, "when": LIST})
    assert (refused.status_code, problem in refused.json()["detail"]) == (422, True), refused.text


def test_says_what_to_install(steered: Steered, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the library is missing, a rule with a patch is refused."""
    monkeypatch.setitem(sys.modules, "jsonpatch", None)
    operation = {"op": "remove", "path": "/a"}
    refused = steered.control("POST", "/rules", {"then": {"amend": {"patch": [operation]}}, "when": LIST})
    assert "pip install 'provider-simulator[jsonpatch]'" in refused.json()["detail"]
