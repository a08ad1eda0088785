"""HTTP as the server speaks it: uvicorn's protocol on httptools, with a bound on heads and a short cut for common requests."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any, cast

from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from simulator.exchange import Request

if TYPE_CHECKING:
    from simulator.app import App
    from simulator.pipeline import Answer

MAX_HEAD = 64 * 1024  # bytes of request line and headers; h11 has the same bound
METHODS = (b"GET ", b"POST ", b"PUT ", b"PATCH ", b"DELETE ", b"HEAD ", b"OPTIONS ")
STATUS_LINES = {status.value: f"HTTP/1.1 {status.value} {status.phrase}\r\n" for status in HTTPStatus}


class Protocol(HttpToolsProtocol):
    """One connection.

    A request that has come whole, with nothing before it to wait for, is answered at once and in one write: that needs no task,
    as the application answers without waiting. Everything else – a body in parts, a delay, a wire fault, a client that does not
    read – goes uvicorn's way, through ASGI.

    httptools knows a fixed list of methods and answers 400 to any other, where a provider answers 405; and it takes a head of
    any size. So the first bytes of each request are looked at, and the head is counted.
    """

    _head = 0  # bytes of the head that is being read; -1 while a body is
    _begun = False  # whether a request is being read
    _whole: bytes | None = None  # the body so far of a request that may yet have come whole

    def data_received(self, data: bytes) -> None:
        """Feed the parser; hand the connection over to h11 at the first request that httptools would refuse."""
        if not self._begun and not data.startswith(METHODS):
            self._hand_over(data)
            return
        if self._head >= 0:
            self._head += len(data)
            if self._head > MAX_HEAD and not 0 <= data.find(b"\r\n\r\n") <= MAX_HEAD:
                self.send_400_response("Request headers are too large.")
                return
        super().data_received(data)
        if self._whole is not None:  # there is more to come
            self._to_asgi()

    def on_message_begin(self) -> None:
        """A request begins."""
        self._begun = True
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """The head is read; what follows is a body, which the application bounds."""
        self._head = -1
        idle = self.cycle is None or self.cycle.response_complete
        if idle and not self.flow.write_paused and self._is_common():
            self._whole = b""
        else:
            super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """A part of a body."""
        if self._whole is None:
            super().on_body(body)
        else:
            self._whole += body

    def on_message_complete(self) -> None:
        """The request is read whole."""
        self._head = 0
        self._begun = False
        if self._whole is None:
            super().on_message_complete()
        else:
            raw, self._whole = self._whole, None
            self._answer(raw)

    def _is_common(self) -> bool:
        """Whether a request is one for the short cut: HTTP/1.1, kept alive, no HEAD, nothing to be confirmed or upgraded."""
        parser = self.parser
        return (
            parser.get_http_version() == "1.1"
            and parser.should_keep_alive()
            and not parser.should_upgrade()
            and parser.get_method() != b"HEAD"
            and not self.expect_100_continue
            and self.url.startswith(b"/")
        )

    def _to_asgi(self) -> None:
        """Let uvicorn go on with a request of which only a part has come."""
        body, self._whole = self._whole, None
        super().on_headers_complete()
        if body:
            super().on_body(body)

    @property
    def _application(self) -> App:
        return cast("App", self.config.app)

    def _answer(self, raw: bytes) -> None:
        path, _, query = self.url.partition(b"?")
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in self.headers}
        body = self._application.bounded(raw)
        method, scheme = self.parser.get_method().decode(), self.scheme or "http"
        request = Request(method, path.decode("latin-1"), query.decode("latin-1"), headers, body, scheme)
        answered = self._application.respond(request)
        if answered.delay or answered.fault or answered.status not in STATUS_LINES:
            self._answer_later(answered)
            return
        self.transport.write(_bytes(answered, self.server_state.default_headers))
        self.server_state.total_requests += 1
        self.timeout_keep_alive_task = self.loop.call_later(self.timeout_keep_alive, self.timeout_keep_alive_handler)

    def _answer_later(self, answered: Answer) -> None:
        """Send an answer that takes time or breaks off: by a task, as uvicorn runs them."""
        ordinary = self.app

        async def deliver(scope: Any, receive: Any, send: Any) -> None:
            await self._application.deliver(receive, send, answered)

        self.app = deliver
        super().on_headers_complete()
        super().on_message_complete()
        self.app = ordinary

    def _hand_over(self, data: bytes) -> None:
        self._unset_keepalive_if_required()
        self.connections.discard(self)
        successor = H11Protocol(self.config, self.server_state, self.app_state)
        successor.connection_made(self.transport)
        self.transport.set_protocol(successor)
        successor.data_received(data)


def _bytes(answered: Answer, more: list[tuple[bytes, bytes]]) -> bytes:
    """An answer as it goes over the wire, with the server's own headers: the date."""
    lines = [STATUS_LINES[answered.status]]
    lines += [f"{name.decode('latin-1')}: {value.decode('latin-1')}\r\n" for name, value in more]
    lines += [f"{name}: {value}\r\n" for name, value in answered.headers]
    lines.append("\r\n")
    return "".join(lines).encode("latin-1") + answered.body
