"""Voices of one's own, and the older way to call, which needs no agent."""

from __future__ import annotations

from typing import Any

from simulator.provider import Call, Reply
from simulator.providers.cald.account import State, dialable, numbers, provider, voices
from simulator.providers.cald.calls import CALD_NUMBER, place
from simulator.providers.cald.errors import Errors
from simulator.providers.cald.records import Voice


@provider.operation("clone_voice")
def clone_voice(call: Call[State]) -> Voice:
    """Add a voice; what the recording says is not looked at (clone-voice)."""
    if not call.body.get("file"):
        raise Errors.NO_FILE()
    return voices.create(call)


@provider.operation("make_call")
def make_call(call: Call[State]) -> Reply | dict[str, Any]:
    """Place a call without an agent, from a number of the account or one of Cald's own (call)."""
    given = call.body.get("from_phone_number")
    chosen = dialable(given or "")
    if given and not numbers.list(call).where(lambda number: number.number == chosen):
        raise Errors.FOREIGN_NUMBER()
    to_number = dialable(call.body["phone_number"])
    if not to_number:
        return Reply({"status": "failed"})
    return {"callId": place(call.account, "", to_number, call.now, from_number=chosen or CALD_NUMBER).id}
