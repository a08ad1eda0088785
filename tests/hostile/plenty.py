"""Attacks by too many of what is allowed once: parameters, fields, parts, turns, readers, worlds as documents."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable

from tests.hostile.bodies import KEY, buying
from tests.hostile.bystander import WORLD
from tests.hostile.target import Target
from tests.hostile.wire import REFUSED, connect, head, hear, many, send, tally

KIB = 1024
LIST = "GET /vantax/v1/phone-numbers?{}"
CLONE = "POST /cald/client/api/v1/voices/clone"


def _each(target: Target, requests: list[bytes], times: int) -> Awaitable[list[bytes]]:
    """Send each request `times` times; the scale says how many are sent at the same time."""
    return many(len(requests) * times, lambda number: send(target.port, requests[number % len(requests)]))


async def parameters(target: Target) -> str:
    """Queries, cookies and heads with thousands of names, which are nearly known or all the same."""
    own = f"Authorization: {KEY}"
    queries = [
        "&".join(f"limi{number:x}=1" for number in range(4_000)),
        "&".join(["limit=1"] * 8_000),
        "&".join(f"sub_account_i%64{number:x}" for number in range(2_500)),
    ]
    requests = [head(LIST.format(query), own) for query in queries]
    requests += [head(f"GET /_simulator/worlds/default/requests?{query}") for query in queries]
    requests.append(head(LIST.format("limit=1"), own, *(f"X-{number}: 1" for number in range(4_000))))
    requests.append(head(LIST.format("limit=1"), own, "Cookie: " + "; ".join(f"a{number}=1" for number in range(6_000))))
    requests += [
        head(LIST.format("sub_account_id=sub_8a1f4c2e"), own, f"Prefer: {preferences}")
        for preferences in ("," * 60_000, "a=b," * 15_000)
    ]
    return tally(await _each(target, requests, max(1, target.scale.senders // 50)), f"200|{REFUSED}")


async def nested_bodies(target: Target) -> str:
    """Bodies of 16 and of 60 KB with as many small objects, lists and misspelt fields as they have room for."""
    bodies = []
    for size in (16, 60):
        count = size * KIB
        bodies += [
            b'{"sub_account_id": [' + b'{"a":{"a":[[1]]}},' * (count // 18) + b"1]}",
            b"{" + b",".join(b'"sub_acount_id%x":1' % number for number in range(count // 22)) + b"}",
            b'{"country": [' + b"[]," * (count // 3 - 20) + b"1]}",
            b'{"country": [' + b",".join([b"9" * 400] * (count // 401)) + b"]}",
        ]
    requests = [buying(body) for body in bodies]
    wrong = b'{"tags": [' + b"1," * (8 * KIB - 20) + b"1]}"  # each of the numbers breaks the schema
    requests.append(buying(wrong).replace(b"/phone-numbers ", b"/contacts "))
    return tally(await _each(target, requests, max(1, target.scale.senders // 100)), "4..")


async def parts_of_forms(target: Target) -> str:
    """Forms of thousands of parts, of boundaries alone, and of parts with thousands of headers."""
    size = 9 * target.scale.records  # bytes, below a mebibyte
    part = b'--b\r\nContent-Disposition: form-data; name="a%d"\r\n\r\n1\r\n'
    bodies = [
        (b"b", b"".join(part % number for number in range(size // 60))),
        (b"-", b"--" * (size // 2)),
        (b"b", b"--b\r\n" + b"a: b\r\n" * (size // 6) + b"\r\n1\r\n--b--"),
        (b"b", b"--b\r\nContent-Disposition: form-data; name=" + b'"' * size),
    ]
    requests = []
    for boundary, body in bodies:
        media = f"Content-Type: multipart/form-data; boundary={boundary.decode()}"
        lines = (f"Authorization: caldLive{'0' * 32}", media, f"Content-Length: {len(body)}")
        requests.append(head(CLONE, *lines) + body)
    return tally(await _each(target, requests, max(1, target.scale.senders // 100)), "4..")


async def long_scripts(target: Target) -> str:
    """Inbound calls whose callers say thousands of things, and messages of a mebibyte."""
    turns = [{"role": "caller", "text": "x" * 20} for _ in range(min(18_000, target.scale.records))]
    call = {"from": "+12125550199", "to": "+14155550142"}
    texts = [("calls", {**call, "turns": turns}), ("messages", {**call, "text": "x" * 1_000_000})]
    requests = []
    for kind, document in texts:
        body = json.dumps(document).encode()
        lines = ("Content-Type: application/json", f"Content-Length: {len(body)}")
        requests.append(head(f"POST /_simulator/worlds/default/inbound/{kind}", *lines) + body)
    return tally(await _each(target, requests, max(1, target.scale.senders // 100)), "4..")


async def false_worlds(target: Target) -> str:
    """Documents of worlds, as large as they may be, of which nothing is true, and others that are true to their last line."""
    count = target.scale.records
    _, saved = target.control("GET", f"/worlds/{WORLD}/snapshot")
    documents = [
        b"[" + b"1," * (50 * count) + b"1]",
        b"{" + b'"a":{' * (10 * count),
        json.dumps({**saved, "accounts": [{}] * count}).encode(),
        json.dumps({**saved, "unknown": "x" * (80 * count)}).encode(),
    ]
    requests = []
    for document in documents:
        lines = ("Content-Type: application/json", f"Content-Length: {len(document)}")
        requests.append(head("PUT /_simulator/worlds/false/snapshot", *lines) + document)
    return tally(await _each(target, requests, 1), "4..")


async def readers(target: Target) -> str:
    """Readers of the events of a world who read nothing, while it is busy."""
    target.make("watched")
    watch = b"GET /_simulator/worlds/watched/events HTTP/1.1\r\nHost: x\r\n\r\n"
    opened = await asyncio.gather(*(connect(target.port) for _ in range(target.scale.senders)))
    for one in opened:
        one.writer.write(watch)
    buy = buying(b'{"sub_account_id": "sub_8a1f4c2e", "country": "US", "area_code": "415"}').replace(b"/default/", b"/watched/")
    each = max(12, target.scale.requests // 320)
    said = [answer for lane in await asyncio.gather(*(_buyer(target, buy, each) for _ in range(8))) for answer in lane]
    refused = sum(1 for one in await asyncio.gather(*(hear(one, 0.1) for one in opened)) if b" 503 " in one[:20])
    return f"{len(opened)} readers, {refused} × 503; {tally(said, f'201|{REFUSED}')}"


async def _buyer(target: Target, request: bytes, times: int) -> list[bytes]:
    return [await send(target.port, request) for _ in range(times)]


ATTACKS: list[Callable[[Target], Awaitable[str]]] = [
    parameters, nested_bodies, parts_of_forms, long_scripts, false_worlds, readers,
]  # fmt: skip
