"""Wire faults: the ASGI extension through which a server lets the application break a connection, and what each fault does.

A server that supports them puts a `Connection` into `scope["extensions"]` under the name `EXTENSION`.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Mapping
from typing import Any

from msgspec import structs

from simulator.asgi.encoding import encode
from simulator.http.request import FAULTS_UNSUPPORTED
from simulator.http.response import Response

EXTENSION = "provider_simulator.connection"

GARBAGE = b"\x16\x03\x01\x02\x00this is not HTTP\r\n\r\n"  # the start of a TLS handshake, then text
_ABORT = struct.pack("ii", 1, 0)  # SO_LINGER on, zero seconds: closing sends RST and drops unsent data


class Connection:
    """The connection of a request, given to the application so that it can break it."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport

    def fail(self, response: Response) -> None:
        """Do to the connection what the fault of a response demands.

        `truncate` sends the complete head and the first half of the body; without a body, the first half of the head.
        """
        transport = self._transport
        if transport.is_closing():  # the client has gone, and its socket may be another's by now
            return
        if response.fault == "reset":
            transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _ABORT)
            transport.abort()
            return
        if response.fault == "garbage":
            transport.write(GARBAGE)
        elif response.fault == "truncate":
            whole = encode(response)
            body = len(response.body)
            transport.write(whole[: len(whole) - body + body // 2] if body else whole[: len(whole) // 2])
        transport.close()


def connection_of(scope: Mapping[str, Any]) -> Connection | None:
    """Return the connection that the server hands over; None if the server does not support wire faults."""
    connection = (scope.get("extensions") or {}).get(EXTENSION)
    return connection if isinstance(connection, Connection) else None


def unsupported(response: Response) -> Response:
    """Return the response in place of a fault that the server cannot carry out."""
    body = f"The scenario breaks this connection ({response.fault}): {FAULTS_UNSUPPORTED}\n".encode()
    kept = [(name, value) for name, value in response.headers if name.lower().startswith(("x-simulator-", "access-control-"))]
    headers = [*kept, ("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(body)))]
    return structs.replace(response, status=500, headers=headers, body=body, fault="")
