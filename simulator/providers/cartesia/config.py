"""The configuration of an agent: complete when it is read, sparse when it is sent."""

from __future__ import annotations

from typing import Any

# The voice and the model are those of the documentation's examples; the rest is the absence of a choice.
DEFAULTS: dict[str, Any] = {
    "instructions": "",
    "initial_message": None,
    "language": {"primary": "en"},
    "model": {"id": "gpt-5.4-mini", "temperature": None, "max_output_tokens": None},
    "audio": {
        "input": {"keyterms": [], "noise_suppression": "auto"},
        "output": {
            "voice_id": "a0e99841-438c-4a64-b679-ae501e7d6091",
            "speed": None,
            "volume": None,
            "emotion": None,
            "pronunciation_dictionary_id": None,
            "background_sound": None,
        },
    },
    "tools": [],
    "system_tools": {"end_call": None, "send_dtmf": None, "transfer_to_number": None},
}


# Objects of which nothing is there until they are sent, and what they have.
ABSENT = {"background_sound": ("file_id", "volume"), "transfer_to_number": ("transfers",)}


def merged(config: dict[str, Any], sent: dict[str, Any]) -> dict[str, Any]:
    """`config` with what was sent: objects are merged at every depth, lists and null replace what was there.

    What a configuration does not have is not kept.
    """
    return {name: _member(name, value, sent[name]) if name in sent else value for name, value in config.items()}


def _member(name: str, held: Any, sent: Any) -> Any:
    if not isinstance(sent, dict):
        return sent
    if name in ABSENT:
        return {each: sent[each] for each in ABSENT[name] if each in sent}
    return merged(held, sent) if isinstance(held, dict) else sent
