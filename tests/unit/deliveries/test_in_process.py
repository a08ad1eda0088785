"""Webhooks led into the test: to a function or an ASGI application, without a socket."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from simulator import Simulator
from simulator.testing.addresses import ControlError
from simulator.testing.client import Client, World
from tests.unit.deliveries.conftest import AGENT, CALL, CALLER, EVENTS, KEY, NUMBER, client

Make = Callable[..., World]
URL = "https://app.example.com/hooks"


def rule(event: str, delivery: str, **more: Any) -> dict[str, Any]:
    """Return a rule for an event of Truedy."""
    return {"when": {"event": f"truedy.{event}"}, "then": {"delivery": delivery, **more}}


def events(received: list[Any]) -> list[str]:
    """Return the events that were received, in order."""
    return [one.event for one in received]


def test_a_function_gets_every_webhook_before_the_request_returns(make: Make) -> None:
    """So that a test can assert at once."""
    world, received = make(URL), list[Any]()
    world.webhooks.to(received.append)
    client(world).post("/calls", json=CALL).raise_for_status()
    assert events(received) == EVENTS
    assert received[0].json()["data"]["call"]["agent"] == {"agentId": AGENT}
    assert received[0].headers["content-type"] == "application/json"


def test_an_application_may_call_the_simulator_back(make: Make) -> None:
    """From a thread of its pool, too; it does not wait for itself."""
    world, statuses = make(URL), list[int]()
    api = client(world)

    def receive(request: Request) -> Response:
        statuses.append(api.get("/calls").status_code)
        return Response(status_code=204)

    world.webhooks.to(Starlette(routes=[Route("/hooks", receive, methods=["POST"])]))
    api.post("/calls", json=CALL).raise_for_status()
    assert statuses == [200] * 4
    assert {sent.attempts[0].status for sent in world.outbox()} == {204}


def test_an_asynchronous_client_waits_too(make: Make) -> None:
    """As the synchronous one does."""
    world, received = make(URL), list[Any]()

    async def receive(request: Any) -> int:
        received.append(request)
        return 202

    world.webhooks.to(receive)

    async def call() -> None:
        headers = {"Authorization": f"Bearer {KEY}"}
        async with httpx.AsyncClient(base_url=world.truedy.base_url, transport=world.truedy.transport, headers=headers) as api:
            (await api.post("/calls", json=CALL)).raise_for_status()

    asyncio.run(call())
    assert events(received) == EVENTS


def test_a_server_cannot_call_a_function(simulator: Simulator, make: Make) -> None:
    """The text says what to do instead."""
    refused = pytest.raises(RuntimeError, match=r"cannot be delivered in this process; register the URL")
    with closing(Client.connect(simulator.url)) as remote, remote.world() as world, refused:
        world.webhooks.to(print)
    assert make(URL).outbox() == []


def test_late(make: Make) -> None:
    """By the delay of the rule, on the world's clock."""
    world, received = make(URL, rules=[rule("call.joined", "late", delay="90s")]), list[Any]()
    world.webhooks.to(received.append)
    client(world).post("/calls", json=CALL)
    assert events(received) == ["call.started", "call.ended", "call.billed"]
    world.advance(89)
    assert len(received) == 3
    world.advance(timedelta(seconds=1))
    assert events(received)[3:] == ["call.joined"]
    assert world.outbox(event="call.joined").one().rule == "rule-1"


def test_twice_with_the_same_id_and_a_fresh_timestamp(make: Make) -> None:
    """As an at-least-once delivery does."""
    world, received = make(URL, rules=[rule("call.ended", "twice", delay="5s")]), list[Any]()
    world.webhooks.to(received.append)
    client(world).post("/calls", json=CALL)
    world.advance(5)
    first, second = [one for one in received if one.event == "call.ended"]
    assert first.body == second.body
    stamps = [int(one.headers["x-truedy-timestamp"]) for one in (first, second)]
    assert stamps[1] - stamps[0] == 5
    assert first.headers["x-truedy-signature"] != second.headers["x-truedy-signature"]


def test_out_of_order(make: Make) -> None:
    """The next one overtakes it."""
    world, received = make(URL, rules=[rule("call.ended", "out_of_order")]), list[Any]()
    world.webhooks.to(received.append)
    client(world).post("/calls", json=CALL)
    assert events(received) == ["call.started", "call.joined", "call.billed", "call.ended"]


def test_out_of_order_with_nothing_behind_it_goes_out_on_demand(make: Make) -> None:
    """By `deliver`."""
    world, received = make(URL, rules=[rule("call.billed", "out_of_order")]), list[Any]()
    world.webhooks.to(received.append)
    client(world).post("/calls", json=CALL)
    assert events(received) == EVENTS[:3]
    world.deliver()
    assert events(received) == EVENTS


@pytest.mark.parametrize("delivery", ["stale", "wrong_secret", "rotated_secret", "changed_body"])
def test_what_a_receiver_must_refuse(make: Make, delivery: str) -> None:
    """A signature that is too old, of another secret, or of other bytes."""
    more = {"secret": "whsec_new"} if delivery == "rotated_secret" else {}
    world, received = make(URL, rules=[rule("call.ended", delivery, **more)]), list[Any]()
    world.webhooks.to(received.append)
    client(world).post("/calls", json=CALL)
    ended = next(one for one in received if one.event == "call.ended")
    stamp = ended.headers["x-truedy-timestamp"]

    def signature(secret: bytes) -> str:
        return hmac.new(secret, stamp.encode() + b"." + ended.body, hashlib.sha256).hexdigest()

    age = int(world.outbox()[0].made_at.timestamp()) - int(stamp)
    assert age == (600 if delivery == "stale" else 0)
    assert (ended.headers["x-truedy-signature"] == signature(b"whsec_test")) is (delivery == "stale")
    if delivery == "rotated_secret":
        assert ended.headers["x-truedy-signature"] == signature(b"whsec_new")


def test_never_and_gone(make: Make) -> None:
    """One is not sent; the other is answered with 410 in the receiver's place, and sent no more."""
    rules = [rule("call.started", "never"), rule("call.ended", "gone")]
    world, received = make(URL, rules=rules), list[Any]()
    world.webhooks.to(received.append)
    client(world).post("/calls", json=CALL)
    assert events(received) == ["call.joined", "call.billed"]
    assert world.outbox(event="call.started").one().status == "dropped"
    assert world.outbox(event="call.ended").one().attempts[0].status == 410


def test_a_rule_for_webhooks_counts_and_ends_like_any_other(make: Make) -> None:
    """With `times`, `skip`, a body and a handle."""
    world, received = make(URL), list[Any]()
    world.webhooks.to(received.append)
    when = {"event": "truedy.*", "body": {"event": "call.ended"}}
    handle = world.rule(when=when, then={"delivery": "never"}, times=1)
    api = client(world)
    for _ in range(2):
        api.post("/calls", json=CALL)
    assert events(received).count("call.ended") == 1
    assert handle.count == 1


@pytest.mark.parametrize(
    ("rule", "problem"),
    [
        ({"when": {"event": "truedy.call.endd"}, "then": {"delivery": "never"}}, "did you mean truedy.call.ended?"),
        ({"when": {"event": "truedy.*", "method": "GET"}, "then": {"delivery": "never"}}, "rule/when/method: is for requests"),
        (
            {"when": {"event": "vantax.call.completed"}, "then": {"delivery": "wrong_secret"}},
            "wrong_secret has no effect, as vantax sends webhooks without a secret",
        ),
        ({"when": {"event": "truedy.*"}, "then": {"status": 500}}, "rule/then: expected delivery beside when.event"),
        ({"when": {"event": "truedy.*"}, "then": {"delivery": "late"}}, "rule/then/delay: is required with late"),
        ({"when": {"event": "truedy.*"}, "then": {"delivery": "never", "delay": "3s"}}, "a delay goes with late, twice, stale"),
        ({"when": {"event": "truedy.*"}, "then": {"delivery": "rotated_secret"}}, "rule/then/secret: is required"),
        ({"when": {"event": "truedy.*"}, "then": {"delivery": "never", "secret": "x"}}, "a secret goes with wrong_secret and"),
        ({"when": {"event": "truedy.*", "provider": "chirp"}, "then": {"delivery": "never"}}, "is not an event of 'chirp'"),
        ({"when": {"operation": "truedy.create_call"}, "then": {"delivery": "never"}}, "expected when.event beside it"),
        (
            {"when": {"operation": "truedy.create_call"}, "then": {"status": 500, "secret": "x"}},
            "rule/then/secret: is for webhooks",
        ),
    ],
)
def test_rules_for_webhooks_that_can_never_work_are_refused(make: Make, rule: dict[str, Any], problem: str) -> None:
    """With what was wrong and what was expected."""
    with pytest.raises(ControlError) as refused:
        make(URL).rule(**rule)
    assert problem in str(refused.value)


def test_a_rule_for_webhooks_does_not_touch_requests(make: Make) -> None:
    """Nor does a rule for requests touch webhooks."""
    world = make(URL, rules=[rule("*", "never")])
    assert client(world).post("/calls", json=CALL).status_code == 201
    assert {sent.status for sent in world.deliver()} == {"dropped"}


def test_redelivery_on_demand(make: Make) -> None:
    """With the same body, signed anew; rules no longer apply."""
    world, received = make(URL, rules=[rule("call.ended", "never")]), list[Any]()
    world.webhooks.to(received.append)
    client(world).post("/calls", json=CALL)
    dropped = world.outbox(event="call.ended").one()
    world.advance(60)
    again = world.redeliver(dropped)
    assert (again.status, len(again.attempts)) == ("delivered", 1)
    assert received[-1].json() == dropped.body
    with pytest.raises(ControlError, match="no webhook 'dlv_00000000' in the outbox"):
        world.redeliver("dlv_00000000")


def test_a_snapshot_holds_what_is_pending(make: Make) -> None:
    """And goes on with the same bytes as before."""
    world, received = make(URL, rules=[rule("call.ended", "late", delay="1h")]), list[Any]()
    world.webhooks.to(received.append)
    client(world).post("/calls", json=CALL)
    saved = world.snapshot()
    world.advance("2h")
    first = received[-1]
    world.restore(saved)
    assert world.outbox(event="call.ended").one().status == "pending"
    world.advance("2h")
    assert (received[-1].event, received[-1].body, received[-1].headers) == (first.event, first.body, first.headers)
    world.reset()
    assert world.outbox() == []


def test_a_refused_request_announces_nothing(make: Make) -> None:
    """Its webhooks are taken back with everything else."""
    world = make(URL)
    world.rule(when={"operation": "truedy.create_call"}, then={"fault": "reset"}, times=1)
    with pytest.raises(httpx.ReadError):
        client(world).post("/calls", json=CALL)
    assert world.outbox() == []


def test_secrets_are_masked_in_the_outbox(make: Make) -> None:
    """They are the receiver's."""
    world = make(URL)
    world.webhooks.to(lambda request: None)
    client(world).post("/calls", json=CALL)
    assert "whsec_test" not in str(world.client.call("GET", f"/worlds/{world.name}/outbox"))


def test_filters_of_the_outbox_are_checked(make: Make) -> None:
    """A list that is always empty proves nothing."""
    world = make(URL)
    for filters, problem in (
        ({"event": "call.endd"}, "did you mean call.ended"),
        ({"provider": "trudy"}, "did you mean truedy"),
        ({"status": "sent"}, "status"),
    ):
        with pytest.raises(ControlError, match=problem):
            world.outbox(**filters)


def test_a_call_from_outside(make: Make) -> None:
    """It reaches the agent that the number has, and its record and webhooks are made."""
    world, received = make(URL), list[Any]()
    world.webhooks.to(received.append)
    arrival = world.inbound_call(from_=CALLER, to=NUMBER)
    assert arrival["provider"] == "truedy"
    assert events(received) == EVENTS
    shown = client(world).get(f"/calls/{arrival['records'][0]}").json()["data"]
    assert (shown["direction"], shown["status"], shown["from"]) == ("inbound", "completed", CALLER)
    assert len(arrival["deliveries"]) == 4


def test_what_a_caller_says(make: Make) -> None:
    """As turns, or as a text in their place; not both."""
    world = make(URL)
    for said in ({"text": "Are you open?"}, {"turns": [("caller", "Are you open?")]}):
        arrival = world.inbound_call(from_=CALLER, to=NUMBER, **said)
        (turn,) = client(world).get(f"/calls/{arrival['records'][0]}").json()["data"]["transcript"]
        assert (turn["speaker"], turn["text"]) == ("contact", "Are you open?")
    with pytest.raises(ControlError, match="expected turns or text, got both"):
        world.inbound_call(from_=CALLER, to=NUMBER, text="Hi", turns=[("caller", "Hi")])


def test_a_number_that_nobody_owns_or_that_has_no_agent(make: Make) -> None:
    """Each gets an answer that says so."""
    world = make(URL)
    with pytest.raises(
        ControlError, match=r"nobody in this world has the number \+14155550143; there are \+14155550142 \(truedy\)"
    ):
        world.inbound_call(from_=CALLER, to="+14155550143")
    with pytest.raises(ControlError, match="no account of chirp has the number"):
        world.inbound_call(from_=CALLER, to=NUMBER, provider="chirp")
    with pytest.raises(ControlError, match="truedy takes no messages on its numbers"):
        world.inbound_message(from_=CALLER, to=NUMBER, text="Hi")


def test_many_webhooks_that_are_due_at_once_go_out_once_each_and_in_order(make: Make) -> None:
    """The receiver refuses them; their retries, of which many are due together, come in the same order."""
    world, received = make(URL), list[bytes]()

    def refuse(webhook: Any) -> int:
        received.append(webhook.body)
        return 500

    world.webhooks.to(refuse)
    api = client(world)
    for _ in range(20):
        api.post("/calls", json=CALL).raise_for_status()
    first = list(received)
    world.advance("30s")
    assert len(set(first)) == len(first) == 20 * len(EVENTS)
    assert received == first * 2
    assert {len(one.attempts) for one in world.outbox()} == {2}
