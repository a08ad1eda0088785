"""Receivers of webhooks in another process are hunted over HTTP, from this process and from a server."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from simulator import Simulator
from simulator.lab import HuntFailed, HuntInconclusive
from simulator.testing.client import Client, World
from tests.unit.deliveries.conftest import CALL, client, scenario

RECEIVER = """
import hashlib, hmac, http.server, json, time
booked, seen = [], set()

class Handler(http.server.BaseHTTPRequestHandler):
    def answer(self, status, body=b""):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass

    def do_GET(self):
        self.answer(200, json.dumps(booked).encode())

    def do_DELETE(self):
        booked.clear()
        seen.clear()
        self.answer(204)

    def do_POST(self):
        raw = self.rfile.read(int(self.headers["Content-Length"]))
        event = json.loads(raw)
        if self.path == "/checks":
            at = self.headers["X-Truedy-Timestamp"]
            signature = hmac.new(b"whsec_test", at.encode() + b"." + raw, hashlib.sha256).hexdigest()
            if signature != self.headers["X-Truedy-Signature"] or abs(time.time() - float(at)) > 300:
                return self.answer(400)
        if self.path == "/raises" and event["id"] in seen:
            return self.answer(500)
        if event["event"] == "call.billed" and (self.path == "/books-each" or event["id"] not in seen):
            booked.append(event["id"])
        seen.add(event["id"])
        self.answer(204)

server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(server.server_address[1], flush=True)
server.serve_forever()
"""


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """Return the address of a receiver that runs in a process of its own; its path says what kind of one it is."""
    with subprocess.Popen([sys.executable, "-SIc", RECEIVER], stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield f"http://127.0.0.1:{process.stdout.readline().strip()}"
        finally:
            process.kill()


@pytest.fixture(params=["in this process", "elsewhere"])
def any_client(request: pytest.FixtureRequest, simulator: Simulator) -> Iterator[Client]:
    """Return a client of a simulator in this process, and of one that it knows by its address alone."""
    if request.param == "in this process":
        yield simulator.client
    else:
        remote = Client.connect(simulator.url)
        yield remote
        remote.close()


@pytest.fixture(autouse=True)
def _without_hypothesis(monkeypatch: pytest.MonkeyPatch) -> None:
    """The complete search is enough here."""
    monkeypatch.setattr("simulator.lab.hunt.FURTHER_RUNS", 0)


def hunt(world: World, url: str, **options: Any) -> str:
    """Hunt the receiver at a URL, which forgets everything before each run; return the bound."""
    api = client(world)

    def forgetful() -> str:
        httpx.delete(url).raise_for_status()
        return url

    def drive(store: str) -> None:
        api.post("/calls", json=CALL).raise_for_status()

    def booked(store: str) -> int:
        return len(httpx.get(store).json())

    more = {"settles": booked, "deepest": 1, **options}
    return world.hunt(drive, receiver=url, store=forgetful, **more).bound


@pytest.mark.parametrize(
    ("path", "schedule", "reason"),
    [
        ("/books-each", "truedy.call.billed#1:twice", "the same outcome as without faults: 2 instead of 1"),
        ("/raises", "truedy.call.started#1:twice", "the receiver never raises: it answered truedy.call.started#1 with 500"),
        ("/trusts", "truedy.call.started#1:stale", "nothing taken that was signed ten minutes ago: the receiver answered"),
    ],
)
def test_finds_what_breaks_a_receiver(any_client: Client, address: str, path: str, schedule: str, reason: str) -> None:
    """As it does of one in this process."""
    with any_client.world(scenario(f"{address}{path}", clock={})) as world, pytest.raises(HuntFailed) as failed:
        hunt(world, f"{address}{path}", faults=["twice", "stale"])
    assert failed.value.schedule == schedule
    assert str(failed.value).startswith(reason)


def test_a_receiver_that_is_right_holds(any_client: Client, address: str) -> None:
    """It has a clock of its own, so what comes late cannot be tried unless the test says so."""
    with any_client.world(scenario(f"{address}/checks", clock={})) as world:
        bound = hunt(world, f"{address}/checks")
    assert bound.startswith("17 schedules, up to 1 fault of 4 kinds over 4 webhooks: held")
    assert "not tried: twice-late, late (the receiver has a clock of its own" in bound


def test_a_receiver_without_a_registration_is_no_pass(simulator: Simulator, address: str) -> None:
    """What is sent goes to the URLs that are registered."""
    with simulator.world(scenario("https://app.example.com/hooks", clock={})) as world:
        text = "truedy.call.started#1 was not sent, as its address is not allowed; register the URL of the receiver"
        with pytest.raises(HuntInconclusive, match=text):
            hunt(world, f"{address}/checks")
