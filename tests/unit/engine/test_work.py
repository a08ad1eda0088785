"""Requests of few bytes that are much work: they are handled apart from others, and take no more than they show."""

from __future__ import annotations

import json
import logging
import tracemalloc
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from simulator.application import Application
from simulator.http import Request, Response, settled
from simulator.provider.webhooks import Receiver, announce
from simulator.registry import built_in_registry

START = "2026-03-01T00:00:00Z"
FROZEN = {"clock": {"start": START, "frozen": True}, "open": True}
HEADERS = {"host": "localhost", "content-type": "application/json", "authorization": "Bearer vx_live_a"}
NUMBERS, OWN = "/w/w/vantax/v1/phone-numbers", "sub_account_id=sub_8a1f4c2e"
BUY = {"sub_account_id": "sub_8a1f4c2e", "country": "US", "area_code": "415"}
MEBIBYTE = 1 << 20


class Client:
    """Sends requests to an application in this process."""

    def __init__(self) -> None:
        self.application = Application(built_in_registry())

    def send(self, method: str, path: str, body: Any = None, query: str = "") -> Response:
        """Send a request; one that is handled apart is not waited for."""
        raw = b"" if body is None else json.dumps(body).encode()
        return self.application.handle(Request(method, path, query, HEADERS, raw))

    def ask(self, method: str, path: str, body: Any = None, query: str = "") -> Any:
        """Send a request, and return the body of the response when it comes."""
        response = settled(self.send(method, path, body, query))
        assert response.status < 300, response
        return json.loads(response.body)

    def control(self, method: str, path: str, body: Any = None, query: str = "") -> Any:
        """Ask the control API about the world."""
        return self.ask(method, f"/_simulator/worlds/w{path}", body, query)


@pytest.fixture
def client() -> Iterator[Client]:
    """A client whose application ends with the test."""
    client = Client()
    yield client
    client.application.close()


@pytest.mark.parametrize(("events", "is_apart"), [(5, False), (200, True)])
def test_what_is_due_together_is_done_apart(client: Client, events: int, is_apart: bool) -> None:
    """Each event is some work."""
    client.control("PUT", "", {"scenario": {**FROZEN, "lifecycles": {"vantax.number": {"after": "30s"}}}})
    for _ in range(events):
        client.ask("POST", NUMBERS, BUY)
    advance = client.send("POST", "/_simulator/worlds/w/clock", {"advance": "1m"})
    assert (advance.after is not None) == is_apart
    assert len(json.loads(settled(advance).body)["fired"]) == events


@pytest.mark.parametrize(("records", "is_apart"), [(100, False), (2_000, True)])
def test_acts_of_a_timeline_are_done_apart(client: Client, records: int, is_apart: bool) -> None:
    """Each may have to look at all records of its world."""
    account = {"keys": ["vx_live_a"], "vantax": {"numbers": [{"count": records}]}}
    timeline = [{"at": "+1m", "act": {"number_lost": {"number": "+14155550199"}}}] * 20
    client.control("PUT", "", {"scenario": {**FROZEN, "accounts": [account], "timeline": timeline}})
    assert client.ask("GET", NUMBERS, query=OWN)["pagination"]["total"] == records
    advance = client.send("POST", "/_simulator/worlds/w/clock", {"advance": "2m"})
    assert (advance.after is not None) == is_apart
    assert len(json.loads(settled(advance).body)["fired"]) == 20
    assert {one["status"] for one in client.control("GET", "/acts")["acts"]} == {"no_effect"}


def test_the_rents_of_centuries_are_counted(client: Client) -> None:
    """Only those that are shown are made, and the sum is that of all."""
    client.control("PUT", "", {"scenario": FROZEN})
    for _ in range(3):
        client.ask("POST", NUMBERS, BUY)
    month = client.control("GET", "/ledger")["spent"]
    client.control("POST", "/clock", {"set": "3926-03-01T00:00:00Z"})
    tracemalloc.start()
    ledger = client.control("GET", "/ledger", query="limit=4")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    rents = 1900 * 12 + 1
    assert peak < MEBIBYTE
    assert ledger["total"] == 3 + 3 * rents
    assert [entry["at"] for entry in ledger["entries"]] == ["3926-02-01T00:00:00.000Z"] + ["3926-03-01T00:00:00.000Z"] * 3
    assert ledger["spent"] == f"{float(month) + 3 * (rents - 1) * float(ledger['rented'][0]['month']):.2f}"
    assert client.send("GET", "/_simulator/worlds/w/ledger").after is not None
    assert len(client.control("GET", "/ledger")["entries"]) == 10_000


def test_copies_of_a_patch_have_an_end(client: Client) -> None:
    """A response that each copy doubles is a fault of the rule."""
    client.control("PUT", "", {"scenario": FROZEN})
    copies = [{"op": "copy", "from": "/data", "path": "/data/-"}] * 60
    client.control("POST", "/rules", {"when": {"provider": "vantax"}, "then": {"amend": {"patch": copies}}})
    response = client.send("GET", NUMBERS, query=OWN)
    assert response.status == 500
    assert b"copies too much" in response.body
    assert len(response.body) < 1000


def test_a_patch_leaves_no_trace_in_its_rule(client: Client) -> None:
    """What one operation adds, and another one changes, is the same for each request."""
    client.control("PUT", "", {"scenario": FROZEN})
    patch = [{"op": "add", "path": "/x", "value": []}, {"op": "add", "path": "/x/-", "value": 1}]
    client.control("POST", "/rules", {"when": {"provider": "vantax"}, "then": {"amend": {"patch": patch}}})
    assert [client.ask("GET", NUMBERS, query=OWN)["x"] for _ in range(2)] == [[1], [1]]


def test_thousands_of_pending_events_are_listed_apart(client: Client) -> None:
    """The clock shows all of them."""
    client.control("PUT", "", {"scenario": {**FROZEN, "lifecycles": {"vantax.number": {"after": "30s"}}}})
    client.ask("POST", NUMBERS, BUY)
    assert client.send("GET", "/_simulator/worlds/w/clock").after is None
    world = client.application.worlds.peek("w")
    assert world is not None
    timers = world.store.environment.timers
    (timer,) = timers.all()
    for number in range(2_000):
        timers.start(msgspec.structs.replace(timer, id=f"timer {number}"))
    for method, body in (("GET", None), ("POST", {"freeze": True})):
        response = client.send(method, "/_simulator/worlds/w/clock", body)
        assert response.after is not None
        assert len(json.loads(settled(response).body)["pending"]) == 2_001


BROKEN = [
    ("POST", "/w/w/vantax/v1/contacts", "tags", "vx_live_a"),
    ("POST", "/w/w/chirp/v1/webhooks", "events", "sk_live_app_a"),
    ("POST", "/w/w/cald/client/api/v1/lists/x/contacts", "contacts", f"caldLive{'0' * 32}"),
]


@pytest.mark.parametrize(("method", "path", "field", "key"), BROKEN)
@pytest.mark.parametrize(("values", "is_apart"), [(10, False), (6_000, True)])
def test_thousands_of_violations_are_collected_apart(
    client: Client, method: str, path: str, field: str, key: str, values: int, is_apart: bool
) -> None:
    """Each is found and described, in a body of 12 KB too."""
    client.control("PUT", "", {"scenario": FROZEN})
    authorization = key if key.startswith("cald") else f"Bearer {key}"
    raw = json.dumps({field: [1] * values}, separators=(",", ":")).encode()
    response = client.application.handle(Request(method, path, "", {**HEADERS, "authorization": authorization}, raw))
    assert (response.after is not None) == is_apart
    assert settled(response).status in (400, 422)


def test_events_for_many_receivers_do_not_push_out_each_other(
    client: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """As many wait to be sent as there is room for, whatever further events there are; the log says so."""
    for module in ("simulator.store.outbox", "simulator.provider.webhooks"):
        monkeypatch.setattr(f"{module}.MAX_DELIVERIES", 20)
    client.control("PUT", "", {"scenario": FROZEN})
    client.ask("POST", NUMBERS, BUY)
    world = client.application.worlds.peek("w")
    assert world is not None
    environment, (account,) = world.store.environment, world.store.accounts.values()
    receivers = [Receiver(f"hook {number}", f"https://receiver.test/{number}") for number in range(6)]
    with caplog.at_level(logging.WARNING, "simulator"):
        for number in range(100):
            announce(account, receivers, f"event {number}", {}, environment.clock.now())
    assert [one.event for one in environment.outbox.all()][::-1] == [f"event {number // 6}" for number in range(20)]
    assert len(world.store.changes) == 20
    assert "20 webhooks of a world wait to be sent" in caplog.text
    environment.outbox.change(environment.outbox.all().window(0, 1)[0], status="delivered", due=None)
    announce(account, receivers, "later", {}, environment.clock.now())
    assert [one.event for one in environment.outbox.all()].count("later") == 1
