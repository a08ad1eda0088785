"""Texts that look like URLs and cannot be split, which fuzzing leaves out: kept as texts, refused as URLs, never a bug."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.conftest import Api, World
from tests.providers.journeys import AGENTS, APP, KEYS, SUB, VERSION
from tests.receiver import deliver, outbox

ODD = ["http://[", "https://[x]/", "https://a\u2100b/"]
NUMBER, OTHER = "+14155550177", "+14155550123"
CHIRP = {"apps": [{"id": APP}], "numbers": [{"number": NUMBER, "apps": [APP]}]}
CALD = {"agents": [{"id": AGENTS["cald"], "name": "Front desk"}]}
ACCOUNTS = [
    {"keys": ["sk_live_app_demo", "sk_admin_demo"], "chirp": CHIRP},
    {"keys": [KEYS["cald"]["Authorization"]], "cald": CALD},
    {"keys": ["vx_live_demo"], "vantax": {"sub_account_id": SUB}},
]


@pytest.fixture
def api(make_world: Callable[..., World], provider: str) -> Api:
    """One provider's API, with a key that works."""
    world = make_world({"description": "x", "open": True, "accounts": ACCOUNTS})
    return world.api(provider, **KEYS[provider], **(VERSION if provider == "cartesia" else {}))


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize(
    ("provider", "method", "path", "body", "member"),
    [
        ("chirp", "POST", "/v1/sms", {"from": NUMBER, "to": [OTHER]}, "text"),
        ("truedy", "POST", "/contacts", {"phone_number": OTHER}, "first_name"),
        ("vantax", "POST", "/knowledge-bases", {"sub_account_id": SUB}, "name"),
        ("cartesia", "POST", "/agents/metrics", {"name": "x"}, "prompt"),
        ("cald", "PATCH", f"/agents/{AGENTS['cald']}", {}, "name"),
    ],
)
def test_a_text_is_kept_as_it_is(api: Api, method: str, path: str, body: dict[str, Any], member: str, odd: str) -> None:
    """Nobody asks whether what a message says is a URL."""
    answer = api(method, path, {**body, member: odd})
    assert answer.is_success, answer.text
    assert odd in str(api("GET", path, params={"sub_account_id": SUB} if "sub_account_id" in body else {}).json())


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize(
    ("provider", "path", "body", "param"),
    [
        ("chirp", "/v1/webhooks", {"url": "", "events": ["calls.initiated"]}, "url"),
        ("chirp", "/v1/sms", {"from": NUMBER, "to": [OTHER], "mediaUrls": [""]}, "mediaUrls"),
        ("cartesia", "/agents/webhooks", {"name": "x", "secret": "x", "url": ""}, "url"),
    ],
)
def test_as_a_url_it_is_refused(api: Api, path: str, body: dict[str, Any], param: str, odd: str) -> None:
    """Where a provider says that it wants a URL."""
    answer = api("POST", path, {**body, param: [odd] if isinstance(body[param], list) else odd})
    assert answer.status_code == 400
    assert param in answer.text


@pytest.mark.parametrize("provider", ["cald"])
@pytest.mark.parametrize("odd", ODD)
def test_nothing_is_sent_where_no_url_leads(make_world: Callable[..., World], provider: str, odd: str) -> None:
    """Cald's pages do not say that it checks the URL of an agent's webhook."""
    numbers = [{"id": "number_1", "number": NUMBER, "agent_id": AGENTS["cald"]}]
    world = make_world({"description": "x", "accounts": [{**ACCOUNTS[1], "cald": {**CALD, "numbers": numbers}}]})
    api = world.api(provider, **KEYS[provider])
    path = f"/agents/{AGENTS['cald']}"
    assert api("PATCH", path, {"webhookSettings": {"enable": True, "url": odd}}).is_success
    assert api("POST", f"{path}/call", {"phoneNumber": OTHER}).is_success
    deliver(world)
    (sent,) = outbox(world)
    assert (sent["url"], sent["status"], sent["attempts"]) == (odd, "blocked", [])
