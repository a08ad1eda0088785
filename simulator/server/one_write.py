"""ASGI responses in one write: uvicorn writes head and body apart, each with a system call and a packet of its own."""

from __future__ import annotations

import re
from collections.abc import MutableMapping
from typing import Any

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, RequestResponseCycle

from simulator.asgi.adapter import Receive, Scope, Send

# What uvicorn checks of each header: https://www.rfc-editor.org/rfc/rfc9110#section-5.5
_FIELDS = re.compile(rb"(?:[!#$%&'*+.^_`|~0-9A-Za-z-]+: [^\x00-\x08\x0a-\x1f\x7f]*\r\n)*")

Message = MutableMapping[str, Any]


class OneWrite:
    """The messages of one response on their way to uvicorn's cycle, which sends whatever is not an ordinary response."""

    def __init__(self, cycle: RequestResponseCycle) -> None:
        self._cycle = cycle
        self._start: Message | None = None  # that waits for the body, which follows at once, as its length is known

    async def send(self, message: Message) -> None:
        """Send one message, as ASGI has it."""
        start, self._start = self._start, None
        if start is None and message["type"] == "http.response.start" and b"content-length" in dict(message.get("headers", ())):
            self._start = message
            return
        cycle: Any = self._cycle
        if start is not None:
            if (response := self._whole(start, message)) is not None:
                cycle.response_started = cycle.response_complete = True
                cycle.transport.write(response)
                cycle.message_event.set()
                cycle.on_response()
                return
            await cycle.send(start)
        await cycle.send(message)

    def _whole(self, start: Message, message: Message) -> bytes | None:
        """Return an ordinary response as bytes: one that has a body, and after which the connection stays open."""
        cycle, headers, body = self._cycle, start["headers"], message.get("body", b"")
        if message.get("more_body") or not body or cycle.scope["method"] == "HEAD":
            return None
        if not cycle.keep_alive or cycle.disconnected or cycle.flow.write_paused:
            return None
        names = dict(headers)
        if b"connection" in names or b"transfer-encoding" in names or names[b"content-length"] != b"%d" % len(body):
            return None
        fields = b"".join([b"%b: %b\r\n" % field for field in headers])
        if fields.count(b"\n") != len(headers) or not _FIELDS.fullmatch(fields):
            return None  # uvicorn says what is wrong
        return b"%b%b\r\n%b" % (STATUS_LINE[start["status"]], fields, body)


def in_one_write(cycle: RequestResponseCycle, app: Any) -> Any:
    """Return an application that sends its response to a cycle in one write."""
    writer = OneWrite(cycle)

    async def sending(scope: Scope, receive: Receive, _: Send) -> None:
        await app(scope, receive, writer.send)

    return sending
