"""Attacks by what is no request to a world: malformed targets, other protocols, and pages in a browser."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable

from tests.hostile.target import Target
from tests.hostile.wire import Lost, connect, hear, send, status, tally

TARGETS = [
    "http:///x", "http://[/x", "HTTP://simulator/vantax/v1/phone-numbers", "http://user:secret@simulator/vantax/v1/phone-numbers",
    "https://simulator:99999/x", "//x", "x", "http://", "*", "http://[::1]/x", "ftp://x/y", "/%", "/\\", "?", "http://a@b@c/x",
]  # fmt: skip
OTHERS: dict[str, bytes] = {
    "CONNECT": b"CONNECT api.cartesia.ai:443 HTTP/1.1\r\nHost: api.cartesia.ai:443\r\n\r\n",
    "CONNECT to nowhere": b"CONNECT [ HTTP/1.1\r\nHost: x\r\n\r\n",
    "OPTIONS *": b"OPTIONS * HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    "the icon": b"GET /favicon.ico HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(300),
    "SSH": b"SSH-2.0-OpenSSH_9.6\r\n",
    "HTTP/0.9": b"GET /\r\n\r\n",
}
FOREIGN = ["evil.example.com", "simulator.evil.example.com:8080", "127.0.0.1.nip.io", "localhost.evil.com"]


async def malformed(target: Target) -> str:
    """Targets that are no path and no URL of this server, in every method."""
    lines = [f"{method} {one} HTTP/1.1" for one in TARGETS for method in ("GET", "POST", "OPTIONS", "HEAD")]
    requests = [f"{line}\r\nHost: x\r\nConnection: close\r\nContent-Length: 0\r\n\r\n".encode() for line in lines]
    return tally([await send(target.port, one) for one in requests], "20.|4..|hung up")


async def other_protocols(target: Target) -> str:
    """CONNECT, OPTIONS *, an icon, HTTP/2, TLS, SSH on the port of plain HTTP: told what this is, and in no request log."""
    before = _noted(target)
    said = []
    for name, sent in OTHERS.items():
        connection = await connect(target.port)
        connection.writer.write(sent)
        answer = await hear(connection, 2)
        if answer and b"\r\nDate: " not in answer.partition(b"\r\n\r\n")[0].title() + b"\r\n":
            raise Lost(f"{name}: an answer without Date: {answer[:300]!r}")
        if b"<" in answer and b" object at 0x" in answer:
            raise Lost(f"{name}: an answer with the name of an object: {answer[:300]!r}")
        said.append(answer)
    if (noted := _noted(target) - before) != 0:
        raise Lost(f"{noted} of them are in request logs")
    return tally(said, "20.|4..|50.|hung up")


def _noted(target: Target) -> int:
    """Return how many requests the log of the world `default` has; it is the one without a name."""
    total: int = target.control("GET", "/worlds/default")[1]["requests"]["total"]
    return total


async def browsers(target: Target) -> str:
    """Pages of other hosts, by DNS rebinding and by cross-origin requests, that would delete worlds."""
    target.make("precious")
    lines = [f"Host: {host}" for host in FOREIGN]
    lines += [f"Host: localhost\r\nOrigin: {scheme}://{host}" for host in FOREIGN for scheme in ("http", "https")]
    lines += ["Host: localhost\r\nOrigin: null"]
    said = []
    for line in lines:
        for method, path in (("DELETE", "/worlds/precious"), ("PUT", "/worlds/precious"), ("GET", "/worlds")):
            request = f"{method} /_simulator{path} HTTP/1.1\r\n{line}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
            said.append(await send(target.port, request.encode()))
    if target.control("GET", "/worlds/precious")[0] != 200:
        raise Lost("the world is gone")
    if any(status(one) == "403" and not json.loads(one.partition(b"\r\n\r\n")[2])["detail"] for one in said):
        raise Lost("a refusal without a reason")
    return tally(said, "403")


ATTACKS: list[Callable[[Target], Awaitable[str]]] = [malformed, other_protocols, browsers]
