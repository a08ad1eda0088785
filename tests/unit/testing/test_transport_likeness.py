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


def test_what_a_transport_adds_is_not_recorded(world: World, http: httpx.Client) -> None:
    """The record has what the client sent; a transport adds the headers that lead to the world and the provider."""
    http.get("/agents")
    http.get("https://my.cald.ai/client/api/v1/agents")
    assert [name for request in world.requests() for name in request.headers if name.startswith("x-simulator")] == []
    assert [request.operation for request in world.requests()] == ["cald.list_agents"] * 2


def test_a_response_says_how_it_came(http: httpx.Client) -> None:
    """As a response over a connection does."""
    answer = http.get("/agents", headers={"Connection": "close"})
    assert answer.headers["Connection"] == "close"
    assert (answer.extensions["http_version"], answer.extensions["reason_phrase"]) == (b"HTTP/1.1", b"OK")


@pytest.mark.parametrize(
    ("timeout", "error", "served"),
    [
        (0, httpx.ConnectTimeout, 0),
        (httpx.Timeout(5, connect=0), httpx.ConnectTimeout, 0),
        (httpx.Timeout(5, write=0), httpx.WriteTimeout, 0),
        (httpx.Timeout(5, read=0), httpx.ReadTimeout, 1),
    ],
)
def test_a_timeout_of_nothing_is_over_at_once(
    simulator: Simulator, timeout: float | httpx.Timeout, error: type[Exception], served: int
) -> None:
    """Without a socket too; what the client does not wait for has happened nevertheless."""
    with simulator.world() as made, httpx.Client(transport=made.cald.transport, base_url=made.cald.base_url) as client:
        with pytest.raises(error):
            client.get("/agents", timeout=timeout)
        assert len(made.requests()) == served


@pytest.mark.parametrize("remote", [False, True])
def test_a_world_that_does_not_exist_is_a_finding(simulator: Simulator, remote: bool) -> None:
    """Of the transport's world; without a transport, of the world `default`."""
    client = Client.connect(simulator.url) if remote else simulator.client
    made = client.world()
    with httpx.Client(transport=made.cald.transport, headers={"X-Simulator-World": "typo"}) as http:
        assert http.get(f"{made.cald.base_url.replace(f'/w/{made.name}', '')}/agents").status_code == 404
    with pytest.raises(AssertionError, match="404  no world 'typo'; PUT /_simulator/worlds"):
        made.check()
    made.drop()
    before = len(client.call("GET", "/worlds/default/requests")["requests"])
    assert httpx.get(f"{simulator.url}/cald/client/api/v1/agents", headers={"X-Simulator-World": "typo"}).status_code == 404
    listed = client.call("GET", "/worlds/default/requests")["requests"]
    assert (len(listed) - before, listed[-1]["detail"][:15], listed[-1]["operation"]) == (1, "no world 'typo'", None)
    if remote:
        client.close()


@pytest.mark.parametrize("remote", [False, True])
def test_a_client_that_calls_the_control_api_by_mistake_is_a_finding(simulator: Simulator, remote: bool) -> None:
    """A base URL that ends in `/_simulator`: the control API has no such route."""
    client = Client.connect(simulator.url) if remote else simulator.client
    made = client.world()
    with httpx.Client(transport=made.cald.transport, base_url=f"{simulator.url}/_simulator") as http:
        assert http.get("/health").status_code == 200
        assert http.get("/agents").status_code == 404
    with pytest.raises(AssertionError, match="404  the control API has no route '/_simulator/agents'"):
        made.check()
    made.drop()
    if remote:
        client.close()


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
