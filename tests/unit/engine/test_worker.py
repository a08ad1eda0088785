"""The thread for long requests: what waits for its turn behind one does not keep others waiting when that one is done."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import wait

import pytest

from simulator.application import Application
from simulator.engine import worlds
from simulator.engine.worker import Worker
from simulator.engine.world import World
from simulator.http import Request, Response
from simulator.registry import built_in_registry
from simulator.store.work import Postponed

PATIENCE = 30  # seconds
LONG, SHORT, LONGER_THAN_IT_LOOKS = "/long", "/short", "/longer"
DONE = Response(200, [], b"")


def request(path: str) -> Request:
    """Return a request."""
    return Request("GET", path, "", {}, b"")


class Handler:
    """Handles requests, and notes how; the long one takes until `go_on` is set."""

    def __init__(self) -> None:
        self.alone = threading.Lock()
        self.go_on = threading.Event()
        self.apart: list[str] = []
        self.at_once: list[str] = []
        self.worker = Worker(self._handle, self._handle_at_once, self.alone)

    def _handle(self, request: Request) -> Response:
        self.apart.append(request.path)
        assert self.go_on.wait(PATIENCE)
        return DONE

    def _handle_at_once(self, request: Request) -> Response:
        assert self.alone.locked()
        if request.path == LONGER_THAN_IT_LOOKS:
            raise Postponed
        if request.path == "/broken":
            raise LookupError(request.path)
        self.at_once.append(request.path)
        return DONE


@pytest.fixture
def world() -> World:
    """A world of an application that is not used otherwise."""
    default = Application(built_in_registry()).worlds.get("default")
    assert default is not None
    return default


@pytest.fixture
def handler() -> Iterator[Handler]:
    """A handler, whose thread ends with the test."""
    handler = Handler()
    yield handler
    handler.go_on.set()
    handler.worker.close()


def test_what_waits_for_its_turn_is_handled_while_nobody_adds_more(handler: Handler, world: World) -> None:
    """In order: so the queue has an end, however fast clients send the next request."""
    waiting = [handler.worker.add(request(LONG), world)]
    waiting += [handler.worker.add(request(f"{SHORT}{number}"), world) for number in range(3)]
    assert world.jobs == 4
    handler.go_on.set()
    wait([done for done in waiting if done is not None], PATIENCE)
    assert (handler.apart, handler.at_once) == ([LONG], [f"{SHORT}{number}" for number in range(3)])
    assert (world.jobs, handler.worker.waiting_bytes) == (0, 0)


def test_what_turns_out_to_be_long_is_handled_apart(handler: Handler, world: World) -> None:
    """Others are let in again meanwhile, and what comes after it keeps its place."""
    waiting = [handler.worker.add(request(path), world) for path in (LONG, LONGER_THAN_IT_LOOKS, SHORT)]
    handler.go_on.set()
    wait([done for done in waiting if done is not None], PATIENCE)
    assert (handler.apart, handler.at_once) == ([LONG, LONGER_THAN_IT_LOOKS], [SHORT])
    assert world.jobs == 0


def test_what_fails_reaches_its_client_alone(handler: Handler, world: World) -> None:
    """The next one is answered."""
    waiting = [handler.worker.add(request(path), world) for path in (LONG, "/broken", SHORT)]
    handler.go_on.set()
    assert waiting[1] is not None
    assert waiting[2] is not None
    with pytest.raises(LookupError):
        waiting[1].result(PATIENCE)
    assert waiting[2].result(PATIENCE) == DONE


def test_a_world_that_grows_is_looked_at_without_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether it may grow is a comparison, as long as it is not full."""
    monkeypatch.setattr(worlds, "STEP", 1)
    application = Application(built_in_registry())
    headers = {"host": "localhost", "authorization": "Bearer vx_live_demo", "content-type": "application/json"}
    body = b'{"sub_account_id": "sub_8a1f4c2e", "country": "US", "area_code": "415"}'
    for _ in range(5):
        response = application.handle(Request("POST", "/vantax/v1/phone-numbers", "", headers, body))
        assert (response.status, response.after) == (201, None)
