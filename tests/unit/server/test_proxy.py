"""The simulator as a proxy: `HTTPS_PROXY` and trust in the CA are all that a client with a built-in address needs."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import ssl
import subprocess
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import aiohttp
import httpx
import pytest
import requests

from simulator.application import Application
from simulator.registry import built_in_registry
from simulator.server.run import BackgroundServer, address, listen
from simulator.server.tls import certify
from tests.unit.server.conftest import PATHS, Served
from tests.unit.server.connection import Wire

AGENTS = "https://api.cartesia.ai/agents"
KEY = {"Authorization": "Bearer sk_car_demo", "Cartesia-Version": "2026-03-01"}
PROVISION = f"{AGENTS}/phone-numbers/provision"
ELSEWHERE = "https://api.example.com/agents"
CONNECT = "CONNECT api.cartesia.ai:443 HTTP/1.1\r\nHost: api.cartesia.ai:443\r\n\r\n"


class Proxy(NamedTuple):
    """A server that speaks TLS, by the address that clients have for their proxy."""

    url: str
    ca: Path

    @property
    def context(self) -> ssl.SSLContext:
        """A client that trusts its CA and nothing else."""
        return ssl.create_default_context(cafile=self.ca)

    @property
    def https(self) -> str:
        """The address of the server itself."""
        return self.url.replace("http:", "https:")


@pytest.fixture(scope="module", params=["httptools, fast lane", "h11, ASGI"])
def running(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    """Servers whose ways of a request have nothing in common."""
    application = Application(built_in_registry())
    context, authority = certify(application.registry.hosts)
    ca = tmp_path_factory.mktemp("proxy") / "ca.pem"
    ca.write_bytes(authority)
    listener = listen("127.0.0.1", 0)
    url = address(listener)
    with contextlib.closing(BackgroundServer(application, listener, tls=context, **PATHS[request.param])):
        yield Proxy(url, ca)


@pytest.fixture
def proxy(running: Proxy, monkeypatch: pytest.MonkeyPatch) -> Proxy:
    """The server, and what a user exports, in the variables of each client."""
    for name in ("NO_PROXY", "no_proxy", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HTTPS_PROXY", running.url)
    for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.setenv(name, str(running.ca))
    return running


def _detail(body: bytes) -> str:
    return str(json.loads(body)["detail"])


async def _aiohttp(url: str) -> int:
    context = ssl.create_default_context(cafile=os.environ["SSL_CERT_FILE"])  # aiohttp makes its own when it is imported
    async with aiohttp.ClientSession(trust_env=True) as session, session.get(url, headers=KEY, ssl=context) as response:
        return response.status


def _urllib(url: str) -> int:
    opener = urllib.request.build_opener()  # the one of `urlopen` remembers the variables of the first test
    with opener.open(urllib.request.Request(url, headers=KEY), timeout=10) as response:  # noqa: S310  (our own server)
        return int(response.status)


def _curl(url: str) -> int:
    command = ["curl", "-sS", "--http1.1", "-w", "%{http_code}", "-o", "/dev/null", url]
    done = subprocess.run(
        [*command, *(f"-H{name}: {value}" for name, value in KEY.items())], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise OSError(done.stderr)
    return int(done.stdout)


CLIENTS = {
    "httpx": lambda url: httpx.get(url, headers=KEY).status_code,
    "requests": lambda url: requests.get(url, headers=KEY).status_code,
    "urllib": _urllib,
    "aiohttp": lambda url: asyncio.run(_aiohttp(url)),
    "curl": _curl,
}
CLIENT = pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=pytest.mark.skipif(name == "curl" and shutil.which("curl") is None, reason="needs curl"))
        for name in CLIENTS
    ],
)


@CLIENT
@pytest.mark.usefixtures("proxy")
def test_clients_need_no_change(name: str) -> None:
    """The address of the provider is built in; a tunnel leads it here, and the certificate is checked."""
    assert CLIENTS[name](AGENTS) == 200


@CLIENT
@pytest.mark.usefixtures("proxy")
def test_other_hosts_are_refused(name: str) -> None:
    """No request leaves the machine, and the error that the client shows names the host, except with curl."""
    reason = "" if name == "curl" else ".*api.example.com is not a host of a simulated provider"
    with pytest.raises(Exception, match=f"404{reason}"):
        CLIENTS[name](ELSEWHERE)


def test_the_user_name_of_the_proxy_is_the_world(proxy: Proxy) -> None:
    """So tests that run at once have worlds of their own; a header takes precedence, and a world must exist."""
    control = httpx.Client(base_url=proxy.https, verify=proxy.context, trust_env=False)
    client = httpx.Client(proxy=proxy.url.replace("://", "://full:@"), verify=proxy.context, headers=KEY)
    with control, client:
        assert client.get(AGENTS).json()["detail"].startswith("no world 'full'; ")
        control.put("/_simulator/worlds/full", json={"scenario": "cartesia/plan-full"})
        for headers in ({}, {"Expect": "100-continue"}):
            assert client.post(PROVISION, json={"label": "Support"}, headers=headers).status_code == 402
        assert client.request("FOO", AGENTS).status_code == 405
        assert client.get(AGENTS, headers={"X-Simulator-World": "default"}).status_code == 200
        assert control.get("/_simulator/worlds/full/requests").json()["total"] == 3


def test_a_proxy_that_is_addressed_by_https(proxy: Proxy) -> None:
    """A tunnel in a connection that is encrypted already."""
    with httpx.Client(proxy=httpx.Proxy(proxy.https, ssl_context=proxy.context), verify=proxy.context) as client:
        assert [client.get(AGENTS, headers=KEY).status_code for _ in range(2)] == [200, 200]


@pytest.mark.parametrize(
    ("target", "status", "reason"),
    [
        ("api.cartesia.ai:8443", 404, "api.cartesia.ai has no port 8443 here; expected 443"),
        ("api.cartesia.ai", 400, "CONNECT needs a host and a port; such as "),
        ("localhost:443", 404, "localhost is not a host of a simulated provider; CONNECT is allowed only to "),
        ("user:s3cr3t@localhost:443", 404, "localhost is not a host of a simulated provider; CONNECT is allowed only to "),
        ("api.cartesia.ai:" + "4" * 3000, 400, "CONNECT needs a host and a port; such as "),
        ("a" * 3000 + ":443", 400, "CONNECT needs a host and a port; such as "),
        ("[::1]:443", 404, "[::1] is not a host of a simulated provider; CONNECT is allowed only to "),
    ],
)
def test_tunnels_that_are_refused(
    proxy: Proxy, target: str, status: int, reason: str, caplog: pytest.LogCaptureFixture
) -> None:
    """The connection is closed after the reason; the log has a line, without a password and however long the target is."""
    wire = Wire(proxy.url)
    with wire.socket:
        wire.say(f"CONNECT {target} HTT", f"P/1.1\r\nHost: {target}\r\n", "\r\n")
        got, headers, body = wire.hear()
        assert (got, headers["connection"], _detail(body)[: len(reason)]) == (status, "close", reason)
        assert wire.ends()
    assert "s3cr3t" not in caplog.text
    (line,) = [one.getMessage() for one in caplog.records if one.name == "simulator"]
    assert line.startswith("CONNECT ")
    assert len(line) < 400


def test_a_tunnel_that_is_opened_bit_by_bit(proxy: Proxy) -> None:
    """The name of the host may be in capitals and end with a dot; credentials that are none are ignored."""
    head = "CONNECT API.Cartesia.ai.:443 HTTP/1.1\r\nHost: x\r\nProxy-Authorization: Basic %%%\r\n\r\n"
    wire = Wire(proxy.url)
    wire.say(*[head[place : place + 20] for place in range(0, len(head), 20)])
    assert wire.hear(bodiless=True)[0] == 200
    with proxy.context.wrap_socket(wire.socket, server_hostname="api.cartesia.ai") as inner:
        inner.sendall(b"GET /agents HTTP/1.1\r\nHost: api.cartesia.ai\r\nConnection: close\r\n\r\n")
        assert inner.recv(100).startswith(b"HTTP/1.1 401 ")


@pytest.mark.parametrize(
    ("said", "heard"),
    [
        ("", ""),  # it hangs up
        ("CONN", ""),  # in the middle of the head
        (CONNECT, "HTTP/1.1 200 "),  # before the handshake
        (CONNECT + "early", "HTTP/1.1 400 Data before the tunnel is open\r\n"),
        ("\x16\x03", ""),  # in the middle of the handshake
        ("GET / HTTP/1.1\r\n\r\n", "HTTP/1.1 400 Bad Request\r\nDate: "),  # plain HTTP
    ],
)
def test_clients_that_do_not_go_on(proxy: Proxy, said: str, heard: str) -> None:
    """They are dropped, and the next one is served."""
    wire = Wire(proxy.url)
    with wire.socket:
        wire.say(said)
        if heard:
            assert wire.socket.recv(len(heard)).decode() == heard
    assert CLIENTS["urllib"](AGENTS) == 200


def test_a_tunnel_in_which_no_tls_is_spoken(proxy: Proxy) -> None:
    """It is closed."""
    wire = Wire(proxy.url)
    with wire.socket:
        wire.say(CONNECT)
        assert wire.hear(bodiless=True)[0] == 200
        wire.say("GET /agents HTTP/1.1\r\nHost: api.cartesia.ai\r\n\r\n")
        with contextlib.suppress(ConnectionResetError):
            assert b"HTTP" not in b"".join(iter(lambda: wire.socket.recv(4096), b""))


@pytest.mark.parametrize(("host", "status"), [("api.cartesia.ai", 501), ("api.example.com", 404)])
def test_without_tls(simulator: Served, host: str, status: int) -> None:
    """The response says what the server lacks, and what helps; other hosts are refused as ever."""
    reason = (
        "CONNECT needs a simulator that was started with --tls; set --tls or SIMULATOR_TLS=1; without TLS, replace the base"
    )
    wire = Wire(simulator.url)
    with wire.socket:
        wire.say(f"CONNECT {host}:443 HTTP/1.1\r\nHost: {host}:443\r\n\r\n")
        got, _, body = wire.hear()
        assert (got, _detail(body).startswith(reason if status == 501 else f"{host} is not a host of")) == (status, True)
        assert wire.ends()
