"""Requests that take long are handled apart: others are answered meanwhile, and those to the same world wait their turn."""

from __future__ import annotations

import contextlib
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from simulator.application import Application
from simulator.engine import worker
from simulator.engine.world import World
from simulator.http import Request, Response, settled
from simulator.registry import built_in_registry
from simulator.testing.transport import Transport
from tests.unit.server.conftest import Served

SEEDS = 3_000  # numbers: long enough on a fast machine for others to be answered many times
SEEDED: dict[str, Any] = {"open": True, "seed": 1, "accounts": [{"vantax": {"numbers": [{"count": SEEDS}]}}]}
OWNER = "sub_account_id=sub_8a1f4c2e"
BODY = {"sub_account_id": "sub_8a1f4c2e", "country": "US", "area_code": "415"}
WAIT = 60  # seconds for what takes a fraction of one on a quiet machine


def buy(client: httpx.Client, world: str, key: str = "vx_live_a") -> httpx.Response:
    """Buy a number."""
    return client.post(f"/w/{world}/vantax/v1/phone-numbers", json=BODY, headers={"Authorization": f"Bearer {key}"})


def held(client: httpx.Client, world: str) -> list[int]:
    """Return how many numbers each account of a world has."""
    accounts = client.get(f"/_simulator/worlds/{world}/state").json()["accounts"]
    return [account["tables"]["numbers"]["total"] for account in accounts if account["provider"] == "vantax"]


@contextlib.contextmanager
def meanwhile(work: Callable[[], httpx.Response]) -> Iterator[threading.Thread]:
    """Do something in a thread, and check that it succeeds."""
    responses: list[httpx.Response] = []
    thread = threading.Thread(target=lambda: responses.append(work()))
    thread.start()
    try:
        yield thread
    finally:
        thread.join(WAIT)
    assert [response.status_code // 100 for response in responses] == [2], responses


@pytest.fixture
def client(simulator: Served) -> Iterator[httpx.Client]:
    """A client, whose test may use the worlds `long` and `other`."""
    with httpx.Client(base_url=simulator.url, timeout=WAIT) as http:
        yield http
        for world in ("long", "other"):
            http.delete(f"/_simulator/worlds/{world}")


@pytest.fixture
def seeded(client: httpx.Client) -> None:
    """Make the world `long`, which takes a while to open for each key."""
    assert client.put("/_simulator/worlds/long", json={"scenario": SEEDED}).status_code == 201


LONG: dict[str, Callable[[httpx.Client], httpx.Response]] = {
    "a seeded world": lambda client: client.put("/_simulator/worlds/long", json={"scenario": SEEDED}),
    "a new key of a seeded world": lambda client: buy(client, "long", "vx_live_b"),
    "a long scenario": lambda client: client.put(
        "/_simulator/worlds/long",
        content="".join(f"- {{when: {{path: /v1/{number}}}, then: {{status: 500}}}}\n" for number in range(900)).join(
            ["open: true\nrules:\n", ""]
        ),
        headers={"Content-Type": "application/yaml"},
    ),
}


@pytest.mark.parametrize("case", LONG)
def test_others_do_not_wait(simulator: Served, client: httpx.Client, request: pytest.FixtureRequest, case: str) -> None:
    """A client of another world is answered many times before a long request is."""
    if case == "a new key of a seeded world":
        request.getfixturevalue("seeded")
    assert client.put("/_simulator/worlds/other", json={"scenario": {"open": True}}).status_code == 201
    with httpx.Client(base_url=simulator.url, timeout=WAIT) as bystander:
        assert buy(bystander, "other").status_code == 201
        answered = 0
        with meanwhile(lambda: LONG[case](client)) as thread:
            while thread.is_alive():
                assert buy(bystander, "other").status_code == 201
                answered += 1
    assert answered > 3


@pytest.mark.usefixtures("seeded")
def test_requests_to_the_same_world_wait_their_turn(simulator: Served, client: httpx.Client) -> None:
    """What is bought while an account is opened is bought after it, one number each."""
    with httpx.Client(base_url=simulator.url, timeout=WAIT) as other:
        bought = []
        with meanwhile(lambda: buy(client, "long", "vx_live_b")) as thread:
            while thread.is_alive():
                bought.append(buy(other, "long", "vx_live_b").json()["data"]["id"])
    assert held(client, "long") == [SEEDS + len(bought) + 1]
    assert len(set(bought)) == len(bought) > 0
    seen = client.get("/_simulator/worlds/long/requests?operation=vantax.purchase_phone_number").json()
    assert seen["total"] == len(bought) + 1


def test_a_reset_takes_everything_back(simulator: Served, client: httpx.Client) -> None:
    """Also that of a seeded world, which is long: what is bought meanwhile is bought before or after it."""
    scenario = {**SEEDED, "accounts": [{"keys": ["vx_live_a"], **SEEDED["accounts"][0]}]}
    client.put("/_simulator/worlds/long", json={"scenario": scenario})
    assert buy(client, "long").status_code == 201
    with httpx.Client(base_url=simulator.url, timeout=WAIT) as other:
        statuses = []
        with meanwhile(lambda: client.post("/_simulator/worlds/long/reset")) as thread:
            while thread.is_alive():
                statuses.append(buy(other, "long").status_code)
    assert set(statuses) == {201}
    seen = client.get("/_simulator/worlds/long/requests").json()["total"]
    assert held(client, "long") == [SEEDS + seen]


@pytest.mark.usefixtures("seeded")
def test_it_is_in_the_access_log(simulator: Served, client: httpx.Client) -> None:
    """With the time that it took."""
    lines: list[Any] = []
    simulator.application.observe(lines.append)
    assert buy(client, "long", "vx_live_c").status_code == 201
    (line,) = lines
    kind = line.kind
    assert (kind.operation_name, kind.status, kind.world) == ("vantax.purchase_phone_number", 201, "long")


def test_what_waits_is_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where too much waits already, a long request is refused, and can be sent again."""
    application = Application(built_in_registry())
    raw = b"open: true\n" + b"# nothing\n" * 5000
    headers = {"host": "localhost", "content-type": "application/yaml"}
    request = Request("PUT", "/_simulator/worlds/long", "", headers, raw)
    monkeypatch.setattr(worker, "MAX_WAITING_BYTES", 1000)
    refused = settled(application.handle(request))
    assert (refused.status, dict(refused.headers)["Retry-After"]) == (503, "1")
    assert b"bytes wait already that take long to handle; send this one again" in refused.body
    monkeypatch.undo()
    assert settled(application.handle(request)).status == 201
    application.close()
    assert settled(application.handle(request)).status == 200
    application.close()


@pytest.mark.usefixtures("seeded")
def test_a_client_that_is_interrupted_leaves_nothing_half_done(simulator: Served, client: httpx.Client) -> None:
    """In process, while it waits for a long request: this one is complete later, and the next one is answered."""
    waiting, main = simulator.application.gauges["waiting_bytes"], threading.main_thread()

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    def interrupt_when_it_waits() -> None:
        while not waiting()[0]:
            time.sleep(0.001)
        signal.pthread_kill(main.ident or 0, signal.SIGALRM)

    before = signal.signal(signal.SIGALRM, interrupt)
    thread = threading.Thread(target=interrupt_when_it_waits)
    own = httpx.Client(transport=Transport(simulator.application, "long"), headers={"Authorization": "Bearer vx_live_d"})
    try:
        thread.start()
        with own, pytest.raises(KeyboardInterrupt):
            own.post("http://x/vantax/v1/phone-numbers", json=BODY)
    finally:
        thread.join(WAIT)
        signal.signal(signal.SIGALRM, before)
    assert buy(client, "long", "vx_live_d").status_code == 201
    assert held(client, "long") == [SEEDS + 2]


def test_each_world_has_its_turn() -> None:
    """However many requests to another world wait: they are answered in turns, those to one world in their order."""
    worlds = [World(name, built_in_registry().scenario("default"), {}) for name in ("busy", "other")]
    handled, begin = list[str](), threading.Event()

    def handle(request: Request) -> Response:
        begin.wait(WAIT)
        handled.append(request.path)
        return Response(200, [], b"")

    thread = worker.Worker(handle, handle, threading.Lock())
    long = b" " * (worker.LARGE + 1)
    sent = [("busy 1", worlds[0]), ("busy 2", worlds[0]), ("busy 3", worlds[0]), ("other", worlds[1]), ("none", None)]
    waiting = [thread.add(Request("GET", path, "", {}, long), world) for path, world in sent]
    begin.set()
    assert [one.result(WAIT).status for one in waiting if one is not None] == [200] * 5
    assert handled.index("busy 3") == 4  # the first was under way perhaps before the others came
    assert worlds[0].jobs == 0
    thread.close()


@pytest.mark.usefixtures("seeded")
def test_what_nobody_waits_for_is_not_read(simulator: Served, client: httpx.Client) -> None:
    """The state of a big world, for clients that have gone, while the world is at their requests."""
    assert buy(client, "long").status_code == 201
    lines: list[Any] = []
    simulator.application.observe(lambda access: lines.append(access.kind.operation))
    place = httpx.URL(simulator.url)
    for _ in range(100):
        with socket.create_connection((place.host, place.port or 0)) as connection:
            connection.sendall(b"GET /_simulator/worlds/long/state?limit=10000 HTTP/1.1\r\nHost: x\r\n\r\n")
    assert buy(client, "long").status_code == 201
    assert lines.count("_simulator.get_state") < 100
