"""CONNECT: tunnels of clients that use this server as their proxy for HTTPS, with `HTTPS_PROXY=http://simulator:8080`.

A tunnel to a provider's host ends here, in the certificate of this server. No tunnel leaves this machine.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import contextlib
import logging
import ssl
from collections.abc import Collection
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from simulator.asgi.encoding import wall_date

if TYPE_CHECKING:
    import h11  # whose import takes a fifteenth of the start, and which few servers need

WORLD = "simulator.world"  # the member of a protocol's `app_state` that names the world of a tunnel
HTTPS_PORT = "443"
MAX_HOST, MAX_PORT_DIGITS = 253, 5  # characters of a name in the DNS, and of a port
SECONDS = 10.0  # for the TLS handshake
ESTABLISHED = b"HTTP/1.1 200 Connection established\r\n\r\n"  # without Content-Length, RFC 9110, 9.3.6

log = logging.getLogger("simulator")


class ConnectRequested(Exception):
    """The client asks for a tunnel."""

    def __init__(self, request: h11.Request) -> None:
        super().__init__(request.target)
        self.request = request


class Refused(NamedTuple):
    """Why there is no tunnel. Most clients show no more of the response than its status and reason phrase."""

    status: int
    phrase: str
    advice: str

    def response(self) -> tuple[list[tuple[str, str]], bytes]:
        """Return the headers and the body of the response, with problem details (RFC 9457)."""
        problem = {
            "type": "about:blank",
            "title": "No tunnel",
            "status": self.status,
            "detail": f"{self.phrase}; {self.advice}",
        }
        body = msgspec.json.encode(problem)
        headers = [("Date", wall_date()), ("Connection", "close"), ("Content-Type", "application/problem+json")]
        return [*headers, ("Content-Length", str(len(body)))], body

    def encode(self) -> bytes:
        """Return the bytes of the response."""
        headers, body = self.response()
        lines = [f"HTTP/1.1 {self.status} {self.phrase}", *(f"{name}: {value}" for name, value in headers), "", ""]
        return "\r\n".join(lines).encode() + body


class Tunnels:
    """Opens tunnels to the providers' hosts."""

    def __init__(self, hosts: Collection[str], context: ssl.SSLContext | None) -> None:
        self._hosts, self._context = hosts, context

    def open(self, lane: Any, request: h11.Request) -> None:
        """Answer a CONNECT request on the connection of a protocol, and give the connection to the tunnel."""
        host, port = target_of(request.target)
        refused = self.refusal(host, port)
        if not refused and lane.conn.trailing_data[0]:
            refused = Refused(400, "Data before the tunnel is open", "wait for the response to CONNECT")
        if refused or self._context is None:
            if refused:
                log.warning("CONNECT %.*s:%.*s refused: %s", MAX_HOST, host, MAX_PORT_DIGITS, port, refused.phrase)
                lane.transport.write(refused.encode())
            lane.transport.close()
            return
        state = {**lane.app_state, WORLD: _world(request)}
        _Tunnel(lane, state, self._context).begin()

    def refusal(self, host: str, port: str) -> Refused | None:
        """Return why there is no tunnel to a host; None if there is one."""
        if not (0 < len(host) <= MAX_HOST and port.isdecimal() and len(port) <= MAX_PORT_DIGITS):
            return Refused(400, "CONNECT needs a host and a port", f"such as {next(iter(self._hosts))}:{HTTPS_PORT}")
        if host not in self._hosts:
            advice = f"CONNECT is allowed only to {', '.join(self._hosts)}; to reach {host} itself, add it to NO_PROXY"
            return Refused(404, f"{host} is not a host of a simulated provider", advice)
        if port != HTTPS_PORT:
            return Refused(404, f"{host} has no port {port} here", f"expected {HTTPS_PORT}")
        if self._context is None:
            advice = "set --tls or SIMULATOR_TLS=1; without TLS, replace the base URL of the client with that of the simulator"
            return Refused(501, "CONNECT needs a simulator that was started with --tls", advice)
        return None


def target_of(target: bytes) -> tuple[str, str]:
    """Return the host and the port of a CONNECT request; a user and a password before the host are dropped."""
    host, _, port = target.decode("ascii").rpartition("@")[2].rpartition(":")
    return host.rstrip(".").lower(), port


class _Tunnel(asyncio.Protocol):
    """The connection of a tunnel, until the TLS handshake is over; then a new protocol has it."""

    def __init__(self, lane: Any, app_state: dict[str, Any], context: ssl.SSLContext) -> None:
        self.transport: asyncio.Transport = lane.transport
        self._lane, self._state, self._context = lane, app_state, context
        self._connections: set[Any] = lane.connections
        self._received = bytearray()  # data can come with the last message of the handshake

    def begin(self) -> None:
        """Answer, and take the connection over from the protocol that has read the request."""
        self._lane.end_watch()
        self._connections.discard(self._lane)
        self._connections.add(self)
        self.transport.pause_reading()
        self.transport.write(ESTABLISHED)
        task = self._lane.loop.create_task(self._shake_hands())
        self._lane.tasks.add(task)
        task.add_done_callback(self._lane.tasks.discard)

    async def _shake_hands(self) -> None:
        loop, config, server_state = self._lane.loop, self._lane.config, self._lane.server_state
        try:
            transport = await loop.start_tls(
                self.transport, self, self._context, server_side=True, ssl_handshake_timeout=SECONDS
            )
        except OSError:  # the client speaks no valid TLS, does not trust the CA, or has gone
            self.transport.abort()
            return
        finally:
            self._connections.discard(self)
        protocol = config.http_protocol_class(config=config, server_state=server_state, app_state=self._state, _loop=loop)
        protocol.connection_made(transport)
        transport.set_protocol(protocol)
        if self._received:
            protocol.data_received(bytes(self._received))

    def data_received(self, data: bytes) -> None:
        """Keep data for the protocol that will have the connection."""
        self._received += data

    def shutdown(self) -> None:
        """Close the connection, because the server ends."""
        self.transport.abort()


def _world(request: h11.Request) -> str:
    """Return the world that the client has as user name in the URL of its proxy: `http://test-1@simulator:8080`."""
    credentials = dict(request.headers).get(b"proxy-authorization", b"")
    scheme, _, encoded = credentials.partition(b" ")
    if scheme.lower() != b"basic":
        return ""
    with contextlib.suppress(binascii.Error, UnicodeDecodeError):
        return base64.b64decode(encoded.strip(), validate=True).decode("ascii").partition(":")[0]
    return ""
