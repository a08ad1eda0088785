"""What a client leaves open when it is stopped does not hinder it when it is started again, as after the end of a process."""

from __future__ import annotations

import asyncio
import itertools
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from simulator.lab import HuntFailed
from simulator.testing.client import World
from tests.lab.desk import Desk
from tests.lab.wrong_clients import VANTAX

Client = Callable[[Path], Any]


class Orders:
    """A table of orders, in a transaction that is committed once a number was bought."""

    def __init__(self, file: Path) -> None:
        self.database = sqlite3.connect(file, timeout=0, check_same_thread=False)
        self.database.execute("create table if not exists orders (number)")
        self.known = [number for (number,) in self.database.execute("select number from orders")]
        self.database.execute("insert into orders values (null)")

    def keep(self, number: str) -> str:
        """Write a number down."""
        self.database.execute("update orders set number = ?", (number,))
        self.database.commit()
        self.database.close()
        return number


def in_a_function(desk: Desk) -> Client:
    """It is held by the frame alone."""

    def client(file: Path) -> Any:
        orders = Orders(file)
        return orders.known or orders.keep(desk.bought(desk.buy()))

    return client


def in_tasks(desk: Desk) -> Client:
    """Likewise, in a task of a group."""

    async def client(file: Path) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(asyncio.to_thread(in_a_function(desk), file))

    return client


def in_threads(desk: Desk) -> Client:
    """Likewise, in a thread."""

    def client(file: Path) -> Any:
        with ThreadPoolExecutor(1) as pool:
            return pool.submit(in_a_function(desk), file).result()

    return client


@pytest.mark.parametrize("make", [in_a_function, in_tasks, in_threads])
def test_a_database_is_not_locked_after_a_crash(world: World, tmp_path: Path, make: Callable[[Desk], Client]) -> None:
    """The transaction is rolled back, the number forgotten, and a second one bought."""
    files = (tmp_path / str(number) for number in itertools.count())
    with pytest.raises(HuntFailed) as failed:
        world.hunt(make(Desk(world, "vantax")), once=VANTAX, store=lambda: next(files))
    assert failed.value.schedule == f"{VANTAX}#1:crash"


def test_a_database_can_be_emptied_after_a_run_that_failed(world: World, tmp_path: Path) -> None:
    """A client that gave up left its transaction open, and the next run begins with an empty table all the same."""
    file = tmp_path / "orders"

    def empty() -> Path:
        with sqlite3.connect(file, timeout=0) as database:
            database.execute("drop table if exists orders")
        database.close()
        return file

    report = world.hunt(in_a_function(Desk(world, "vantax")), once=VANTAX, store=empty, faults=["refused", "lost-answer"])
    assert report.bound.startswith("3 schedules, up to 2 faults of 2 kinds over 1 request: held")
