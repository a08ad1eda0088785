"""Attacks by request lines and headers: floods, injection, smuggling."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from tests.hostile.bodies import KEY
from tests.hostile.target import Target
from tests.hostile.wire import Lost, connect, head, hear, send, tally

ANY = "hung up|[245].."  # whatever it is, it is HTTP and no failure of the simulator
LINE = "GET /vantax/v1/phone-numbers"
KILOBYTES = 1000
FLOODS = {
    "many headers": head(LINE, *[f"X-{each}: y" for each in range(4000)]),
    "a hundred thousand headers": head(LINE, *["X: y"] * 100_000),
    "a long header": head(LINE, "X: " + "y" * 60 * KILOBYTES),
    "an endless header": head(LINE, "X: " + "y" * 5000 * KILOBYTES),
    "a long name": head(LINE, "x" * 60 * KILOBYTES + ": y"),
    "a long key": head(LINE, "Authorization: Bearer vx_live_" + "k" * 60 * KILOBYTES),
    "a long host": head(LINE, "Host: " + "h" * 60 * KILOBYTES),
    "a long world": head(LINE, "X-Simulator-World: " + "w" * 60 * KILOBYTES),
    "a long wish": head(LINE, "Prefer: " + "code=402," * 7 * KILOBYTES),
    "many cookies": head(LINE, *["Cookie: a=" + "b" * 500] * 120),
    "a long path": head("GET /vantax/v1/" + "p" * 60 * KILOBYTES),
    "a long path of many parts": head("GET /vantax/v1" + "/p" * 30 * KILOBYTES),
    "a long path, encoded": head("GET /vantax/v1/" + "%2F" * 20 * KILOBYTES),
    "an endless path": head("GET /" + "p" * 5000 * KILOBYTES),
    "a long query": head(LINE + "?" + "a=b&" * 15 * KILOBYTES),
    "a long method": head("P" * 60 * KILOBYTES + " /vantax"),
    "an endless method": b"P" * 5000 * KILOBYTES,
    "empty lines": b"\r\n" * 100_000 + head(LINE),
}


async def floods(target: Target) -> str:
    """Heads with thousands of headers, headers and paths without end."""
    said: list[bytes] = []
    for _ in range(max(1, target.scale.senders // 50)):
        said += await asyncio.gather(*(send(target.port, each) for each in FLOODS.values()))
    return tally(said, ANY)


PLACES = [
    "/{}",
    "/w/{}/vantax/v1/phone-numbers",
    "/vantax/{}",
    "/vantax/v1/phone-numbers/{}",
    "/vantax/v1/phone-numbers?{}",
    "/_simulator/{}",
    "/_simulator/worlds/{}",
    "/_simulator/specs/{}",
    "/_simulator/worlds/default/requests?operation={}",
]
BAD = [
    "%0d%0aX-Injected:%201",
    "%0aX-Injected: 1",
    "\rX-Injected: 1",
    "\x00",
    "%00",
    "..",
    "../../etc/passwd",
    "%2e%2e%2f%2e%2e%2f",
    "..%5c..%5c",
    "/etc/passwd",
    "//etc/passwd",
    "%c0%ae%c0%ae/",
    "%c0%af",
    "%ff%fe",
    "%ed%a0%80",
    "\xff\xfe",
    "\u2028".encode().decode("latin-1"),
    "%",
    "%zz",
    "%u0041",
    "%25%30%30",
    "{0.__class__}",
    "${jndi:ldap://x}",
    "%7b%7b7*7%7d%7d",
    "<script>",
    "' OR 1=1--",
    "; rm -rf /",
    "__proto__",
    "constructor",
    "_simulator",
    "specs/_simulator.yaml",
    "default/../default",
    "\t",
    "a b",
]


async def injected_paths(target: Target) -> str:
    """Paths with line breaks, NULs, dots, broken UTF-8 and code, in each place of an address."""
    lines = [f"GET {place.format(bad)}" for place in PLACES for bad in BAD]
    said = [await send(target.port, head(line, f"Authorization: {KEY}")) for line in lines]
    return tally(map(_single, said), ANY)


async def injected_headers(target: Target) -> str:
    """Headers with line breaks, NULs and bytes that are no text, in each header that is read."""
    names = [
        "Authorization",
        "X-API-Key",
        "Host",
        "X-Simulator-World",
        "Prefer",
        "Content-Type",
        "Idempotency-Key",
        "Cartesia-Version",
        "Accept",
        "Origin",
        "Expect",
        "Upgrade",
        "Content-Encoding",
    ]
    values = [
        "a\rX-Injected: 1",
        "a\nX-Injected: 1",
        "\x00",
        "\x7f",
        "\xff\xfe",
        "",
        " ",
        "\t",
        "a" * 8000,
        "%0d%0aX-Injected: 1",
    ]
    said = [await send(target.port, head(LINE, f"{name}: {value}")) for name in names for value in values]
    return tally(map(_single, said), ANY)


async def injected_rules(target: Target) -> str:
    """Rules that would write into the head of an answer: line breaks, lengths, what Latin-1 does not have."""
    target.make("injected")
    texts = ["a\r\nX-Injected: 1", "a\nb", "a\x00", "☃", "\x7f", " a", "a" * 100_000]
    rules = [{"name": each, "then": {"status": 500}} for each in texts]
    rules += [{"then": {"status": 500, "headers": {"X": each}}} for each in texts[:-1]]
    rules += [
        {"then": {"status": 500, "headers": {each: "x"}}} for each in [*texts[:-1], "Content-Length", "Transfer-Encoding"]
    ]
    taken = [rule for rule in rules if target.control("POST", "/worlds/injected/rules", rule)[0] != 422]
    if taken:
        raise Lost(f"took the rules {taken}")
    return f"{len(rules)} × 422"


def _single(said: bytes) -> bytes:
    """An answer; it must be one, without the header that was to be injected."""
    before = said.partition(b"\r\n\r\n")[0].lower()
    if b"\nx-injected:" in before or b"\rx-injected:" in before:
        raise Lost(f"a header was injected: {before!r}")
    return said


CANARY = "DELETE /_simulator/worlds/canary HTTP/1.1\r\nHost: x\r\nX: "
SMUGGLED = f"0\r\n\r\n{CANARY}"
SHAPES = {
    "two lengths": f"Content-Length: 0\r\nContent-Length: {len(SMUGGLED)}",
    "two lengths, the other way": f"Content-Length: {len(SMUGGLED)}\r\nContent-Length: 0",
    "two lengths in one": f"Content-Length: {len(SMUGGLED)}, 0",
    "a length and chunks": f"Content-Length: {len(SMUGGLED)}\r\nTransfer-Encoding: chunked",
    "chunks and a length": f"Transfer-Encoding: chunked\r\nContent-Length: {len(SMUGGLED)}",
    "chunks, misspelt": f"Content-Length: {len(SMUGGLED)}\r\nTransfer-Encoding: xchunked",
    "chunks, with a blank": f"Content-Length: {len(SMUGGLED)}\r\nTransfer-Encoding : chunked",
    "chunks, with a tab": f"Content-Length: {len(SMUGGLED)}\r\nTransfer-Encoding:\tchunked",
    "chunks, folded": f"Content-Length: {len(SMUGGLED)}\r\nTransfer-Encoding:\r\n chunked",
    "chunks, then nothing": f"Content-Length: {len(SMUGGLED)}\r\nTransfer-Encoding: chunked, identity",
    "nothing, then chunks": f"Content-Length: {len(SMUGGLED)}\r\nTransfer-Encoding: identity\r\nTransfer-Encoding: chunked",
    "a length with a sign": "Content-Length: +5",
    "a length below zero": "Content-Length: -5",
    "a length in hexadecimal": "Content-Length: 0x5",
    "a length with a blank": "Content-Length: 1 0",
    "a length and a NUL": f"Content-Length: {len(SMUGGLED)}\x00",
    "line feeds alone": f"X: y\nContent-Length: {len(SMUGGLED)}\nTransfer-Encoding: chunked",
    "a colon less": f"Content-Length {len(SMUGGLED)}\r\nTransfer-Encoding: chunked",
}


async def smuggled(target: Target) -> str:
    """Requests that hide another one, which would delete a world: by two lengths, or a length and chunks."""
    target.make("canary")
    said = []
    for shape in SHAPES.values():
        connection = await connect(target.port)
        start = f"POST /vantax/v1/phone-numbers HTTP/1.1\r\nHost: x\r\n{shape}\r\n\r\n"
        connection.writer.write(start.encode("latin-1") + SMUGGLED.encode() + b"y\r\n\r\n")
        said.append(await hear(connection, 0.3))
    if target.control("GET", "/worlds/canary")[0] != 200:
        raise Lost("a hidden request was done")
    return tally(said, "hung up|4..|501")


ATTACKS: list[Callable[[Target], Awaitable[str]]] = [floods, injected_paths, injected_headers, injected_rules, smuggled]
