"""Races are forced: two clients, one last slot, and either of them gets it, as often as one likes."""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import httpx
import pytest

from simulator import Simulator
from simulator.testing.client import World
from simulator.testing.gate import Gate, HeldRequest

BUY = "cartesia.phone_numbers_provision"
LAST_SLOT = {"accounts": [{"keys": ["sk_car_a", "sk_car_b"], "cartesia": {"plan": "free"}}]}
ORDERS = [("A", "B"), ("B", "A")] * 10  # ten times each
PATIENCE = 10  # seconds
TLS = ssl.create_default_context()  # shared, as making one takes long

Ways = Callable[[World], dict[str, object]]


@pytest.fixture
def slot(simulator: Simulator) -> Iterator[World]:
    """Return a world in which one number can be bought."""
    with simulator.world(LAST_SLOT) as world:
        yield world


def in_process(world: World) -> dict[str, object]:
    """Return the arguments of a client that needs no socket."""
    return {"transport": world.cartesia.transport, "base_url": "https://api.cartesia.ai"}


def over_http(world: World) -> dict[str, object]:
    """Return the arguments of a client that uses a socket."""
    return {"base_url": world.cartesia.base_url}


def order_of(label: str) -> dict[str, object]:
    """Return what a client with a label of its own sends."""
    headers = {"Authorization": f"Bearer sk_car_{label.lower()}", "Cartesia-Version": "2026-03-01"}
    return {"url": "/agents/phone-numbers/provision", "json": {"label": label}, "headers": headers}


def buy(arguments: dict[str, object], label: str) -> int:
    """Buy a number, and return the status."""
    with httpx.Client(**arguments, timeout=PATIENCE, verify=TLS) as client:  # type: ignore[arg-type]
        return client.post(**order_of(label)).status_code  # type: ignore[arg-type]


def by_label(held: list[HeldRequest]) -> dict[str, HeldRequest]:
    """Return requests by the label of their client."""
    return {one.body["label"]: one for one in held}


@pytest.mark.parametrize("way", [in_process, over_http])
def test_either_thread_gets_the_last_slot(slot: World, way: Ways) -> None:
    """Ten times of ten each, whichever came first."""
    arguments = way(slot)
    with ThreadPoolExecutor(2) as pool:
        for first, second in ORDERS:
            slot.reset()
            with slot.gate(BUY) as gate:
                statuses = {label: pool.submit(buy, arguments, label) for label in "AB"}
                held = by_label(gate.wait(2))
                assert [status for _, status in gate.release(held[first], held[second])] == [201, 402]
                assert statuses[first].result(PATIENCE) == 201
                assert statuses[second].result(PATIENCE) == 402


@pytest.mark.parametrize("way", [in_process, over_http])
def test_either_task_gets_the_last_slot(slot: World, way: Ways) -> None:
    """Ten times of ten each; the tasks share the event loop with the test that holds them."""

    async def race() -> None:
        async with httpx.AsyncClient(**way(slot), timeout=PATIENCE, verify=TLS) as client:  # type: ignore[arg-type]
            for first, second in ORDERS:
                slot.reset()
                with slot.gate(BUY) as gate:
                    tasks = {label: asyncio.create_task(client.post(**order_of(label))) for label in "AB"}  # type: ignore[arg-type]
                    held = by_label(await gate.wait_async(2))
                    gate.release(held[first], held[second])
                    responses = {label: await task for label, task in tasks.items()}
                    assert (responses[first].status_code, responses[second].status_code) == (201, 402)

    asyncio.run(race())


@pytest.mark.parametrize("way", [in_process, over_http])
@pytest.mark.parametrize(("order", "winner"), [([{"key": "*_a"}], "A"), ([{"body": {"label": "B"}}], "B")])
def test_a_rule_orders_a_race(slot: World, way: Ways, order: list[dict[str, object]], winner: str) -> None:
    """`until` opens the gate when both wait, and `order` says who goes first; a client that comes later passes."""
    arguments = way(slot)
    with ThreadPoolExecutor(2) as pool:
        for _ in range(10):
            slot.reset()
            rule = slot.rule(when={"operation": BUY}, then={"hold": {"until": 2, "order": order}})
            statuses = {label: pool.submit(buy, arguments, label) for label in "AB"}
            assert {label: status.result(PATIENCE) for label, status in statuses.items()}[winner] == 201
            assert slot.requests(operation=BUY)[0].body == {"label": winner}
            assert buy(arguments, "A") == 402
            assert rule.count == 2


def test_requests_are_reversed(slot: World) -> None:
    """The last to come is the first to go."""
    slot.rule(when={"operation": BUY}, then={"hold": {"until": 2, "order": "reversed"}})
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(buy, in_process(slot), "A")
        waits_for(slot, 1)
        assert buy(in_process(slot), "B") == 201
        assert first.result(PATIENCE) == 402


def waits_for(world: World, count: int) -> None:
    """Wait until so many requests wait at the only gate of a world."""
    [rule] = [rule["id"] for rule in world.rules() if "hold" in rule["rule"]["then"]]
    Gate(world._call, world._requests, rule, rule).wait(count)


def test_a_held_response_has_taken_effect(slot: World) -> None:
    """With `after_commit` the number is bought while the client still waits, and a second client finds the plan full."""
    with slot.gate(BUY, after_commit=True, times=1) as gate, ThreadPoolExecutor(1) as pool:
        status = pool.submit(buy, in_process(slot), "A")
        [held] = gate.wait()
        assert (held.body, held.operation, held.method) == ({"label": "A"}, BUY, "POST")
        assert [one.status for one in slot.requests(operation=BUY)] == [201]
        assert buy(in_process(slot), "B") == 402
        assert not status.done()
        gate.release()
        assert status.result(PATIENCE) == 201


def test_a_held_request_meets_the_rest_of_its_rule(slot: World) -> None:
    """It is held, and then its connection breaks."""
    slot.rule(when={"operation": BUY}, then={"hold": "until-released", "fault": "reset", "stage": "before"}, name="both")
    with ThreadPoolExecutor(1) as pool:
        future: Future[int] = pool.submit(buy, in_process(slot), "A")
        waits_for(slot, 1)
        slot.remove_rules()
        with pytest.raises(httpx.ReadError):
            future.result(PATIENCE)
    assert [(one.fault, one.rule) for one in slot.requests()] == [("reset", "both")]


def test_no_thread_waits_for_it(slot: World) -> None:
    """Fifty requests are held, the server has no thread more, and it answers others."""
    arguments = over_http(slot)
    assert buy({**arguments}, "A") == 201
    with slot.gate(BUY) as gate:
        before = threading.active_count()

        async def hold_all() -> list[int]:
            async with httpx.AsyncClient(**arguments, timeout=PATIENCE, verify=TLS) as client:  # type: ignore[arg-type]
                tasks = [asyncio.create_task(client.post(**order_of("A"))) for _ in range(50)]  # type: ignore[arg-type]
                await gate.wait_async(50)
                assert threading.active_count() == before
                assert (await client.get("/agents", headers=order_of("A")["headers"])).status_code == 200  # type: ignore[arg-type]
                gate.open()
                return [(await task).status_code for task in tasks]

        assert set(asyncio.run(hold_all())) == {402}
