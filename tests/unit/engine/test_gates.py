"""Gates by the control API: what is held, its release, and clients and worlds that are gone before it."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from simulator import Simulator
from simulator.engine.gates import MAX_HELD
from tests.demo_provider import PROVIDERS
from tests.unit.steering import AGENTS, Steered

PATIENCE = 10
HOLD = {"hold": "until-released"}
OPERATION = {"operation": "demo.create_agent"}


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    """Threads for clients that are held."""
    with ThreadPoolExecutor(4) as pool:
        yield pool


def create(steered: Steered, name: str = "Ann") -> httpx.Response:
    """Create an agent at the demo provider."""
    return steered.demo("POST", AGENTS, {"name": name})


def gates(steered: Steered) -> list[dict[str, Any]]:
    """Return the gates of a world."""
    found: list[dict[str, Any]] = steered.told("GET", "/gates")["gates"]
    return found


def until(condition: Callable[[], bool]) -> None:
    """Wait until something holds."""
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, "it never came to that"
        time.sleep(0.002)


def held(steered: Steered, pool: ThreadPoolExecutor, *names: str) -> list[Future[httpx.Response]]:
    """Send requests one after the other, so that each waits when the next one is sent."""
    futures = []
    for name in names:
        futures.append(pool.submit(create, steered, name))
        until(lambda: len(gates(steered)[0]["waiting"]) == len(futures))
    return futures


def test_shows_what_is_held(steered: Steered, pool: ThreadPoolExecutor) -> None:
    """Keys are shortened; the request is not in the log before it is performed, and what it does is done on its release."""
    rule = steered.rule(HOLD, OPERATION, name="door")
    [future] = held(steered, pool, "Ann")
    [gate] = gates(steered)
    assert (gate["id"], gate["name"], gate["until"], gate["open"], gate["released"]) == (rule, "door", None, False, 0)
    [one] = gate["waiting"]
    assert (one["operation"], one["method"], one["body"]) == ("demo.create_agent", "POST", {"name": "Ann"})
    assert "demo_" + "1" * 32 not in str(gate)
    assert (steered.journal(), steered.rules()[rule]) == ([], (1, 1))
    released = steered.told("POST", f"/gates/{rule}/release", {})
    assert released["released"] == [{"id": one["id"], "status": 200}]
    response = future.result(PATIENCE)
    assert (response.headers["X-Simulator-Request"], response.headers["X-Simulator-Rule"]) == (one["id"], "door")
    assert "Rule 'door' fired." in steered.explain(response)["story"]


def test_explaining_a_held_request_says_where_it_waits(steered: Steered, pool: ThreadPoolExecutor) -> None:
    """It is in the request log once it is performed."""
    steered.rule(HOLD, OPERATION, name="door")
    [waiting] = held(steered, pool, "Ann")
    [gate] = gates(steered)
    path = f"/requests/{gate['waiting'][0]['id']}"
    refused = steered.control("GET", path)
    assert refused.status_code == 404
    assert "; it waits at the gate 'door', and is there when it is released" in refused.text
    steered.told("POST", f"/gates/{gate['id']}/release", {})
    assert waiting.result(PATIENCE).is_success
    assert steered.told("GET", path)["status"] == 200


def test_releases_in_the_order_of_the_body(steered: Steered, pool: ThreadPoolExecutor) -> None:
    """And holds the rest; `open` lets the rest and all that follow pass."""
    rule = steered.rule(HOLD, OPERATION)
    futures = held(steered, pool, "A", "B", "C")
    first, second, third = (one["id"] for one in gates(steered)[0]["waiting"])
    steered.told("POST", f"/gates/{rule}/release", {"requests": [third, first]})
    assert [line["id"] for line in steered.journal()] == [third, first]
    opened = steered.told("POST", f"/gates/{rule}/release", {"open": True})
    assert [one["id"] for one in opened["released"]] == [second]
    assert (opened["gate"]["open"], opened["gate"]["released"]) == (True, 3)
    assert create(steered).status_code == 200
    assert [future.result(PATIENCE).status_code for future in futures] == [200] * 3


def test_a_rule_that_is_removed_releases(steered: Steered, pool: ThreadPoolExecutor) -> None:
    """Its requests pass in the order in which they came, and are performed."""
    rule = steered.rule(HOLD, OPERATION)
    futures = held(steered, pool, "A", "B")
    steered.told("DELETE", f"/rules/{rule}")
    assert [future.result(PATIENCE).status_code for future in futures] == [200, 200]
    assert [steered.explain(future.result())["body"]["name"] for future in futures] == ["A", "B"]
    assert gates(steered) == []


@pytest.mark.parametrize(
    ("end", "why"),
    [
        (("POST", "/reset"), "the world was reset"),
        (("POST", "/clear"), "the world was reset"),
        (("POST", "/snapshots/before/restore"), "a snapshot of the world was restored"),
        (("DELETE", ""), "the world was deleted"),
        (("PUT", ""), "the world was replaced"),
    ],
)
def test_a_world_that_ends_answers(steered: Steered, pool: ThreadPoolExecutor, end: tuple[str, str], why: str) -> None:
    """What was sent to the world as it was is not performed in the new one."""
    steered.told("PUT", "/snapshots/before")
    steered.rule(HOLD, OPERATION, name="door")
    [future] = held(steered, pool, "Ann")
    steered.told(*end)
    response = future.result(PATIENCE)
    assert (response.status_code, response.headers["X-Simulator-Gate"]) == (503, "not released")
    assert response.json()["detail"] == f"the request was held at 'door', and {why}"
    if end[0] != "DELETE":
        assert steered.journal() == []


def test_a_client_that_disconnects_leaves(steered: Steered) -> None:
    """Its request is never performed, and who releases it hears why."""
    rule = steered.rule(HOLD, OPERATION)
    address = urlsplit(steered.demo.base_url)
    body = b'{"name": "Ann"}'
    head = f"POST {address.path}{AGENTS} HTTP/1.1\r\nHost: {address.netloc}\r\n"
    head += f"Authorization: demo_{'1' * 32}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    with socket.create_connection((address.hostname, address.port), PATIENCE) as client:
        client.sendall(head.encode() + body)
        until(lambda: bool(gates(steered)[0]["waiting"]))
        [one] = gates(steered)[0]["waiting"]
    until(lambda: bool(gates(steered)[0]["left"]))
    [left] = gates(steered)[0]["left"]
    assert left["id"] == one["id"]
    assert left["why"].startswith("its client disconnected after ")
    refused = steered.control("POST", f"/gates/{rule}/release", {"requests": [one["id"]]})
    assert refused.status_code == 409
    assert refused.json()["detail"] == f"{one['id']} has left the gate: {left['why']}"
    assert steered.told("POST", f"/gates/{rule}/release", {})["released"] == []
    assert steered.journal() == []


def test_what_cannot_be_released(steered: Steered) -> None:
    """An unknown rule, a rule that holds nothing, a request that does not wait."""
    other = steered.rule({"error": "UNAVAILABLE"}, {"operation": "demo.list_agents"}, times=1)
    rule = steered.rule(HOLD, OPERATION)
    for unknown in ("rule-99", other):
        refused = steered.control("POST", f"/gates/{unknown}/release", {})
        assert (refused.status_code, f"no rule '{unknown}' of this world holds" in refused.json()["detail"]) == (404, True)
    refused = steered.control("POST", f"/gates/{rule}/release", {"requests": ["req-0"]})
    assert refused.json()["detail"] == "req-0 does not wait at this gate; none waits"


def test_so_many_may_wait(simulator: Simulator) -> None:
    """One more than the limit gets an answer at once, and the others wait on."""
    with simulator.world() as world:

        async def overrun() -> list[int]:
            headers = {"Authorization": world.demo.api_key}
            async with httpx.AsyncClient(
                transport=world.demo.transport, base_url=world.demo.base_url, headers=headers, timeout=None
            ) as client:
                with world.gate("demo.create_agent") as gate:
                    tasks = [asyncio.create_task(client.post(AGENTS, json={"name": "Ann"})) for _ in range(MAX_HELD)]
                    await gate.wait_async(MAX_HELD)
                    refused = await client.post(AGENTS, json={"name": "Ann"})
                    assert refused.status_code == 503
                    assert refused.json()["detail"].startswith(f"{MAX_HELD} requests wait at gates of this world already")
                return [(await task).status_code for task in tasks]

        assert asyncio.run(overrun()) == [200] * MAX_HELD


@pytest.mark.parametrize("is_async", [False, True])
def test_a_client_that_times_out_leaves(simulator: Simulator, *, is_async: bool) -> None:
    """In process too, with the exception of a socket; and the wait for it says what became of it."""
    with simulator.world() as world, world.gate("demo.create_agent") as gate:
        given = {"transport": world.demo.transport, "base_url": world.demo.base_url, "timeout": 0.01}
        request = {"json": {"name": "Ann"}, "headers": {"Authorization": world.demo.api_key}}

        async def send() -> None:
            async with httpx.AsyncClient(**given) as client:  # type: ignore[arg-type]
                await client.post(AGENTS, **request)  # type: ignore[arg-type]

        def send_once() -> None:
            if is_async:
                asyncio.run(send())
                return
            with httpx.Client(**given) as client:  # type: ignore[arg-type]
                client.post(AGENTS, **request)  # type: ignore[arg-type]

        with pytest.raises(httpx.ReadTimeout):
            send_once()
        with pytest.raises(
            TimeoutError, match=r"expected 1 requests at <rule rule-\d+> within 0\.01 s; waiting: none; req-\d+ left"
        ):
            gate.wait(timeout=0.01)
        assert len(world.requests()) == 0
        assert f"left the gate {gate.id!r}: its client disconnected after" in world.report()


def test_a_task_that_is_cancelled_leaves(simulator: Simulator) -> None:
    """Its request is not performed later."""
    with simulator.world() as world, world.gate("demo.create_agent") as gate:

        async def cancelled() -> None:
            headers = {"Authorization": world.demo.api_key}
            async with httpx.AsyncClient(
                transport=world.demo.transport, base_url=world.demo.base_url, headers=headers
            ) as client:
                task = asyncio.create_task(client.post(AGENTS, json={"name": "Ann"}))
                await gate.wait_async()
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await task
                assert gate.waiting == []

        asyncio.run(cancelled())


def test_a_simulator_that_is_closed_answers() -> None:
    """No client waits for ever."""
    with (
        ThreadPoolExecutor(1) as pool,
        Simulator(providers_folder=PROVIDERS) as simulator,
    ):  # so that a failure closes the simulator first
        world = simulator.world()
        gate = world.gate("demo.create_agent")
        headers = {"Authorization": world.demo.api_key}
        with httpx.Client(
            transport=world.demo.transport, base_url=world.demo.base_url, headers=headers, timeout=None
        ) as client:
            future = pool.submit(client.post, AGENTS, json={"name": "Ann"})
            gate.wait()
            assert world.report().endswith(f"POST   /demo/v1/agents  waits at the gate {gate.id!r}")
            simulator.close()
            assert future.result(PATIENCE).json()["detail"].endswith("the simulator was closed")


@pytest.mark.parametrize(
    ("rule", "problem"),
    [
        ({"times": 1, "then": {"hold": {"until": 2}}}, "2 requests never wait, as the rule fires at most 1 times"),
        ({"then": {"hold": {"until": 2, "order": [{"operation": "demo.create_agent", "method": "GET"}]}}}, "never a GET"),
        ({"then": {"hold": {"until": 2, "order": [{"operation": "demo.nothing"}]}}}, "unknown operation 'demo.nothing'"),
        ({"then": {"hold": {"until": 2, "order": [{}]}}}, "expected conditions on a request"),
        ({"then": {"hold": {"until": 1}}}, "until"),
        ({"then": {"hold": "for ever"}}, "until-released"),
        ({"when": {"event": "truedy.call.ended"}, "then": {"delivery": "twice", "hold": "until-released"}}, "is for requests"),
    ],
)
def test_refuses_a_gate_that_never_opens(steered: Steered, rule: dict[str, Any], problem: str) -> None:
    """Or that names what no request has."""
    refused = steered.control("POST", "/rules", {"when": OPERATION, **rule})
    assert (refused.status_code, problem in refused.json()["detail"]) == (422, True), refused.text


def test_rules_behind_a_gate_fire_once_it_is_open(steered: Steered) -> None:
    """A gate does not shadow them, and `skip` and `times` count for it as for others."""
    gate = steered.rule(HOLD, OPERATION, skip=1)
    steered.rule({"error": "UNAVAILABLE"}, OPERATION)
    assert create(steered).status_code == 503
    steered.told("POST", f"/gates/{gate}/release", {"open": True})
    response = create(steered)
    assert f"Rule {gate!r} was skipped: its gate is open." in steered.explain(response)["story"]
