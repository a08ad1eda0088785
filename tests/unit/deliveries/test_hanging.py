"""Receivers that never answer: nothing is done for their webhooks until one of them times out."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from simulator.deliveries.courier import MAX_AT_ONCE
from simulator.testing.client import World
from tests.unit.deliveries.conftest import CALL, client, scenario

Make = Callable[..., World]
RECEIVERS = 3 * MAX_AT_ONCE


@pytest.fixture
def connections() -> Iterator[tuple[str, list[socket.socket]]]:
    """The URL of a receiver that never answers, and its connections."""
    open_: list[socket.socket] = []

    def accept() -> None:
        with contextlib.suppress(OSError):
            while True:
                open_.append(listener.accept()[0])

    with socket.create_server(("127.0.0.1", 0), backlog=1024) as listener:
        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}", open_
        listener.shutdown(socket.SHUT_RDWR)
        thread.join(5)
    for connection in open_:
        connection.close()


def senders() -> set[threading.Thread]:
    """Return the threads that send webhooks, of this test and of others."""
    return {thread for thread in threading.enumerate() if thread.name == "webhooks"}


def spent(thread: threading.Thread) -> float:
    """Return the CPU seconds that a thread has used."""
    return time.clock_gettime(time.pthread_getcpuclockid(thread.ident or 0))


@pytest.mark.skipif(not hasattr(time, "pthread_getcpuclockid"), reason="the CPU time of a thread is not known here")
def test_nothing_runs_while_receivers_hang(make: Make, connections: tuple[str, list[socket.socket]]) -> None:
    """Neither for the webhooks that wait for a free place, nor because of requests to their world."""
    url, open_ = connections
    webhooks = [{"url": f"{url}/{number}", "events": ["call.started"]} for number in range(RECEIVERS)]
    (account,) = scenario(url)["accounts"]
    world = make(url, accounts=[{**account, "truedy": {**account["truedy"], "webhooks": webhooks}}])
    api, of_others = client(world), senders()
    api.post("/calls", json=CALL).raise_for_status()
    (sender,) = senders() - of_others
    deadline, before = time.monotonic() + 8, 0.0
    while len(open_) < MAX_AT_ONCE or spent(sender) != before:
        before = spent(sender)
        assert time.monotonic() < deadline
        time.sleep(0.1)
    for _ in range(50):
        api.get("/calls").raise_for_status()
    assert (len(open_), spent(sender)) == (MAX_AT_ONCE, before)
    waiting = world.outbox(status="pending")
    assert (len(waiting), waiting.last.attempts) == (RECEIVERS, ())
