"""uvicorn's HttpToolsProtocol with wire faults and the fast lane.

The fast lane answers a complete request at once, without an ASGI cycle and its task; whatever is out of the ordinary takes
uvicorn's own way to the ASGI application.
"""

from __future__ import annotations

from typing import Any

from uvicorn.config import Config

from simulator.asgi.encoding import encode
from simulator.http.response import Response
from simulator.openapi.operation import MAX_BODY
from simulator.server.lane import MAX_HEAD, TOO_LONG, ASGIApp, Head, head_of, head_size
from simulator.server.one_write import in_one_write
from simulator.server.reading import AGAIN, ASGI, FAST, IGNORED, SlicedHttpToolsProtocol


class FaultInjectingHttpToolsProtocol(SlicedHttpToolsProtocol):
    """For `uvicorn.Config(http=…)`."""

    def __init__(self, config: Config, *rest: Any, **more: Any) -> None:
        super().__init__(config, *rest, **more)
        self._head: Head | None = None  # of the request that takes the fast lane

    def on_message_begin(self) -> None:
        """Begin a request; uvicorn does when it becomes known that the request takes its way."""
        self.url, self.headers = b"", []
        self._reading, self._way, self._missing = True, "", 0

    def on_headers_complete(self) -> None:
        """Choose the way of a request."""
        length = dict(self.headers).get(b"content-length", b"0")
        self._missing = int(length) if length.isdigit() else 0
        if self._size > MAX_HEAD and head_size(self.url, self.headers) > MAX_HEAD:
            self._refuse(431, TOO_LONG)
        if self._refusal is not None or self.transport.is_closing():
            self._way = IGNORED
            return
        if self.parser.should_upgrade():
            self._way = AGAIN
            return
        version = self.parser.get_http_version()
        head = head_of(self.parser.get_method(), self.url, version, self.headers) if self.may_answer() else None
        if head is None:
            self._take_asgi(self.app)
        else:
            self._way, self._head, self._body = FAST, head, bytearray()

    def _take_asgi(self, app: ASGIApp, body: bytes = b"") -> None:
        """Begin an ASGI cycle, with the part of the request that has been received."""
        self._way = ASGI
        url, headers = self.url, self.headers
        super().on_message_begin()
        self.url = url
        self.headers += headers  # the list that is in the scope
        if b"expect" in dict(headers):
            self.expect_100_continue = b"100-continue" in [value.lower() for name, value in headers if name == b"expect"]
        usual, self.app = self.app, app
        try:
            super().on_headers_complete()
        finally:
            self.app = usual
        if not self.pipeline:
            self._running = self.cycle
        if not self.url.startswith(b"/"):  # of an absolute target, uvicorn would drop the host
            self.scope["raw_path"] = self.url.partition(b"?")[0]
        if body:
            super().on_body(body)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keep a header; trailers are ignored, as RFC 9110, 6.5.1 allows."""
        if not self._way:
            self.headers.append((name.lower(), value))

    def on_body(self, body: bytes) -> None:
        """Keep a part of the body; one that is too large is dropped by the ASGI application."""
        self._missing = max(0, self._missing - len(body))
        if self._way == FAST:
            self._body += body
            if len(self._body) > MAX_BODY:
                self._take_asgi(self.app, bytes(self._body))
        elif self._way == ASGI:
            super().on_body(body)

    def on_message_complete(self) -> None:
        """Answer a complete request."""
        if self._way == FAST and self._head is not None:
            self._answer(self._head)
        elif self._way == ASGI:
            super().on_message_complete()
        self._behind += self._size if self.pipeline else 0
        self._reading, self._size, self._missing = False, 0, 0

    def _answer(self, head: Head) -> None:
        body, self._body = bytes(self._body), bytearray()
        response = self.answer(head, body)
        if isinstance(response, Response):
            close = not self.parser.should_keep_alive()
            self.transport.write(encode(response, close=close, head_only=head.method == "HEAD"))
            if close:
                self.transport.close()
        else:
            is_handled = response is not self.app
            if is_handled:
                self.headers = []
            self._take_asgi(response, b"" if is_handled else body)
            super().on_message_complete()

    def _start_asgi_task(self, cycle: Any, app: ASGIApp) -> None:
        super()._start_asgi_task(cycle, in_one_write(cycle, app))

    def on_response_complete(self) -> None:
        """Go on with what was held.

        uvicorn would also set a timer here, and cancel it with the next request: silent connections are watched already.
        """
        self.server_state.total_requests += 1
        self.last_heard = self.loop.time()
        if self.transport.is_closing():
            return
        if len(self._rest) > MAX_HEAD:
            self.flow.pause_reading()  # the cycle has resumed it
        else:
            self.flow.resume_reading()
        if self.pipeline:
            self._running = self.pipeline[-1][0]
            self._start_asgi_task(*self.pipeline.pop())
        self._behind = self._behind if self.pipeline else 0
        if self.is_busy():
            return
        if self._refusal is not None:
            self._send_refusal()
        elif self._rest:
            self.loop.call_soon(self._resume)
