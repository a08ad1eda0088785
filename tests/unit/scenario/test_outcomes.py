"""The keys `calls` and `messages` of a scenario: what is refused when it is loaded, with what was expected."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from simulator.store.outcomes import CallOutcomes, MessageOutcomes, OneCall, OneMessage, Outcomes
from simulator.store.plans import CallPlan, MessagePlan, Turn
from tests.conftest import World

TO = "+14155550123"


@pytest.mark.parametrize(
    ("part", "words"),
    [
        (
            {"calls": {"outcome": "bussy"}},
            "calls/outcome: expected one of busy, completed, failed, hung_up, max_duration, no_answer, voicemail",
        ),
        ({"calls": {"outcomes": "busy"}}, "unknown key 'outcomes'; expected one of"),
        ({"calls": {"duration": "long"}}, "calls/duration: expected a duration such as 200ms"),
        ({"calls": {"duration": 30}}, "got 30; write 30s for seconds"),
        ({"calls": {"transcript": [{"role": "user", "text": "x"}]}}, "expected one of agent, callee (Who speaks)"),
        ({"calls": {"transcript": [{"role": "agent"}]}}, "missing 'text'"),
        ({"calls": {"to": {"5550123": {"outcome": "busy"}}}}, "A phone number in E.164"),
        ({"calls": {"to": {TO: "busy"}}}, f"calls/to/{TO}: expected an object"),
        ({"calls": {"in_turn": {"outcome": "busy"}}}, "calls/in_turn: expected a list"),
        ({"calls": {"in_turn": [{"outcome": "delivered"}]}}, "calls/in_turn/0/outcome: expected one of busy, completed"),
        (
            {"calls": {"outcome": "busy", "duration": "3s"}},
            "a call with the outcome busy is not answered, so it has no duration",
        ),
        (
            {"calls": {"to": {TO: {"outcome": "no_answer", "transcript": []}}}},
            f"calls/to/{TO}/transcript: a call with the outcome no_answer is not answered",
        ),
        ({"messages": {"outcome": "busy"}}, "messages/outcome: expected one of delivered, delivered_late, opted_out, rejected"),
        ({"messages": {"transcript": []}}, "unknown key 'transcript'; expected one of outcome, delay, to, in_turn"),
        (
            {"messages": {"in_turn": [{"outcome": "opted_out", "delay": "1s"}]}},
            "messages/in_turn/0/delay: a message with the outcome opted_out is not delivered, so it has no delay",
        ),
    ],
)
def test_what_contradicts_itself_is_refused(world: World, part: dict[str, Any], words: str) -> None:
    """With its place and the allowed values."""
    answer = world.http.put(world.control, json={"scenario": {"description": "x", **part}})
    assert answer.status_code == 422
    detail = answer.json()["detail"]
    assert words.casefold() in detail.casefold(), detail


def test_any_number_can_be_a_destination(world: World) -> None:
    """It is a condition, which nobody is called by."""
    scenario = {"description": "x", "calls": {"to": {"+4930123456": {"outcome": "busy"}}}}
    assert world.http.put(world.control, json={"scenario": scenario}).is_success


def test_what_an_entry_leaves_out_is_as_for_any_other_call() -> None:
    """Its duration and transcript come from what is said of all calls."""
    said = [Turn(role="callee", text="Yes?")]
    to, in_turn = {TO: OneCall(outcome="hung_up")}, [OneCall(duration="2m")]
    outcomes = Outcomes(CallOutcomes(duration="1m", transcript=said, to=to, in_turn=in_turn), MessageOutcomes(), [])
    minutes = timedelta(minutes=1)
    assert outcomes.call(TO) == CallPlan("hung_up", minutes, True, tuple(said))
    assert outcomes.call("+14155550124") == CallPlan("completed", 2 * minutes, True, tuple(said))
    assert outcomes.call("+14155550124", minutes / 2) == CallPlan("max_duration", minutes / 2, True, tuple(said))
    assert outcomes.call("+16065550190") == CallPlan("busy", timedelta())


def test_messages_are_late_by_their_delay() -> None:
    """Half a minute, unless a scenario gives it; a message that is on time may have a delay too."""
    general = MessageOutcomes(to={TO: OneMessage(delay="5s")}, in_turn=[OneMessage(outcome="delivered_late", delay="1m")])
    outcomes = Outcomes(CallOutcomes(), general, [])
    assert outcomes.message(TO) == MessagePlan("delivered", timedelta(seconds=5))
    assert outcomes.message("+16065550197") == MessagePlan("delivered_late", timedelta(minutes=1))
    assert outcomes.message("+16065550197") == MessagePlan("rejected")
    assert outcomes.message("+16065550196") == MessagePlan("delivered_late", timedelta(seconds=30))
