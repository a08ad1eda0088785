"""Attacks by bodies: too large, too deep, too odd."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Awaitable, Callable

from tests.hostile.target import Target
from tests.hostile.wire import REFUSED, connect, head, hear, send, tally

KEY = "Bearer vx_live_hostile"
JSON = b'{"sub_account_id": "sub_8a1f4c2e", "country": "US", "area_code": "415"}'
LINES = f"Host: x\r\nConnection: close\r\nAuthorization: {KEY}\r\nContent-Type: application/json\r\n"
BUY = "POST /w/{}/vantax/v1/phone-numbers HTTP/1.1\r\n" + LINES + "{}\r\n\r\n"
MEBIBYTE = 1 << 20


def buying(body: bytes, *lines: str) -> bytes:
    """A purchase with another body."""
    return BUY.format("default", "\r\n".join([*lines, f"Content-Length: {len(body)}"])).encode() + body


def chunked(*chunks: bytes) -> bytes:
    """A purchase whose body comes in chunks."""
    parts = b"".join(b"%x\r\n%b\r\n" % (len(each), each) for each in chunks)
    return BUY.format("default", "Transfer-Encoding: chunked").encode() + parts + b"0\r\n\r\n"


async def over_the_limit(target: Target) -> str:
    """Bodies over the limit: by their length, in chunks, by a length that is a lie."""
    tried = [buying(b"x" * (MEBIBYTE + 1)), buying(b"x" * 40 * MEBIBYTE), chunked(*[b"x" * 65536] * 640)]
    lies = [BUY.format("default", f"Content-Length: {10**each}").encode() + b"x" * 2 * MEBIBYTE for each in (9, 18, 19, 30)]
    said = await asyncio.gather(*(send(target.port, each) for each in tried))
    return tally([*said, *await asyncio.gather(*(_cut_off(target, each) for each in lies))])


async def _cut_off(target: Target, sent: bytes) -> bytes:
    """Send what is less than was promised, and hang up."""
    connection = await connect(target.port)
    connection.writer.write(sent)
    return await hear(connection, 0.5)


async def endless(target: Target) -> str:
    """Bodies in chunks that never end, until the server hangs up."""
    chunk = b"10000\r\n" + b"x" * 65536 + b"\r\n"
    start = BUY.format("default", "Transfer-Encoding: chunked").encode()
    said = await asyncio.gather(*(send(target.port, start, *[chunk] * 2000) for _ in range(4)))
    return tally(said)


DEEP = 100_000
JSONS = {
    "deep lists": b"[" * DEEP + b"]" * DEEP,
    "deep objects": b'{"a":' * DEEP + b"1" + b"}" * DEEP,
    "a deep list that does not end": b"[" * MEBIBYTE,
    "a number of a million digits": b'{"country": ' + b"9" * (MEBIBYTE - 20) + b"}",
    "a number with a million zeros": b'{"country": 1.' + b"0" * (MEBIBYTE - 20) + b"1}",
    "an exponent of a million digits": b'{"country": 1e' + b"9" * (MEBIBYTE - 20) + b"}",
    "a text of a mebibyte": b'{"country": "' + b"x" * (MEBIBYTE - 20) + b'"}',
    "a key of a mebibyte": b'{"' + b"x" * (MEBIBYTE - 20) + b'": 1}',
    "a hundred thousand keys": b"{" + b",".join(b'"%d":1' % each for each in range(90_000)) + b"}",
    "keys that collide": b"{" + b",".join(b'"k":%d' % each for each in range(90_000)) + b"}",
    "a hundred thousand lists": b"[" + b",".join([b"[]"] * 300_000) + b"]",
    "quotes and colons": b'{"country": "' + b'\\":' * 300_000 + b'"}',
    "backslashes": b'{"country": "' + b"\\\\" * 500_000 + b'"}',
    "half of them escaped": b'{"country": "' + b"\\ud800" * 100_000 + b'"}',
    "spaces": b" " * (MEBIBYTE - 2) + b"{}",
    "zeros": bytes(MEBIBYTE),
    "all bytes": bytes(range(256)) * 4096,
}


async def odd_json(target: Target) -> str:
    """JSON that is deep, huge, ambiguous or none: each refused, and fast."""
    return tally([await send(target.port, buying(each)) for each in JSONS.values()], "4..")


async def compressed(target: Target) -> str:
    """Megabytes of zeros, compressed, and bodies of kinds that nobody asked for."""
    bomb = gzip.compress(bytes(16 * MEBIBYTE))
    kinds = ["gzip", "deflate", "br", "gzip, gzip"]
    said = [await send(target.port, buying(bomb, f"Content-Encoding: {each}")) for each in kinds]
    form = head(
        "POST /vantax/v1/phone-numbers", f"Authorization: {KEY}", "Content-Type: multipart/form-data", "Content-Length: 9"
    )
    return tally([*said, await send(target.port, form + b"--x\r\n\r\n--")])


async def odd_chunks(target: Target) -> str:
    """Chunks that are empty, negative, or larger than any number, and trailers without end."""
    start = BUY.format("default", "Transfer-Encoding: chunked").encode()
    sizes = [b"", b"-1", b"0x2", b"f" * 17, b"f" * 10_000, b"2;" + b"x" * 100_000, b"2\n{}", b" 2", b"2 ", b"\x00", b"+2"]
    said = await asyncio.gather(*(_cut_off(target, start + each + b"\r\n{}\r\n0\r\n\r\n") for each in sizes))
    trailers = start + b"0\r\n" + b"X-T: y\r\n" * 100_000
    return tally([*said, await _cut_off(target, trailers)], REFUSED)


ATTACKS: list[Callable[[Target], Awaitable[str]]] = [over_the_limit, endless, odd_json, compressed, odd_chunks]
