"""A connection by which a test sends and receives bytes."""

from __future__ import annotations

import socket
import time
from urllib.parse import urlsplit


class Wire:
    """A connection to a server, by which a test says and hears bytes."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self.socket = socket.create_connection((parts.hostname or "", parts.port or 0), timeout=30)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._heard = b""

    def say(self, *pieces: str | bytes) -> None:
        """Send pieces, each in a segment of its own."""
        for piece in pieces:
            self.socket.sendall(piece if isinstance(piece, bytes) else piece.encode())
            time.sleep(0.01 if len(pieces) > 1 else 0)

    def hear(self, *, bodiless: bool = False) -> tuple[int, dict[str, str], bytes]:
        """The next answer: status, headers in lower case, body."""
        while b"\r\n\r\n" not in self._heard:
            self._more()
        head, _, self._heard = self._heard.partition(b"\r\n\r\n")
        line, *fields = head.decode().split("\r\n")
        headers = {name.lower(): value for name, _, value in (field.partition(": ") for field in fields)}
        length = 0 if bodiless else int(headers.get("content-length", "0"))
        while len(self._heard) < length:
            self._more()
        body, self._heard = self._heard[:length], self._heard[length:]
        return int(line.split(" ")[1]), headers, body

    def ends(self) -> bool:
        """Whether the server closes without another byte."""
        return self._heard == b"" and self.socket.recv(1) == b""

    def _more(self) -> None:
        chunk = self.socket.recv(65536)
        assert chunk, f"the server closed after {self._heard!r}"
        self._heard += chunk
