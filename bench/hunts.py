"""Hunting a client of two requests, in this process, beside one request through the same transport, and beside httpx alone."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import httpx

from bench.effort import Effort
from bench.figures import Figure, at_most
from simulator import Simulator
from simulator.testing.client import World

ACCOUNT = {"sub_account_id": "sub_8a1f4c2e"}
PURCHASE = {**ACCOUNT, "area_code": "415"}


class Shopper:
    """A client of two requests, which counts how often it is started, and what it sends."""

    def __init__(self, client: httpx.Client) -> None:
        self._client = client
        self.starts = self.sent = 0

    def __call__(self) -> None:
        """List the numbers and buy one; give up if the connection breaks."""
        self.starts += 1
        try:
            self.sent += 1
            self._client.get("/phone-numbers", params=ACCOUNT)
            self.sent += 1
            self._client.post("/phone-numbers", json=PURCHASE)
        except httpx.TransportError:
            pass


class Canned(httpx.BaseTransport):
    """Answers each request at once with the same response, so that all else is the work of httpx."""

    def __init__(self, response: httpx.Response) -> None:
        self._headers, self._body = response.headers.multi_items(), response.content

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Return the response."""
        request.read()
        return httpx.Response(200, headers=self._headers, stream=httpx.ByteStream(self._body), request=request)


def measure(effort: Effort) -> Iterator[Figure]:
    """A run of a hunt: the world put back, the faults set, the client run, its requests read, its purchases judged.

    In a run with crashes the client is started several times, so two more figures are shown: the time for each of its starts,
    and what httpx alone needs for as many requests.
    """
    simulator = Simulator()
    with simulator.world() as world, _client(world.vantax.transport, world.vantax.api_key) as client:
        canned = Canned(client.get("/phone-numbers", params=ACCOUNT))
        with _client(canned, world.vantax.api_key) as alone:
            hunted, started, bare, floor = [], [], [], []
            for _ in effort.turns("hunts"):
                shopper = Shopper(client)
                seconds, runs = _hunt(world, shopper, 200 + effort.worlds)
                hunted.append(seconds / runs * 1000)
                started.append(seconds / shopper.starts * 1000)
                bare.append(_mean(lambda: client.get("/phone-numbers", params=ACCOUNT), effort.worlds))
                floor.append(_mean(Shopper(alone), shopper.sent // 2) * shopper.sent / 2 / runs)
    simulator.close()
    yield Figure("ms a run of a hunt, a client of two requests", hunted, goal=at_most(1.5))
    yield Figure("ms of it for each start of the client, as a run with a crash has several", started)
    yield Figure("a run of a hunt", hunted, bare, "request in process", at_most(12))
    yield Figure("a run of a hunt", hunted, floor, "as many requests of httpx alone")


def _hunt(world: World, shopper: Shopper, budget: int) -> tuple[float, int]:
    """Return the seconds of a hunt, and how many runs it took."""
    begun = time.perf_counter()
    report = world.hunt(shopper, spend=100, budget=budget)
    return time.perf_counter() - begun, report.runs


def _mean(function: Callable[[], object], times: int) -> float:
    """Return the milliseconds of one call."""
    begun = time.perf_counter()
    for _ in range(times):
        function()
    return (time.perf_counter() - begun) / times * 1000


def _client(transport: httpx.BaseTransport, key: str) -> httpx.Client:
    headers = {"Authorization": f"Bearer {key}"}
    return httpx.Client(transport=transport, base_url="https://api.vantaxai.com/v1", headers=headers)
