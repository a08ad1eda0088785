"""Every way of a request leads to the same bytes, but for the case of header names and the date."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import pytest

from simulator.application import Application
from simulator.server import run
from tests.demo_provider import demo_registry
from tests.unit.server.conftest import PATHS
from tests.unit.server.connection import Wire

VANTAX = "Host: here\r\nAuthorization: Bearer vx_live_demo\r\nContent-Type: application/json\r\n"
ORDER = '{"sub_account_id": "sub_8a1f4c2e", "area_code": "415"}'
FROZEN = '{"set": "2026-01-01T00:00:00Z", "freeze": true}'
REQUESTS = [
    f"POST /vantax/v1/phone-numbers HTTP/1.1\r\n{VANTAX}Content-Length: {len(ORDER)}\r\n\r\n{ORDER}",
    f"GET /vantax/v1/phone-numbers?sub_account_id=sub_8a1f4c2e HTTP/1.1\r\n{VANTAX}\r\n",
    f"HEAD /vantax/v1/phone-numbers HTTP/1.1\r\n{VANTAX}\r\n",
    f"POST /vantax/v1/phone-numbers HTTP/1.1\r\n{VANTAX}Content-Length: 1\r\n\r\n{{",
    f"FOO /vantax/v1/phone-numbers HTTP/1.1\r\n{VANTAX}\r\n",
    f"GET /vantax/v1/nothing/%2F?a=%20b HTTP/1.1\r\n{VANTAX}X: 1\r\nX: 2\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: here\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: here\r\nAccept: text/html\r\n\r\n",
    "GET /_simulator/worlds/default/requests HTTP/1.1\r\nHost: here\r\n\r\n",
    "GET /_simulator/worlds/default/requests/req-6 HTTP/1.1\r\nHost: here\r\n\r\n",
    "GET /nowhere HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n",
]


@pytest.fixture(scope="module")
def heard() -> dict[str, list[tuple[int, dict[str, str], bytes]]]:
    """The answers of a server of each kind to the same requests."""
    return {path: list(_answers(path)) for path in PATHS}


def _answers(path: str) -> Iterator[tuple[int, dict[str, str], bytes]]:
    listener = run.listen("127.0.0.1", 0)
    url = run.address(listener)
    with contextlib.closing(run.BackgroundServer(Application(demo_registry()), listener, **PATHS[path])):
        wire = Wire(url)
        with wire.socket:
            for request in (_control("PUT", "", '{"seed": 7}'), _control("POST", "/clock", FROZEN)):
                wire.say(request)
                assert wire.hear()[0] == 200
            for request in REQUESTS:
                wire.say(request)
                status, headers, body = wire.hear(bodiless=request.startswith("HEAD"))
                headers.pop("date")
                yield status, headers, body


def _control(method: str, path: str, body: str) -> str:
    """Return a request to the control API of the world `default`."""
    head = f"{method} /_simulator/worlds/default{path} HTTP/1.1\r\nHost: here\r\nContent-Type: application/json\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n{body}"


@pytest.mark.parametrize("path", [path for path in PATHS if path != "httptools, ASGI"])
@pytest.mark.parametrize("number", range(len(REQUESTS)))
def test_all_ways_answer_the_same(heard: dict[str, list[tuple[int, dict[str, str], bytes]]], path: str, number: int) -> None:
    """The plain ASGI path is the reference."""
    assert heard[path][number] == heard["httptools, ASGI"][number]
