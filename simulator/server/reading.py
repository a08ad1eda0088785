"""Reading a connection: in slices, so that a client which sends many requests at once takes turns with the others.

A connection whose next request httptools does not read as it should – another method than the usual ones, a target that is
no path – goes on with h11.
"""

from __future__ import annotations

import logging
import re
from typing import Any

import httptools
from uvicorn.config import Config
from uvicorn.importer import import_from_string
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from simulator.asgi.encoding import encode, refusal
from simulator.asgi.incoming import too_much
from simulator.http.response import Response
from simulator.server import H11_PROTOCOL
from simulator.server.lane import MAX_HEAD, MAX_MESSAGE, TOO_LONG, Lane, head_without_upgrade, log

server_log = logging.getLogger("simulator")
SLICE = 4096  # bytes that are parsed in one go, at most, but of a body that the fast lane takes
_END = b"\r\n\r\n"
_USUAL = re.compile(rb"(?:GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS) /")
TLS_HANDSHAKE = b"\x16\x03"  # the first bytes of a client that speaks TLS
_SHORTEST = len(b"OPTIONS /")  # bytes that tell whether a request is a usual one

FAST, ASGI, IGNORED, AGAIN = "fast", "asgi", "ignored", "again"  # ways of a request


class SlicedHttpToolsProtocol(Lane, HttpToolsProtocol):
    """Gives httptools one slice after the other, and holds what comes behind a request that is being answered."""

    def __init__(self, config: Config, *rest: Any, **more: Any) -> None:
        super().__init__(config, *rest, **more)
        self.parser: Any = None  # made with the first byte: thousands of silent connections have none, with its nine objects
        self._rest = b""  # what came and is not parsed yet
        self._reading = False  # a request has begun and is not complete
        self._size = 0  # bytes of it so far
        self._way = ""  # known once its head is complete
        self._missing = 0  # bytes of its body, if that has a length
        self._body = bytearray()
        self._refusal: Response | None = None  # to be sent after the responses that are under way
        self._running: Any = None  # the cycle whose response is under way; `cycle` is that of the last request
        self._behind = 0  # bytes of the requests behind it, which `pipeline` has

    def data_received(self, data: bytes) -> None:
        """Read some bytes."""
        self.last_heard = self.loop.time()
        self._parse(self._rest + data if self._rest else data)
        self._count()

    def connection_lost(self, error: Exception | None) -> None:
        """Tell also the application whose response is under way, where uvicorn tells that of the last request only."""
        if self._running is not None and self._running is not self.cycle:
            self._running.disconnected = True
            self._running.message_event.set()
        self.pipeline.clear()
        super().connection_lost(error)

    def drop_kept(self) -> None:
        """Drop what came and was not answered yet, and close the connection."""
        if self.pipeline:
            self.transport.abort()
            return
        self._rest, self._body, self._reading = b"", bytearray(), False
        self._refusal = too_much()
        if not self.is_busy():
            self._send_refusal()

    def _count(self) -> None:
        """Count what is kept; of a request that has an ASGI cycle, the application does."""
        kept = len(self._rest) + self._behind
        if self._reading and (self._way in ("", FAST) or self.pipeline):
            kept += self._size
        self.count_kept(kept)

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
            size = self._portion(data, start)
            again = self._feed(data[start : start + size])
            start += size
            if again:
                data, start = again + data[start:], 0

    def _portion(self, data: bytes, start: int) -> int:
        """Return how many bytes are parsed in one go: none of the next request, which may have to wait."""
        if self._missing:
            return self._missing if self._way == FAST else min(self._missing, SLICE)
        end = data.find(_END, start, start + SLICE)  # of the head, or of a body in chunks
        return SLICE if end < 0 else end + len(_END) - start

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
            self._count()

    def _feed(self, piece: bytes) -> bytes:
        """Parse a slice; return what is to be parsed again: a request that asks for an upgrade, and what is behind its head."""
        self._size += len(piece)
        if self.parser is None:
            self.parser = httptools.HttpRequestParser(self)
            self.parser.set_dangerous_leniencies(lenient_data_after_close=True)  # as uvicorn does
        try:
            self.parser.feed_data(piece)
        except httptools.HttpParserUpgrade as upgrade:
            offset: int = upgrade.args[0]
            method, version = self.parser.get_method(), self.parser.get_http_version()
            self.parser = httptools.HttpRequestParser(self)  # behind a request with `Connection: close` one reads nothing more
            return head_without_upgrade(method, self.url, version, self.headers) + piece[offset:]
        except httptools.HttpParserCallbackError as error:
            log.error("a request could not be answered", exc_info=error)
            self._refuse(500, "Internal server error")
        except httptools.HttpParserError as error:
            self._refuse(400, f"Invalid HTTP request received: {error}")
        if self._reading and self._refusal is None and self._size > (MAX_MESSAGE if self._way else MAX_HEAD):
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
        if data.startswith(TLS_HANDSHAKE):
            server_log.warning("a client sent HTTPS to an HTTP address: use http:// in its base URL, or serve with --tls")
        self.end_watch()
        self.connections.discard(self)
        self.flow.resume_reading()
        protocol = import_from_string(H11_PROTOCOL)(self.config, self.server_state, self.app_state, self.loop)
        protocol.connection_made(self.transport)
        if self.flow.write_paused:
            protocol.pause_writing()
        self.transport.set_protocol(protocol)
        protocol.data_received(data)
