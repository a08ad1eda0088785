"""Attacks by what no request does: clocks that go far, acts of the outside world, webhooks, and rules that multiply."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from tests.hostile.costly import TEN, control
from tests.hostile.target import Target
from tests.hostile.wire import Lost

FROZEN: dict[str, Any] = {"clock": {"start": "2026-03-01T00:00:00Z", "frozen": True}, "open": True}
VANTAX = {"Authorization": "Bearer vx_live_one", "Content-Type": "application/json"}
CHIRP = {"Authorization": "Bearer sk_test_app_demo", "Content-Type": "application/json"}
NUMBERS = "/vantax/v1/phone-numbers"
OWN = "?sub_account_id=sub_8a1f4c2e"
BUY = {"sub_account_id": "sub_8a1f4c2e", "country": "US", "area_code": "415"}
FROM, TO = "+14155550142", "+12125550199"


async def centuries(target: Target) -> str:
    """Rents of centuries: hundreds of numbers, and a clock that goes on by two thousand years."""
    target.make("centuries", FROZEN)
    count = min(300, target.scale.records // 300)
    for _ in range(count):
        await _ask(target, "POST", f"/w/centuries{NUMBERS}", VANTAX, BUY)
    await _steered(target, "centuries", "POST", "/clock", {"set": "3999-01-01T00:00:00Z"})
    _, ledger = await _steered(target, "centuries", "GET", "/ledger")
    return f"{count} numbers, {ledger['total']} entries, {len(ledger['entries'])} shown"


async def dates(target: Target) -> str:
    """Clocks that are set to the years 0 and 9999, to no time at all, and by numbers without end."""
    target.make("dates", FROZEN)
    changes: list[Any] = [{"set": text} for text in ("0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "2026-02-30T00:00:00Z")]
    changes += [{"advance": value} for value in (1e308, 10**30, -1, "9" * 1000 + "d", "365000d", "")]
    statuses = [(await control(target, "POST", "/worlds/dates/clock", change))[0] for change in changes]
    if set(statuses) - {200, 400, 422}:
        raise Lost(f"answered {statuses}")
    return f"{statuses.count(200)} × 200, {len(statuses) - statuses.count(200)} refused"


async def acts(target: Target) -> str:
    """A thousand acts of a timeline at the same time, each about a number that thousands are asked for."""
    count = min(9_000, target.scale.records // 10)
    lost = {"number_lost": {"provider": "vantax", "number": TO}}
    timeline: list[Any] = [
        {"at": "+1s", "act": lost if place % 2 else {"number_lost": {}}} for place in range(target.scale.rules)
    ]
    account = {"keys": ["vx_live_one"], "vantax": {"numbers": [{"count": count}]}}
    target.make("acts", {**FROZEN, "accounts": [account], "timeline": timeline})
    await _ask(target, "GET", f"/w/acts{NUMBERS}{OWN}", VANTAX)
    _, clock = await _steered(target, "acts", "POST", "/clock", {"advance": "2s"})
    return f"{len(clock['fired'])} acts on {count} numbers"


async def events(target: Target) -> str:
    """Messages to thousands, of which hundreds of receivers want to hear, and none answers."""
    hooks, recipients = min(300, target.scale.rules), min(3_000, target.scale.records // 10)
    target.make("events", FROZEN)
    wanted = ["messages.sms.received", "messages.sms.sent", "messages.sms.delivered"]
    for number in range(hooks):
        hook = {"url": f"https://receiver.example.com/{number}", "events": wanted}
        await _ask(target, "POST", "/w/events/chirp/v1/webhooks", CHIRP, hook)
    inbound = {"from": TO, "to": FROM, "text": "Hi"}  # makes the number
    await _ask(target, "POST", "/w/events/chirp/v1/playground/sms/inbound", CHIRP, inbound)
    message = {"from": FROM, "to": [TO] * recipients, "text": "Hi"}
    await _ask(target, "POST", "/w/events/chirp/v1/sms", CHIRP, message)
    await _steered(target, "events", "POST", "/clock", {"advance": "1h"})
    _, outbox = await _steered(target, "events", "GET", "/outbox?limit=1")
    if outbox["total"] > TEN:
        raise Lost(f"{outbox['total']} webhooks are kept")
    return f"{recipients} messages, {hooks} receivers, {outbox['total']} webhooks kept"


async def patches(target: Target) -> str:
    """Rules whose JSON Patch doubles the response with each operation, or moves through it for ever."""
    copies = {
        "doubled": [{"op": "copy", "from": "/data", "path": "/data/-"}] * 100,
        "replaced": [{"op": "add", "path": "/a", "value": [[]] * 9_000}, *[{"op": "copy", "from": "/a", "path": "/b"}] * 99],
        "tested": [{"op": "test", "path": "/data" + "/0" * 9_000, "value": 1}] * 10,
    }
    target.make("patches", FROZEN)
    statuses = []
    for patch in copies.values():
        rule = {"when": {"operation": "vantax.list_phone_numbers"}, "then": {"amend": {"patch": patch}}}
        status, told = await control(target, "POST", "/worlds/patches/rules", rule)
        if status != 201:
            raise Lost(f"the rule is {status} {told}")
        answered, _ = await asyncio.to_thread(target.ask, "GET", f"/w/patches{NUMBERS}{OWN}", VANTAX)
        statuses.append(answered)
        await control(target, "DELETE", "/worlds/patches/rules")
    if set(statuses) != {500}:  # a fault of the rule
        raise Lost(f"answered {statuses}")
    return f"{len(statuses)} × 500, as each rule is at fault"


async def _steered(target: Target, world: str, method: str, path: str, body: Any = None) -> tuple[int, Any]:
    """Ask the control API about a world, which must succeed."""
    status, told = await control(target, method, f"/worlds/{world}{path}", body)
    if status != 200:
        raise Lost(f"{method} {path} is {status} {str(told)[:200]}")
    return status, told


async def _ask(target: Target, method: str, path: str, headers: dict[str, str], body: Any = None) -> Any:
    """Ask a provider, which must succeed."""
    status, told = await asyncio.to_thread(target.ask, method, path, headers, body)
    if status >= 300:
        raise Lost(f"{method} {path} is {status} {str(told)[:200]}")
    return told


ATTACKS: list[Callable[[Target], Awaitable[str]]] = [centuries, dates, acts, events, patches]
