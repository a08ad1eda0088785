"""How a test reaches its world: a server that starts when it is needed, transports that let nothing out, connections."""

from __future__ import annotations

import socket
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from simulator import Simulator
from simulator.registry import built_in_registry
from simulator.testing.client import Client, World


@pytest.fixture
def remote(simulator: Simulator) -> Iterator[Client]:
    """A client of the live server that knows no more of it than its address."""
    client = Client.connect(simulator.url)
    yield client
    client.close()


@pytest.fixture(params=["in process", "remote"])
def world(request: pytest.FixtureRequest, simulator: Simulator, remote: Client) -> Iterator[World]:
    """A world in this process, and one on a server."""
    with (simulator if request.param == "in process" else remote).world(unmatched="ignore") as made:
        yield made


def buy(world: World, base_url: str = "https://api.cartesia.ai") -> int:
    """The status of a purchase."""
    headers = {"Authorization": f"Bearer {world.cartesia.api_key}", "Cartesia-Version": "2026-03-01"}
    with httpx.Client(transport=world.cartesia.transport, base_url=base_url, headers=headers) as client:
        return client.post("/agents/phone-numbers/provision", json={"label": "x"}).status_code


def test_nothing_gets_past_a_transport(world: World) -> None:
    """A host that is no provider's is answered here too, and the journal of the world has it."""
    with httpx.Client(transport=world.cartesia.transport) as client:
        answer = client.get("https://www.example.com/numbers?of=mine")
    assert answer.status_code == 404
    assert answer.json()["detail"].startswith(
        "www.example.com is not the host of a provider (these are my.cald.ai, api.cartesia.ai, "
    )
    (line,) = world.requests(matched=False)
    assert (line.provider, line.path, line.error) == (None, "/numbers", "NOT_FOUND")
    story = world.explain(line.id)["story"]
    assert story[0].startswith("GET /numbers was sent to no provider in world")
    assert any(
        each.startswith("Rejected with error NOT_FOUND: www.example.com is not the host of a provider") for each in story
    )


@pytest.mark.parametrize("path", ["/", "/cartesia/agents/phone-numbers", "/w/{world}/cartesia/agents", "/_simulator/health"])
def test_a_foreign_host_is_never_answered_as_the_simulator(world: World, path: str) -> None:
    """Neither with its front page, nor with what a provider would answer behind its name."""
    with httpx.Client(
        transport=world.cartesia.transport, headers={"Authorization": f"Bearer {world.cartesia.api_key}"}
    ) as client:
        answer = client.get("https://numbers.example.com" + path.format(world=world.name))
    assert answer.status_code == 404
    (line,) = world.requests(matched=False)
    assert "numbers.example.com is not the host of a provider" in str(line.detail)


def test_a_foreign_host_fails_the_test(simulator: Simulator, remote: Client) -> None:
    """In process and on a server."""
    for client in (simulator.client, remote):
        with pytest.raises(AssertionError, match=r"www\.example\.com is not the host of a provider"), client.world() as world:
            httpx.Client(transport=world.cartesia.transport).get("https://www.example.com/")


def test_another_port_of_this_machine_is_foreign(world: World) -> None:
    """It is another service."""
    with httpx.Client(transport=world.cartesia.transport) as client:
        assert client.get("http://127.0.0.1:1/cartesia/agents/phone-numbers").status_code == 404


def test_a_gateway_may_stand_for_a_provider(simulator: Simulator, remote: Client) -> None:
    """Or for the simulator, whose paths begin with the name of a provider."""
    for client in (simulator.client, remote):
        with client.world(hosts={"Cartesia.gateway.example": "cartesia", "all.example": None}) as world:
            assert buy(world, "https://cartesia.gateway.example:8443") == 201
            assert buy(world, "http://all.example/cartesia") == 402
            assert [request.operation for request in world.requests()] == ["cartesia.phone_numbers_provision"] * 2


def test_every_host_of_a_provider_is_its_own(world: World) -> None:
    """Also the second one that Cartesia has."""
    assert {host for hosts in world.hosts.providers.values() for host in hosts} == set(built_in_registry().hosts)
    assert buy(world, "https://agents.cartesia.ai.") == 201


def test_another_world_can_be_named(world: World, simulator: Simulator) -> None:
    """The path outranks what the transport says, as it does any header."""
    with simulator.world() as other:
        assert buy(world, other.cartesia.base_url) == 201
        assert (len(world.requests()), len(other.requests())) == (0, 1)


def test_without_httpx_the_extra_is_named(simulator: Simulator, remote: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only tests need it, so it does not come with the simulator."""
    monkeypatch.delitem(sys.modules, "simulator.testing.transport", raising=False)
    monkeypatch.setitem(sys.modules, "httpx", None)
    for client in (simulator.client, remote):
        with client.world() as world, pytest.raises(ModuleNotFoundError, match=r"pip install 'provider-simulator\[httpx\]'"):
            _ = world.cartesia.transport


def test_a_server_starts_when_its_address_is_asked_for() -> None:
    """Not before, once only, and again after it was closed."""
    simulator = Simulator()
    world, before = simulator.world(unmatched="ignore"), threading.active_count()
    assert buy(world) == 201
    assert threading.active_count() == before
    assert httpx.get(f"{world.cartesia.base_url}/none").url.port == httpx.URL(simulator.url).port
    assert threading.active_count() == before + 1
    simulator.close()
    simulator.close()
    assert threading.active_count() == before
    with simulator:
        assert httpx.get(f"{simulator.url}/_simulator/health").status_code == 200


def test_an_address_that_is_taken_is_an_error() -> None:
    """For who wants this very one; who asks in passing still has the transports."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        simulator = Simulator(port=taken.getsockname()[1])
        with pytest.raises(OSError, match="in use"):
            simulator.__enter__()
        assert simulator.url == "http://in-process.invalid"
        assert buy(simulator.world()) == 201


@pytest.mark.parametrize("url", ["", "localhost:8080", "ftp://localhost", "http://", "http://localhost/cartesia"])
def test_an_address_that_is_none_is_refused(url: str) -> None:
    """Before anything is sent there."""
    with pytest.raises(ValueError, match=r"is not a base URL, expected one like http://127\.0\.0\.1:8080"):
        Client.connect(url)


def test_a_connection_that_the_server_closed_is_made_anew() -> None:
    """A client that pauses does not notice; one whose server is gone does, each time anew."""
    with Simulator() as simulator:
        port = httpx.URL(simulator.url).port or 0
        client = Client.connect(simulator.url)
        assert client.health()["status"] == "ok"
    with Simulator(port=port):
        assert client.health()["status"] == "ok"
    for _ in range(2):
        with pytest.raises(ConnectionError):
            client.health()
    client.close()


def test_a_file_says_its_own_seed(world: World, tmp_path: Path) -> None:
    """So that no two places say two things."""
    file = tmp_path / "mine.yaml"
    file.write_text("description: mine\nseed: 5\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"mine\.yaml says its own seed"):
        world.client.world(file, seed=1)
