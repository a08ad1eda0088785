"""No error repeats the value of a field that holds a secret, whichever rule the request breaks."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conftest import World
from tests.providers.truedy import KEY

HUSH = "hush-hush"
KEYS = {"truedy": f"Bearer {KEY}", "chirp": "Bearer sk_live_app_demo"}
IMPORT = {"phone_number": "+14155550142", "provider_type": "twilio", "account_sid": "x"}
WEBHOOK = {"url": "https://example.com", "events": ["messages.sms.sent"]}


@pytest.mark.parametrize(
    ("provider", "path", "body", "field"),
    [
        ("truedy", "/telephony/numbers/import", {**IMPORT, "auth_token": [HUSH]}, "auth_token"),
        ("truedy", "/telephony/numbers/import", {**IMPORT, "auth_token": {"of": HUSH}}, "auth_token"),
        ("truedy", "/telephony/numbers/purchase", {"phone_number": "+14155550142", "api_key": [HUSH]}, "api_key"),
        ("truedy", "/telephony/numbers/import", {**IMPORT, "account_sid": {"auth_token": HUSH}}, "account_sid"),
        ("truedy", "/telephony/numbers/import", [{**IMPORT, "auth_token": HUSH}], ""),
        ("chirp", "/v1/webhooks", {**WEBHOOK, "headers": {"X-Webhook-Secret": [HUSH]}}, "headers.X-Webhook-Secret"),
        ("chirp", "/v1/webhooks", {**WEBHOOK, "headers": [{"X-Webhook-Secret": HUSH}]}, "headers"),
    ],
)
def test_no_error_repeats_a_secret(world: World, provider: str, path: str, body: Any, field: str) -> None:
    """Neither the response nor the explanation; the field is named all the same."""
    answer = world.api(provider, Authorization=KEYS[provider])("POST", path, body)
    assert answer.status_code in {400, 422}
    assert "the value is not of type" in answer.text.replace('\\"', '"')
    assert field in answer.text
    story = world.http.get(f"{world.control}/requests/{answer.headers['X-Simulator-Request']}")
    assert story.status_code == 200
    assert HUSH not in answer.text + "".join(story.json()["story"]) + str(story.json()["violations"])


def test_other_values_are_repeated(world: World) -> None:
    """An error about a field that is no secret says what was sent, even if another field holds one."""
    body = {**IMPORT, "auth_token": HUSH, "friendly_name": 7}
    answer = world.api("truedy", Authorization=KEYS["truedy"])("POST", "/telephony/numbers/import", body)
    assert answer.json()["error"]["details"]["reason"].startswith("7 is not of type")
