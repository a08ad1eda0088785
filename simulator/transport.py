"""An `httpx` transport that answers in this process, without a socket; wire faults become the errors that httpx would raise."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import anyio
import httpx

from simulator.exchange import Request
from simulator.pipeline import Answer
from simulator.reading import MAX_BODY

if TYPE_CHECKING:
    from simulator.app import App


class Transport(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """For `httpx.Client(transport=…)` and `httpx.AsyncClient(transport=…)` alike."""

    def __init__(self, app: App) -> None:
        self._app = app

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer a request of a client; a delay that a rule asks for is slept."""
        answered = self._answer(request, request.read())
        time.sleep(answered.delay)
        return _response(request, answered)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer a request of an asynchronous client."""
        answered = self._answer(request, await request.aread())
        await anyio.sleep(answered.delay)
        return _response(request, answered)

    def _answer(self, request: httpx.Request, raw: bytes) -> Answer:
        path, _, query = request.url.raw_path.partition(b"?")
        headers = {name.lower(): value for name, value in request.headers.items()}
        body = raw if len(raw) <= MAX_BODY else None
        wanted = Request(request.method, path.decode(), query.decode(), headers, body, request.url.scheme)
        return self._app.respond(wanted)


def _response(request: httpx.Request, answered: Answer) -> httpx.Response:
    if answered.fault:
        raise _error(request, answered)
    return httpx.Response(answered.status, headers=answered.headers, content=answered.body, request=request)


def _error(request: httpx.Request, answered: Answer) -> httpx.TransportError:
    """What httpx raises when a server does this to its connection."""
    if answered.fault == "reset":
        return httpx.ReadError("[Errno 104] Connection reset by peer", request=request)
    if answered.fault == "garbage":
        return httpx.RemoteProtocolError("illegal status line: the scenario sends garbage", request=request)
    if answered.fault == "truncate":
        half, whole = len(answered.body) // 2, len(answered.body)
        text = f"peer closed connection without sending complete message body (received {half} bytes, expected {whole})"
        return httpx.RemoteProtocolError(text, request=request)
    return httpx.RemoteProtocolError("Server disconnected without sending a response.", request=request)
