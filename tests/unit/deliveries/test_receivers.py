"""Receivers in this process that block, and what cannot be a receiver."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from simulator.testing.client import World
from tests.unit.deliveries.conftest import CALL, client

Make = Callable[..., World]
URL = "https://app.example.com/hooks"


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
