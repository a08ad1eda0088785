"""Tests that patch the time: delays end, servers stop at once, and connections live, as the server's own timing goes on."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import freezegun
import httpx
import pytest
import time_machine

from simulator import Simulator
from simulator.server.run import ServerConfig
from tests.asking import PURCHASES, example

THEN = "2031-05-06T07:08:09Z"
CALD = {"Authorization": "caldLiveDe39a3accb206dd615f30d118e519df0"}
PATCHES: dict[str, Callable[[], AbstractContextManager[Any]]] = {
    "freezegun, frozen": lambda: freezegun.freeze_time(THEN),
    "freezegun, ticking": lambda: freezegun.freeze_time(THEN, tick=True),
    "time-machine, frozen": lambda: time_machine.travel(THEN, tick=False),
    "time-machine, ticking": lambda: time_machine.travel(THEN, tick=True),
}


def real() -> float:
    """Seconds that no library patches."""
    return time.clock_gettime(time.CLOCK_MONOTONIC)


@pytest.fixture(params=["uvloop", "asyncio"])
def loop(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run the server on one kind of event loop."""
    original, kind = ServerConfig.__init__, request.param

    def configured(self: ServerConfig, *arguments: Any, **more: Any) -> None:
        original(self, *arguments, **more, loop=kind)

    monkeypatch.setattr(ServerConfig, "__init__", configured)


def ask(simulator: Simulator, client: httpx.Client) -> None:
    """Send a request whose response is delayed, and one whose is not, on one connection."""
    with simulator.world({"description": "x", "open": True}) as world:
        world.rule(then={"delay": "100ms"}, when={"operation": "cald.list_agents"}, times=1)
        for least in (0.1, 0.0):
            begun = real()
            assert client.get(f"{world.cald.base_url}/agents", headers=CALD).status_code == 200
            assert least <= real() - begun < 5


@pytest.mark.parametrize("patch", PATCHES)
def test_worlds_are_used(patch: str) -> None:
    """Whatever shows a time: purchases from all providers, the log, its explanations, and the clock."""
    with PATCHES[patch](), Simulator() as simulator:
        for name, operation in PURCHASES.items():
            bound = simulator.app.registry.providers[name]
            with simulator.world() as world:
                answer = example(bound, bound.spec.operations[operation]).of(simulator.app, world.name)
                assert answer.status in (200, 201), answer.body
                assert " May 2031 " in dict(answer.headers)["Date"]
                world.advance("30s")
                world.freeze()
                assert world.explain(world.requests().one().id)["at"].startswith("2031-05-06T")
                world.reset()


@pytest.mark.usefixtures("loop")
@pytest.mark.parametrize("patch", PATCHES)
@pytest.mark.parametrize("opened", ["before", "within"])
def test_a_server_goes_on(patch: str, opened: str) -> None:
    """Wherever the server was started and the connection was opened."""
    with httpx.Client(timeout=30) as client:
        if opened == "before":
            with Simulator() as simulator:
                ask(simulator, client)
                with PATCHES[patch]():
                    ask(simulator, client)
                ask(simulator, client)
        else:
            with PATCHES[patch](), Simulator() as simulator:
                ask(simulator, client)
                begun = real()
                simulator.close()
                assert real() - begun < 3
