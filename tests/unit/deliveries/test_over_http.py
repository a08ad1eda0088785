"""Webhooks over HTTP: to this machine and to named hosts only, and whatever a receiver does, nobody else waits for it."""

from __future__ import annotations

import hashlib
import hmac
import socket
import time
from collections.abc import Callable, Iterator
from ipaddress import ip_address
from typing import Any

import pytest

from simulator import Simulator
from simulator.testing.client import World
from tests.receiver import Receiver, receiving
from tests.unit.deliveries.conftest import CALL, EVENTS, client, scenario

METADATA = (
    "169.254.169.254",
    "::ffff:a9fe:a9fe",
    "2002:a9fe:a9fe::1",
    "64:ff9b::a9fe:a9fe",
    "fd00:ec2::254",
    "fd20:ce::254",
    "100.100.100.200",
    "168.63.129.16",
)
Make = Callable[..., World]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A receiver on this machine."""
    with receiving() as running:
        yield running


def test_a_receiver_gets_the_events_of_a_call_in_order_and_can_verify_them(make: Make, receiver: Receiver) -> None:
    """As https://docs.truedy.ai/guides/securing-webhooks tells receivers to: HMAC-SHA256 over the exact bytes."""
    world = make(receiver.url)
    client(world).post("/calls", json=CALL).raise_for_status()

    assert [sent.status for sent in world.deliver()] == ["delivered"] * 4
    assert [received.json()["event"] for received in receiver.received] == EVENTS
    for received in receiver.received:
        timestamp = received.headers["x-truedy-timestamp"]
        message = timestamp.encode() + b"." + received.body
        assert received.headers["x-truedy-signature"] == hmac.new(b"whsec_test", message, hashlib.sha256).hexdigest()
        assert timestamp == str(int(world.outbox()[0].made_at.timestamp()))


def test_days_of_retries_pass_in_one_advance(make: Make, receiver: Receiver) -> None:
    """Each attempt is signed at the time at which it was due."""
    receiver.statuses = [500, 503, 429]
    world = make(receiver.url)
    client(world).post("/calls", json=CALL).raise_for_status()
    world.deliver()
    world.advance("1d")

    first = world.outbox(event="call.started").one()
    assert [attempt.status for attempt in first.attempts] == [500, 200]
    assert (first.attempts[1].at - first.attempts[0].at).total_seconds() == 30
    assert {sent.status for sent in world.outbox()} == {"delivered"}


def test_a_receiver_that_is_gone_fails_after_the_last_retry(make: Make) -> None:
    """Nothing listens there."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        world = make(f"http://127.0.0.1:{unused.getsockname()[1]}/hooks")
    client(world).post("/calls", json=CALL).raise_for_status()
    world.advance("3d")

    sent = world.outbox(event="call.ended").one()
    assert (sent.status, len(sent.attempts), sent.due) == ("failed", 10, None)
    assert "ConnectError" in str(sent.attempts[0].error)
    pauses = [(after.at - before.at).total_seconds() for before, after in zip(sent.attempts, sent.attempts[1:], strict=False)]
    assert pauses == [30 * 2**number for number in range(9)]


def test_nobody_waits_for_a_receiver_that_hangs(make: Make, receiver: Receiver) -> None:
    """Its webhook is under way while other requests are answered."""
    receiver.release.clear()
    world = make(receiver.url)
    api = client(world)
    api.post("/calls", json=CALL).raise_for_status()
    started = time.monotonic()
    for _ in range(20):
        api.get("/calls").raise_for_status()
    assert time.monotonic() - started < 2
    assert world.outbox(status="delivered") == []
    receiver.release.set()
    assert {sent.status for sent in world.deliver()} == {"delivered"}


def test_redirects_are_not_followed(make: Make, receiver: Receiver) -> None:
    """A receiver must not lead the simulator to another address."""
    with receiving() as other:
        receiver.status, receiver.location = 302, other.url
        world = make(receiver.url)
        client(world).post("/calls", json=CALL).raise_for_status()
        assert [sent.attempts[0].status for sent in world.deliver()] == [302] * 4
        assert other.received == []


@pytest.mark.parametrize(
    "url", ["http://example.com/hooks", "https://10.0.0.1/", "http://169.254.169.254/latest", "http://[::2]/"]
)
def test_nothing_is_sent_to_a_host_that_nobody_named(make: Make, url: str) -> None:
    """The webhook is in the outbox, for assertions."""
    world = make(url)
    client(world).post("/calls", json=CALL).raise_for_status()
    sent = world.deliver()
    assert [(one.event, one.status, one.attempts) for one in sent] == [(event, "blocked", ()) for event in EVENTS]


@pytest.mark.parametrize("port", [0, 65536, 99999])
def test_a_port_that_does_not_exist_is_named(make: Make, port: int, caplog: pytest.LogCaptureFixture) -> None:
    """It is a fault of the URL, not of the simulator, which says so in the outbox and logs nothing."""
    world = make(f"http://127.0.0.1:{port}/hook")
    client(world).post("/calls", json=CALL).raise_for_status()
    attempts = [attempt for sent in world.deliver() for attempt in sent.attempts]
    assert {attempt.error for attempt in attempts} == {f"not sent: 127.0.0.1 has no port {port}, expected 1 to 65535"}
    assert not caplog.records


def test_a_resolver_that_changes_its_mind_is_refused(monkeypatch: pytest.MonkeyPatch, receiver: Receiver) -> None:
    """The address is checked each time, and connected to as it was checked."""
    port = receiver.url.rsplit(":", 1)[1].partition("/")[0]
    answers = iter(["127.0.0.1", "10.0.0.1"])

    def resolve(host: str, asked: int, *_: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (next(answers, "10.0.0.1"), asked))]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    simulator = Simulator()
    world = simulator.world(scenario(f"http://rebound.localhost:{port}/hooks"))
    client(world).post("/calls", json=CALL).raise_for_status()
    first, second = world.deliver()[:2]
    assert first.attempts[0].status == 200
    assert "10.0.0.1" in str(second.attempts[0].error)
    assert len(receiver.received) == 1
    simulator.close()


def test_a_named_host_may_have_any_ordinary_address(monkeypatch: pytest.MonkeyPatch, receiver: Receiver) -> None:
    """Such as that of another container; the address of the cloud's metadata service is refused."""
    address = "127.0.0.1"

    def resolve(host: str, port: int, *_: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    simulator = Simulator(webhook_hosts=["*.internal"])
    url = receiver.url.replace("127.0.0.1", "receiver.internal")
    world = simulator.world(scenario(url))
    client(world).post("/calls", json=CALL).raise_for_status()
    assert {sent.status for sent in world.deliver()} == {"delivered"}
    assert receiver.received[0].headers["host"] == url.split("/")[2]

    for address in (*METADATA, "0.0.0.0", "::", "ff02::1", "fe80::1", "255.255.255.255"):  # noqa: S104  (it is refused)
        world = simulator.world(scenario(url))
        client(world).post("/calls", json=CALL).raise_for_status()
        assert f"receiver.internal has the address {ip_address(address)}, to which no" in str(
            world.deliver()[0].attempts[0].error
        )
    simulator.close()


def test_no_proxy_of_the_environment_is_used(monkeypatch: pytest.MonkeyPatch, make: Make, receiver: Receiver) -> None:
    """Webhooks go straight to their receiver."""
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    world = make(receiver.url)
    client(world).post("/calls", json=CALL).raise_for_status()
    assert {sent.status for sent in world.deliver()} == {"delivered"}


def test_a_retry_on_a_running_clock_comes_by_itself(simulator: Simulator, receiver: Receiver) -> None:
    """No request has to wake it."""
    rule = {"when": {"event": "truedy.call.started"}, "then": {"delivery": "late", "delay": "200ms"}}
    world = simulator.world(scenario(receiver.url, clock={}, rules=[rule]))
    client(world).post("/calls", json=CALL).raise_for_status()
    deadline = time.monotonic() + 5
    while len(receiver.received) < 4 and time.monotonic() < deadline:
        time.sleep(0.02)
    assert len(receiver.received) == 4


def test_what_a_host_may_be_is_checked() -> None:
    """A URL is not a host."""
    with pytest.raises(ValueError, match=r"'http://x' is not a host; expected a name or an address such as"):
        Simulator(webhook_hosts=["http://x"])
