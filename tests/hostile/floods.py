"""Attacks by sheer number: worlds, rules, snapshots, keys, requests, and the questions that are dear to answer."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from tests.hostile.bodies import MEBIBYTE, buying
from tests.hostile.bystander import WORLD
from tests.hostile.target import Target
from tests.hostile.wire import Connection, Lost, connect, tally

PATIENCE = 2.0  # seconds of work for the dearest question
LISTEN = "GET {} HTTP/1.1\r\nHost: x\r\nAuthorization: {}\r\n\r\n"


async def worlds(target: Target) -> str:
    """More worlds than a server keeps: the one that is in use is not among those that go."""
    for number in range(target.scale.worlds):
        target.make(f"flood-{number}")
    _, told = target.control("GET", "/worlds")
    names = [each["name"] for each in told["worlds"]]
    if len(names) > 1000 or WORLD not in names:
        raise Lost(f"there are {len(names)} worlds, {'with' if WORLD in names else 'without'} the bystander's")
    return f"{target.scale.worlds} made, {len(names)} kept"


async def rules(target: Target) -> str:
    """More rules than a world takes, one by one."""
    target.make("ruled")
    answers = []
    for number in range(1100):
        rule = {"when": {"provider": "vantax", "path": f"/v1/nowhere/{number}"}, "then": {"status": 500}}
        answers.append(target.control("POST", "/worlds/ruled/rules", rule)[0])
    if answers.count(201) > 1000 or set(answers) != {201, 409}:
        raise Lost(f"answered {set(answers)}; {answers.count(201)} rules are kept")
    return f"{answers.count(201)} × 201, {answers.count(409)} × 409"


async def snapshots(target: Target) -> str:
    """More snapshots than a world keeps."""
    target.make("saved")
    answers = [target.control("PUT", f"/worlds/saved/snapshots/s{number}")[0] for number in range(150)]
    if answers.count(201) != 100 or answers.count(409) != 50:
        raise Lost(f"{answers.count(201)} snapshots are kept")
    return "100 × 201, 50 × 409"


async def accounts(target: Target) -> str:
    """A key of its own for each request: an open world opens an account for each."""
    target.make("open")
    path = "/w/open/vantax/v1/phone-numbers?sub_account_id=sub_8a1f4c2e"
    requests = [LISTEN.format(path, f"Bearer vx_live_flood{number}").encode() for number in range(target.scale.requests)]
    return tally(await _converse(target, requests), "200")


async def idempotency_keys(target: Target) -> str:
    """An idempotency key of 20 kilobytes for each agent that is created."""
    target.make("keyed")
    body = b'{"name": "x", "voice_id": "x", "system_prompt": "x"}'
    start = "POST /w/keyed/truedy/api/public/v1/agents HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    start += f"Authorization: Bearer truedy_{'A' * 32}\r\nContent-Length: {len(body)}\r\nX-Idempotency-Key: {'k' * 20_000}"
    requests = [f"{start}{number}\r\n\r\n".encode() + body for number in range(target.scale.requests // 4)]
    return tally(await _converse(target, requests), "201")


async def journal(target: Target) -> str:
    """Requests whose bodies are large, so that a journal that keeps them all would be too."""
    target.make("noted")
    body = b'{"sub_account_id": "' + b"x" * (MEBIBYTE // 4) + b'"}'
    one = buying(body).replace(b"/w/default/", b"/w/noted/").replace(b"Connection: close\r\n", b"")
    return tally(await _converse(target, [one] * (target.scale.requests // 10)), "4..")


async def dear_questions(target: Target) -> str:
    """The journal, explanations and nearest misses of requests that were made to be dear to explain."""
    target.make("dear")
    rule = {
        "when": {"operation": "vantax.purchase_phone_number", "body": {"number_pattern": "+1415555****"}},
        "then": {"status": 500},
    }
    _, added = target.control("POST", "/worlds/dear/rules", rule)
    one = buying(b'{"sub_account_id": "' + b"password=" * 5_000 + b'"}').replace(b"/w/default/", b"/w/dear/")
    two = buying(b'{"number_pattern": "' + b"+1*" * 15_000 + b'"}').replace(b"/w/default/", b"/w/dear/")
    path = LISTEN.format("/w/dear/vantax/" + "v1/phone-numbers" * 1000, "").encode()
    await _converse(target, [each.replace(b"Connection: close\r\n", b"") for each in (one, two, path)] * 3)
    _, journal = target.control("GET", "/worlds/dear/requests")
    explained = [f"/requests/{line['id']}" for line in journal["requests"]]
    if len(explained) != 9:
        raise Lost(f"{len(explained)} of 9 requests are in the journal")
    asked = ["/requests", *explained, f"/rules/{added['id']}", "/state"]
    took = {each: _took(target, f"/worlds/dear{each}") for each in asked}
    slow = [f"{each} took {seconds:.1f} s" for each, seconds in took.items() if seconds > PATIENCE]
    if slow:
        raise Lost("; ".join(slow))
    return f"{len(asked)} answered, the slowest in {max(took.values()):.2f} s"


def _took(target: Target, path: str) -> float:
    begun = target.work()
    status, told = target.control("GET", path)
    if status != 200:
        raise Lost(f"{path}: {told}")
    return target.work() - begun


LANES = 8  # connections for a flood


async def _converse(target: Target, requests: list[bytes]) -> list[bytes]:
    """Send requests over a few connections, each after the answer to the one before it."""
    lanes = await asyncio.gather(*(connect(target.port) for _ in range(LANES)))
    said = await asyncio.gather(*(_lane(lane, requests[number::LANES]) for number, lane in enumerate(lanes)))
    return [each for lane in said for each in lane]


async def _lane(lane: Connection, requests: list[bytes]) -> list[bytes]:
    heads = []
    for each in requests:
        lane.writer.write(each)
        head = await lane.reader.readuntil(b"\r\n\r\n")
        length = next((line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), b":0")
        await lane.reader.readexactly(int(length.partition(b":")[2]))
        heads.append(head)
    lane.writer.close()
    return heads


ATTACKS: list[Callable[[Target], Awaitable[str]]] = [
    worlds, rules, snapshots, accounts, idempotency_keys, journal, dear_questions,
]  # fmt: skip
