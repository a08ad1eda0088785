"""A client of a provider in a world whose webhooks are received by the test, without a socket."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx

from simulator import Simulator
from simulator.testing.client import World


class Listening:
    """Sends requests to a provider, and answers the webhooks of its world with `status`."""

    def __init__(self, world: World, provider: str, headers: dict[str, str]) -> None:
        self.world, self.status = world, 200
        self._received: list[Any] = []
        address = getattr(world, provider)
        self.http = httpx.Client(base_url=address.base_url, transport=address.transport, headers=headers)
        world.webhooks.to(self._take)

    def _take(self, request: Any) -> int:
        self._received.append(request)
        return self.status

    def __call__(self, method: str, path: str, json: Any = None) -> Any:
        """Send a request to the provider, which must succeed, and return the decoded body."""
        answer = self.http.request(method, path, json=json)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None

    def requests(self) -> list[Any]:
        """Return the webhooks that came since the last time, each with its `headers`, `body`, `event` and `json()`."""
        received, self._received = self._received, []
        return received

    def payloads(self) -> list[Any]:
        """Return the decoded bodies of the webhooks that came since the last time."""
        return [request.json() for request in self.requests()]


@contextmanager
def listening(simulator: Simulator, scenario: Any, provider: str, seed: int = 1, **headers: str) -> Iterator[Listening]:
    """Make a world whose webhooks are received by the test; underscores in header names stand for dashes."""
    with simulator.world(scenario, seed=seed) as world:
        yield Listening(world, provider, {name.replace("_", "-"): value for name, value in headers.items()})
