"""Receivers in this process that block, and what cannot be a receiver."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from simulator.testing.client import World
from tests.unit.deliveries.conftest import CALL, EVENTS, client

Make = Callable[..., World]
URL = "https://app.example.com/hooks"


def test_a_function_that_waits_keeps_no_other_world(make: Make) -> None:
    """Nor a second receiver of its world, whose webhooks come after that, one at a time."""
    slow, quick, received = make(URL), make(URL), list[str]()
    called, release = threading.Event(), threading.Event()

    def hang(request: Any) -> None:
        received.append(f"begun {request.event}")
        called.set()
        assert release.wait(30)
        received.append(f"ended {request.event}")

    slow.webhooks.to(hang)
    quick.webhooks.to(received.append)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(client(slow).post, "/calls", json=CALL)
        try:
            assert called.wait(30)
            client(quick).post("/calls", json=CALL).raise_for_status()
            assert [one if isinstance(one, str) else one.event for one in received] == ["begun call.started", *EVENTS]
            assert {sent.status for sent in quick.outbox()} == {"delivered"}
        finally:
            release.set()
        waiting.result(30).raise_for_status()
    assert received[5:] == [f"{what} {event}" for event in EVENTS for what in ("begun", "ended")][1:]


def wsgi(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
    """An application of a kind that cannot receive webhooks."""
    start_response("204 No Content", [])
    return []


class Framework:
    """An object that is a WSGI application, as that of Flask."""

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        """Answer a request."""
        return wsgi(environ, start_response)


REFUSED: dict[str, tuple[Any, str]] = {
    "WSGI": (wsgi, r"a WSGI application, .* cannot receive webhooks; wrap it, as in asgiref.wsgi.WsgiToAsgi\(app\)"),
    "an object that is WSGI": (Framework(), "a WSGI application"),
    "nothing to take": (lambda: None, "cannot be called with a request: too many positional arguments; expected an ASGI"),
    "two to take": (lambda request, more: None, "cannot be called with a request: missing a required argument: 'more'"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_called_is_refused_at_once(make: Make, name: str) -> None:
    """Rather than at the first webhook."""
    world = make(URL)
    receiver, problem = REFUSED[name]
    with pytest.raises(TypeError, match=problem):
        world.webhooks.to(receiver)
    client(world).post("/calls", json=CALL).raise_for_status()
    world.check()
