"""The `httpx` transports: in this process and to a running server they behave as a socket does, and nothing gets past them."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from simulator import Simulator
from simulator.client import Client, World

PROVISION = "/agents/phone-numbers/provision"
BUY = "cartesia.phone_numbers_provision"


@pytest.fixture(scope="module")
def remote(simulator: Simulator) -> Iterator[Client]:
    """A client of the live server that knows no more of it than its address."""
    client = Client.connect(simulator.url)
    yield client
    client.close()


@pytest.fixture(params=["in process", "remote"])
def place(request: pytest.FixtureRequest, simulator: Simulator, remote: Client) -> Iterator[World]:
    """A world in this process, and one on a server."""
    with (simulator if request.param == "in process" else remote).world() as world:
        yield world


def options(world: World, **more: Any) -> dict[str, Any]:
    """What a client of Cartesia is made of."""
    headers = {"Authorization": f"Bearer {world.cartesia.api_key}", "Cartesia-Version": "2026-03-01"}
    return {"transport": world.cartesia.transport, "base_url": world.cartesia.base_url, "headers": headers, **more}


def bought(world: World, **more: Any) -> httpx.Response:
    """The answer to a purchase."""
    with httpx.Client(**options(world, **more)) as client:
        return client.post(PROVISION, json={"label": "x"})


async def bought_async(world: World, **more: Any) -> httpx.Response:
    """The answer to a purchase of an asynchronous client."""
    async with httpx.AsyncClient(**options(world, **more)) as client:
        return await client.post(PROVISION, json={"label": "x"})


def test_a_client_may_keep_the_real_address(place: World) -> None:
    """Whatever host it names, the request ends in the world of the transport; so does one that follows another's close."""
    assert bought(place, base_url="https://api.cartesia.ai").status_code == 201
    assert asyncio.run(bought_async(place, base_url="https://api.cartesia.ai")).status_code == 402
    assert [each["operation"] for each in place.requests("cartesia")] == ["phone_numbers_provision"] * 2


def test_nothing_gets_past_a_transport(place: World) -> None:
    """A host that is no provider's is answered here too, and the journal of the world has it."""
    with httpx.Client(**options(place)) as client:
        answer = client.get("https://www.example.com/numbers?of=mine")
    assert answer.status_code == 404
    assert "no provider 'numbers'" in answer.json()["detail"]
    (line,) = place.requests(matched=False)
    assert (line["provider"], line["path"], line["error"]) == (None, "/numbers", "NOT_FOUND")
    story = place.explain(line["id"])["story"]
    assert story[0].startswith("GET /numbers came to no provider in the world")
    assert story[1].startswith("It was refused as NOT_FOUND: no provider 'numbers'")


def test_another_world_can_be_named(place: World, simulator: Simulator) -> None:
    """The path outranks what the transport says, as it does any header."""
    with simulator.world() as other:
        assert bought(place, base_url=other.cartesia.base_url).status_code == 201
        assert (len(place.requests()), len(other.requests())) == (0, 1)


@pytest.mark.parametrize("fault", ["reset", "empty", "garbage", "truncate"])
def test_a_broken_connection_is_the_same_error_everywhere(place: World, fault: str) -> None:
    """A client that is tested in this process meets what it would meet on the wire."""
    expected = httpx.ReadError if fault == "reset" else httpx.RemoteProtocolError
    place.rule(when={"operation": BUY}, then={"fault": fault, "stage": "after_commit"}, times=2)
    with pytest.raises(expected) as first:
        bought(place)
    with pytest.raises(expected):
        asyncio.run(bought_async(place))
    assert first.value.request.url.path.endswith(PROVISION)
    assert place.state("cartesia")[0]["tables"]["numbers"]["total"] == 1


def test_an_answer_that_comes_too_late_is_a_timeout(place: World) -> None:
    """The request was performed, as it would have been; who waits long enough has the answer."""
    place.rule(when={"operation": BUY}, then={"delay": "50ms"})
    with pytest.raises(httpx.ReadTimeout):
        bought(place, timeout=0.01)
    with pytest.raises(httpx.ReadTimeout):
        asyncio.run(bought_async(place, timeout=0.01))
    assert bought(place, timeout=None).status_code == 402
    assert len(place.requests(operation=BUY)) == 3


def test_an_oversized_body_is_refused(place: World) -> None:
    """Also without a socket."""
    with httpx.Client(**options(place)) as client:
        assert client.post(PROVISION, content=b" " * 2_000_000).status_code == 413


def test_without_httpx_the_extra_is_named(simulator: Simulator, remote: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only tests need it, so it does not come with the simulator."""
    monkeypatch.delitem(sys.modules, "simulator.transport", raising=False)
    monkeypatch.setitem(sys.modules, "httpx", None)
    fresh = Client.connect(remote.url)
    for client in (simulator.client, fresh):
        with client.world() as world, pytest.raises(ModuleNotFoundError, match=r"pip install 'provider-simulator\[httpx\]'"):
            world.cartesia.transport  # noqa: B018  (asking for it is the test)
    fresh.close()
