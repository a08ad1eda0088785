"""Waits of a client cost nothing while it is hunted."""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

import httpx
import pytest

from simulator.lab import HuntFailed
from simulator.lab.virtual_time import VirtualTime
from simulator.testing.client import World
from tests.lab.desk import Desk
from tests.lab.shop import SUB
from tests.lab.wrong_clients import VANTAX

HOUR = 3600.0
FAST = {"deepest": 1, "budget": 3, "faults": ["refused"]}


def hunted(world: World, wait: Callable[[], Any]) -> list[float]:
    """Return the hours that passed for a client, on its own clock and on that of the world."""
    desk, passed = Desk(world, "vantax"), []

    def client() -> Any:
        desk.look()
        began, there = time.monotonic(), world.clock()["now"]
        result = wait()

        def end(_: Any = None) -> None:
            passed.append(round((time.monotonic() - began) / HOUR, 2))
            passed.append(_hours(there, world.clock()["now"]))

        if asyncio.iscoroutine(result):

            async def main() -> None:
                end(await result)

            return main()
        return end()

    world.freeze()
    world.hunt(client, **FAST)  # type: ignore[arg-type]
    return sorted(set(passed))


def _hours(first: str, last: str) -> float:
    return round((datetime.fromisoformat(last) - datetime.fromisoformat(first)).total_seconds() / HOUR, 2)


async def _both() -> None:
    await asyncio.gather(asyncio.sleep(HOUR), asyncio.sleep(2 * HOUR))


async def _timed_out() -> None:
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(asyncio.Event().wait(), 2 * HOUR)


@pytest.mark.parametrize(
    "wait",
    [
        lambda: time.sleep(2 * HOUR),
        lambda: asyncio.run(asyncio.sleep(2 * HOUR)),
        lambda: asyncio.sleep(2 * HOUR),
        _both,
        _timed_out,
    ],
    ids=["time.sleep", "a loop of its own", "a coroutine", "two at once", "a timeout"],
)
def test_a_wait_passes_on_all_clocks(world: World, wait: Callable[[], Any]) -> None:
    """Two hours, for the client and in the world, whatever waits."""
    assert hunted(world, wait) == [2.0]


def test_clocks_are_as_before_afterwards() -> None:
    """Nothing stays replaced, even if the client raises."""
    originals = (time.sleep, time.monotonic, time.time, asyncio.sleep)
    with contextlib.suppress(KeyError), VirtualTime(lambda _: None).installed():
        assert time.sleep is not originals[0]
        raise KeyError
    assert (time.sleep, time.monotonic, time.time, asyncio.sleep) == originals


def test_threads_that_were_there_before_wait_in_real_time() -> None:
    """Such as that of a server: its pauses must not advance the world's clock."""
    waits: list[float] = []
    begin, slept = threading.Event(), threading.Event()

    def other() -> None:
        begin.wait(5)
        time.sleep(0.01)
        slept.set()

    thread = threading.Thread(target=other)
    thread.start()
    with VirtualTime(waits.append).installed():
        begin.set()
        thread.join()
        time.sleep(7)
    assert (slept.is_set(), waits) == (True, [7])


def test_a_coroutine_with_open_sockets_does_not_skip_what_they_wait_for(world: World) -> None:
    """Over HTTP a response takes real time, and a timeout of an hour must not run out meanwhile."""
    address = world.vantax

    async def client() -> int:
        headers = {"Authorization": f"Bearer {address.api_key}"}
        async with httpx.AsyncClient(base_url=address.base_url, timeout=HOUR, headers=headers) as session:
            await asyncio.sleep(HOUR)
            return (await session.get("/phone-numbers", params={"sub_account_id": "sub_8a1f4c2e"})).status_code

    report = world.hunt(client, deepest=1, budget=9)
    assert "delayed, slow-then-recovered (the client uses sockets, so its timeout takes real time)" in report.bound


def test_a_coroutine_is_hunted_within_a_running_loop(world: World) -> None:
    """Where a test is a coroutine itself."""
    address = world.vantax

    async def client() -> None:
        headers = {"Authorization": f"Bearer {address.api_key}"}
        async with httpx.AsyncClient(transport=address.transport, base_url=address.base_url, headers=headers) as session:
            await session.get("/phone-numbers", params={"sub_account_id": "sub_8a1f4c2e"})

    async def test() -> str:
        return world.hunt(client, **FAST).bound  # type: ignore[arg-type]

    assert asyncio.run(test()).startswith("2 schedules, up to 1 fault of 1 kind over 1 request: held")


def test_a_program_is_waited_for_in_real_time(world: World) -> None:
    """It is another process, which talks HTTP to the world."""
    address = world.vantax
    code = f"""if True:
        import urllib.request
        request = urllib.request.Request("{address.base_url}/phone-numbers", method="POST", headers={{
            "Authorization": "Bearer {address.api_key}", "Content-Type": "application/json"}},
            data=b'{{"sub_account_id": "{SUB}", "area_code": "415"}}')
        for _ in range(2):
            try:
                urllib.request.urlopen(request)
                break
            except ConnectionError:
                pass
    """

    def client() -> int:
        return subprocess.run([sys.executable, "-SIc", code], timeout=30, check=False).returncode

    world.freeze()
    with pytest.raises(HuntFailed) as failed:
        world.hunt(client, once=VANTAX, faults=["lost-answer"])
    assert failed.value.schedule == f"{VANTAX}#1:lost-answer"


def test_tasks_of_a_group_are_stopped_together(world: World) -> None:
    """A crash in one of them ends the client."""
    address = world.vantax
    headers = {"Authorization": f"Bearer {address.api_key}"}

    async def client(store: dict[str, bool]) -> None:
        session = httpx.AsyncClient(transport=address.transport, base_url=address.base_url, headers=headers)
        async with session, asyncio.TaskGroup() as group:
            group.create_task(asyncio.sleep(HOUR))
            group.create_task(session.post("/phone-numbers", json={"sub_account_id": SUB, "area_code": "415"}))

    with pytest.raises(HuntFailed) as failed:
        world.hunt(client, once=VANTAX, store=dict, faults=["crash"])
    assert failed.value.schedule == f"{VANTAX}#1:crash"


def test_a_stopped_client_sends_nothing_more(world: World) -> None:
    """What it does in `finally` is not done, as by a process that is killed."""
    desk = Desk(world, "vantax")

    def client(store: dict[str, str]) -> None:
        try:
            store["number"] = desk.bought(desk.buy())
        finally:
            desk.look()

    with pytest.raises(HuntFailed) as failed:
        world.hunt(client, once=VANTAX, store=dict, faults=["crash"])
    assert str(failed.value).count("vantax.list_phone_numbers") == 1  # of the second start


def test_each_run_begins_at_the_same_time(world: World) -> None:
    """As the world does: `time.time` goes back with it, and follows what the client waits."""
    seen: list[tuple[float, float]] = []

    def client() -> None:
        began = time.time()
        with contextlib.suppress(httpx.HTTPError):
            Desk(world, "vantax").look()
        time.sleep(3600)
        seen.append((began, time.time() - began))

    before = time.time()
    world.hunt(client, faults=["refused", "throttled"], deepest=1)
    assert len(seen) > 3
    assert all(before - 1 < began < before + 60 for began, _ in seen)
    assert all(3600 <= waited < 3660 for _, waited in seen)
