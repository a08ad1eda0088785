"""Calls to the providers' real hosts end in a world, whatever library makes them; nothing else of the process changes."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import json
import socket
import ssl
import threading
import urllib.request
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any, Literal, get_args

import aiohttp
import httpx
import pytest
import requests
import urllib3

from simulator import Simulator
from simulator.registry import built_in_registry
from simulator.testing.client import Client, World

CONTEXT = ssl.create_default_context()  # once: to load the certificates takes longer than a test
NUMBERS = "https://api.cartesia.ai/agents/phone-numbers"
PATCHED = [
    (httpx.HTTPTransport, "handle_request"),
    (httpx.AsyncHTTPTransport, "handle_async_request"),
    (aiohttp.BaseConnector, "connect"),
    *((http.client.HTTPConnection, name) for name in ("connect", "putrequest", "endheaders")),
    (http.client.HTTPSConnection, "connect"),
    (urllib3.connection.HTTPConnection, "connect"),
    (urllib3.connection.HTTPSConnection, "connect"),
    *((socket, name) for name in ("getaddrinfo", "gethostbyname", "gethostbyname_ex")),
]

Call = Callable[..., tuple[int, Any]]
Others = Literal["pass", "refuse"]


@pytest.fixture(params=["in process", "remote"])
def client(request: pytest.FixtureRequest, simulator: Simulator) -> Iterator[Client]:
    """A simulator in this process, and one on a server."""
    made = simulator.client if request.param == "in process" else Client.connect(simulator.url)
    yield made
    if made is not simulator.client:
        made.close()


@pytest.fixture
def world(client: Client) -> Iterator[World]:
    """A world that is checked at its end."""
    with client.world() as made:
        yield made


@pytest.fixture(autouse=True)
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    """No name is ever looked up, whatever goes wrong."""
    original = socket.getaddrinfo

    def look_up(host: Any, *rest: Any, **more: Any) -> Any:
        assert host in (None, "127.0.0.1", "localhost"), f"a lookup of {host}"
        return original(host, *rest, **more)

    monkeypatch.setattr(socket, "getaddrinfo", look_up)


def headers(world: World) -> dict[str, str]:
    """The headers of a client of Cartesia."""
    return {"Authorization": f"Bearer {world.cartesia.api_key}", "Cartesia-Version": "2026-03-01", "X-Trace": "t"}


def _httpx(method: str, url: str, **more: Any) -> tuple[int, Any]:
    response = httpx.request(method, url, verify=CONTEXT, **more)
    assert str(response.url) == url
    return response.status_code, response.json()


def _httpx_async(method: str, url: str, **more: Any) -> tuple[int, Any]:
    async def call() -> tuple[int, Any]:
        async with httpx.AsyncClient(verify=CONTEXT) as session:
            response = await session.request(method, url, **more)
            return response.status_code, response.json()

    return asyncio.run(call())


def _requests(method: str, url: str, **more: Any) -> tuple[int, Any]:
    response = requests.request(method, url, **more)
    assert response.url == url
    return response.status_code, response.json()


def _urllib3(method: str, url: str, **more: Any) -> tuple[int, Any]:
    with urllib3.PoolManager() as pool:
        response = pool.request(method, url, retries=False, **more)
        return response.status, response.json()


def _aiohttp(method: str, url: str, **more: Any) -> tuple[int, Any]:
    async def call() -> tuple[int, Any]:
        async with aiohttp.ClientSession() as session, session.request(method, url, **more) as response:
            assert str(response.url) == url
            return response.status, await response.json()

    return asyncio.run(call())


def _urllib(method: str, url: str, headers: dict[str, str], **more: Any) -> tuple[int, Any]:
    raw = json.dumps(more["json"]).encode() if "json" in more else None
    request = urllib.request.Request(url, raw, {**headers, "Content-Type": "application/json"}, method=method)  # noqa: S310
    opener = urllib.request.build_opener(urllib.request.HTTPSHandler(context=CONTEXT))  # which looks for proxies anew
    with opener.open(request) as response:
        return response.status, json.load(response)


CALLS: dict[str, Call] = {
    "httpx": _httpx,
    "httpx, async": _httpx_async,
    "requests": _requests,
    "urllib3": _urllib3,
    "aiohttp": _aiohttp,
    "urllib": _urllib,
}


@pytest.fixture(params=CALLS)
def call(request: pytest.FixtureRequest) -> Call:
    """A call by every library."""
    return CALLS[request.param]


def test_every_library_is_led_into_the_world(world: World, call: Call) -> None:
    """With its method, headers and body; what it buys is there."""
    with world.intercept():
        assert call("POST", f"{NUMBERS}/provision", json={"label": "x"}, headers=headers(world))[0] == 201
        status, body = call("GET", NUMBERS, headers=headers(world))
    assert (status, [number["label"] for number in body["data"]]) == (200, ["x"])
    bought = world.requests(operation="cartesia.phone_numbers_provision").one()
    assert (bought.body, bought.headers["x-trace"], bought.headers["host"]) == ({"label": "x"}, "t", "api.cartesia.ai")


@pytest.mark.parametrize("host", sorted(built_in_registry().hosts))
def test_every_host_is_led_into_the_world(simulator: Simulator, host: str) -> None:
    """Those of all providers, as their specs list them."""
    with simulator.world(unmatched="ignore") as world, world.intercept():
        for library, call in CALLS.items():
            with contextlib.suppress(OSError):  # urllib raises for a 404
                assert call("GET", f"https://{host}/nothing", headers={})[0] == 404, library
        provider = built_in_registry().hosts[host].name
        assert [request.provider for request in world.requests()] == [provider] * len(CALLS)


def test_everything_is_restored(client: Client) -> None:
    """Whatever is raised, and not before the last of several ends."""
    before = [vars(owner)[name] for owner, name in PATCHED]

    def inside(error: type[BaseException]) -> None:
        with client.world() as world, world.intercept(), world.intercept():
            assert all(vars(owner)[name] is not original for (owner, name), original in zip(PATCHED, before, strict=True))
            raise error

    for error in (ZeroDivisionError, KeyboardInterrupt, SystemExit, GeneratorExit):
        with pytest.raises(error):
            inside(error)
        assert [vars(owner)[name] for owner, name in PATCHED] == before


def test_the_innermost_decides(client: Client) -> None:
    """And then the outer one again, also on a connection that is kept open."""
    with client.world("cartesia/plan-full") as full, client.world() as empty, requests.Session() as session:
        kept = http.client.HTTPSConnection("api.cartesia.ai")

        def statuses(world: World) -> list[int]:
            sent = {**headers(world), "Content-Type": "application/json"}
            first = session.post(f"{NUMBERS}/provision", b'{"label": "x"}', headers=sent).status_code
            kept.request("POST", "/agents/phone-numbers/provision", b'{"label": "x"}', sent)
            with kept.getresponse() as response:
                return [first, response.status]

        with full.intercept():
            assert statuses(full) == [402, 402]
            with empty.intercept():
                assert statuses(empty) == [201, 402]
            assert statuses(full) == [402, 402]
        assert [len(one.requests()) for one in (full, empty)] == [4, 2]


def test_connections_do_not_outlast_it(client: Client) -> None:
    """A session that goes on afterwards connects anew, and so does a later world."""
    with requests.Session() as session:
        for _ in range(2):
            with client.world() as world, world.intercept():
                assert session.get(NUMBERS, headers=headers(world)).status_code == 200
        with pytest.raises(AssertionError, match=r"a lookup of api\.cartesia\.ai"):
            session.get(NUMBERS)


def test_a_connection_that_is_open_already_is_replaced(world: World) -> None:
    """It would else lead out of the machine."""
    with socket.create_server(("127.0.0.1", 0)) as elsewhere:
        kept = http.client.HTTPConnection("api.cartesia.ai")
        kept.sock = socket.create_connection(elsewhere.getsockname())
        with world.intercept():
            kept.request("GET", "/agents/phone-numbers", headers=headers(world))
            assert kept.getresponse().status == 200
        kept.close()
    assert len(world.requests()) == 1


@contextlib.contextmanager
def other_server() -> Iterator[str]:
    """Another server of this machine."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b'"other"')

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


def test_other_hosts_pass(world: World, call: Call) -> None:
    """Untouched; also where others are refused, if they are of this machine."""
    with other_server() as url:
        for others in get_args(Others):
            with world.intercept(others=others):
                if call is not _aiohttp:  # which wants a media type
                    assert call("GET", url, headers={}) == (200, "other")
    assert world.requests() == []


def check_of(client: Client, inside: Callable[[], Any], **options: Any) -> str:
    """Return why a world fails its test after a call that raises, whose error the client ignores."""
    world = client.world()
    with world.intercept(**options), pytest.raises(Exception, match=r"stopped by world\.intercept\(\)"):
        inside()
    with pytest.raises(AssertionError) as failure:
        world.check()
    world.drop()
    return str(failure.value)


@pytest.mark.parametrize("url", ["https://www.example.com/x", "http://10.255.255.1/x"])
def test_other_hosts_can_be_refused(client: Client, call: Call, url: str) -> None:
    """Then they fail the test, though the client takes no notice."""
    reason = check_of(client, lambda: call("GET", url, headers={}), others="refuse")
    assert 'requests to other hosts are refused because of others="refuse"' in reason


def test_a_host_of_a_provider_that_is_not_simulated_is_stopped(client: Client, call: Call) -> None:
    """With an error that says so, and the test fails."""
    reason = check_of(client, lambda: call("GET", "https://status.cartesia.ai/x", headers={}))
    assert "status.cartesia.ai" in reason
    assert "no provider of the simulator has this host" in reason


@pytest.mark.parametrize("function", ["gethostbyname", "gethostbyname_ex", "create_connection"])
def test_other_libraries_are_stopped(client: Client, function: str) -> None:
    """At the lookup of the name, before anything leaves the machine."""
    argument = ("my.cald.ai", 443) if function == "create_connection" else "my.cald.ai"
    reason = check_of(client, lambda: getattr(socket, function)(argument))
    assert "lookup of my.cald.ai: requests of this library cannot be redirected to the world" in reason


def test_a_proxy_gets_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A tunnel is not opened, and an unencrypted request is stopped."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    with world.intercept():
        for library in ("httpx", "requests", "urllib"):
            assert CALLS[library]("GET", NUMBERS, headers=headers(world))[0] == 200
        for library in ("requests", "urllib"):
            with pytest.raises(Exception, match="it would go to a proxy unencrypted"):
                CALLS[library]("GET", NUMBERS.replace("https", "http"), headers={})
    assert len(world.blocked) == 2
    world.blocked.clear()


@pytest.mark.parametrize(
    ("fault", "error"), [("reset", requests.ConnectionError), ("truncate", requests.exceptions.ChunkedEncodingError)]
)
def test_faults_break_these_connections_too(world: World, fault: str, error: type[Exception]) -> None:
    """As they break those to the simulator's own address."""
    world.rule(when={"provider": "cartesia"}, then={"fault": fault, "stage": "after_commit"})
    with world.intercept(), pytest.raises(error):
        requests.get(NUMBERS, headers=headers(world))


def test_threads_and_tasks(client: Client) -> None:
    """A thread follows the interception that it began; one that began none follows the last."""
    with client.world() as first, client.world() as second:
        ready, results = threading.Barrier(2), {}

        def own(world: World, count: int) -> None:
            with world.intercept():
                ready.wait(30)
                results[world.name] = [_requests("GET", NUMBERS, headers=headers(world))[0] for _ in range(count)]
                ready.wait(30)

        threads = [threading.Thread(target=own, args=given) for given in ((first, 3), (second, 5))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert results == {first.name: [200] * 3, second.name: [200] * 5}
        assert [len(world.requests()) for world in (first, second)] == [3, 5]
        with first.intercept():
            worker = threading.Thread(target=_httpx, args=("GET", NUMBERS), kwargs={"headers": headers(first)})
            worker.start()
            worker.join()
        assert len(first.requests()) == 4


def test_it_is_begun_once(world: World) -> None:
    """A second `with` needs its own; a misspelt option is refused."""
    interception = world.intercept()
    with interception, pytest.raises(RuntimeError, match="was entered already; each `with` needs its own"):
        interception.__enter__()
    with interception:
        assert _httpx("GET", NUMBERS, headers=headers(world))[0] == 200
    assert "not active" in repr(interception)
    with pytest.raises(ValueError, match="others is 'none', expected 'pass' or 'refuse'"):
        world.intercept(others="none")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="no provider 'cald2'; did you mean cald"):
        world.intercept(hosts={"gateway.example": "cald2"})


def test_a_gateway_is_led_into_the_world(world: World, call: Call) -> None:
    """Whose host the user names."""
    with world.intercept(hosts={"gateway.example": "cartesia", "all.example": None}):
        assert call("GET", "http://gateway.example:8080/agents/phone-numbers", headers=headers(world))[0] == 200
        assert call("GET", "https://all.example/cartesia/agents/phone-numbers", headers=headers(world))[0] == 200
    assert len(world.requests("cartesia", "cartesia.phone_numbers_list", 200)) == 2
