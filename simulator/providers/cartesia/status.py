"""Whether the API is up (https://docs.cartesia.ai/api-reference/api-status/get)."""

from __future__ import annotations

from simulator.provider import Call, Reply
from simulator.providers.cartesia.account import NEWEST, State, provider


@provider.operation("api_status")
def status(call: Call[State]) -> Reply:
    """That it is up, and the version that it speaks by default."""
    return Reply({"ok": True, "version": NEWEST})
