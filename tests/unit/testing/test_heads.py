"""Ordinary heads are read without a closer look, and no differently than others."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import Any

import h11
import httpx
import pytest

from simulator.testing import heads
from simulator.testing.heads import head_of

URL = "https://a.example/v1/numbers?a=1"
HOST = (b"Host", b"a.example")
NAMES = (
    b"X-A",
    b"x-b",
    b"X-Bad:",
    b"",
    b"X C",
    b"X-D\nX-E",
    b"X-\0",
    b"Content-Length",
    b"Transfer-Encoding",
    b"Upgrade",
    b"Host",
)
VALUES = (b"a", b"", b" a", b"a\tb ", b"a:b", b"\xff", b"a\0b", b"a\nX-F\0b", b"0", b"2", b"chunked", b"a,b", b"x" * 70_000)


def _request(method: str = "POST", url: str = URL, headers: Any = (HOST,)) -> httpx.Request:
    request = httpx.Request("POST", url)
    request.method, request.headers = method, httpx.Headers(list(headers))
    return request


UNUSUAL = [
    *(_request(headers=[HOST, header]) for header in product(NAMES, VALUES)),
    *(_request(headers=[HOST, (b"X-A", b"1"), (name, b"2")]) for name in (b"X-A", b"x-a")),
    *(_request(method) for method in ("M-SEARCH", "get", "GET /", "GÉT", "", "GET\n")),
    *(_request(url=f"https://a.example{path}") for path in ("/%0A", "/a b", "/é")),
    *(_request(headers=hosts) for hosts in ([], [(b"host", b"a.example,b.example")])),
]


@pytest.mark.parametrize("size", [0, 2])
def test_no_head_is_read_otherwise_than_by_a_closer_look(monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    """The quick look takes no head that cannot be written, that a server refuses, or that h11 writes otherwise."""
    read = [_outcome(head_of, request, size) for request in UNUSUAL]
    monkeypatch.setattr(heads, "_ordinary_head", lambda *_: None)
    assert read == [_outcome(head_of, request, size) for request in UNUSUAL]
    assert len(set(map(str, read))) > 20  # the requests do differ


def _outcome(read: Callable[..., Any], request: httpx.Request, size: int) -> Any:
    try:
        head = read(request, size)
    except (httpx.LocalProtocolError, h11.LocalProtocolError, UnicodeEncodeError) as error:
        return type(error), str(error)
    return head if isinstance(head, dict) else (head.status, head.body)


def test_an_ordinary_head_needs_no_closer_look(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a client usually sends takes the quick way."""
    monkeypatch.delattr(heads, "_any_head")
    client = httpx.Client(headers={"Authorization": "Bearer vx_live_demo"})
    request = client.build_request("POST", "https://api.vantaxai.com/v1/phone-numbers", json={"area_code": "415"})
    head = head_of(request, len(request.content))
    assert isinstance(head, dict)
    assert head["authorization"] == "Bearer vx_live_demo"
    assert head["host"] == "api.vantaxai.com"
