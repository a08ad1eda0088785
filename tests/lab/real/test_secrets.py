"""Secrets in every place of requests and responses: none is in the file, whatever form it has there."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

import httpx
import pytest

from simulator.asgi.proxy import ReverseProxy
from simulator.lab.traffic import har
from simulator.lab.traffic.recorder import Recorder, Upstream
from simulator.lab.traffic.spending import Purse
from tests.lab.real.recordings import PLENTY, REGISTRY

NUMBERS = "/v1/phone-numbers"
KEY = {"Authorization": "Bearer vx_live_demo"}
ORDER = {"sub_account_id": "sub_8a1f4c2e", "area_code": "415"}


class Planted(NamedTuple):
    """One request with a secret in it, or in the response to it."""

    secret: str
    method: str = "GET"
    path: str = f"/vantax{NUMBERS}?sub_account_id=sub_8a1f4c2e"
    headers: dict[str, str] = KEY
    body: Any = None  # an object is sent as JSON
    status: int = 200
    answer: Any = {"success": True}
    answer_headers: dict[str, str] = {}


def _response(**more: Any) -> dict[str, Any]:
    number = {"id": "pn_1", "number": "+14155550142", "country": "US", "source": "platform", "agent_id": None}
    return {"success": True, "data": [{**number, "sub_account_id": "sub_8a1f4c2e", **more}], "pagination": {"total": 1}}


def _numbered() -> Callable[[str], str]:
    count = iter(range(1000, 2000))
    return lambda form: form.format(f"{next(count)}Zq8vXw3Ttk")


new = _numbered()


def in_requests() -> Iterator[Planted]:
    """Yield a secret in each place of a request."""
    for header in (
        *("Authorization", "X-API-Key", "Cookie", "Proxy-Authorization", "X-Amz-Security-Token", "User-Agent", "Referer"),
        *("X-Customer", "From", "Accept", "Content-Type", "X-Request-Id", "Forwarded", "Idempotency-Key", "Origin"),
    ):
        secret = new("s{}")
        yield Planted(secret, headers={**KEY, header: secret})
    for header in ("Accept", "Content-Type"):
        secret = new("m{}")
        yield Planted(secret, headers={**KEY, header: f"application/{secret}; charset=utf-8"})
    for form, value in (("vx_live_{}", "Bearer {}"), ("vx_live_agency_{}", "{}"), ("dXNlcjpw{}", "Basic {}")):
        secret = new(form)
        yield Planted(secret, headers={"Authorization": value.format(secret)})
    for query in ("?sub_account_id={}", "?token={}", "?limit={}", "?{}=1", "?starting_after={}", "?a=1&key=x%20{}"):
        secret = new("q{}")
        yield Planted(secret, path=f"/vantax{NUMBERS}{query.format(secret)}")
    for path in ("/vantax/v1/agents/{}", "/vantax/v1/nowhere/{}", "/vantax/{}", "/vantax/v1/agents/x%2F{}"):
        secret = new("p{}")
        yield Planted(secret, path=path.format(secret))
    for place in ("area_code", "country", "password", "note", "agent_id"):
        secret = new("b{}")
        yield Planted(secret, "POST", f"/vantax{NUMBERS}", body={**ORDER, place: secret})
    secret = new("b{}")
    yield Planted(secret, "POST", f"/vantax{NUMBERS}", body={**ORDER, "metadata": {"deep": [{"er": secret}]}})
    secret = new("b{}")
    yield Planted(secret, "POST", f"/vantax{NUMBERS}", body={**ORDER, secret: 1})
    yield Planted("4111111111111111", "POST", f"/vantax{NUMBERS}", body={**ORDER, "card": 4111111111111111})
    yield Planted("+15103456789", "POST", "/vantax/v1/calls", body={"phone_number": "+15103456789", "agent_id": "agt_3d9b21"})
    for raw in ("{{not json {}", "plain {}"):
        secret = new("r{}")
        yield Planted(secret, "POST", f"/vantax{NUMBERS}", body=raw.format(secret).encode())
    secret = new("u{}")
    yield Planted(
        secret,
        "POST",
        "/cartesia/agents/webhooks",
        {},
        {"url": f"https://user:{secret}@example.com/a?k={secret}", "secret": secret},
    )


def in_responses() -> Iterator[Planted]:
    """Yield a secret in each place of a response."""
    for header in ("Set-Cookie", "Location", "X-Request-Id", "WWW-Authenticate", "Retry-After", "Content-Type", "Etag"):
        secret = new("h{}")
        yield Planted(secret, answer_headers={header: secret})
    secret = new("h{}")
    yield Planted(secret, answer_headers={"Content-Type": f"application/{secret}+json"})
    for place in ("id", "number", "country", "agent_id", "created_at", "api_key", "owner"):
        secret = new("a{}")
        yield Planted(secret, answer=_response(**{place: secret}))
    secret = new("a{}")
    yield Planted(secret, answer=_response(**{secret: {"x": True}}))
    yield Planted("987654321012345", answer=_response(balance=987654321012345))
    secret = new("a{}")
    yield Planted(secret, status=401, answer={"success": False, "message": f"Invalid API key vx_live_{secret}"})
    for raw in ("<html>{}</html>", "{{broken {}", "\0\1{}"):
        secret = new("t{}")
        yield Planted(secret, status=502, answer=raw.format(secret).encode(), answer_headers={"Content-Type": "text/html"})


PLANTED = [*in_requests(), *in_responses()]


def upstream(planted: Planted) -> Callable[..., Any]:
    """Return a provider that answers with what is planted, and echoes the request's path in a header."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        while (await receive()).get("more_body"):
            pass
        body = planted.answer if isinstance(planted.answer, bytes) else json.dumps(planted.answer).encode()
        headers = {"content-type": "application/json", **{name.lower(): text for name, text in planted.answer_headers.items()}}
        pairs = [(name.encode(), text.encode()) for name, text in headers.items()]
        await send({"type": "http.response.start", "status": planted.status, "headers": pairs})
        await send({"type": "http.response.body", "body": body})

    return app


def recorded(file: Path, planted: Planted) -> httpx.Response:
    """Send what is planted through the recorder."""
    upstreams = {name: Upstream("https://upstream.internal.example.net") for name in ("vantax", "cartesia")}
    with contextlib.closing(har.HarFile(file)) as opened:
        recorder = Recorder(REGISTRY.providers, upstreams, opened, Purse(PLENTY))
        proxy = ReverseProxy(recorder, httpx.ASGITransport(upstream(planted)))

        async def send() -> httpx.Response:
            async with httpx.AsyncClient(transport=httpx.ASGITransport(proxy), base_url="http://recorder") as client:
                content = planted.body if isinstance(planted.body, bytes) else None
                more = {"json": planted.body} if content is None and planted.body is not None else {"content": content}
                return await client.request(planted.method, planted.path, headers=planted.headers, **more)

        return asyncio.run(send())


def forms_of(secret: str) -> Iterator[str]:
    """Yield how a secret may be written: whole, in parts, encoded."""
    core = re.sub(r"^(?:vx_live_(?:agency_)?)", "", secret)
    yield from (core[start : start + 8] for start in range(len(core) - 7))
    yield quote(core)
    yield core.encode().hex()
    for before in ("", "x", "xx"):  # the three ways in which base64 may begin
        yield base64.b64encode((before + core).encode()).decode()[4:-4]


def test_there_are_enough() -> None:
    """At least fifty, all different."""
    assert len({planted.secret for planted in PLANTED}) == len(PLANTED) >= 50


@pytest.mark.parametrize("planted", PLANTED, ids=lambda planted: planted.secret)
def test_no_secret_is_in_the_file(tmp_path: Path, planted: Planted) -> None:
    """The client gets the response as it was; the file has the exchange, and neither the secret nor the upstream's name."""
    file = tmp_path / "traffic.har"
    response = recorded(file, planted)
    answer = planted.answer if isinstance(planted.answer, bytes) else json.dumps(planted.answer).encode()
    assert (response.status_code, response.content) == (planted.status, answer)
    text = file.read_text(encoding="utf-8")
    assert len(json.loads(text)["log"]["entries"]) == 1
    assert [form for form in forms_of(planted.secret) if form.lower() in text.lower()] == []
    assert "upstream.internal" not in text


def test_fields_that_are_kept(tmp_path: Path) -> None:
    """`keep` is for what the user knows to be no secret."""
    planted = Planted("Zq8vXw3Ttk", "POST", f"/vantax{NUMBERS}", body={**ORDER, "note": "Zq8vXw3Ttk", "other": "Zq8vXw3Ttl"})
    file = tmp_path / "traffic.har"
    upstreams = {"vantax": Upstream("https://upstream")}
    with contextlib.closing(har.HarFile(file)) as opened:
        recorder = Recorder(REGISTRY.providers, upstreams, opened, Purse(PLENTY), keep=["note"])
        proxy = ReverseProxy(recorder, httpx.ASGITransport(upstream(planted)))

        async def send() -> None:
            async with httpx.AsyncClient(transport=httpx.ASGITransport(proxy), base_url="http://recorder") as client:
                await client.post(planted.path, json=planted.body, headers=KEY)

        asyncio.run(send())
    text = file.read_text(encoding="utf-8")
    assert "Zq8vXw3Ttk" in text
    assert "Zq8vXw3Ttl" not in text
