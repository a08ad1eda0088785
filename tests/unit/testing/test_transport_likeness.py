"""In process is what a socket is: invalid headers, responses to HEAD, and streams that are unread until they are read."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from typing import Any

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
    """A client of the demo provider."""
    headers = {"Authorization": world.demo.api_key}
    with httpx.Client(transport=world.demo.transport, base_url=world.demo.base_url, headers=headers) as client:
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
    http.get("https://api.demo.example/v1/agents")
    assert [name for request in world.requests() for name in request.headers if name.startswith("x-simulator")] == []
    assert [request.operation for request in world.requests()] == ["demo.list_agents"] * 2


def test_a_response_says_how_it_came(http: httpx.Client) -> None:
    """As a response over a connection does."""
    answer = http.get("/agents", headers={"Connection": "close"})
    assert answer.headers["Connection"] == "close"
    assert (answer.extensions["http_version"], answer.extensions["reason_phrase"]) == (b"HTTP/1.1", b"OK")


KINDS = ("connect", "read", "write", "pool")
TIMEOUTS = [httpx.Timeout(0), *(httpx.Timeout(5, **{kind: 0}) for kind in KINDS)]
EARLIER = {"none": "", "read": "/agents", "left open": "/agents", "closed": "/agents", "broken": "/reset", "missing": "/none"}


def told(error: Exception) -> tuple[str, str]:
    """What a client sees of an error."""
    return type(error).__name__, str(error)


def sync_request(client: httpx.Client, earlier: str, timeout: httpx.Timeout) -> tuple[str, str]:
    """Send a request after an earlier one; what the client sees."""
    if path := EARLIER[earlier]:
        headers = {"Connection": "close"} if earlier == "closed" else {}
        with contextlib.suppress(httpx.ReadError):
            answer = client.send(client.build_request("GET", path, headers=headers), stream=True)
            if earlier != "left open":
                answer.read()
    try:
        return str(client.get("/late", timeout=timeout).status_code), ""
    except (httpx.TransportError, ValueError) as error:
        return told(error)


async def async_request(client: httpx.AsyncClient, earlier: str, timeout: httpx.Timeout) -> tuple[str, str]:
    """Do the same as `sync_request`."""
    async with client:
        if path := EARLIER[earlier]:
            headers = {"Connection": "close"} if earlier == "closed" else {}
            with contextlib.suppress(httpx.ReadError):
                answer = await client.send(client.build_request("GET", path, headers=headers), stream=True)
                if earlier != "left open":
                    await answer.aread()
        try:
            return str((await client.get("/late", timeout=timeout)).status_code), ""
        except (httpx.TransportError, ValueError) as error:
            return told(error)


@pytest.mark.parametrize("earlier", EARLIER)
@pytest.mark.parametrize("timeout", TIMEOUTS, ids=str)
def test_a_timeout_of_nothing(simulator: Simulator, earlier: str, timeout: httpx.Timeout) -> None:
    """Over a connection that was kept alive, and over a new one: the same error as over a socket, or none."""
    seen, served = [], []
    for socket in (False, True):
        with simulator.world(unmatched="ignore") as made:
            delay = "30ms" if timeout.read else "60s"  # which the client waits for, or surely not
            made.rule(when={"path": "*/late"}, then={"status": 200, "delay": delay})
            made.rule(when={"path": "*/reset"}, then={"fault": "reset"})
            settings: Any = {"base_url": made.demo.base_url, "headers": {"Authorization": made.demo.api_key}}
            for asynchronous in (False, True):
                settings["transport"] = None if socket else made.demo.transport
                if asynchronous:
                    seen.append(asyncio.run(async_request(httpx.AsyncClient(**settings), earlier, timeout)))
                else:
                    with httpx.Client(**settings) as client:
                        seen.append(sync_request(client, earlier, timeout))
            made.remove_rules()  # of which not every case needs all
            served.append([request.path[-5:] for request in made.requests() if "late" not in request.path])
    assert seen[:2] == seen[2:]
    assert served[0] == served[1]


def test_what_is_too_late_has_happened(simulator: Simulator) -> None:
    """The client that does not wait for the response has sent the request; one that cannot connect has not."""
    with simulator.world() as made, httpx.Client(transport=made.demo.transport, base_url=made.demo.base_url) as client:
        for timeout, error, served in (
            (httpx.Timeout(5, connect=0), httpx.ConnectError, 0),
            (httpx.Timeout(5, read=0), httpx.ReadError, 1),
        ):
            with pytest.raises(error):
                client.get("/agents", timeout=timeout)
            assert len(made.requests()) == served
        for kind in ("connect", "read", "write"):
            with pytest.raises(ValueError, match="Timeout value out of range"):  # as `socket` says it
                client.get("/agents", timeout=httpx.Timeout(5, **{kind: -1}))


def test_a_length_beside_chunks_is_refused_alike(simulator: Simulator) -> None:
    """By the server, as the two may contradict each other; a length that is given twice is one."""
    for transfer in ({"Transfer-Encoding": "chunked"}, {"Content-Length": "13, 13"}):
        seen = []
        for socket in (False, True):
            with simulator.world() as made:
                transport = None if socket else made.demo.transport
                headers = {"Authorization": made.demo.api_key, "Content-Type": "application/json", **transfer}
                with httpx.Client(transport=transport, base_url=made.demo.base_url, headers=headers) as client:
                    answer = client.post("/agents", content=b'{"name": "x"}')
                    lengths = [request.headers.get("content-length") for request in made.requests()]
                    seen.append((answer.status_code, answer.text[:60], lengths))
        assert seen[0] == seen[1]


@pytest.mark.parametrize("remote", [False, True])
def test_a_world_that_does_not_exist_is_a_finding(simulator: Simulator, remote: bool) -> None:
    """Of the transport's world; without a transport, of the world `default`."""
    client = Client.connect(simulator.url) if remote else simulator.client
    made = client.world()
    with httpx.Client(transport=made.demo.transport, headers={"X-Simulator-World": "typo"}) as http:
        assert http.get(f"{made.demo.base_url.replace(f'/w/{made.name}', '')}/agents").status_code == 404
    with pytest.raises(AssertionError, match="404  no world 'typo'; PUT /_simulator/worlds"):
        made.check()
    made.drop()
    before = len(client.call("GET", "/worlds/default/requests")["requests"])
    assert httpx.get(f"{simulator.url}/demo/v1/agents", headers={"X-Simulator-World": "typo"}).status_code == 404
    listed = client.call("GET", "/worlds/default/requests")["requests"]
    assert (len(listed) - before, listed[-1]["detail"][:15], listed[-1]["operation"]) == (1, "no world 'typo'", None)
    if remote:
        client.close()


@pytest.mark.parametrize("remote", [False, True])
def test_a_client_that_calls_the_control_api_by_mistake_is_a_finding(simulator: Simulator, remote: bool) -> None:
    """A base URL that ends in `/_simulator`: the control API has no such route."""
    client = Client.connect(simulator.url) if remote else simulator.client
    made = client.world()
    with httpx.Client(transport=made.demo.transport, base_url=f"{simulator.url}/_simulator") as http:
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
        headers = {"Authorization": world.demo.api_key}
        async with (
            httpx.AsyncClient(transport=world.demo.transport, base_url=world.demo.base_url, headers=headers) as http,
            http.stream("GET", "/agents") as answer,
        ):
            assert (answer.is_closed, answer.num_bytes_downloaded) == (False, 0)
            raw = b"".join([part async for part in answer.aiter_raw()])
            assert (answer.is_closed, answer.num_bytes_downloaded) == (True, len(raw))

    asyncio.run(read())
