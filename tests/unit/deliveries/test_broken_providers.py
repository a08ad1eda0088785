"""Webhooks of a provider whose own functions fail: they are given up and logged, and nobody waits for them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from simulator.provider import Outgoing, Receiver, Reply, Webhooks, announce
from simulator.testing.client import Client, InProcess, World
from tests.demo_provider import Toy, ToyCall, make

FAILURE = "the simulator failed: the provider is broken"


def tell(call: ToyCall) -> Reply:
    """Make a thing, and announce it."""
    announce(call.account, [Receiver("hook_1", "http://127.0.0.1/hook")], "thing.made", {"event": "thing.made"}, call.now)
    return make(call)


def broken(_: object) -> Any:
    """Fail as the function of a provider does that has a bug."""
    raise LookupError("the provider is broken")


def sign_all_but_first() -> Callable[[Outgoing], Mapping[str, str]]:
    """Return a function that fails to sign the first webhook, and signs the others."""
    failures = iter([broken])

    def sign(outgoing: Outgoing) -> Mapping[str, str]:
        for fail in failures:
            fail(outgoing)
        return {"X-Signed": "yes"}

    return sign


@pytest.mark.parametrize(
    ("more", "statuses", "received"),
    [
        ({"takes": broken}, ["failed", "failed"], 2),
        ({"sign": sign_all_but_first()}, ["failed", "delivered"], 1),
    ],
)
def test_a_webhook_is_given_up(
    caplog: pytest.LogCaptureFixture, more: Mapping[str, Any], statuses: list[str], received: int
) -> None:
    """The outbox says why, it is not tried again, and the next one goes out."""
    webhooks = Webhooks(events=("thing.made",), retries=("30s",), timeout=5, is_listened_to=lambda state: True, **more)
    toy, requests = Toy({"make": tell}, webhooks=webhooks), list[Any]()
    client = Client(InProcess(toy.app, str))
    world = World(client, client.call("GET", "/worlds/default"))
    world.webhooks.to(requests.append)
    for _ in statuses:
        assert toy("POST", "/things", json={}).status_code == 201
    sent = world.deliver()
    assert [one.status for one in sent] == statuses
    assert all(one.attempts[-1].error == FAILURE for one in sent if one.status == "failed")
    world.advance("1d")
    assert (world.outbox(), len(requests)) == (sent, received)
    failures = [record.getMessage() for record in caplog.records]
    assert failures == [f"the webhook {one.id} cannot be sent" for one in sent if one.status == "failed"]
