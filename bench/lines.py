"""A line at each provider, as a world has it: an agent with a number, and the request that places a call."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import httpx

from simulator.testing.client import World

CALLEE = "+12125550199"
TRUEDY_KEY, TRUEDY_AGENT = "truedy_Demo0000000000000000000000000000", "11111111-1111-4111-8111-111111111111"
CALD_KEY = "caldLive" + "1" * 32


class Line(NamedTuple):
    """What an account has, and how it places a call."""

    key: str
    account: Mapping[str, Any]
    path: str
    body: Mapping[str, Any]
    header: str = "Authorization"
    prefix: str = "Bearer "

    def scenario(self, provider: str, **more: Any) -> dict[str, Any]:
        """Return a scenario with this account, in which the clock stands still."""
        return {"clock": {"frozen": True}, "accounts": [{"keys": [self.key], provider: dict(self.account)}], **more}

    def call(self, world: World, provider: str) -> Callable[[], Any]:
        """Return a function that places a call."""
        return posting(world, provider, self.path, self.body, {self.header: f"{self.prefix}{self.key}"})


LINES = {
    "cald": Line(
        CALD_KEY,
        {"agents": [{"id": "agent_1"}], "numbers": [{"id": "n", "number": "+14155550140", "agent_id": "agent_1"}]},
        "/agents/agent_1/call",
        {"phoneNumber": CALLEE},
        prefix="",
    ),
    "cartesia": Line(
        "sk_car_acme",
        {
            "plan": "enterprise",
            "slots": 1000,
            "agents": [{"id": "agent_1"}],
            "numbers": [{"id": "ap_own", "label": "Own", "number": "+14155550141"}],
        },
        "/agents/calls",
        {"from_number_id": "ap_own", "agent_id": "agent_1", "outbound_calls": [{"to_number": CALLEE}]},
    ),
    "chirp": Line(
        "sk_live_app_acme",
        {"apps": [{"id": "app_1"}], "numbers": [{"number": "+14155550142", "apps": ["app_1"]}]},
        "/v1/calls",
        {"from": "+14155550142", "to": CALLEE},
    ),
    "truedy": Line(
        TRUEDY_KEY,
        {
            "agents": [{"id": TRUEDY_AGENT}],
            "numbers": [{"phone_number": "+14155550143", "outbound_agent_id": TRUEDY_AGENT}],
        },
        "/calls",
        {"agent_id": TRUEDY_AGENT, "phone_number": CALLEE},
    ),
    "vantax": Line(
        "vx_live_acme",
        {"agents": [{"id": "agt_1"}], "numbers": [{"id": "pn_1", "number": "+14155550144", "agent_id": "agt_1"}]},
        "/calls",
        {"agent_id": "agt_1", "phone_number": CALLEE},
        header="X-API-Key",
        prefix="",
    ),
}


def posting(
    world: World, provider: str, path: str, body: Mapping[str, Any], headers: Mapping[str, str] | None = None
) -> Callable[[], Any]:
    """Return a function that posts a body to a provider in a world, without a socket, and returns the body of the response."""
    address = world.providers[provider]
    sent = {"Cartesia-Version": "2026-03-01", **(headers or {"Authorization": f"Bearer {address.api_key}"})}
    client = httpx.Client(transport=address.transport, base_url=address.base_url, headers=sent)

    def post() -> Any:
        response = client.post(path, json=body)
        assert response.is_success, response.text  # noqa: S101  (only a success counts)
        return response.json()

    return post
