"""The numbers from which Truedy's batch calls call (https://docs.truedy.ai/api-reference/batch-calls)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.conftest import Api, World
from tests.providers.test_truedy_batch_calls import NUMBER, act, advance, draft, shown, truedy, world
from tests.providers.truedy import AGENT, KEY, error, page

__all__ = ["truedy", "world"]  # fixtures


@pytest.mark.parametrize("strategy", ["random", "sequential", "round_robin"])
def test_the_numbers_of_a_batch_call_take_turns(make_world: Callable[..., World], strategy: str) -> None:
    """One after the other, or by chance, which the seed of the world decides."""
    callers = ["+14155551234", "+14155551235"]
    numbers = [{"id": f"{NUMBER[:-1]}{index}", "phone_number": number} for index, number in enumerate(callers)]
    section = {"agents": [{"id": AGENT}], "numbers": numbers}
    seen = []
    for _ in range(2):
        api = make_world({"seed": 1, "accounts": [{"keys": [KEY], "truedy": section}]}).api(
            "truedy", Authorization=f"Bearer {KEY}"
        )
        people = [{"phone_number": f"+141555501{index}"} for index in range(20, 40)]
        ids = [number["id"] for number in numbers]
        batch = draft(api, contacts=people, phone_number_ids=ids, phone_rotation_strategy=strategy)
        act(api, batch, "schedule", {})
        assert shown(api, batch)["status"] == "completed"
        seen.append([call["from"] for call in page(api, "/calls")[0][::-1]])
    assert seen[0] == seen[1]
    assert set(seen[0]) == set(callers)
    assert (seen[0] == callers * 10) == (strategy != "random")


@pytest.mark.parametrize("named", [{"phone_number_ids": [NUMBER]}, {}])
def test_a_number_in_use_is_not_released(world: World, truedy: Api, named: dict[str, Any]) -> None:
    """The guide asks for it to be taken off all campaigns first (buying-phone-numbers); once they are over it goes.

    A batch call that names no numbers goes on with those that its agent had when it started.
    """
    unassign = {"number_id": NUMBER, "assignment_type": "outbound"}
    batch = draft(truedy, **named)
    act(truedy, batch, "schedule", {})
    assert truedy("POST", "/telephony/numbers/unassign", unassign).status_code == 200
    assert shown(truedy, batch)["from_number"] == "+14155551234"
    refused = truedy("DELETE", f"/telephony/numbers/{NUMBER}")
    assert error(refused)[2] == {"field": "number_id", "reason": "A batch call uses the number"}
    advance(world, "1m")
    assert shown(truedy, batch)["status"] == "completed"
    assert truedy("DELETE", f"/telephony/numbers/{NUMBER}").status_code == 200


def test_a_batch_call_ends_that_has_lost_its_numbers(make_world: Callable[..., World]) -> None:
    """It does not wait for ever with contacts that nobody can call."""
    people = [{"phone_number": f"+1415555012{digit}"} for digit in range(7)]
    section = {"agents": [{"id": AGENT}], "numbers": [{"id": NUMBER, "outbound_agent_id": AGENT}]}
    world = make_world(
        {
            "clock": {"start": "2026-03-03T12:00:00Z", "frozen": True},
            "accounts": [{"keys": [KEY], "truedy": section}],
            "assume": {"truedy.release_while_assigned": "allow"},
        }
    )
    truedy = world.api("truedy", Authorization=f"Bearer {KEY}")
    batch = draft(truedy, contacts=people)
    act(truedy, batch, "schedule", {})
    assert truedy("DELETE", f"/telephony/numbers/{NUMBER}").status_code == 200
    assert (shown(truedy, batch)["status"], shown(truedy, batch)["from_number"]) == ("active", None)
    advance(world, "1m")
    ended = shown(truedy, batch)
    assert (ended["status"], ended["completed"], ended["pending"]) == ("failed", 5, 2)


@pytest.mark.parametrize("named", [{"phone_number_ids": [NUMBER]}, {}])
def test_a_batch_call_ends_that_has_lost_its_agent(world: World, truedy: Api, named: dict[str, Any]) -> None:
    """Nobody is called for an agent that does not exist any more; what is under way goes on, and nothing new can start."""
    people = [{"phone_number": f"+1415555012{digit}"} for digit in range(7)]
    batch, later = draft(truedy, contacts=people, **named), draft(truedy, **named)
    act(truedy, batch, "schedule", {})
    assert truedy("DELETE", f"/agents/{AGENT}").status_code == 200
    advance(world, "1h")
    ended = shown(truedy, batch)
    assert [ended[name] for name in ("status", "called", "completed", "pending")] == ["failed", 5, 5, 2]
    assert error(act(truedy, later, "schedule", {}))[:2] == (404, "not_found")
    assert shown(truedy, later)["status"] == "draft"
