"""An answer as bytes, and what can happen to it under way."""

from __future__ import annotations

import asyncio
import socket
import struct
import time
from functools import lru_cache
from http import HTTPStatus
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from simulator.http.response import Response

CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
GARBAGE = b"\x16\x03\x01\x02\x00this is not HTTP\r\n\r\n"  # the start of a TLS handshake, then text
_HALT = struct.pack("ii", 1, 0)  # SO_LINGER on, zero seconds: closing sends RST and drops what is unsent
_REASONS = {status.value: status.phrase for status in HTTPStatus}
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def encode(answered: Response, *, last: bool = False, bodiless: bool = False) -> bytes:
    """An answer as it goes over the wire; `last` says that the connection ends with it, `bodiless` that it answers a HEAD."""
    closing = "Connection: close\r\n" if last else ""
    fields = "".join([f"{name}: {value}\r\n" for name, value in answered.headers])
    line = f"HTTP/1.1 {answered.status} {_REASONS.get(answered.status, '')}"
    head = f"{line}\r\nDate: {_date(int(time.time()))}\r\n{closing}{fields}\r\n"
    return head.encode("latin-1", "replace") + (b"" if bodiless else answered.body)


def refusal(status: int, reason: str) -> bytes:
    """What a client hears that does not speak HTTP."""
    text = f"This is not HTTP/1.1 as RFC 9112 has it: {reason}\n".encode("ascii", "replace")
    head = f"HTTP/1.1 {status} {_REASONS[status]}\r\nContent-Type: text/plain\r\nContent-Length: {len(text)}\r\n"
    return f"{head}Connection: close\r\n\r\n".encode() + text


def break_off(transport: asyncio.Transport, answered: Response) -> None:
    """Do to a connection what the answer's fault says.

    `truncate` sends a true head and the first half of the body; where there is no body, the first half of the head.
    """
    if answered.fault == "reset":
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _HALT)
        transport.abort()
        return
    if answered.fault == "garbage":
        transport.write(GARBAGE)
    elif answered.fault == "truncate":
        head = encode(answered, bodiless=True)
        transport.write(head + answered.body[: len(answered.body) // 2] if answered.body else head[: len(head) // 2])
    transport.close()


@lru_cache(1)
def _date(second: int) -> str:
    """The time as HTTP has it, whatever the locale."""
    at = time.gmtime(second)
    day, month = _DAYS[at.tm_wday], _MONTHS[at.tm_mon - 1]
    return f"{day}, {at.tm_mday:02} {month} {at.tm_year} {at.tm_hour:02}:{at.tm_min:02}:{at.tm_sec:02} GMT"
