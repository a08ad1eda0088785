"""What Cartesia's pages say in figures: slots for numbers, and calls at the same time, of each plan."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.conftest import World
from tests.providers.test_cartesia import client, provision, refusal, scenario
from tests.providers.test_cartesia_calls import SECTION, UK, US, dial

NUMBERS = "https://docs.cartesia.ai/line/integrations/telephony/cartesia-numbers"
SCALING = "https://docs.cartesia.ai/line/infrastructure/scaling"

SLOTS = {"free": 1, "pro": 3, "startup": 5, "scale": 10}  # NUMBERS; those of the plan enterprise are agreed
CALLS_AT_ONCE = {"free": 8, "pro": 12, "startup": 20, "scale": 60}  # SCALING


@pytest.mark.parametrize(("plan", "slots"), [*SLOTS.items(), ("enterprise", 12), ("enterprise", 0)])
def test_slots_of_a_plan(make_world: Callable[..., World], plan: str, slots: int) -> None:
    """A plan allows its number of Cartesia numbers; the next is refused with quota_exceeded until one is deleted."""
    section = {"plan": plan, "slots": slots if plan == "enterprise" else None}
    api = client(make_world(scenario(**section)))
    numbers = [provision(api) for _ in range(slots)]
    assert len({number["number"] for number in numbers}) == slots
    again = api("POST", "/agents/phone-numbers/provision", {"label": "one too many"})
    assert refusal(again, 402) == ("quota_exceeded", "Phone number limit reached")
    assert again.headers["X-Simulator-Evidence"] == "documented"
    assert len(api("GET", "/agents/phone-numbers", params={"limit": "100"}).json()["data"]) == slots
    if numbers:
        assert api("DELETE", f"/agents/phone-numbers/{numbers[0]['id']}").status_code == 204
        provision(api)


@pytest.mark.parametrize(("plan", "calls"), CALLS_AT_ONCE.items())
def test_calls_at_the_same_time(make_world: Callable[..., World], plan: str, calls: int) -> None:
    """Destinations beyond the plan's calls at the same time get an error each, and a refused one takes none of them."""
    section = {**SECTION, "numbers": SECTION["numbers"][:1], "plan": plan, "slots": None, "calls": []}
    results = dial(client(make_world(scenario(**section))), UK, *[US] * calls, US)
    assert all("agent_call_id" in result for result in results[1:-1])
    assert results[-1]["error"]["error_code"] == "concurrency_limited"
