"""Attacks on servers of their own: with few files, with TLS, with a log that nobody reads."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator

from tests.hostile.bystander import WORLD, Bystander, Waited, standing_by
from tests.hostile.target import Target, serving
from tests.hostile.wire import Lost, connect, head, send, tally

FILES = 256
HEALTH = head("GET /_simulator/health")
LOUD = 100_000  # bytes that a log may have, of an attack that would make it flood


@contextlib.contextmanager
def _watched(target: Target, *options: str, files: int = 0) -> Iterator[tuple[Target, Bystander]]:
    with serving(target.scale, *options, files=files) as own:
        own.make(WORLD)
        with standing_by(own.port, target.scale.pause) as bystander:
            yield own, bystander


def _checked(target: Target, waited: Waited) -> str:
    if waited.p99 > target.scale.patience:
        raise Lost(f"its bystander waited {waited.p99 * 1000:.0f} ms (p99)")
    return f"its bystander waited {waited.p99 * 1000:.0f} ms (p99)"


async def few_files(target: Target) -> str:
    """A server that may open 256 files, and three times as many connections: the idle ones go, and the log is short."""
    with _watched(target, "--no-access-log", files=FILES) as (own, bystander):
        connections = []
        for number in range(3 * FILES):
            connections.append(await connect(own.port))
            if number % 50 == 0:
                tally([await send(own.port, HEALTH)], "200")
        waited = await asyncio.to_thread(bystander.report)
        begun = time.perf_counter()
        for one in connections:
            one.writer.transport.abort()
        tally([await send(own.port, HEALTH)], "200")
        recovered, size = time.perf_counter() - begun, own.log.stat().st_size
    if size > LOUD:
        raise Lost(f"the log has {size} bytes")
    return f"{_checked(target, waited)}; recovered in {recovered:.2f} s; {size} bytes of log"


async def half_handshakes(target: Target) -> str:
    """A thousand connections that begin to speak TLS and stop."""
    with serving(target.scale, "--tls") as own:
        before = own.memory()
        own.forget_peak()
        connections = []
        for _ in range(min(1000, target.scale.connections)):
            connections.append(await connect(own.port))
            connections[-1].writer.write(b"\x16")
        await asyncio.sleep(0.5)
        peak = own.peak()
        for one in connections:
            one.writer.transport.abort()
    if peak > before + 100:
        raise Lost(f"{peak:.0f} MiB, at first {before:.0f}")
    return f"{len(connections)} opened; {before:.0f} MiB before, {peak:.0f} at the peak"


async def unread_log(target: Target) -> str:
    """A server whose log nobody reads, with a line a request: it goes on, and a signal ends it."""
    command = [sys.executable, "-m", "simulator", "serve", "--port", "0", "--log-format", "json"]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        assert server.stdout is not None
        port = int(json.loads(server.stdout.readline())["url"].rpartition(":")[2])
        count = max(1000, target.scale.requests // 4)
        answered = await asyncio.to_thread(_ask, port, count)
        begun = time.perf_counter()
        os.kill(server.pid, signal.SIGTERM)
        code = await asyncio.to_thread(server.wait, 10)
        ended = time.perf_counter() - begun
    except subprocess.TimeoutExpired:
        raise Lost("a signal does not end it") from None
    finally:
        server.kill()
        server.communicate()
    if answered != count or code != 0:
        raise Lost(f"{answered} of {count} requests were answered; it ended with {code}")
    return f"{answered} answered; ended within {ended:.1f} s"


def _ask(port: int, count: int) -> int:
    """Ask for what makes a line of some length, over one connection; return how often that was answered."""
    request = b"GET /w/" + b"x" * 200 + b"/vantax/v1/phone-numbers HTTP/1.1\r\nHost: x\r\n\r\n"
    answered = 0
    with socket.create_connection(("127.0.0.1", port), 10) as connection, contextlib.suppress(TimeoutError):
        for _ in range(count):
            connection.sendall(request)
            answered += connection.recv(1 << 16).startswith(b"HTTP/1.1 404")
    return answered


ATTACKS: list[Callable[[Target], Awaitable[str]]] = [few_files, half_handshakes, unread_log]
