"""What becomes of webhooks for which no receiver is needed: it is decided with the request, and no thread has a say in it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from simulator import Simulator
from simulator.testing.client import World
from tests.receiver import Receiver, receiving
from tests.unit.deliveries.conftest import CALL, EVENTS, client, scenario

Make = Callable[..., World]
NOWHERE = "https://app.example.com/hooks"  # to which nothing may be sent


def rule(event: str, delivery: str, **more: Any) -> dict[str, Any]:
    """Return a rule for an event of Truedy."""
    return {"when": {"event": f"truedy.{event}"}, "then": {"delivery": delivery, **more}}


def threads() -> set[threading.Thread]:
    """Return the threads that send webhooks."""
    return {thread for thread in threading.enumerate() if thread.name == "webhooks"}


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A receiver on this machine that does not answer until it is released."""
    with receiving() as running:
        running.release.clear()
        yield running


def until(condition: Callable[[], bool]) -> None:
    """Wait until a condition holds."""
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_what_may_not_be_sent_is_blocked_before_the_request_returns(make: Make) -> None:
    """Without a thread that might be later than the next request."""
    before = threads()
    world = make(NOWHERE)
    client(world).post("/calls", json=CALL).raise_for_status()
    assert [(sent.event, sent.status) for sent in world.outbox()] == [(event, "blocked") for event in EVENTS]
    world.inbound_call(from_="+12125550199", to="+14155550142")
    world.advance("1d")
    world.deliver()
    assert {sent.status for sent in world.outbox()} == {"blocked"}
    assert threads() == before


def test_what_rules_decide_is_decided_before_the_request_returns(make: Make) -> None:
    """Dropped, put off, answered in the receiver's place until the last retry, and held until the next one overtakes it."""
    rules = [
        rule("call.started", "never"),
        rule("call.joined", "late", delay="1h"),
        rule("call.ended", "gone"),
        rule("call.billed", "out_of_order"),
    ]
    before = threads()
    world = make(NOWHERE, rules=rules)
    client(world).post("/calls", json=CALL).raise_for_status()
    started, joined, ended, billed = world.outbox()
    assert (started.status, started.rule) == ("dropped", "rule-1")
    assert (joined.status, joined.due) == ("pending", joined.made_at.replace(hour=13))
    assert ([attempt.status for attempt in ended.attempts], ended.due) == ([410], ended.made_at + timedelta(seconds=30))
    assert (billed.status, billed.due, billed.rule) == ("pending", None, "rule-4")
    world.advance("3d")
    joined, ended = world.outbox()[1:3]
    assert joined.status == "blocked"
    assert (ended.status, [attempt.status for attempt in ended.attempts]) == ("failed", [410] * 10)
    pauses = [after.at - before.at for before, after in zip(ended.attempts, ended.attempts[1:], strict=False)]
    assert pauses == [timedelta(seconds=30 * 2**number) for number in range(9)]
    assert threads() == before


def test_an_answer_in_the_place_of_a_receiver_lets_go_what_it_overtakes(make: Make) -> None:
    """As an answer of the receiver does."""
    world = make(NOWHERE, rules=[rule("call.ended", "out_of_order"), rule("call.billed", "gone")])
    client(world).post("/calls", json=CALL).raise_for_status()
    assert [sent.status for sent in world.outbox()] == ["blocked", "blocked", "blocked", "pending"]
    assert world.outbox()[3].attempts[0].status == 410


def test_equal_calls_lead_to_equal_outboxes_and_equal_chance(simulator: Simulator) -> None:
    """Rules of webhooks and rules of requests draw from the same chance, so that the order of their draws shows."""
    unlikely = {"when": {"operation": "truedy.list_calls"}, "then": {"status": 503}, "probability": 0.5}
    rules = [{**rule("*", "late", delay={"uniform": ["1s", "1h"]}), "probability": 0.5}, unlikely]
    worlds = [simulator.world(scenario(NOWHERE, rules=rules), seed=7) for _ in range(2)]
    seen: list[list[Any]] = [[], []]
    for _ in range(20):
        for world, found in zip(worlds, seen, strict=True):
            api = client(world)
            api.post("/calls", json=CALL).raise_for_status()
            found.append((api.get("/calls").status_code, [(sent.status, sent.due) for sent in world.outbox()]))
    assert seen[0] == seen[1]
    assert {status for status, _ in seen[0]} == {200, 503}


def test_what_waits_for_a_receiver_while_the_clock_is_set_back_is_sent_later(make: Make, receiver: Receiver) -> None:
    """It is no longer due when its turn comes."""
    world = make(receiver.url)
    client(world).post("/calls", json=CALL).raise_for_status()
    until(lambda: len(receiver.received) == 1)
    threading.Timer(0.2, receiver.release.set).start()
    world.client.call("POST", f"/worlds/{world.name}/clock", {"set": "2026-03-01T11:00:00Z"})
    assert [sent.status for sent in world.outbox()] == ["delivered", "pending", "pending", "pending"]
    world.advance("1h")
    assert [sent.status for sent in world.outbox()] == ["delivered"] * 4
    assert [one.event for one in receiver.received] == EVENTS


def test_an_advance_waits_for_what_is_being_sent_already(make: Make, receiver: Receiver) -> None:
    """And for the retries that fall due by it."""
    receiver.statuses = [500]
    world = make(receiver.url)
    client(world).post("/calls", json=CALL).raise_for_status()
    until(lambda: len(receiver.received) == 1)
    threading.Timer(0.2, receiver.release.set).start()
    world.advance("30s")
    assert [(sent.status, len(sent.attempts)) for sent in world.outbox()] == [("delivered", 2)] + [("delivered", 1)] * 3


def test_a_deleted_world_sends_nothing_more(simulator: Simulator, receiver: Receiver) -> None:
    """But for what is on its way; a world of the same name that follows it sends its own."""
    world = simulator.world(scenario(receiver.url), name="again")
    client(world).post("/calls", json=CALL).raise_for_status()
    until(lambda: len(receiver.received) == 1)
    world.drop()
    following = simulator.world(scenario(receiver.url), name="again")
    client(following).post("/calls", json=CALL).raise_for_status()
    until(lambda: len(receiver.received) == 2)
    receiver.release.set()
    assert [sent.status for sent in following.deliver()] == ["delivered"] * 4
    assert len(receiver.received) == 1 + 4
