"""What happens on the wire, seen by httpx, by requests and by a bare socket; and what state and journal say after it."""

from __future__ import annotations

import contextlib
import random
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
import requests

from simulator import Simulator
from simulator.engine.delays import delay_seconds
from simulator.scenario.format import Lognormal, Spread
from tests.unit.steering import AGENTS, BUY, KEY, Steered

FAULTS = ("reset", "empty", "garbage", "truncate")
STAGES = ("before", "after_commit")
CHANGES = [("inventory", "added"), ("numbers", "added")]  # what a purchase does
PURCHASE = {"operation": "demo.buy_number"}
HTTPX = {
    "reset": httpx.ReadError,
    "empty": httpx.RemoteProtocolError,
    "garbage": httpx.RemoteProtocolError,
    "truncate": httpx.RemoteProtocolError,
}


@pytest.fixture(params=FAULTS)
def fault(request: pytest.FixtureRequest) -> str:
    """Each fault."""
    return str(request.param)


def _buy_by_httpx(steered: Steered) -> None:
    steered.demo("POST", BUY, {})


def _buy_by_requests(steered: Steered) -> None:
    url = steered.world.providers["demo"]["base_url"] + BUY
    with requests.Session() as session:
        session.post(url, json={}, headers={"Authorization": KEY}, timeout=10)


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("client", [_buy_by_httpx, _buy_by_requests])
def test_an_answer_is_lost_and_the_client_tries_again(steered: Steered, fault: str, stage: str, client: Any) -> None:
    """Lost before the purchase, there is one number after the retry; lost after it, there are two: one rule tells both."""
    steered.rule({"fault": fault, "stage": stage}, PURCHASE, times=1, name="lost answer")
    expected = HTTPX[fault] if client is _buy_by_httpx else requests.exceptions.RequestException
    with pytest.raises(expected):
        client(steered)
    committed = stage == "after_commit"
    assert len(steered.numbers()) == committed
    lost = steered.last()
    assert (lost["fault"], lost["status"], lost["operation"]) == (fault, 200, "demo.buy_number")
    assert [(each["table"], each["change"]) for each in lost["changes"]] == CHANGES[: 2 * committed]
    client(steered)
    assert len(steered.numbers()) == 1 + committed
    assert [(line["fault"], line["rule"]) for line in steered.journal()] == [(fault, "lost answer"), (None, None)]


def _wire(url: str) -> socket.socket:
    parts = urlsplit(url)
    return socket.create_connection((parts.hostname or "", parts.port or 0), timeout=30)


def _send(wire: socket.socket, url: str, method: str = "POST", path: str = BUY) -> None:
    target = urlsplit(url).path + path
    wire.sendall(f"{method} {target} HTTP/1.1\r\nHost: x\r\nAuthorization: {KEY}\r\nContent-Length: 0\r\n\r\n".encode())


def _ask(wire: socket.socket, url: str, method: str = "POST", path: str = BUY) -> bytes:
    """Whatever the server says until it closes; a reset is raised."""
    _send(wire, url, method, path)
    said = b""
    while chunk := wire.recv(65536):
        said += chunk
    return said


@pytest.mark.parametrize("stage", STAGES)
def test_the_bytes_on_the_wire(steered: Steered, fault: str, stage: str) -> None:
    """A reset is an RST without a byte, empty is a FIN without one, garbage is no HTTP, half a body follows a true head."""
    url = steered.world.providers["demo"]["base_url"]
    steered.rule({"fault": fault, "stage": stage}, PURCHASE)
    with _wire(url) as wire:
        if fault == "reset":
            with pytest.raises(ConnectionResetError):
                _ask(wire, url)
            return
        said = _ask(wire, url)
    if fault == "empty":
        assert said == b""
    elif fault == "garbage":
        assert said
        assert not said.startswith(b"HTTP/")
    else:
        head, _, body = said.partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200 OK\r\n")
        (length,) = [int(line.split(b": ")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")]
        assert (len(body), body[:7]) == (length // 2, b'{"id":"')


def test_a_reset_sends_nothing_of_what_was_written_before(steered: Steered) -> None:
    """The answer before it on the same connection arrives whole; the one that is reset not at all."""
    url = steered.world.providers["demo"]["base_url"]
    steered.rule({"fault": "reset"}, PURCHASE)
    with _wire(url) as wire:
        target = urlsplit(url).path + AGENTS
        wire.sendall(f"GET {target} HTTP/1.1\r\nHost: x\r\nAuthorization: {KEY}\r\n\r\n".encode())
        assert wire.recv(65536).startswith(b"HTTP/1.1 200")
        with pytest.raises(ConnectionResetError):
            _ask(wire, url)


def test_an_answer_without_a_body_is_cut_in_its_head(steered: Steered) -> None:
    """There is nothing else to cut, and a client must not take it for a success."""
    steered.rule({"status": 204, "fault": "truncate"}, {"operation": "demo.list_agents"})
    with pytest.raises(httpx.RemoteProtocolError):
        steered.demo("GET", AGENTS)


def test_nothing_follows_half_a_body_however_slow_the_reader(steered: Steered) -> None:
    """The server adds no answer of its own, also when the half is still under way."""
    body = "x" * 900_000
    steered.rule({"status": 200, "body": body, "fault": "truncate"}, {"operation": "demo.list_agents"})
    url = steered.world.providers["demo"]["base_url"]
    wire = socket.socket()
    wire.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
    wire.settimeout(5)
    with wire:
        parts = urlsplit(url)
        wire.connect((parts.hostname or "", parts.port or 0))
        said = _ask(wire, url, "GET", AGENTS)
    assert said.partition(b"\r\n\r\n")[2] == b"x" * 450_000


@pytest.mark.parametrize("then", [{"error": "UNAVAILABLE"}, {"status": 502, "body": "<html>bad gateway</html>"}])
def test_an_error_after_commit(steered: Steered, then: dict[str, Any]) -> None:
    """It was bought, and the client is told that it was not; journal and state show the purchase."""
    steered.rule({**then, "stage": "after_commit"}, PURCHASE, times=1)
    lost = steered.demo("POST", BUY, {})
    assert lost.status_code == then.get("status", 503)
    assert len(steered.numbers()) == 1
    told = steered.explain(lost)
    assert (told["status"], told["error"]) == (lost.status_code, then.get("error"))
    assert ("numbers", "added") in [(each["table"], each["change"]) for each in told["changes"]]
    assert lost.headers["X-Simulator-Evidence"] == "assumed"


def test_a_refusal_after_commit_is_replaced_too(steered: Steered) -> None:
    """The rule decides what is answered, also where the operation has refused and nothing was done."""
    steered.rule({"status": 500, "stage": "after_commit"}, PURCHASE)
    assert steered.demo("POST", BUY, {"prefix": "+4420"}).status_code == 500
    assert steered.numbers() == []


def test_a_broken_connection_leaves_no_idempotent_reply(steered: Steered) -> None:
    """What never took effect is not replayed: the retry with the same key buys."""
    vantax = steered.world.api("vantax", Authorization="Bearer vx_live_demo", Idempotency_Key="k")
    order = {"sub_account_id": "sub_8a1f4c2e", "area_code": "415"}
    steered.rule({"fault": "reset"}, {"operation": "vantax.purchase_phone_number"}, times=1)
    with pytest.raises(httpx.ReadError):
        vantax("POST", "/phone-numbers", order)
    bought = vantax("POST", "/phone-numbers", order).json()["data"]
    listed = vantax("GET", "/phone-numbers?sub_account_id=sub_8a1f4c2e").json()["data"]
    assert [each["id"] for each in listed] == [bought["id"]]


def test_a_lost_answer_is_replayed(steered: Steered) -> None:
    """Lost after the commit, the retry with the same key gets what was bought and buys nothing more."""
    vantax = steered.world.api("vantax", Authorization="Bearer vx_live_demo", Idempotency_Key="k")
    order = {"sub_account_id": "sub_8a1f4c2e", "area_code": "415"}
    steered.rule({"fault": "reset", "stage": "after_commit"}, {"operation": "vantax.purchase_phone_number"}, times=1)
    with pytest.raises(httpx.ReadError):
        vantax("POST", "/phone-numbers", order)
    bought = vantax("POST", "/phone-numbers", order).json()["data"]
    listed = vantax("GET", "/phone-numbers?sub_account_id=sub_8a1f4c2e").json()["data"]
    assert [each["id"] for each in listed] == [bought["id"]]


def test_a_fault_on_a_path_that_the_spec_does_not_know(steered: Steered, fault: str) -> None:
    """Also what is not simulated can break."""
    steered.rule({"fault": fault}, {"provider": "demo", "path": "/nothing"})
    with pytest.raises(HTTPX[fault]):
        steered.world.http.get(f"{steered.world.url}/demo/nothing")


DELAYS: list[Any] = ["600ms", {"uniform": ["600ms", "610ms"]}, {"lognormal": {"median": "600ms", "sigma": 0.0001}}]


@pytest.mark.parametrize("delay", DELAYS)
def test_an_answer_is_held_back(steered: Steered, delay: Any) -> None:
    """For as long as the rule says."""
    steered.rule({"delay": delay}, PURCHASE)
    begun = time.monotonic()
    _buy_by_httpx(steered)
    assert time.monotonic() - begun > 0.59


@contextlib.contextmanager
def _held_back(steered: Steered) -> Iterator[socket.socket]:
    """Buy a number, whose response is held back for a minute; yield when it was bought."""
    steered.rule({"delay": "60s"}, PURCHASE)
    url = steered.world.providers["demo"]["base_url"]
    with _wire(url) as client:
        _send(client, url)
        while not steered.numbers():
            time.sleep(0.01)
        client.settimeout(0.1)
        with pytest.raises(TimeoutError):
            client.recv(1)
        yield client


def test_others_are_answered_while_an_answer_is_held_back(steered: Steered) -> None:
    """What was bought is there before the answer is."""
    with _held_back(steered) as client:
        assert steered.demo("GET", AGENTS).status_code == 200
        with pytest.raises(TimeoutError):
            client.recv(1)


def test_a_drawn_delay_comes_from_the_seed() -> None:
    """It is drawn anew each time, the same ones for the same seed, and never outlasts an hour, however wide the spread."""
    wide = Spread(lognormal=Lognormal(median="1h", sigma=5))
    one, two, other = ([delay_seconds(wide, chance) for _ in range(50)] for chance in map(random.Random, (7, 7, 8)))
    assert one == two != other
    assert max(one) == 3600
    assert len(set(one)) > 20
    even = Spread(uniform=["100ms", "1s"])
    drawn = [delay_seconds(even, random.Random(seed)) for seed in range(50)]
    assert 0.1 <= min(drawn) < 0.2
    assert 0.9 < max(drawn) <= 1


def test_a_slow_fault(steered: Steered) -> None:
    """A delay goes with a fault: the client waits, and then the connection breaks."""
    steered.rule({"fault": "empty", "delay": "100ms"}, PURCHASE)
    begun = time.monotonic()
    with pytest.raises(httpx.RemoteProtocolError):
        steered.demo("POST", BUY, {})
    assert time.monotonic() - begun > 0.1


@pytest.mark.parametrize("change", ["remove the rule", "reset the world", "drop the world", "replace the world"])
def test_a_request_that_sleeps_wakes_up_whatever_happens_meanwhile(simulator: Simulator, steered: Steered, change: str) -> None:
    """Its answer was made before: the rule may go, and so may the world; nothing of it is found in a new one."""
    rule = steered.rule({"delay": "200ms"}, PURCHASE)
    answers: list[int] = []
    url = steered.world.providers["demo"]["base_url"] + BUY
    thread = threading.Thread(
        target=lambda: answers.append(httpx.post(url, json={}, headers={"Authorization": KEY}).status_code)
    )
    thread.start()
    while not steered.numbers():
        pass
    name = steered.world.name
    method, path = {
        "remove the rule": ("DELETE", f"/worlds/{name}/rules/{rule}"),
        "reset the world": ("POST", f"/worlds/{name}/reset"),
        "drop the world": ("DELETE", f"/worlds/{name}"),
        "replace the world": ("PUT", f"/worlds/{name}"),
    }[change]
    assert steered.world.http.request(method, f"{simulator.url}/_simulator{path}").is_success
    thread.join()
    assert answers == [200]
    if change == "drop the world":
        assert steered.control("GET", "").status_code == 404
    else:
        assert len(steered.numbers()) == (change == "remove the rule")


def test_a_client_that_gives_up_does_not_stop_the_server(steered: Steered) -> None:
    """Whoever hangs up in the middle of a delay is forgotten; the purchase stands."""
    with _held_back(steered):
        pass
    assert steered.demo("GET", AGENTS).status_code == 200
    assert len(steered.numbers()) == 1
