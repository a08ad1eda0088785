"""Attacks by requests of few bytes that are much work: big worlds, big rule lists, long texts, wildcards."""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

from tests.hostile.bodies import MEBIBYTE, buying
from tests.hostile.target import Target
from tests.hostile.wire import Lost, head, many, send, tally

OWN = "sub_account_id=sub_8a1f4c2e"
ONE = "Authorization: Bearer vx_live_one"
TEN = 10_000  # records that one seed makes at most


async def control(target: Target, method: str, path: str, body: Any = None, media: str = "application/json") -> tuple[int, Any]:
    """Ask the control API, and let others go on meanwhile."""
    return await asyncio.to_thread(target.control, method, path, body, media)


async def timed(calls: dict[str, Callable[[], Awaitable[tuple[int, Any]]]]) -> str:
    """Make calls one after the other; return how many were answered, and how long the longest took."""
    took: dict[str, float] = {}
    statuses: Counter[int] = Counter()
    for name, call in calls.items():
        begun = time.perf_counter()
        status, document = await call()
        took[name] = time.perf_counter() - begun
        statuses[status] += 1
        if status >= 500 and status not in (503, 507):
            raise Lost(f"{name}: {status} {document}")
    slowest = max(took, key=lambda name: took[name])
    answered = ", ".join(f"{times} × {status}" for status, times in sorted(statuses.items()))
    return f"{answered}; the longest, {slowest}, in {took[slowest]:.1f} s"


def holding(records: int) -> dict[str, Any]:
    """A scenario whose every account has so many numbers."""
    counts = [min(TEN, records - start) for start in range(0, records, TEN)]
    return {"scenario": {"open": True, "accounts": [{"vantax": {"numbers": [{"count": count} for count in counts]}}]}}


async def seeded(target: Target) -> str:
    """A world with a hundred thousand numbers for each key: made, opened, shown, saved, restored, reset."""
    world = "/worlds/seeded"

    async def opened() -> tuple[int, Any]:
        said = await send(target.port, head(f"GET /w/seeded/vantax/v1/phone-numbers?{OWN}", ONE))
        return int(said[9:12]), said[-200:]

    steps: dict[str, tuple[str, str]] = {
        "the state": ("GET", f"{world}/state?limit=10000"),
        "a snapshot": ("PUT", f"{world}/snapshots/one"),
        "restoring it": ("POST", f"{world}/snapshots/one/restore"),
        "the difference": ("GET", f"{world}/snapshots/one/diff?limit=1000"),
        "the ledger": ("GET", f"{world}/ledger"),
        "clearing it": ("POST", f"{world}/clear"),
        "the difference to nothing": ("GET", f"{world}/snapshots/one/diff?limit=1000"),
        "resetting it": ("POST", f"{world}/reset"),
    }

    def asked(method: str, path: str) -> Callable[[], Awaitable[tuple[int, Any]]]:
        return lambda: control(target, method, path)

    return await timed(
        {
            "making it": lambda: control(target, "PUT", world, holding(target.scale.records)),
            "opening an account": opened,
            **{name: asked(*step) for name, step in steps.items()},
        }
    )


async def globs(target: Target) -> str:
    """A thousand rules with hundreds of stars, long requests that nearly match, and their explanations."""
    rules = [
        {"when": {"path": "*" + "a*" * 400 + str(number)}, "then": {"status": 500}, "times": 1}
        for number in range(target.scale.rules)
    ]
    target.make("globs", {"open": True, "rules": rules})
    long = head("GET /w/globs/vantax/" + "a" * 60_000, ONE)
    said = await many(20, lambda _: send(target.port, long))
    _, listed = await control(target, "GET", "/worlds/globs/requests")
    paths = [f"/requests/{one['id']}" for one in listed["requests"][-5:]]
    paths += ["/rules", "/rules/rule-1", "/verdict", "/requests?details=true&limit=10000"]
    steps = {path: lambda path=path: control(target, "GET", f"/worlds/globs{path}") for path in paths}
    return f"{tally(said, '404')}; {await timed(steps)}"  # type: ignore[arg-type]


def _once(when: dict[str, Any]) -> dict[str, Any]:
    """A rule that fires once."""
    return {"when": when, "times": 1, "then": {"status": 500}}


async def wildcard_headers(target: Target) -> str:
    """Rules with many wildcards in headers: vetted, compared with each other, and tried on long headers."""
    count, stars = target.scale.rules, "*" + "a*" * 480
    many_headers = {f"X-H{number}": "*" + "a*" * 400 for number in range(60)}
    buying_with = [{"headers": {**many_headers, "x-n": f"{number}*"}} for number in range(20)]
    keyed = [{"headers": {"authorization": stars}}] * (count * 9 // 10)
    lists = {
        "headers of one rule": [_once({"operation": "vantax.purchase_phone_number", **when}) for when in buying_with],
        "keys": [_once({"operation": "vantax.purchase_phone_number", **when}) for when in keyed],
        "any header": [_once({"headers": {"x-h": f"{stars}{number}"}}) for number in range(count)],
    }

    def put(rules: list[Any]) -> Callable[[], Awaitable[tuple[int, Any]]]:
        return lambda: control(target, "PUT", "/worlds/starred", {"scenario": {"open": True, "rules": rules}})

    vetted = await timed({name: put(rules) for name, rules in lists.items()})
    long = head(f"GET /w/starred/vantax/v1/phone-numbers?{OWN}", ONE, "X-H: " + "a" * 60_000)
    return f"{vetted}; {tally(await many(20, lambda _: send(target.port, long)), '200')}"


async def long_texts(target: Target) -> str:
    """Bodies of 900 KB beside rules that expect other texts, and the question which request came nearest."""
    rules = [
        {
            "when": {"provider": "vantax", "body": {"sub_account_id": f"{number}" + "y" * 800}},
            "then": {"status": 500},
            "times": 1,
        }
        for number in range(target.scale.rules)
    ]
    target.make("texts", {"open": True, "rules": rules})
    long = buying(b'{"sub_account_id": "' + b"y" * (MEBIBYTE - 100) + b'"}').replace(b"/w/default/", b"/w/texts/")
    said = await many(20, lambda _: send(target.port, long))
    steps = {path: lambda path=path: control(target, "GET", f"/worlds/texts{path}") for path in ("/rules/rule-1", "/verdict")}
    return f"{tally(said, '4..')}; {await timed(steps)}"  # type: ignore[arg-type]


async def listings(target: Target) -> str:
    """The lists of scenarios, worlds and specs, again and again, from four clients."""
    paths = ["/scenarios", "/worlds", "/specs/vantax", "/scenarios/schema", "/providers"] * 12
    begun = time.perf_counter()
    await asyncio.gather(*(_all(target, paths[number::4]) for number in range(4)))
    return f"{len(paths)} answered in {time.perf_counter() - begun:.1f} s"


async def _all(target: Target, paths: list[str]) -> None:
    for path in paths:
        if (answer := await control(target, "GET", path))[0] != 200:
            raise Lost(f"{path}: {answer}")


async def large_bodies(target: Target) -> str:
    """Bodies of a mebibyte with as many values as there may be, from sixteen clients at once."""
    values = b",".join(b'"x%d": 1' % number for number in range(19_000))
    body = b'{"sub_account_id": "' + b"x" * (MEBIBYTE - len(values) - 100) + b'", ' + values + b"}"
    one = buying(body)
    count = max(16, target.scale.requests // 100)
    said: list[bytes] = []
    for _ in range(0, count, 16):
        said += await asyncio.gather(*(send(target.port, one) for _ in range(16)))
    return tally(said, "4..")


async def snapshots_of_all_sizes(target: Target) -> str:
    """A hundred snapshots of a big world that changes in between: as many as their limit in bytes allows."""
    await control(target, "PUT", "/worlds/saving", holding(target.scale.records))
    one = buying(b'{"sub_account_id": "sub_8a1f4c2e", "country": "US", "area_code": "415"}').replace(b"/default/", b"/saving/")
    statuses: Counter[int] = Counter()
    for number in range(100):
        await send(target.port, one)
        statuses[(await control(target, "PUT", f"/worlds/saving/snapshots/s{number}"))[0]] += 1
    if set(statuses) - {201, 409}:
        raise Lost(f"answered {statuses}")
    _, health = await control(target, "GET", "/health")
    used = health["usage"]["snapshot_bytes"]["used"] >> 20
    return f"{statuses[201]} × 201, {statuses[409]} × 409; {used} MiB of snapshots"


async def full_world(target: Target) -> str:
    """Records with long texts, until the world is full, or too many wait; it can be read, and a reset empties it."""
    target.make("full")
    agent = json.dumps({"name": "x", "voice_id": "x", "system_prompt": "x" * 500_000}).encode()
    lines = (f"Authorization: Bearer truedy_{'A' * 32}", "Content-Type: application/json", f"Content-Length: {len(agent)}")
    one = head("POST /w/full/truedy/api/public/v1/agents", *lines) + agent
    said = await many(min(1000, target.scale.requests), lambda _: send(target.port, one))
    listed = await send(target.port, head("GET /w/full/truedy/api/public/v1/agents?limit=1", lines[0]))
    status, _ = await control(target, "POST", "/worlds/full/reset")
    if status != 200:
        raise Lost(f"the reset is {status}")
    return f"{tally(said, '201|503|507')}; then {tally([listed], '200')}"


ATTACKS: list[Callable[[Target], Awaitable[str]]] = [
    seeded, globs, wildcard_headers, long_texts, listings, large_bodies, snapshots_of_all_sizes, full_world,
]  # fmt: skip
