"""Cartesia's calls while they ring and last: how long a number rings, and what is said, turn by turn."""

from __future__ import annotations

import pytest

from simulator import Simulator
from simulator.testing.client import ControlError
from tests.providers.listening import listening
from tests.providers.test_cartesia import KEY
from tests.providers.test_cartesia_webhooks import CALLER, OWN, SECTION, TURNS, US, cartesia, types

SILENT = "+16065550191"  # rings and is not answered


@pytest.mark.parametrize(
    ("lifecycles", "more", "rings", "reason"),
    [
        ({"cartesia.call": {"after": "1h"}}, {}, 60, "dial_no_answer"),
        ({"cartesia.call": {"after": "30s"}}, {"ringing_timeout_seconds": 20}, 20, "dial_no_answer"),
        ({"cartesia.call": {"after": "20s"}}, {"ringing_timeout_seconds": 20}, 40, "agent_hangup"),
    ],
)
def test_how_long_a_number_rings(
    simulator: Simulator, lifecycles: dict[str, object], more: dict[str, int], rings: int, reason: str
) -> None:
    """As long as the request lets it, or a minute: who would answer later does not."""
    with cartesia(simulator, lifecycles) as api:
        for path, to in (("/agents/calls", "outbound_calls"), ("/agents/calls/batches", "recipients")):
            name = {"name": "B"} if to == "recipients" else {}
            body = {"from_number_id": "ap_own", "agent_id": "agent_front", to: [{"to_number": US}]}
            api("POST", path, {**body, **more, **name})
            api.world.advance(rings - 1)
            assert api("GET", "/agents/calls?agent_id=agent_front")["data"][0]["end_reason"] is None
            api.world.advance(1)
            assert api("GET", "/agents/calls?agent_id=agent_front")["data"][0]["end_reason"] == reason


def test_nobody_answers_until_the_timeout(simulator: Simulator) -> None:
    """A number that is not answered rings for as long as it may, on a frozen clock."""
    scenario = {"clock": {"frozen": True}, "accounts": [{"keys": [KEY], "cartesia": SECTION}]}
    with listening(simulator, scenario, "cartesia", Authorization=f"Bearer {KEY}", Cartesia_Version="2026-08-14") as api:
        body = {"from_number_id": "ap_own", "agent_id": "agent_front", "outbound_calls": [{"to_number": SILENT}]}
        api("POST", "/agents/calls", {**body, "ringing_timeout_seconds": 80})
        api.world.advance(79)
        assert api.payloads() == []
        api.world.advance(1)
        (failed,) = api.payloads()
        assert (failed["type"], failed["call"]["end_reason"]) == ("call_failed", "dial_no_answer")


def test_a_call_that_is_cancelled_between_two_turns(simulator: Simulator) -> None:
    """It has sent the turns that were over, has them in its transcript, and sends no more."""
    with cartesia(simulator) as api:
        (call_id,) = api.world.inbound_call(from_=CALLER, to=OWN, turns=[*TURNS, *TURNS], duration=40)["records"]
        api.world.advance("25s")
        assert types(api.payloads()) == ["call_started", "call_turn", "call_turn"]
        api("POST", f"/agents/calls/{call_id}/cancel")
        api.world.advance("1h")
        completed, analysis = api.payloads()
        assert types([completed, analysis]) == ["call_completed", "post_call_analysis"]
        assert [turn["end_timestamp"] for turn in completed["call"]["transcript"]] == [10.0, 20.0]


def test_restoring_between_two_turns(simulator: Simulator) -> None:
    """The rest of the turns is sent again, in the same bytes."""
    with cartesia(simulator) as api:
        api.world.inbound_call(from_=CALLER, to=OWN, turns=[*TURNS, *TURNS], duration=40)
        api.world.advance("15s")
        assert len(api.requests()) == 2
        saved, rest = api.world.snapshot(), []
        for _ in range(2):
            api.world.restore(saved)
            api.world.advance("1m")
            rest.append([request.body for request in api.requests()])
        assert rest[0] == rest[1]
        assert len(rest[0]) == 5


def test_a_turn_takes_the_time_of_its_call(simulator: Simulator) -> None:
    """A lifecycle for it would have no effect."""
    with (
        pytest.raises(ControlError, match=r"unknown lifecycle 'cartesia\.turn'"),
        cartesia(simulator, {"cartesia.turn": "never"}),
    ):
        pytest.fail("the scenario is taken")  # pragma: no cover
