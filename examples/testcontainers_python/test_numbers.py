"""What a client of Cartesia has to live with. Run it: pip install -r requirements.txt && pytest."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

MakeWorld = Callable[[str], dict[str, Any]]


def cartesia(world: dict[str, Any]) -> httpx.Client:
    """Your client; here as plain as can be. Only the base URL is another than in production."""
    place = world["cartesia"]
    headers = {"Authorization": f"Bearer {place['keys'][0]}", "Cartesia-Version": "2026-03-01"}
    return httpx.Client(base_url=place["base_url"], headers=headers)


def test_a_number_is_bought(make_world: MakeWorld) -> None:
    """It is one that can never ring."""
    with cartesia(make_world("default")) as client:
        bought = client.post("/agents/phone-numbers/provision", json={"label": "Support"})
        assert bought.status_code == 201
        assert bought.json()["number"].startswith("+1")


def test_the_plan_is_full(make_world: MakeWorld) -> None:
    """No use in trying again."""
    with cartesia(make_world("cartesia/plan-full")) as client:
        refused = client.post("/agents/phone-numbers/provision", json={"label": "Support"})
        assert (refused.status_code, refused.json()["error_code"]) == (402, "quota_exceeded")


def test_the_answer_is_lost(make_world: MakeWorld) -> None:
    """The connection breaks after the purchase: who just tries again finds the plan full, by a number that nobody knows of."""
    with cartesia(make_world("cartesia/lost-answer")) as client:
        with pytest.raises(httpx.ReadError):
            client.post("/agents/phone-numbers/provision", json={"label": "Support"})
        assert client.post("/agents/phone-numbers/provision", json={"label": "Support"}).status_code == 402
        assert [number["label"] for number in client.get("/agents/phone-numbers").json()["data"]] == ["Support"]
