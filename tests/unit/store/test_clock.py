"""A world's own time: the wall clock, shifted, or standing still; and what comes due as it moves on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from simulator.cli.main import main
from tests.unit.steering import AGENTS, BUY, FROZEN, KEY, Steered

LATE = {"description": "late", "open": True, "clock": FROZEN, "lifecycles": {"demo.number": {"after": "30s"}}}
CALL = {"from_number_id": "", "agent_id": "agent_1", "outbound_calls": [{"to_number": "+14155550199"}]}


def _now(steered: Steered) -> datetime:
    return datetime.fromisoformat(steered.told("GET", "/clock")["now"])


def test_the_wall_clock_is_the_default(steered: Steered) -> None:
    """A world goes with the time unless its scenario says otherwise."""
    before = datetime.now(UTC) - timedelta(milliseconds=1)  # the clock tells milliseconds
    clock = steered.told("GET", "/clock")
    assert before <= datetime.fromisoformat(clock["now"]) <= datetime.now(UTC)
    assert (clock["frozen"], clock["fired"], clock["pending"]) == (False, [], [])


@pytest.mark.parametrize("start", ["2026-03-01T00:00:00Z", "2026-03-01t02:00:00+02:00", "2026-02-28T19:00:00.000-05:00"])
def test_a_scenario_says_when_it_begins(steer: Callable[..., Steered], start: str) -> None:
    """In whatever zone; frozen it stands there, else it goes on from there."""
    scenario = {"description": "x", "open": True}
    assert (
        steer({**scenario, "clock": {"start": start, "frozen": True}}).told("GET", "/clock")["now"]
        == "2026-03-01T00:00:00.000Z"
    )
    going = steer({**scenario, "clock": {"start": start}})
    first = _now(going)
    assert first.replace(second=0, microsecond=0) == datetime(2026, 3, 1, tzinfo=UTC)
    while _now(going) == first:
        pass


NO_TIMES = [
    "2016-12-31T23:59:60Z",
    "1969-12-31T23:59:59Z",
    "4000-01-01T00:00:00Z",
    "0001-01-01T00:00:00+01:00",
    "2026-02-30T00:00:00Z",
    "2026-03-01",
    "2026-03-01T00:00:00",
]


@pytest.mark.parametrize("start", NO_TIMES)
def test_a_time_that_cannot_be_told_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], steered: Steered, start: str
) -> None:
    """With its line in a file, and at run time without any change."""
    path = tmp_path / "mine.yaml"
    path.write_text(f"description: x\nclock:\n  start: '{start}'\n", encoding="utf-8")
    assert main(["check", str(path)]) == 1
    assert capsys.readouterr().err.startswith(f"{path}:3: ")
    assert steered.control("POST", "/clock", {"freeze": True, "set": start}).status_code == 422
    assert steered.told("GET", "/clock")["frozen"] is False


def test_freeze_set_advance(steered: Steered) -> None:
    """One step after the other, or all in one; the clock goes on from where it is let go."""
    assert steered.clock(freeze=True)["frozen"] is True
    assert _now(steered) == _now(steered)
    assert steered.clock(set="2030-01-01T00:00:00+01:00")["now"] == "2029-12-31T23:00:00.000Z"
    assert steered.clock(advance="1.5s")["now"] == "2029-12-31T23:00:01.500Z"
    assert steered.clock(advance="200ms")["now"] == "2029-12-31T23:00:01.700Z"
    steps = [steered.clock(advance=step)["now"] for step in ("1m", "2h", "1d")]
    assert steps == ["2029-12-31T23:01:01.700Z", "2030-01-01T01:01:01.700Z", "2030-01-02T01:01:01.700Z"]
    assert steered.clock(freeze=True, set="2026-03-01T00:00:00Z", advance="30s")["now"] == "2026-03-01T00:00:30.000Z"
    let_go = steered.clock(freeze=False)
    assert (let_go["frozen"], let_go["now"][:18]) == (False, "2026-03-01T00:00:3")
    assert _now(steered) < datetime(2026, 3, 1, 0, 1, tzinfo=UTC)


REFUSED: list[Any] = [
    {},
    [],
    {"advance": "soon"},
    {"advance": "-1s"},
    {"advance": -30},
    {"advance": None},
    {"freeze": "yes"},
    {"set": "now"},
    {"stop": True},
    {"freeze": True, "advance": "999999d"},
    {"freeze": True, "set": "9999-12-31T23:59:59Z"},
]


@pytest.mark.parametrize("wish", REFUSED)
def test_a_wish_that_makes_no_sense_changes_nothing(steered: Steered, wish: Any) -> None:
    """The clock goes on as before, also where only a part of the wish is at fault."""
    for _ in range(2):
        assert steered.control("POST", "/clock", wish).status_code == 422
    assert steered.told("GET", "/clock")["frozen"] is False
    assert abs(_now(steered) - datetime.now(UTC)) < timedelta(seconds=5)


def test_answers_tell_the_worlds_time(steered: Steered) -> None:
    """What a provider writes down has the time of its world, and so has the journal."""
    steered.clock(freeze=True, set="2031-05-06T07:08:09Z")
    truedy = steered.world.api("truedy", Authorization="Bearer truedy_Demo0000000000000000000000000000")
    assert truedy("GET", "/agents").json()["meta"]["ts"] == "2031-05-06T07:08:09Z"
    assert steered.journal()[-1]["at"] == "2031-05-06T07:08:09.000Z"


def test_what_is_due_is_done_in_order_and_reported(steer: Callable[..., Steered]) -> None:
    """Of the same time, what was begun first comes first; what is not due waits."""
    steered = steer(LATE)
    bought = [steered.demo("POST", BUY, {}).json() for _ in range(4)]
    steered.clock(advance="10s")
    bought += [steered.demo("POST", BUY, {}).json() for _ in range(4)]
    ids = [each["id"] for each in bought]
    pending = steered.told("GET", "/clock")["pending"]
    assert [each["subject"] for each in pending] == ids
    assert {each["lifecycle"] for each in pending} == {"demo.number"}

    moved = steered.clock(advance="20s")
    assert [each["subject"] for each in moved["fired"]] == ids[:4]
    assert [each["due"] for each in moved["fired"]] == ["2026-03-01T00:00:30.000Z"] * 4
    assert [each["subject"] for each in moved["pending"]] == ids[4:]
    assert steered.numbers() == [each["number"] for each in reversed(bought[:4])]
    assert [each["subject"] for each in steered.clock(set="2026-04-01T00:00:00Z")["fired"]] == ids[4:]
    assert steered.clock(advance="1d")["fired"] == []


def test_one_advance_takes_several_steps(steer: Callable[..., Steered]) -> None:
    """A call is answered after 30 seconds and ends after 30 more, each at its own time, however far the clock jumps."""
    seed = {"agents": [{"id": "agent_1"}], "numbers": [{"label": "Line"}]}
    accounts = [{"keys": ["sk_car_acme"], "cartesia": seed}]
    scenario = {
        "description": "calls",
        "clock": FROZEN,
        "accounts": accounts,
        "lifecycles": {"cartesia.call": {"after": "30s"}},
    }
    steered = steer(scenario)
    cartesia = steered.world.api("cartesia", Authorization="Bearer sk_car_acme", Cartesia_Version="2026-08-14")
    (number,) = [each for account in steered.state("cartesia") for each in account["tables"]["numbers"]["records"]]
    call = cartesia("POST", "/agents/calls", {**CALL, "from_number_id": number["id"]}).json()["calls"][0]["agent_call_id"]
    fired = steered.clock(advance="1h")["fired"]
    assert [(each["subject"], each["due"]) for each in fired] == [
        (call, "2026-03-01T00:00:30.000Z"),
        (call, "2026-03-01T00:01:00.000Z"),
    ]
    ended = cartesia("GET", f"/agents/calls/{call}").json()
    assert (ended["status"], ended["start_time"][:19], ended["end_time"][:19]) == (
        "completed",
        "2026-03-01T00:00:30",
        "2026-03-01T00:01:00",
    )


def test_a_request_finds_what_has_come_due(steer: Callable[..., Steered]) -> None:
    """On a clock that goes by itself nobody need advance it."""
    steered = steer({**LATE, "clock": {}, "lifecycles": {"demo.number": {"after": "30ms"}}})
    number = steered.demo("POST", BUY, {}).json()["id"]
    statuses = []
    while 200 not in statuses:
        statuses.append(steered.demo("PATCH", f"{BUY}/{number}", {}).status_code)
    assert set(statuses) <= {404, 200}


def test_the_clock_may_go_back(steer: Callable[..., Steered]) -> None:
    """Nothing is undone by that, and what is pending waits for its time."""
    steered = steer(LATE)
    steered.demo("POST", BUY, {})
    assert steered.clock(set="2025-01-01T00:00:00Z")["fired"] == []
    assert steered.demo("GET", AGENTS).status_code == 200
    assert len(steered.clock(set="2026-03-01T00:00:30Z")["fired"]) == 1


def test_timers_go_with_their_world(steer: Callable[..., Steered]) -> None:
    """A reset, a clear, a new world of the name: nothing of the old one comes due any more."""
    steered = steer(LATE)
    for method, path in (("POST", "/reset"), ("POST", "/clear"), ("PUT", ""), ("DELETE", ""), ("PUT", "")):
        if steered.control("GET", "").status_code == 200:
            steered.world.http.post(steered.world.providers["demo"]["base_url"] + BUY, headers={"Authorization": KEY}, json={})
        body = LATE if method == "PUT" else None
        assert steered.control(method, path, body and {"scenario": body}).is_success
        if method != "DELETE":
            assert steered.clock(advance="1h")["fired"] == []
            assert steered.numbers() == []
