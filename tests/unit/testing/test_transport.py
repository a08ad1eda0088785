"""The `httpx` transports: in this process without a socket, and to a server; what breaks raises the same errors in both."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from typing import Any

import h11
import httpx
import pytest

from simulator import Simulator
from simulator.testing.client import Client, World

Ask = Callable[..., httpx.Response]
LIST = {"operation": "demo.list_agents"}
ERRORS = {
    "reset": httpx.ReadError,
    "empty": httpx.RemoteProtocolError,
    "garbage": httpx.RemoteProtocolError,
    "truncate": httpx.RemoteProtocolError,
}


@pytest.fixture(params=["in process", "remote"])
def world(request: pytest.FixtureRequest, simulator: Simulator) -> Iterator[World]:
    """A world reached without a socket, and one on a server."""
    client = simulator.client if request.param == "in process" else Client.connect(simulator.url)
    with client.world(unmatched="ignore", unknown_fields="ignore") as made:
        yield made
    if request.param == "remote":
        client.close()


@pytest.fixture(params=["sync", "async"])
def ask(request: pytest.FixtureRequest, world: World) -> Ask:
    """Ask the demo provider with a client of either kind."""
    settings: dict[str, Any] = {"base_url": world.demo.base_url, "headers": {"Authorization": world.demo.api_key}}

    def sync(method: str, path: str, **more: Any) -> httpx.Response:
        with httpx.Client(transport=world.demo.transport, **settings) as http:
            return http.request(method, path, **more)

    async def later(method: str, path: str, **more: Any) -> httpx.Response:
        async with httpx.AsyncClient(transport=world.demo.transport, **settings) as http:
            return await http.request(method, path, **more)

    def run(method: str, path: str, **more: Any) -> httpx.Response:
        return asyncio.run(later(method, path, **more))

    return sync if request.param == "sync" else run


def test_it_answers_as_the_server_does(ask: Ask, world: World) -> None:
    """Status, headers and body, and the world remembers it."""
    made = ask("POST", "/agents", json={"name": "Ann ∞"}, params={"a b": "ö"})
    assert (made.status_code, made.headers["Content-Type"]) == (200, "application/json")
    assert "Ann ∞" in [each["name"] for each in ask("GET", "/agents").json()["agents"]]
    assert [each.operation for each in world.requests()] == ["demo.create_agent", "demo.list_agents"]
    assert world.explain(world.requests()[0].id)["query"] == "a+b=%C3%B6"
    assert ask("GET", "/nothing").status_code == 404


def test_the_providers_own_address_ends_in_the_world_too(ask: Ask, world: World) -> None:
    """A client that keeps its base URL never reaches the real host."""
    assert ask("GET", "https://api.demo.example/v1/agents").status_code == 200
    assert len(world.requests("demo", "demo.list_agents")) == 1


@pytest.mark.parametrize("stage", ["before", "after_commit"])
@pytest.mark.parametrize("fault", ERRORS)
def test_a_fault_raises_the_error_of_httpx(ask: Ask, world: World, fault: str, stage: str) -> None:
    """The same in process as from a server; and what was done is done, what was not is not."""
    world.rule(then={"fault": fault, "stage": stage}, when={"operation": "demo.create_agent"}, times=1)
    before = len(ask("GET", "/agents").json()["agents"])
    with pytest.raises(ERRORS[fault]) as broken:
        ask("POST", "/agents", json={"name": "x"})
    assert type(broken.value) is ERRORS[fault]
    assert broken.value.request.url.path.endswith("/agents")
    assert len(ask("GET", "/agents").json()["agents"]) - before == (stage == "after_commit")
    assert [each.fault for each in world.requests(operation="demo.create_agent")] == [fault]


def test_half_of_no_body_is_an_error_too(ask: Ask, world: World) -> None:
    """A client must not take a broken answer for a success."""
    world.rule(then={"fault": "truncate", "status": 204}, when=LIST)
    with pytest.raises(httpx.RemoteProtocolError):
        ask("GET", "/agents")


def test_a_delay_is_waited_for(ask: Ask, world: World) -> None:
    """As long as the client has patience; then it times out as from a server."""
    world.rule(then={"delay": "100ms"}, when=LIST)
    begun = time.monotonic()
    assert ask("GET", "/agents").status_code == 200
    assert time.monotonic() - begun >= 0.1
    with pytest.raises(httpx.ReadTimeout):
        ask("GET", "/agents", timeout=httpx.Timeout(10, read=0.02))
    assert len(world.requests(operation="demo.list_agents")) == 2


@pytest.mark.parametrize("length", ["0", "5", "50"])
def test_a_length_that_is_not_that_of_the_body_cannot_be_sent(simulator: Simulator, length: str) -> None:
    """Neither over a connection, where a server may see an empty body, nor in process: nothing is bought."""
    with simulator.world() as world:
        url = f"{world.cartesia.base_url}/agents/phone-numbers/provision"
        headers = {"Authorization": f"Bearer {world.cartesia.api_key}", "Cartesia-Version": "2026-03-01"}
        headers["Content-Length"] = length
        for transport in (world.cartesia.transport, None):
            with httpx.Client(transport=transport) as client, pytest.raises(h11.LocalProtocolError, match="for declared"):
                client.post(url, content=b'{"label": "x"}', headers=headers)
        assert {request.status for request in world.requests()} <= {400}


def test_a_large_body_is_refused(ask: Ask) -> None:
    """The limit is the server's."""
    content = b'{"x": "' + b"y" * 1024 * 1024 + b'"}'
    assert ask("POST", "/agents", content=content, headers={"Content-Type": "application/json"}).status_code == 413
