"""Reading a connection: in slices, so that a client which sends many requests at once takes turns with the others.

A connection whose next request httptools does not read as it should – another method than the usual ones, a target that is
no path – goes on with h11.
"""

from __future__ import annotations

import re
from typing import Any

import httptools
from uvicorn.config import Config
from uvicorn.importer import import_from_string
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from simulator.asgi.encoding import encode, refusal
from simulator.http.response import Response
from simulator.server import H11_PROTOCOL
from simulator.server.lane import MAX_HEAD, MAX_MESSAGE, TOO_LONG, Lane, head_without_upgrade, log

SLICE = 4096  # bytes that are parsed in one go: so few pipelined requests come before those of other connections
_USUAL = re.compile(rb"(?:GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS) /")
_SHORTEST = len(b"OPTIONS /")  # bytes that tell whether a request is a usual one

FAST, ASGI, IGNORED, AGAIN = "fast", "asgi", "ignored", "again"  # ways of a request


class SlicedHttpToolsProtocol(Lane, HttpToolsProtocol):
    """Gives httptools one slice after the other, and holds what comes behind a request that is being answered."""

    def __init__(self, config: Config, *rest: Any, **more: Any) -> None:
        super().__init__(config, *rest, **more)
        self._rest = b""  # what came and is not parsed yet
        self._reading = False  # a request has begun and is not complete
        self._size = 0  # bytes of it so far
        self._way = ""  # known once its head is complete
        self._body = bytearray()
        self._refusal: Response | None = None  # to be sent after the responses that are under way

    def data_received(self, data: bytes) -> None:
        """Read some bytes."""
        self.last_heard = self.loop.time()
        self._parse(self._rest + data if self._rest else data)

    def _parse(self, data: bytes) -> None:
        """Parse slice by slice; hold what comes behind a request that is being answered."""
        self._rest, self.answered, start = b"", False, 0
        while start < len(data) and self._refusal is None and not self.transport.is_closing():
            if not self._reading:
                data, start = data[start:].lstrip(b"\r\n"), 0  # RFC 9112, 2.2
                if self.answered or self.is_busy() or len(data) < _SHORTEST:
                    self._hold(data)
                    return
                if not _USUAL.match(data):
                    self._go_on_with_h11(data)
                    return
            size = max(SLICE, self._missing()) if self._way == FAST and self._reading else SLICE
            again = self._feed(data[start : start + size])
            start += size
            if again:
                data, start = again + data[start:], 0

    def _missing(self) -> int:
        """Return how many bytes of the body are still to come, which hold no other request."""
        length = next((value for name, value in self.headers if name == b"content-length"), b"0")
        return int(length) - len(self._body) if length.isdigit() else 0

    def _hold(self, data: bytes) -> None:
        self._rest = data
        if len(data) > MAX_HEAD:
            self.flow.pause_reading()
        if self.answered:
            self.loop.call_soon(self._resume)

    def _resume(self) -> None:
        if not self.transport.is_closing() and not self.is_busy():
            self.flow.resume_reading()
            self._parse(self._rest)

    def _feed(self, piece: bytes) -> bytes:
        """Parse a slice; return what is to be parsed again: a request that asks for an upgrade, and what is behind its head."""
        self._size += len(piece)
        try:
            self.parser.feed_data(piece)
        except httptools.HttpParserUpgrade as upgrade:
            offset: int = upgrade.args[0]
            version = self.parser.get_http_version()
            return head_without_upgrade(self.parser.get_method(), self.url, version, self.headers) + piece[offset:]
        except httptools.HttpParserCallbackError as error:
            log.error("a request could not be answered", exc_info=error)
            self._refuse(500, "Internal server error")
        except httptools.HttpParserError as error:
            self._refuse(400, f"Invalid HTTP request received: {error}")
        if self._refusal is None and self._reading and self._size > (MAX_MESSAGE if self._way else MAX_HEAD):
            self._refuse(*((413, "Content too large") if self._way else (431, TOO_LONG)))
        return b""

    def _refuse(self, status: int, reason: str) -> None:
        """Refuse a request and close the connection, once what came before it is answered."""
        self._refusal = refusal(status, reason)
        if not self.is_busy() or (self._reading and self._way == ASGI):
            self._send_refusal()

    def _send_refusal(self) -> None:
        if self._refusal is not None:
            self.transport.write(encode(self._refusal, close=True))
            self.transport.close()

    def _go_on_with_h11(self, data: bytes) -> None:
        """Let h11 read this request and all that follow it on the connection."""
        self.end_watch()
        self.connections.discard(self)
        self.flow.resume_reading()
        protocol = import_from_string(H11_PROTOCOL)(self.config, self.server_state, self.app_state, self.loop)
        protocol.connection_made(self.transport)
        if self.flow.write_paused:
            protocol.pause_writing()
        self.transport.set_protocol(protocol)
        protocol.data_received(data)
