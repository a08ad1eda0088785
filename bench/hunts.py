"""Hunting a client of two requests, in this process, beside one request through the same transport."""

from __future__ import annotations

import time
from collections.abc import Iterator

import httpx

from bench.effort import Effort
from bench.figures import Figure, at_most
from simulator import Simulator

ACCOUNT = {"sub_account_id": "sub_8a1f4c2e"}
PURCHASE = {**ACCOUNT, "area_code": "415"}


def measure(effort: Effort) -> Iterator[Figure]:
    """A run of a hunt: the world put back, the faults set, the client run, its requests read, its purchases judged.

    In a run with crashes the client is started several times, so the time for each of its starts is shown too.
    """
    starts = 0
    simulator = Simulator()
    with simulator.world() as world, _client(world.vantax.transport, world.vantax.api_key) as client:

        def play() -> None:
            nonlocal starts
            starts += 1
            try:
                client.get("/phone-numbers", params=ACCOUNT)
                client.post("/phone-numbers", json=PURCHASE)
            except httpx.TransportError:
                pass

        hunted, started, bare = [], [], []
        for _ in effort.turns("hunts"):
            begun, starts = time.perf_counter(), 0
            report = world.hunt(play, spend=100, budget=200 + effort.worlds)
            seconds = time.perf_counter() - begun
            hunted.append(seconds / report.runs * 1000)
            started.append(seconds / starts * 1000)
            begun = time.perf_counter()
            for _ in range(effort.worlds):
                client.get("/phone-numbers", params=ACCOUNT)
            bare.append((time.perf_counter() - begun) / effort.worlds * 1000)
    simulator.close()
    yield Figure("ms a run of a hunt, a client of two requests", hunted, goal=at_most(1.5))
    yield Figure("ms of it for each start of the client, as a run with a crash has several", started)
    yield Figure("a run of a hunt", hunted, bare, "request in process", at_most(12))


def _client(transport: httpx.BaseTransport, key: str) -> httpx.Client:
    headers = {"Authorization": f"Bearer {key}"}
    return httpx.Client(transport=transport, base_url="https://api.vantaxai.com/v1", headers=headers)
