"""Voices: those of the platform, and those that an organization imports. Source: https://docs.truedy.ai/api-reference/voices."""

from __future__ import annotations

from datetime import UTC, datetime

from simulator.provider import Call
from simulator.providers.truedy.account import State, provider, voices
from simulator.providers.truedy.records import Voice

FIRST_DAY = datetime(2024, 1, 1, tzinfo=UTC)  # as in the example of the page
PLATFORM = {
    voice_id: Voice(
        id=voice_id, name=name, language=language, provider_voice_id=name, created_at=FIRST_DAY, updated_at=FIRST_DAY
    )
    for voice_id, name, language in (
        ("b0e6b5c1-3cde-4f0a-9d53-8f0d2c7f7c11", "Support voice", "en-US"),
        ("a7f2ec82-f533-4f41-a8de-0e4351bd2ec5", "Reception voice", "en-GB"),
    )
}


@provider.operation("list_voices")
def list_voices(call: Call[State]) -> list[Voice]:
    """Return the organization's voices, the newest first, and those of the platform."""
    return [*voices.list(call), *PLATFORM.values()]


@provider.operation("get_voice")
def get_voice(call: Call[State]) -> Voice:
    """Return one voice."""
    voice = voices.find(call, call.params["voice_id"]) or PLATFORM.get(call.params["voice_id"])
    return voice or voices.get(call)


@provider.operation("import_voice")
def import_voice(call: Call[State]) -> Voice:
    """Take a voice over from its provider; nothing is asked of the provider."""
    return voices.create_from_body(call)
