"""uvicorn's H11Protocol with wire faults and the fast lane: for what httptools does not read, and platforms without it."""

from __future__ import annotations

import re
from collections import deque
from http import HTTPStatus
from typing import Any

import h11
from uvicorn.config import Config
from uvicorn.protocols.http.h11_impl import H11Protocol

from simulator.asgi.encoding import encode, has_date, refusal, wall_date
from simulator.asgi.incoming import too_much
from simulator.http.response import Response
from simulator.openapi.operation import MAX_BODY
from simulator.server.lane import MAX_HEAD, ASGIApp, Head, Lane, head_of, head_size
from simulator.server.tunnel import ConnectRequested

TLS = b"\x16\x03"  # the first bytes of a TLS handshake
NO_TLS = "This port speaks HTTP without TLS; use http://, or start the simulator with --tls"
_QUOTED = re.compile(r":? (?:bytearray\()?b?(?:'.*'|\".*\")\)?")  # of what was received, in messages of h11


class Reader(h11.Connection):
    """h11's connection, which gives events again that were looked at, and remembers why it refused a request."""

    def __init__(self) -> None:
        super().__init__(h11.SERVER, MAX_HEAD)
        self.replayed: deque[Any] = deque()
        self._error: h11.RemoteProtocolError | ConnectRequested | None = None
        self._beginning = b""  # the first bytes of the connection

    def receive_data(self, data: bytes) -> None:
        """Take some bytes."""
        self._beginning = self._beginning or data[: len(TLS)]
        super().receive_data(data)

    def next_event(self) -> Any:
        """Return the next event.

        Raises:
            h11.RemoteProtocolError: the client sent no valid HTTP.
            ConnectRequested: the client asks for a tunnel.
        """
        if self._error is not None:
            raise self._error
        if self.replayed:
            return self.replayed.popleft()
        try:
            event = super().next_event()
            if (
                isinstance(event, h11.Request) and head_size(event.target, event.headers) > MAX_HEAD
            ):  # h11 measures only what comes in pieces
                raise h11.RemoteProtocolError("request line and headers are too large", error_status_hint=431)
        except h11.RemoteProtocolError as error:
            self._error = error
            raise
        if isinstance(event, h11.Request) and event.method == b"CONNECT":
            self._error = ConnectRequested(event)
            raise self._error
        return event

    @property
    def unparsed(self) -> int:
        """The bytes that came and are in no event yet."""
        return len(self._receive_buffer)

    @property
    def refusal(self) -> Response:
        """The response to an invalid HTTP request."""
        if self._beginning == TLS:
            return refusal(400, NO_TLS)
        status = self._error.error_status_hint if isinstance(self._error, h11.RemoteProtocolError) else 400
        return refusal(status, f"Invalid HTTP request received: {_QUOTED.sub('', str(self._error))}")


class FaultInjectingH11Protocol(Lane, H11Protocol):
    """For `uvicorn.Config(http=…)`."""

    conn: Reader

    def __init__(self, config: Config, *rest: Any, **more: Any) -> None:
        super().__init__(config, *rest, **more)
        self.conn = Reader()
        self._events: list[Any] = []  # of a request that is not complete yet
        self._head: Head | None = None
        self._size = 0

    def data_received(self, data: bytes) -> None:
        """Read some bytes."""
        self.last_heard, self.answered = self.loop.time(), False
        super().data_received(data)
        head = 0 if self._head is None else sum(len(name) + len(value) for name, value in self._head.headers.items())
        self.count_kept(self.conn.unparsed + (head + self._size if self._events else 0))

    def drop_kept(self) -> None:
        """Close the connection; of what h11 keeps, nothing can be dropped alone."""
        if not self.is_busy():
            self.transport.write(encode(too_much(), close=True))
        self.transport.close()

    def handle_events(self) -> None:
        """Answer the first request by the fast lane if it may be, and leave everything else to uvicorn."""
        app = self.app
        try:
            if self.may_answer() and self._is_complete():
                self.app = self._answer() or app
        except (h11.RemoteProtocolError, ConnectRequested):
            pass  # it is raised again; uvicorn refuses a request that is not valid
        try:
            super().handle_events()
        except ConnectRequested as connect:
            self._unset_keepalive_if_required()
            self.config.tunnels.open(self, connect.request)  # type: ignore[attr-defined]  # of our ServerConfig
        finally:
            self.app = app

    def _is_complete(self) -> bool:
        """Collect the events of a request; return whether they are all there. What the fast lane does not take is replayed."""
        while True:
            event = self.conn.next_event()
            if event is h11.NEED_DATA or event is h11.PAUSED:
                return False
            self._events.append(event)
            if isinstance(event, h11.Request):
                self._head, self._size = head_of(event.method, event.target, event.http_version, event.headers), 0
            elif isinstance(event, h11.Data):
                self._size += len(event.data)
            if self._head is None or self._size > MAX_BODY:
                self._replay()
                return False
            if isinstance(event, h11.EndOfMessage):
                return True

    def _replay(self) -> None:
        self.conn.replayed.extend(self._events)
        self._events.clear()

    def _answer(self) -> ASGIApp | None:
        """Answer a complete request, or return the application that does."""
        assert self._head is not None  # noqa: S101  (of a complete request)
        body = b"".join([bytes(event.data) for event in self._events if isinstance(event, h11.Data)])
        response = self.answer(self._head, body)
        if not isinstance(response, Response):
            self._replay()
            return response
        self._events.clear()
        self._send(response, head_only=self._head.method == "HEAD")
        return None

    def _send(self, response: Response, *, head_only: bool) -> None:
        sent = response.headers if has_date(response.headers) else [("Date", wall_date()), *response.headers]
        headers = [(name.encode(), value.encode("latin-1", "replace")) for name, value in sent]
        reason = HTTPStatus(response.status).phrase if response.status in _KNOWN else ""
        head = h11.Response(status_code=response.status, headers=headers, reason=reason)
        events = [head, *([] if head_only or not response.body else [h11.Data(response.body)]), h11.EndOfMessage()]
        self.transport.write(b"".join([self.conn.send(event) or b"" for event in events]))
        if self.conn.our_state is h11.MUST_CLOSE:
            self.transport.close()
        else:
            self.conn.start_next_cycle()

    def on_response_complete(self) -> None:
        """Count the silence of the client from here."""
        self.last_heard = self.loop.time()
        super().on_response_complete()

    def send_400_response(self, msg: str) -> None:
        """Reject an invalid HTTP request."""
        self.transport.write(encode(self.conn.refusal, close=True))
        self.transport.close()

    def shutdown(self) -> None:
        """Close the connection when nothing is under way on it."""
        if self._events:
            self.transport.close()
        else:
            super().shutdown()


_KNOWN = frozenset(status.value for status in HTTPStatus)
