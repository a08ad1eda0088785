"""Receivers of webhooks are hunted as clients are: the order, the duplicate or the loss that breaks each is found."""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from simulator import Simulator
from simulator.lab import HuntFailed, HuntInconclusive
from simulator.testing.client import Client, World
from tests.unit.deliveries.conftest import CALL, client, scenario

URL = "https://app.example.com/hooks"
RANK = ["call.started", "call.joined", "call.ended", "call.billed"]
Store = dict[str, Any]
Receive = Callable[[Any], int | None]


@pytest.fixture
def world(simulator: Simulator) -> Iterator[World]:
    """Return a world in which a call is over at once, and its four webhooks are sent; its clock runs as that of receivers."""
    with simulator.world(scenario(URL, clock={})) as world:
        yield world


@pytest.fixture(autouse=True)
def _without_hypothesis(monkeypatch: pytest.MonkeyPatch) -> None:
    """The complete search is enough here."""
    monkeypatch.setattr("simulator.lab.hunt.FURTHER_RUNS", 0)


def driver(world: World) -> Callable[[Store], None]:
    """Return a client that places one call."""
    api = client(world)

    def call(store: Store) -> None:
        api.post("/calls", json=CALL).raise_for_status()

    return call


def is_genuine(request: Any, *, checks_age: bool) -> bool:
    """Verify the signature of Truedy, and its age by the time of the event."""
    at = request.headers["x-truedy-timestamp"]
    expected = hmac.new(b"whsec_test", f"{at}.".encode() + request.body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(request.headers["x-truedy-signature"], expected) and (not checks_age or is_fresh(at))


def is_fresh(at: str) -> bool:
    """Return whether a webhook was signed within the last five minutes."""
    return abs(time.time() - float(at)) <= 300


def books_each(store: Store) -> Receive:
    """Book each call that is billed, however often it is told so."""

    def receive(request: Any) -> None:
        if request.event == "call.billed":
            store["booked"] = store.get("booked", 0) + 1

    return receive


def remembers_only_the_last(store: Store) -> Receive:
    """Know a duplicate only where it comes right after the first."""

    def receive(request: Any) -> None:
        if request.event == "call.billed" and store.get("last") != request.json()["id"]:
            store["booked"] = store.get("booked", 0) + 1
        store["last"] = request.json()["id"]

    return receive


def needs_the_call_first(store: Store) -> Receive:
    """Look up what an earlier webhook should have brought."""

    def receive(request: Any) -> None:
        if request.event == "call.started":
            store["call"] = {}
        else:
            store["call"][request.event] = True

    return receive


def the_last_one_wins(store: Store) -> Receive:
    """Take the webhook that came last for the state of the call."""

    def receive(request: Any) -> None:
        store["state"] = request.event

    return receive


def reopened_by_a_late_end(store: Store) -> Receive:
    """Drop duplicates of the bill, unless the call has ended since."""

    def receive(request: Any) -> None:
        if request.event == "call.ended":
            store["is_billed"] = False
        if request.event == "call.billed" and not store.get("is_billed"):
            store["is_billed"] = True
            store["booked"] = store.get("booked", 0) + 1

    return receive


def takes_what_was_replayed(store: Store) -> Receive:
    """Verify the signature, and not how old it is."""
    return careful(store, checks_age=False)


def careful(store: Store, *, checks_age: bool = True) -> Receive:
    """Verify, drop duplicates by their id, and let no earlier state replace a later one."""

    def receive(request: Any) -> int:
        if not is_genuine(request, checks_age=checks_age):
            return 400
        name = request.json()["id"]
        if name not in store.setdefault("seen", []):
            store["seen"] = sorted([*store["seen"], name])
            store["state"] = max(store.get("state", 0), RANK.index(request.event))
            store["booked"] = store.get("booked", 0) + (request.event == "call.billed")
        return 204

    return receive


def outcome(store: Store) -> Store:
    """Return what matters of what a receiver keeps."""
    return {name: store[name] for name in ("booked", "state") if name in store}


def booked_once(world: World, store: Store) -> bool:
    """Return whether no call was booked twice."""
    return bool(store.get("booked", 0) <= 1)


@pytest.mark.parametrize(
    ("receiver", "schedule", "reason"),
    [
        (books_each, "truedy.call.billed#1:twice", "booked once: it returned False"),
        (
            remembers_only_the_last,
            "truedy.call.started#1:twice-late,truedy.call.billed#1:twice-late",
            "booked once: it returned False",
        ),
        (needs_the_call_first, "truedy.call.started#1:out-of-order", "the receiver never raises: it raised KeyError: 'call'"),
        (
            the_last_one_wins,
            "truedy.call.started#1:twice-late",
            "the same outcome as without faults: {'state': 'call.started'}",
        ),
        (
            reopened_by_a_late_end,
            "truedy.call.ended#1:twice-late,truedy.call.billed#1:twice-late",
            "booked once: it returned False",
        ),
        (takes_what_was_replayed, "truedy.call.started#1:stale", "nothing taken that was signed ten minutes ago"),
    ],
)
def test_finds_what_breaks_a_receiver(world: World, receiver: Any, schedule: str, reason: str) -> None:
    """The smallest schedule, with the reason."""
    faults = ["twice", "twice-late", "out-of-order", "late"] if receiver is not takes_what_was_replayed else None
    settles = None if receiver is reopened_by_a_late_end else outcome
    with pytest.raises(HuntFailed) as failed:
        world.hunt(
            driver(world), receiver=receiver, store=dict, settles=settles, invariants=[booked_once], faults=faults, deepest=2
        )
    assert (failed.value.schedule, reason in str(failed.value)) == (schedule, True), str(failed.value)


def test_a_careful_receiver_holds(world: World) -> None:
    """The bound counts its webhooks."""
    report = world.hunt(driver(world), receiver=careful, store=dict, settles=outcome, invariants=[booked_once], deepest=1)
    assert report.bound == "25 schedules, up to 1 fault of 6 kinds over 4 webhooks: held; not tried: 2 faults"


@pytest.mark.parametrize(
    "note",
    [
        lambda store, request: store.update({request.event: True}),
        lambda store, request: store.setdefault("seen", set()).add(request.event),
        lambda store, request: store.setdefault("at", {}).update({request.event: bytearray(b"x")}),
    ],
    ids=["members of an object", "a set", "deep in an object"],
)
def test_the_order_in_which_a_receiver_wrote_its_members_is_no_difference(world: World, note: Callable[..., None]) -> None:
    """States are equal as Python compares them, however their text reads."""

    def receiver(store: Store) -> Receive:
        def receive(request: Any) -> int:
            if not is_genuine(request, checks_age=True):
                return 400
            note(store, request)
            return 204

        return receive

    report = world.hunt(driver(world), receiver=receiver, store=dict, settles=dict, deepest=1)
    assert ": held" in report.bound


def test_the_outcome_of_a_receiver_that_keeps_one_state_is_compared_too(world: World) -> None:
    """The state without faults is kept as it was, and a long one is shortened in the report."""
    state: list[str] = []

    def receive(request: Any) -> None:
        state.append(f"{request.event}{'.' * 600}")

    with pytest.raises(HuntFailed, match=r"more characters\) instead of \[.*more characters\)") as failed:
        world.hunt(driver(world), receiver=lambda _: receive, store=state.clear, settles=lambda _: state, faults="twice")
    assert failed.value.schedule == "truedy.call.started#1:twice"


@pytest.mark.parametrize("settles", [dict, lambda store: None])
def test_a_receiver_of_which_nothing_is_seen_is_no_pass(world: World, settles: Any) -> None:
    """It writes elsewhere than where the test looks."""
    with pytest.raises(HuntInconclusive, match=r"the same outcome as without faults: there was nothing to judge .*; settles"):
        world.hunt(driver(world), receiver=lambda _: lambda _: 204, store=dict, settles=settles, faults="twice", deepest=1)


def test_a_loss_that_nobody_reconciles(world: World) -> None:
    """Losses are judged by what the test says must hold."""

    def knows_the_end(world: World, store: Store) -> str | None:
        return None if store.get("state") == 3 else f"the call is over, and the receiver is at {store.get('state')}"

    with pytest.raises(HuntFailed) as failed:
        world.hunt(driver(world), receiver=careful, store=dict, invariants=[knows_the_end], faults="lost")
    assert failed.value.schedule == "truedy.call.billed#1:lost"
    assert "webhook call.billed        ---  truedy.call.billed#1: never delivered" in str(failed.value)
    assert "knows the end: the call is over, and the receiver is at 2" in str(failed.value)


def test_tells_the_story_and_repeats_it(world: World, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """Request and webhooks, the command that repeats the schedule, and a scenario with the same rule."""
    file = tmp_path / "found.yaml"
    with pytest.raises(HuntFailed) as failed:
        world.hunt(driver(world), receiver=books_each, store=dict, invariants=[booked_once], save_as=file)
    lines = str(failed.value).splitlines()
    assert lines[3].endswith("POST /api/public/v1/calls  201  truedy.create_call#1")
    assert lines[7] == "   5. webhook call.billed        200  truedy.call.billed#1: delivered twice, one right after the other"
    assert f"  pytest '{request.node.nodeid}' --simulator-replay 'truedy.call.billed#1:twice'" in lines
    assert "event: truedy.call.billed" in file.read_text()
    world.replay = failed.value.schedule
    with pytest.raises(HuntFailed) as again:
        world.hunt(driver(world), receiver=books_each, store=dict, invariants=[booked_once])
    assert again.value.schedule == failed.value.schedule
    world.replay = "none"
    assert "held" in str(world.hunt(driver(world), receiver=books_each, store=dict, invariants=[booked_once]))


def test_an_application_is_a_receiver_too(world: World) -> None:
    """Made anew for each schedule."""

    def application(store: Store) -> Starlette:
        async def receive(request: Request) -> Response:
            store["booked"] = store.get("booked", 0) + ((await request.json())["event"] == "call.billed")
            return Response(status_code=204)

        return Starlette(routes=[Route("/hooks", receive, methods=["POST"])])

    with pytest.raises(HuntFailed) as failed:
        world.hunt(driver(world), receiver=application, store=dict, invariants=[booked_once], faults=["twice"])
    assert failed.value.schedule == "truedy.call.billed#1:twice"


def test_inbound_calls_drive_a_receiver(world: World) -> None:
    """No request of a client is needed, and the world is put back."""

    def driver(store: Store) -> None:
        world.inbound_call(from_="+12125550199", to="+14155550142")

    received: list[str] = []
    world.webhooks.to(lambda request: received.append(request.event))
    with pytest.raises(HuntFailed) as failed:
        world.hunt(driver, receiver=the_last_one_wins, store=dict, settles=outcome)
    assert failed.value.schedule.startswith("truedy.call.started#1:")
    assert (len(world.outbox()), len(world.requests()), len(world.rules())) == (0, 0, 0)
    assert received == []
    driver({})
    assert received == RANK
    assert world.webhooks.errors() == []


def test_says_why_nothing_can_be_said(world: World, simulator: Simulator) -> None:
    """No webhook, faults of webhooks without a receiver, a simulator elsewhere."""
    with pytest.raises(HuntInconclusive, match="the receiver got no webhook"):
        world.hunt(lambda store: None, receiver=books_each, store=dict)
    with pytest.raises(ValueError, match="twice is a fault of webhooks; expected a receiver"):
        world.hunt(lambda: None, faults="twice")
    with pytest.raises(ValueError, match="settles is for receivers of webhooks"):
        world.hunt(lambda: None, settles=outcome)
    remote = Client.connect(simulator.client.url)
    try:
        with remote.world(scenario(URL)) as elsewhere, pytest.raises(RuntimeError, match="cannot be delivered in this process"):
            elsewhere.hunt(lambda store: None, receiver=books_each, store=dict)
    finally:
        remote.close()
