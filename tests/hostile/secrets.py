"""Secrets in every place of a request: none shows in what the server logs, nor in what it tells of a request."""

from __future__ import annotations

import base64
import json
from collections.abc import Awaitable, Callable, Iterator
from urllib.parse import quote

from tests.hostile.target import Target
from tests.hostile.wire import Lost, head, send, tally

TAIL = "5ecret5ecret5ecret"
KEYS = {
    "cald": "caldLive" + "deadbeef" * 4,
    "cartesia": f"sk_car_{TAIL}",
    "truedy": f"truedy_{TAIL}{'A' * 14}",
    "chirp": f"sk_live_app_{TAIL}",
    "vantax": f"vx_live_{TAIL}",
}
PATHS = {
    "cald": "/client/api/v1/agents",
    "cartesia": "/agents",
    "truedy": "/api/public/v1/agents",
    "chirp": "/v1/phone-numbers",
    "vantax": "/v1/phone-numbers",
}
PASSWORD = "hunter2hunter2hunter2"  # noqa: S105  (of nobody)
IMPORT = {"phone_number": "+14155550142", "provider_type": "custom_sip", "sip_username": "me", "sip_password": PASSWORD}


def _requests(provider: str, key: str) -> Iterator[bytes]:
    """The key where it belongs, and wherever a careless client might put it."""
    path, own = f"/w/secret/{provider}{PATHS[provider]}", f"Authorization: {key if provider == 'cald' else f'Bearer {key}'}"
    yield head(f"GET {path}", own)
    yield head(f"GET {path}?api_key={key}&token={quote(key, safe='')}")
    yield head(f"GET {path}?k={''.join(f'%{byte:02X}' for byte in key.encode())}", own)
    yield head(f"GET {path}/{key}", own)
    yield head(f"GET /w/secret/{key}/x")
    yield head(f"GET /w/{key}/x")
    for name in (
        "X-Auth-Token",
        "Api-Key",
        "X-API-Key",
        "Referer",
        "User-Agent",
        "X-Simulator-World",
        "Prefer",
        "Idempotency-Key",
    ):
        yield head(f"GET {path}", own, f"{name}: {key}")
    yield head(f"GET {path}", f"Cookie: session={key}; other={TAIL}")
    yield head(f"GET {path}", "Authorization: Basic " + base64.b64encode(f"{key}:".encode()).decode())
    yield head(f"GET {path}", f"Proxy-Authorization: Bearer {key}", own)
    body = json.dumps({"name": key, key: "x", "nested": {"key": [key]}, "sip_password": PASSWORD, "api_key": PASSWORD}).encode()
    escaped = json.dumps({"name": "".join(f"\\u{ord(each):04x}" for each in key)}).replace("\\\\", "\\").encode()
    for each in (body, body[:-1], escaped, f"key={key}&password={PASSWORD}".encode()):
        yield head(f"POST {path}", own, "Content-Type: application/json", f"Content-Length: {len(each)}") + each


async def secrets(target: Target) -> str:
    """Keys and passwords in paths, queries, headers and bodies, plain, encoded and escaped."""
    target.make("secret")
    requests = [each for provider, key in KEYS.items() for each in _requests(provider, key)]
    raw = json.dumps(IMPORT).encode()
    lines = f"Authorization: Bearer {KEYS['truedy']}", "Content-Type: application/json", f"Content-Length: {len(raw)}"
    requests.append(head("POST /w/secret/truedy/api/public/v1/telephony/numbers/import", *lines) + raw)
    said = [await send(target.port, each) for each in requests]
    told = "\n".join(_told(target))
    for place, text in (("what is told of requests", told), ("the log", target.said())):
        shown = [secret for secret in (*KEYS.values(), PASSWORD) if secret in text]
        if shown:
            at = text.index(shown[0])
            raise Lost(f"{place} shows {shown}: {text[max(0, at - 200) : at + 60]}")
    return tally(said, "[24]..")


def _told(target: Target) -> Iterator[str]:
    """Everything that the control API tells of the requests to a world."""
    yield from (json.dumps(target.control("GET", f"/worlds/secret{each}")[1]) for each in ("/state", "/rules", "/clock"))
    _, listed = target.control("GET", "/worlds/secret/requests?limit=1000")
    yield json.dumps(listed)
    for each in listed["requests"]:
        yield json.dumps(target.control("GET", f"/worlds/secret/requests/{each['id']}")[1], ensure_ascii=False)


ATTACKS: list[Callable[[Target], Awaitable[str]]] = [secrets]
