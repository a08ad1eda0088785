"""At the limit of open files the connections that have been idle for longest go, so that the next client is served."""

from __future__ import annotations

import contextlib
import json
import re
import resource
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.unit.command import end

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="it sets the limit of open files of a process")

FILES = 128
MANY = 300  # connections
WAIT = 20  # seconds for what takes a fraction of one
HEALTH = b"GET /_simulator/health HTTP/1.1\r\nHost: localhost\r\n\r\n"
SERVE = "from simulator.cli.main import simulator; simulator(['serve', '--port', '0', '--log-format', 'json', *sys.argv[1:]])"
LOOPS = {"uvloop": "import sys; ", "asyncio": "import sys; sys.modules['uvloop'] = None; "}


class Limited(NamedTuple):
    """A server with few open files."""

    process: subprocess.Popen[bytes]
    port: int
    log: Path

    def connect(self) -> socket.socket:
        """Open a connection."""
        return socket.create_connection(("127.0.0.1", self.port), WAIT)

    def warnings(self) -> list[str]:
        """What the log warns of; its thread may need a moment to write the first one."""
        deadline = time.monotonic() + WAIT
        while '"warning"' not in self.log.read_text(encoding="utf-8") and time.monotonic() < deadline:
            time.sleep(0.01)
        lines = [json.loads(line) for line in self.log.read_text(encoding="utf-8").splitlines() if '"warning"' in line]
        return [line["message"] for line in lines]


def _limit() -> None:
    resource.setrlimit(resource.RLIMIT_NOFILE, (FILES, FILES))


@contextlib.contextmanager
def limited(folder: Path, loop: str, *options: str) -> Iterator[Limited]:
    """A server that may open few files, until the end of the block."""
    log, command = folder / "log", [sys.executable, "-c", LOOPS[loop] + SERVE, *options]
    with (
        log.open("wb") as out,
        subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT, preexec_fn=_limit) as process,  # noqa: PLW1509
    ):
        try:
            until = time.monotonic() + WAIT
            while not (ready := re.search(r'"url": "https?://[^"]+:(\d+)"', log.read_text(encoding="utf-8"))):
                assert process.poll() is None, log.read_text(encoding="utf-8")
                assert time.monotonic() < until
                time.sleep(0.02)
            yield Limited(process, int(ready[1]), log)
        finally:
            end(process)


def ask(connection: socket.socket) -> bytes:
    """Send a request and return the beginning of the response."""
    connection.sendall(HEALTH)
    return connection.recv(1 << 16)[:15]


@pytest.mark.parametrize("loop", LOOPS)
def test_the_longest_idle_connections_go(tmp_path: Path, loop: str) -> None:
    """The ones that are used stay, whoever comes is answered, and the log says it once."""
    with limited(tmp_path, loop) as server, contextlib.ExitStack() as stack:
        first, used = stack.enter_context(server.connect()), stack.enter_context(server.connect())
        for number in range(MANY):
            newest = stack.enter_context(server.connect())
            if number % 10 == 0:
                assert ask(newest) == b"HTTP/1.1 200 OK"
                assert ask(used) == b"HTTP/1.1 200 OK"
        with contextlib.suppress(ConnectionResetError):
            assert first.recv(1) == b""
        assert ask(stack.enter_context(server.connect())) == b"HTTP/1.1 200 OK"
        (warning,) = server.warnings()
        assert "connections are open, the most that are allowed: closed the" in warning
        assert "raise the limit of open files (ulimit -n)" in warning
        assert server.log.stat().st_size < 20_000


@pytest.mark.parametrize("loop", LOOPS)
def test_a_rush_is_survived(tmp_path: Path, loop: str) -> None:
    """Of more connections at once than there are files, some are lost; then everything goes on, and the log is short."""
    with limited(tmp_path, loop) as server, contextlib.ExitStack() as stack:
        for _ in range(MANY):
            one = stack.enter_context(socket.socket())
            one.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                one.connect(("127.0.0.1", server.port))
        until = time.monotonic() + WAIT
        while True:
            with server.connect() as newest, contextlib.suppress(ConnectionError):
                if ask(newest) == b"HTTP/1.1 200 OK":
                    break
            assert time.monotonic() < until
        assert len(server.warnings()) <= 2
        assert server.log.stat().st_size < 20_000


def test_handshakes_that_stop_do_not_keep_others_out(tmp_path: Path) -> None:
    """The oldest of them are abandoned."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with limited(tmp_path, "uvloop", "--tls") as server, contextlib.ExitStack() as stack:
        for _ in range(MANY):
            stack.enter_context(server.connect()).sendall(b"\x16")
        with context.wrap_socket(server.connect(), server_hostname="localhost") as newest:
            assert ask(newest) == b"HTTP/1.1 200 OK"
            newest.sendall(HEALTH)
            body = newest.recv(1 << 16).partition(b"\r\n\r\n")[2]
        usage = json.loads(body)["usage"]
        assert usage["connections"]["used"] <= usage["connections"]["limit"] < FILES
        assert usage["tls_handshakes"]["limit"] == 200
        assert len(server.warnings()) == 1
