"""A response as the bytes of HTTP/1.1, for what is written to a connection without an ASGI cycle."""

from __future__ import annotations

import time
from email.utils import formatdate
from functools import lru_cache
from http import HTTPStatus

from simulator.http.response import Response

_PHRASES = {status.value: status.phrase for status in HTTPStatus}


def encode(response: Response, *, close: bool = False, head_only: bool = False) -> bytes:
    """Return a response as bytes; `close` announces the end of the connection, `head_only` answers a HEAD request."""
    line = f"HTTP/1.1 {response.status} {_PHRASES.get(response.status, '')}"
    fields = "".join([f"{name}: {value}\r\n" for name, value in response.headers])
    closing = "Connection: close\r\n" if close else ""
    head = f"{line}\r\nDate: {_date(int(time.time()))}\r\n{closing}{fields}\r\n"
    return head.encode("latin-1", "replace") + (b"" if head_only else response.body)


def refusal(status: int, reason: str) -> Response:
    """Return the response to what is not a valid HTTP/1.1 request."""
    body = f"{reason}\n".encode("ascii", "replace")
    return Response(status, [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(body)))], body)


@lru_cache(1)
def _date(second: int) -> str:
    """Return the time as HTTP formats it, whatever the locale."""
    return formatdate(second, usegmt=True)
