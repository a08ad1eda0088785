"""A request that is not plain, read by h11: a body in chunks or too large, an odd method, HTTP/1.0, a head in pieces."""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import urlsplit

import h11

from simulator.http.request import Request
from simulator.openapi.contract import MAX_BODY
from simulator.wire.heads import MAX_HEAD

PATIENCE = 16 * MAX_BODY  # so much of an oversized body is read and dropped, so that its sender can hear the refusal


class Refused(Exception):
    """What came is not HTTP; with the status that says how."""

    def __init__(self, error: h11.RemoteProtocolError) -> None:
        super().__init__(str(error))
        self.status = error.error_status_hint


class Asked(NamedTuple):
    """A request, and what its answer has to heed."""

    request: Request
    last: bool  # the connection ends with the answer
    bodiless: bool  # only the head of the answer is wanted
    rest: bytes  # what came behind the request


class Conversation:
    """One request, as its bytes come."""

    def __init__(self, scheme: str) -> None:
        self._scheme = scheme
        self._reader = h11.Connection(h11.SERVER, max_incomplete_event_size=MAX_HEAD)
        self._body: list[bytes] = []
        self._size = 0

    def read(self, data: bytes) -> Asked | None:
        """The request, once it is whole, or once so much of it has come that it is refused anyway.

        Raises:
            Refused: what came is not HTTP.
        """
        try:
            self._reader.receive_data(data)
            while (event := self._reader.next_event()) is not h11.NEED_DATA:
                if isinstance(event, h11.Request):
                    self._head = _unambiguous(event)
                elif isinstance(event, h11.Data):
                    self._take(bytes(event.data))
                if isinstance(event, h11.EndOfMessage) or self._size > PATIENCE:
                    return self._asked(whole=self._size <= PATIENCE)
        except h11.RemoteProtocolError as error:
            raise Refused(error) from None
        return None

    def _take(self, data: bytes) -> None:
        self._size += len(data)
        if self._size <= MAX_BODY:
            self._body.append(data)

    @property
    def waits(self) -> bool:
        """Whether the client wants to hear `100 Continue` before it sends the body."""
        return self._reader.they_are_waiting_for_100_continue

    def _asked(self, *, whole: bool) -> Asked:
        head = self._head
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in head.headers}
        ends = not whole or head.http_version < b"1.1" or "close" in headers.get("connection", "").lower()
        return Asked(self._request(headers), ends, head.method == b"HEAD", self._reader.trailing_data[0])

    def _request(self, headers: dict[str, str]) -> Request:
        target = self._head.target.decode("latin-1")
        if target.startswith(("http://", "https://")):  # the absolute form, as a client sends it to a proxy
            parts = urlsplit(target)
            headers["host"], target = parts.netloc, target.split(parts.netloc, 1)[1] or "/"
        path, _, query = target.partition("?")
        raw = b"".join(self._body) if self._size <= MAX_BODY else None
        return Request(self._head.method.decode("latin-1"), path, query, headers, raw, self._scheme)


def _unambiguous(head: h11.Request) -> h11.Request:
    """A head that says once how long its body is; whoever says it twice may be hiding another request in it (RFC 9112, 6.1)."""
    if {b"content-length", b"transfer-encoding"} <= {name for name, _ in head.headers}:
        raise h11.RemoteProtocolError("both Content-Length and Transfer-Encoding", error_status_hint=400)
    return head
