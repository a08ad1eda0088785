"""HTTP as the server speaks it: by httptools, which is fast, with a bound on heads, and by h11 for what httptools refuses."""

from __future__ import annotations

from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MAX_HEAD = 64 * 1024  # bytes of request line and headers; h11 has the same bound
METHODS = (b"GET ", b"POST ", b"PUT ", b"PATCH ", b"DELETE ", b"HEAD ", b"OPTIONS ")


class Protocol(HttpToolsProtocol):
    """One connection.

    httptools knows a fixed list of methods and answers 400 to any other, where a provider answers 405; and it takes a head of
    any size. So the first bytes of each request are looked at, and the head is counted.
    """

    _head = 0  # bytes of the head that is being read; -1 while a body is
    _begun = False  # whether a request is being read

    def data_received(self, data: bytes) -> None:
        """Feed the parser; hand the connection over to h11 at the first request that httptools would refuse."""
        if not self._begun and not data.startswith(METHODS):
            self._hand_over(data)
            return
        if self._head >= 0:
            self._head += len(data)
            if self._head > MAX_HEAD and not self._complete(data):
                self.send_400_response("Request headers are too large.")
                return
        super().data_received(data)

    def on_message_begin(self) -> None:
        """A request begins."""
        self._begun = True
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """The head is read; what follows is a body, which the application bounds."""
        self._head = -1
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """The request is read whole."""
        self._head = 0
        self._begun = False
        super().on_message_complete()

    @staticmethod
    def _complete(data: bytes) -> bool:
        """Whether a head ends in these bytes, so that what made them many is a body."""
        return 0 <= data.find(b"\r\n\r\n") <= MAX_HEAD

    def _hand_over(self, data: bytes) -> None:
        self._unset_keepalive_if_required()
        self.connections.discard(self)
        successor = H11Protocol(self.config, self.server_state, self.app_state)
        successor.connection_made(self.transport)
        self.transport.set_protocol(successor)
        successor.data_received(data)
