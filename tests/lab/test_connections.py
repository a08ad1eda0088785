"""Clients that a hunt stops leave no connection open: over sockets their number is limited."""

from __future__ import annotations

from simulator import Simulator
from simulator.testing.client import Client
from tests.lab.shop import SUB, http

LIST = "vantax.list_phone_numbers"
CRASHES = 19  # of one run, the most that a client may have
CONNECTIONS = 100  # that httpx opens at most


def test_a_stopped_client_leaves_no_connection_open(simulator: Simulator) -> None:
    """It has read no response to its end, however often it was stopped; the next one is not kept waiting."""
    server = Client.connect(simulator.url)
    with server.world() as world:
        world.replay = ",".join(f"{LIST}#{number}:crash" for number in range(1, CRASHES + 1))
        client = http(world, "vantax")
        for _ in range(CONNECTIONS // CRASHES + 1):
            report = world.hunt(lambda: client.get("/phone-numbers", params={"sub_account_id": SUB}).raise_for_status())
            assert "held" in report.bound
    server.close()
