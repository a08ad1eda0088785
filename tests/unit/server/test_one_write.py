"""Ordinary responses go out in one write; what is not ordinary takes uvicorn's way, with all that it checks."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from simulator.server.one_write import in_one_write

LENGTH = (b"content-length", b"2")
DATE = (b"date", b"Thu, 01 Jan 1970 00:00:00 GMT")


class Flow:
    """A connection whose client reads."""

    write_paused = False


class Connection:
    """Keeps what is written."""

    def __init__(self) -> None:
        self.written: list[bytes] = []
        self.closed = False

    def write(self, data: bytes) -> None:
        """Keep it."""
        self.written.append(data)

    def close(self) -> None:
        """Note it."""
        self.closed = True

    def is_closing(self) -> bool:
        """Return whether it was closed."""
        return self.closed


class Sent:
    """What came of the messages of one response."""

    def __init__(self, *messages: Mapping[str, Any], method: str = "GET", keep_alive: bool = True) -> None:
        self.connection, self.completed = Connection(), 0
        self.problems: list[BaseException] = []
        asyncio.run(self._send(messages, method, keep_alive))

    async def _send(self, messages: Sequence[Mapping[str, Any]], method: str, keep_alive: bool) -> None:
        async def app(scope: Any, receive: Any, send: Any) -> None:
            for message in messages:
                await send(message)

        cycle: Any = RequestResponseCycle(
            scope={"method": method},  # type: ignore[typeddict-item]
            transport=self.connection,  # type: ignore[arg-type]
            flow=Flow(),  # type: ignore[arg-type]
            logger=self,  # type: ignore[arg-type]
            access_logger=self,  # type: ignore[arg-type]
            access_log=False,
            default_headers=[],
            message_event=asyncio.Event(),
            expect_100_continue=False,
            keep_alive=keep_alive,
            on_response=self._complete,
        )
        await cycle.run_asgi(in_one_write(cycle, app))
        self.is_complete = cycle.response_complete

    def _complete(self) -> None:
        self.completed += 1

    def error(self, text: str, *_: object, exc_info: BaseException | None = None) -> None:
        """Note what uvicorn logs."""
        self.problems.append(exc_info or RuntimeError(text))


def start(*headers: tuple[bytes, bytes], status: int = 200) -> dict[str, Any]:
    """Return the first message of a response."""
    return {"type": "http.response.start", "status": status, "headers": list(headers)}


def body(data: bytes, *, more: bool = False) -> dict[str, Any]:
    """Return a further message of a response."""
    return {"type": "http.response.body", "body": data, "more_body": more}


def test_head_and_body_are_written_at_once() -> None:
    """With the headers as they were given; the connection stays open, and the server is told once."""
    sent = Sent(start(DATE, LENGTH), body(b"{}"))
    assert sent.connection.written == [b"HTTP/1.1 200 OK\r\ndate: %b\r\ncontent-length: 2\r\n\r\n{}" % DATE[1]]
    assert (sent.connection.closed, sent.completed, sent.is_complete, sent.problems) == (False, 1, True, [])


OTHERS = {
    "a head request": (Sent(start(LENGTH), body(b"{}"), method="HEAD"), b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n"),
    "the last response": (
        Sent(start(LENGTH), body(b"{}"), keep_alive=False),
        b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}",
    ),
    "a connection that is closed": (
        Sent(start(LENGTH, (b"connection", b"close")), body(b"{}")),
        b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}",
    ),
    "several parts": (
        Sent(start(LENGTH), body(b"{", more=True), body(b"}")),
        b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}",
    ),
    "no length": (Sent(start(), body(b"{}")), b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"),
    "no body": (Sent(start((b"content-length", b"0")), body(b"")), b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"),
}


@pytest.mark.parametrize("case", OTHERS)
def test_other_responses_are_written_as_uvicorn_does(case: str) -> None:
    """Nothing is held back."""
    sent, written = OTHERS[case]
    assert b"".join(sent.connection.written) == written
    assert (sent.completed, sent.is_complete, sent.problems) == (1, True, [])


BROKEN: dict[str, list[dict[str, Any]]] = {
    "a header of two lines": [start(LENGTH, (b"x", b"a\r\nb: c")), body(b"{}")],
    "a control character": [start(LENGTH, (b"x", b"a\x00")), body(b"{}")],
    "a name that is no token": [start(LENGTH, (b"x y", b"a")), body(b"{}")],
    "a body that is too long": [start(LENGTH), body(b"{} ")],
    "two heads": [start(LENGTH), start(LENGTH)],
    "no body at all": [start(LENGTH)],
}


@pytest.mark.parametrize("case", BROKEN)
def test_what_is_not_valid_is_never_written(case: str) -> None:
    """What is wrong is uvicorn's to say."""
    sent = Sent(*BROKEN[case])
    assert len(sent.problems) == 1
    assert not b"".join(sent.connection.written).endswith((b"{}", b"{} "))
    assert b"b: c" not in b"".join(sent.connection.written)
