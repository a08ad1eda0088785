"""In process is what a socket is: invalid headers, responses to HEAD, and streams that are unread until they are read."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import httpx
import pytest

from simulator import Simulator
from simulator.testing.client import Client, World


@pytest.fixture(params=["in process", "remote"])
def world(request: pytest.FixtureRequest, simulator: Simulator) -> Iterator[World]:
    """A world reached without a socket, and one on a server."""
    client = simulator.client if request.param == "in process" else Client.connect(simulator.url)
    with client.world(unmatched="ignore") as made:
        yield made
    if request.param == "remote":
        client.close()


@pytest.fixture
def http(world: World) -> Iterator[httpx.Client]:
    """A client of Cald."""
    headers = {"Authorization": world.cald.api_key}
    with httpx.Client(transport=world.cald.transport, base_url=world.cald.base_url, headers=headers) as client:
        yield client


@pytest.mark.parametrize("headers", [{"X-Bad": "a\nb"}, {"X Bad": "a"}, {"": "a"}, {"X-Bad": "a\0"}])
def test_an_invalid_header_is_not_sent(http: httpx.Client, headers: dict[str, str]) -> None:
    """The client finds out before any server does."""
    with pytest.raises(httpx.LocalProtocolError):
        http.get("/agents", headers=headers)


def test_head_has_no_body(http: httpx.Client) -> None:
    """Its headers are those of GET or of a refusal."""
    answer = http.head("/agents")
    assert (answer.status_code, answer.content) == (405, b"")
    assert int(answer.headers["Content-Length"]) > 0


def test_a_stream_is_unread_until_it_is_read(http: httpx.Client) -> None:
    """Then it is closed, and counted."""
    with http.stream("GET", "/agents") as answer:
        assert (answer.is_closed, answer.is_stream_consumed, answer.num_bytes_downloaded) == (False, False, 0)
        with pytest.raises(httpx.ResponseNotRead):
            assert answer.content
        raw = b"".join(answer.iter_raw())
        assert (answer.is_closed, answer.num_bytes_downloaded) == (True, len(raw))
    assert answer.elapsed.total_seconds() >= 0


def test_an_asynchronous_stream_is_alike(world: World) -> None:
    """The same of `httpx.AsyncClient`."""

    async def read() -> None:
        headers = {"Authorization": world.cald.api_key}
        async with (
            httpx.AsyncClient(transport=world.cald.transport, base_url=world.cald.base_url, headers=headers) as http,
            http.stream("GET", "/agents") as answer,
        ):
            assert (answer.is_closed, answer.num_bytes_downloaded) == (False, 0)
            raw = b"".join([part async for part in answer.aiter_raw()])
            assert (answer.is_closed, answer.num_bytes_downloaded) == (True, len(raw))

    asyncio.run(read())
