"""What a client reads from its clocks goes along with its waits, while it is hunted."""

from __future__ import annotations

import copy
import datetime as dt
import pickle
import sys
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import backoff
import httpx
import pytest

from simulator import Simulator
from simulator.testing.client import World
from tests.lab.desk import Desk
from tests.lab.shop import SUB

REAL = datetime
CLOCKS: dict[str, Callable[[], float]] = {
    "datetime.now": lambda: datetime.now().timestamp(),
    "datetime.now(UTC)": lambda: datetime.now(UTC).timestamp(),
    "datetime.today": lambda: datetime.today().timestamp(),
    "a module": lambda: dt.datetime.now().timestamp(),
    "date.today": lambda: date.today().toordinal() * 86400.0,
    "time.time": lambda: 0.0 + time.time(),
    "time.time_ns": lambda: time.time_ns() / 1e9,
    "time.monotonic": lambda: 0.0 + time.monotonic(),
    "time.monotonic_ns": lambda: time.monotonic_ns() / 1e9,
    "time.perf_counter": lambda: 0.0 + time.perf_counter(),
    "time.perf_counter_ns": lambda: time.perf_counter_ns() / 1e9,
}


@pytest.mark.parametrize("clock", CLOCKS)
def test_a_client_that_waits_until_a_time_ends(world: World, clock: str) -> None:
    """Ten days, which it looks at once a day; each run begins where the hunt began."""
    desk, now = Desk(world, "vantax"), CLOCKS[clock]
    looks: list[int] = []

    def client() -> None:
        end, count = now() + 10 * 86400, 0
        while now() < end:
            desk.look()
            time.sleep(86400)
            count += 1
        looks.append(count)

    world.hunt(client, faults="refused", deepest=1, budget=20)
    assert set(looks) <= {9, 10}  # 9 only of days, if one ends meanwhile


def test_backoff_gives_up_when_its_time_is_over(world: World) -> None:
    """It reads `datetime.now`."""
    desk = Desk(world, "vantax")
    asked: list[int] = []

    @backoff.on_predicate(backoff.constant, interval=1, max_time=5, jitter=None)
    def found() -> list[str]:
        asked[-1] += 1
        return desk.ids(desk.look())

    def client() -> list[str]:
        asked.append(0)
        return found()

    world.hunt(client, faults="refused", deepest=1, budget=20)
    assert max(asked) in (5, 6)


def test_dates_are_those_of_the_library(world: World) -> None:
    """Only the present is another: they are compared, copied, pickled and known by their classes as before."""
    desk, before = Desk(world, "vantax"), datetime.now(UTC)

    def client() -> None:
        desk.look()
        time.sleep(60)
        now = datetime.now(UTC)
        assert type(now) is REAL
        assert type(datetime(2026, 1, 1)) is REAL
        assert isinstance(now, datetime)
        assert isinstance(now, date)
        assert not isinstance(date(2026, 1, 1), datetime)
        assert pickle.loads(pickle.dumps(now)) == copy.deepcopy(now) == now  # noqa: S301  (its own)
        assert datetime.fromisoformat(now.isoformat()) == now
        assert datetime.now(UTC) >= now > before + timedelta(seconds=50)
        assert datetime.utcnow().replace(tzinfo=UTC) >= now

    world.hunt(client, faults=["refused"], deepest=1)
    module = sys.modules[__name__]
    assert (vars(module)["datetime"], vars(module)["dt"]) == (REAL, sys.modules["datetime"])


def test_a_server_that_starts_meanwhile_keeps_real_time(simulator: Simulator) -> None:
    """It is none of the client's: what it waits for must not advance the world's clock."""
    with simulator.world() as world:
        world.freeze()

        def client() -> str:
            address = world.vantax
            headers = {"Authorization": f"Bearer {address.api_key}"}
            httpx.get(f"{address.base_url}/phone-numbers", params={"sub_account_id": SUB}, headers=headers)
            return str(world.clock()["now"])

        before = world.clock()["now"]
        seen: list[str] = []
        world.hunt(lambda: seen.append(client()), faults=["refused"], deepest=1)
    assert set(seen) == {before}
