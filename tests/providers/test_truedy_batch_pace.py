"""How many contacts a batch call of Truedy calls at the same time (https://docs.truedy.ai/api-reference/batch-calls)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.conftest import Api, World
from tests.providers.truedy import AGENT, KEY

PEOPLE = [{"phone_number": f"+141555501{number}"} for number in range(20, 32)]
COUNTS = ("pending", "called", "completed", "failed")


@pytest.fixture
def begin(make_world: Callable[..., World]) -> Callable[..., tuple[World, Api, str]]:
    """Return a function that schedules a batch call of twelve contacts, in a world with or without a frozen clock."""

    def schedule(*, frozen: bool, **more: Any) -> tuple[World, Api, str]:
        number = {"phone_number": "+14155551234", "outbound_agent_id": AGENT}
        held = {"agents": [{"id": AGENT}], "numbers": [number]}
        clock = {"start": "2026-03-03T12:00:00Z", "frozen": frozen}
        world = make_world({"clock": clock, "accounts": [{"keys": [KEY], "truedy": held}]})
        truedy = world.api("truedy", Authorization=f"Bearer {KEY}")
        batch = truedy("POST", "/batch-calls", {"name": "March", "agent_id": AGENT, "contacts": PEOPLE, **more}).json()["data"]
        assert truedy("POST", f"/batch-calls/{batch['id']}/schedule", {}).status_code == 200
        return world, truedy, batch["id"]

    return schedule


def seen(truedy: Api, batch_id: str) -> dict[str, Any]:
    """Return a batch call as it is now."""
    batch: dict[str, Any] = truedy("GET", f"/batch-calls/{batch_id}").json()["data"]
    return batch


def test_five_calls_at_the_same_time(begin: Callable[..., tuple[World, Api, str]]) -> None:
    """A contact is called when the call of another is over; the batch call shows how many are called at once, and again."""
    world, truedy, batch_id = begin(frozen=True)
    batch = seen(truedy, batch_id)
    assert (batch["concurrency"], batch["retry_attempts"]) == (5, 2)
    assert [batch[name] for name in COUNTS] == [7, 5, 0, 0]
    for expected in ([2, 10, 5, 0], [0, 12, 10, 0], [0, 12, 12, 0]):
        world.http.post(f"{world.control}/clock", json={"advance": "15s"})  # what a call takes
        assert [seen(truedy, batch_id)[name] for name in COUNTS] == expected
    assert seen(truedy, batch_id)["status"] == "completed"


def test_a_pause_holds_the_contacts_that_wait(begin: Callable[..., tuple[World, Api, str]]) -> None:
    """Calls under way go on, and no other begins until the batch call is resumed."""
    world, truedy, batch_id = begin(frozen=True)
    assert truedy("POST", f"/batch-calls/{batch_id}/pause").status_code == 200
    world.http.post(f"{world.control}/clock", json={"advance": "1h"})
    assert [seen(truedy, batch_id)[name] for name in COUNTS] == [7, 5, 5, 0]
    assert truedy("POST", f"/batch-calls/{batch_id}/resume").status_code == 200
    assert [seen(truedy, batch_id)[name] for name in COUNTS] == [2, 10, 5, 0]


def test_calls_that_end_at_once(begin: Callable[..., tuple[World, Api, str]]) -> None:
    """With a running clock all contacts are called one after the other, within the limit of a day."""
    _, truedy, batch_id = begin(frozen=False)
    assert [seen(truedy, batch_id)[name] for name in ("status", *COUNTS)] == ["completed", 0, 12, 12, 0]
    _, truedy, batch_id = begin(frozen=False, max_calls_per_day=7)
    assert [seen(truedy, batch_id)[name] for name in ("status", *COUNTS)] == ["active", 5, 7, 7, 0]
