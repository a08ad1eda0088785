"""A response as the bytes of HTTP/1.1, for what is written to a connection without an ASGI cycle."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from http import HTTPStatus

from simulator.http.response import Response
from simulator.store.clock import http_date

_PHRASES = {status.value: status.phrase for status in HTTPStatus}
_STATUS_LINES = {status: f"HTTP/1.1 {status} {phrase}" for status, phrase in _PHRASES.items()}


def encode(response: Response, *, close: bool = False, head_only: bool = False) -> bytes:
    """Return a response as bytes; `close` announces the end of the connection, `head_only` answers a HEAD request."""
    line = _STATUS_LINES.get(response.status) or f"HTTP/1.1 {response.status} "
    fields = "\r\n".join(map(": ".join, response.headers))
    closing = "Connection: close\r\n" if close else ""
    date = "" if "\ndate:" in f"\n{fields}".lower() else f"Date: {wall_date()}\r\n"
    head = f"{line}\r\n{date}{closing}{fields}\r\n\r\n"
    return head.encode("latin-1", "replace") + (b"" if head_only else response.body)


def phrase(status: int) -> str:
    """Return the reason phrase of a status; empty for one that has none."""
    return _PHRASES.get(status, "")


def refusal(status: int, reason: str) -> Response:
    """Return the response to an invalid HTTP/1.1 request."""
    return plain(status, reason)


def plain(status: int, reason: str) -> Response:
    """Return a response whose body is a line of text."""
    body = f"{reason}\n".encode("ascii", "replace")
    return Response(status, [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(body)))], body)


def has_date(headers: Iterable[tuple[str, str]]) -> bool:
    """Return whether a response says when it was made: simulated traffic does, by the clock of its world."""
    return any(name.lower() == "date" for name, _ in headers)


def wall_date() -> str:
    """Return the time on the wall clock, for responses that are not simulated traffic."""
    return http_date(datetime.now(UTC))
