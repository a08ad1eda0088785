"""A reverse proxy as an ASGI application: forwards requests unchanged, and reports the result of each to a gate."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from msgspec import structs

from simulator.asgi.adapter import Disconnected, Malformed, Receive, Scope, Send, read_body, request_of
from simulator.asgi.encoding import plain
from simulator.http.request import Request
from simulator.http.response import Response
from simulator.openapi.operation import MAX_BODY

if TYPE_CHECKING:
    import httpx

HOP_BY_HOP = frozenset(
    {
        "connection",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
NOT_SENT = HOP_BY_HOP | {"host", "content-length", "expect", "accept-encoding"}
MAX_RECORDED = 4 * MAX_BODY  # bytes of a response that are handed to the gate
TIMEOUT = 300  # seconds without a byte of the upstream


class Refused(Exception):
    """A request that is not passed on; the text is for the client."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


class Passing(Protocol):
    """A request that is passed on, and hears what comes of it."""

    url: str

    def answered(self, status: int, headers: list[tuple[str, str]]) -> None:
        """Note the head of the response."""

    def finished(self, body: bytes | None) -> None:
        """Note its body, decoded; None for one that is too large."""

    def failed(self, reason: str) -> None:
        """Note that no response came, or not the whole of it."""


class Gate(Protocol):
    """Decides which requests are passed on, and where."""

    def admit(self, request: Request) -> Passing:
        """Return where a request goes.

        Raises:
            Refused: it goes nowhere.
        """


class ReverseProxy:
    """Passes requests on by httpx, which is an extra; redirects are the client's business."""

    def __init__(self, gate: Gate, transport: httpx.AsyncBaseTransport | None = None) -> None:
        """Pass on what the gate admits.

        Raises:
            ImportError: httpx is not installed.
        """
        import httpx  # noqa: PLC0415  (an extra)

        self._gate, self._httpx, self._transport = gate, httpx, transport
        self._client: httpx.AsyncClient | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection of ASGI."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http":
            await self._serve(scope, receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        while (message := await receive())["type"] != "lifespan.shutdown":
            await send({"type": f"{message['type']}.complete"})
        if self._client is not None:
            await self._client.aclose()
        await send({"type": "lifespan.shutdown.complete"})

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            request = request_of(scope)
            raw, _ = await read_body(request, receive, MAX_BODY)
            if raw is None:
                raise Refused(413, f"the body is larger than {MAX_BODY} bytes; send it to the provider directly")
            request = structs.replace(request, raw=raw)
            passing = self._gate.admit(request)
        except Disconnected:
            return
        except Malformed as error:
            await _respond(plain(400, str(error)), send)
            return
        except Refused as refused:
            await _respond(plain(refused.status, f"simulator record: not sent: {refused}"), send)
            return
        await self._pass(request, passing, send)

    async def _pass(self, request: Request, passing: Passing, send: Send) -> None:
        """Send a request to the upstream, and its response to the client as it comes.

        A client that leaves does not end this: what the upstream did is to be known.
        """
        httpx = self._httpx
        headers = {name: value for name, value in request.headers.items() if _is_sent(name)}
        sent = httpx.Request(request.method, passing.url, headers=[*headers.items()], content=request.raw or b"")
        try:
            response = await self._connected().send(sent, stream=True, follow_redirects=False)
        except httpx.HTTPError as error:
            passing.failed(f"{type(error).__name__}: {error}" if str(error) else type(error).__name__)
            await _respond(plain(502, f"simulator record: no response from {passing.url.split('/')[2]}: {error}"), send)
            return
        pairs = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in response.headers.raw]
        passing.answered(response.status_code, pairs)
        kept = [(name.lower().encode(), value.encode("latin-1")) for name, value in pairs if name.lower() not in HOP_BY_HOP]
        await send({"type": "http.response.start", "status": response.status_code, "headers": kept})
        received = bytearray()
        try:
            async for chunk in response.aiter_raw():
                received += chunk if len(received) <= MAX_RECORDED else b""
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
        except httpx.HTTPError as error:
            passing.failed(f"{type(error).__name__} in the body: {error}")
            return  # without the end of the body the server closes the connection, as the upstream did
        finally:
            await response.aclose()
        passing.finished(self._decoded(response, bytes(received)))
        await send({"type": "http.response.body", "body": b""})

    def _decoded(self, response: httpx.Response, received: bytes) -> bytes | None:
        if len(received) > MAX_RECORDED:
            return None
        headers = {"content-encoding": response.headers.get("content-encoding", "identity")}
        try:
            return self._httpx.Response(200, headers=headers, content=received).content
        except self._httpx.DecodingError:
            return None

    def _connected(self) -> httpx.AsyncClient:
        """Return the client, which is made in the event loop that it serves."""
        if self._client is None:
            self._client = self._httpx.AsyncClient(transport=self._transport, timeout=TIMEOUT)
        return self._client


def _is_sent(name: str) -> bool:
    return name not in NOT_SENT and not name.startswith("x-simulator-")


async def _respond(response: Response, send: Send) -> None:
    headers = [(name.lower().encode(), value.encode("latin-1", "replace")) for name, value in response.headers]
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    await send({"type": "http.response.body", "body": response.body})
