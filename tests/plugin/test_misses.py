"""What the plugin asks of a world in the end: why a rule never fired, and whether the simulator was at fault."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import httpx
import pytest

from simulator import Simulator
from simulator.provider.reply import Reply
from simulator.testing.client import Client, ControlError, InProcess, World
from simulator.testing.rule_handle import RuleHandle
from tests.demo_provider import Toy

BUY = "cartesia.phone_numbers_provision"
RESET = {"fault": "reset"}


@pytest.fixture
def world(simulator: Simulator) -> Iterator[World]:
    """A world in this process."""
    made = simulator.world()  # its rules need not fire
    yield made
    made.drop()


def buy(world: World, label: str = "x", key: str = "") -> int:
    """The status of a purchase."""
    headers = {"Authorization": f"Bearer {key or world.cartesia.api_key}", "Cartesia-Version": "2026-03-01"}
    with httpx.Client(transport=world.cartesia.transport, headers=headers) as client:
        return client.post("https://api.cartesia.ai/agents/phone-numbers/provision", json={"label": label}).status_code


def why(world: World, rule: RuleHandle) -> str:
    """Why the nearest request was not decided by a rule."""
    return str(world.explain_rule(rule)["nearest"]["why"])


def test_of_several_requests_the_nearest_is_told(world: World) -> None:
    """The one with the most that fits, then the most alike, then the newest; with the first thing that did not fit."""
    rule = world.rule(name="lost", when={"operation": BUY, "body": {"label": "front desk"}}, then=RESET)
    assert world.explain_rule(rule)["nearest"] is None
    with httpx.Client(transport=world.cartesia.transport) as client:
        client.get("https://api.cartesia.ai/agents/phone-numbers")
    assert why(world, rule) == f"the operation is 'cartesia.phone_numbers_list', the rule expects {BUY!r}"
    for label in ("a", "front door", "b"):
        buy(world, label)
    told = world.explain_rule(rule)
    assert (told["name"], told["fitted"], told["fired"]) == ("lost", 0, 0)
    assert told["nearest"] == {
        "id": world.requests()[2].id,
        "method": "POST",
        "path": "/agents/phone-numbers/provision",
        "why": "the body is {'label': 'front door'}, the rule expects {'label': 'front desk'}",
    }
    with pytest.raises(ControlError, match="no rule 'rule-99'"):
        world.explain_rule("rule-99")


def test_a_rule_that_fitted_says_why_it_let_the_request_pass(world: World) -> None:
    """It skips some; another decided before it; the request came too early, or was refused before."""
    early = world.rule(when={"operation": BUY}, then=RESET)
    buy(world, key="wrong")
    assert why(world, early) == "the request was rejected before rules were evaluated"
    world.remove_rule(early)
    buy(world)
    early = world.rule(when={"operation": BUY}, then=RESET)
    assert why(world, early) == "the rule was added after the request"
    world.remove_rule(early)
    assert buy(world) == 402  # the provider's own, so that rules were tried before
    late = world.rule(when={"operation": BUY}, then=RESET)
    assert why(world, late) == "the rule was added after the request"
    world.remove_rule(late)
    first = world.rule(when={"operation": BUY}, then={"error": "LIMITED"}, skip=1, times=1)
    second = world.rule(when={"operation": BUY}, then={"error": "LIMITED"})
    assert [buy(world) for _ in range(2)] == [429, 429]
    assert why(world, first) == "skip is 1 and this was match 1"
    assert why(world, second) == "another rule fired first"


def test_a_fault_of_the_simulator_stands_in_the_journal(caplog: pytest.LogCaptureFixture) -> None:
    """With what it was; other requests have none."""
    caplog.set_level(logging.CRITICAL, "simulator")
    toy = Toy({"make": lambda call: Reply({"id": "1"})})
    toy("GET", "/things")
    toy("POST", "/things", json={})
    client = Client(InProcess(toy.app, str))
    world = World(client, client.call("GET", "/worlds/default"))
    fine, broken = world.requests()
    assert (fine.bug, broken.status, broken.error) == (None, 500, None)
    assert broken.bug is not None
    assert broken.bug.startswith(
        "The simulator failed at POST /v1/things: OffSpec: make returns 201 that does not match its schema"
    )
    assert f"Simulator bug: {broken.bug}." in world.explain(broken.id)["story"]
