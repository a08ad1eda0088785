"""Voices and language models that agents can use."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from simulator.provider import Call, Page, Sorted
from simulator.providers.cartesia.account import State, provider, voices
from simulator.providers.cartesia.records import AgentModel, Voice

SHOWN = ("id", "is_owner", "name", "tagline", "description", "gender", "created_at")
# The voices of the documentation's examples: of api-reference/voices/get, and of agents (api-reference/agents/create).
FIELDS = ("id", "name", "tagline", "description", "gender", "created_at")
_2024, _2026 = datetime(2024, 5, 1, tzinfo=UTC), datetime(2026, 3, 31, tzinfo=UTC)
_CARE, _TALK = "An American voice for customer care", "An American voice for conversations"
_ROWS: tuple[tuple[Any, ...], ...] = (
    ("db6b0ed5-d5d3-463d-ae85-518a07d3c2b4", "Skylar", "Friendly Guide", _CARE, "feminine", _2026),
    ("a0e99841-438c-4a64-b679-ae501e7d6091", "Barbershop Man", "", _TALK, "masculine", _2024),
)
PUBLIC = tuple(Voice(is_owner=False, **dict(zip(FIELDS, row, strict=True))) for row in _ROWS)
PRICES = [f"{what}_per_million_tokens" for what in ("input", "output", "cache_read", "cache_write")]
MODELS = [
    AgentModel(
        id=name.lower(),
        display_name=name,
        average_latency_ms=latency,
        pricing={"currency": "USD", **dict(zip(PRICES, prices, strict=True))},
    )
    for name, latency, prices in (
        ("GPT-5.4-mini", 500, ("0.40", "1.60", "0.10", "0.40")),
        ("GPT-5.4", 900, ("2.00", "8.00", "0.50", "2.00")),
    )
]


@provider.operation("agents_list_models")
def list_models(call: Call[State]) -> Page[AgentModel]:
    """Return a page of language models."""
    return call.pages.cut(call, Sorted(MODELS, key=MODELS.index))


@provider.operation("voices_list")
def list_voices(call: Call[State]) -> Page[Voice]:
    """Return a page of voices: the organization's, the newest first, and then the public ones."""
    filters = {name: call.params[name] for name in ("is_owner", "gender") if call.params[name] is not None}
    text = (call.params["q"] or "").casefold()
    known = [
        voice
        for voice in (*voices.list(call), *PUBLIC)
        if all(getattr(voice, name) == value for name, value in filters.items())
        and text in f"{voice.name}\n{voice.description}\n{voice.id}".casefold()
    ]
    return call.pages.cut(call, Sorted(known, key=lambda voice: not voice.is_owner))


@provider.operation("voices_get")
def get_voice(call: Call[State]) -> Voice:
    """Return a voice of the organization, or a public one."""
    return next((voice for voice in PUBLIC if voice.id == call.params["id"]), None) or voices.get(call)


@provider.view(Voice)
def shown(call: Call[State], voice: Voice) -> dict[str, Any]:
    """Return a voice as answers show it; of previews there is none."""
    language, _, country = voice.locale.partition("-")
    access, visibility = ("private", "owner") if voice.is_owner else ("public", "all")
    native = {"locale": voice.locale, "is_native": True}
    derived = {"access": access, "visibility": visibility, "language": language, "country": country, "locales": [native]}
    preview = {"preview_file_url": None} if call.params["expand[]"] == "preview_file_url" else {}
    shown = {name: getattr(voice, name) for name in SHOWN}
    return {**shown, **derived, "accents": [{"accent": voice.accent, **native}], "status": "active", **preview}
