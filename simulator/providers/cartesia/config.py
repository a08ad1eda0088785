"""The configuration of an agent: complete when it is read, sparse when it is sent."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from simulator.provider import UNSET
from simulator.providers.cartesia.errors import invalid

MAX_VARIABLES = 16 * 1024  # bytes of JSON
SYSTEM_TOOL = {"description": None, "pre_tool_speech": "auto"}
# The voice and the model are those of the documentation's examples; the rest is the absence of a choice.
_UNSET_OUTPUT = dict.fromkeys(("speed", "volume", "emotion", "pronunciation_dictionary_id", "background_sound"))
_AUDIO_OUTPUT = {"voice_id": "a0e99841-438c-4a64-b679-ae501e7d6091", **_UNSET_OUTPUT}
DEFAULTS: dict[str, Any] = {
    "instructions": "",
    "initial_message": None,
    "language": {"primary": "en"},
    "model": {"id": "gpt-5.4-mini", "temperature": None, "max_output_tokens": None},
    "audio": {"input": {"keyterms": [], "noise_suppression": "auto"}, "output": _AUDIO_OUTPUT},
    "tools": [],
    "system_tools": dict.fromkeys(("end_call", "send_dtmf", "transfer_to_number")),
    "timezone": "UTC",
    "dynamic_variable_placeholders": {},
    "turn": {"inactivity_end_call_secs": 240, "inactivity_check_in_secs": 8},
}
# Objects that are absent until they are sent, with the defaults of their members; UNSET marks a required member.
ABSENT: dict[str, dict[str, Any]] = {
    "background_sound": {"file_id": UNSET, "volume": 1},
    "end_call": SYSTEM_TOOL,
    "send_dtmf": SYSTEM_TOOL,
    "transfer_to_number": {**SYSTEM_TOOL, "transfers": UNSET},
}


def configured(config: dict[str, Any], sent: dict[str, Any]) -> dict[str, Any]:
    """Return `config` changed by the members that were sent: objects are merged at every depth, lists and null replace.

    Unknown members are not kept.

    Raises:
        Problem: the result is not a valid configuration.
    """
    config = _merged(config, sent, "config")
    check_in = config["turn"]["inactivity_check_in_secs"]
    if check_in is not None and check_in >= config["turn"]["inactivity_end_call_secs"]:
        raise invalid("Must be less than inactivity_end_call_secs", "config.turn.inactivity_check_in_secs")
    if is_too_large(config["dynamic_variable_placeholders"]):
        raise invalid("Must be at most 16 KiB of JSON", "config.dynamic_variable_placeholders")
    return config


def unknown_members(sent: dict[str, Any], place: str = "config", known: dict[str, Any] = DEFAULTS) -> Iterator[tuple[str, str]]:
    """Yield the members that a configuration does not have, at any depth of its objects: their place, and their name."""
    for name, value in sent.items():
        if name not in known:
            yield place, name
        elif isinstance(value, dict) and name != "dynamic_variable_placeholders":
            yield from unknown_members(value, f"{place}.{name}", ABSENT.get(name) or known[name])


def is_too_large(variables: dict[str, Any]) -> bool:
    """Return whether dynamic variables are larger than Cartesia allows."""
    return len(msgspec.json.encode(variables)) > MAX_VARIABLES


def _merged(held: dict[str, Any], sent: dict[str, Any], place: str) -> dict[str, Any]:
    members = {name: sent.get(name, value) for name, value in held.items()}
    return {name: _member(name, held[name], value, f"{place}.{name}") for name, value in members.items()}


def _member(name: str, held: Any, sent: Any, place: str) -> Any:
    if sent is held or not isinstance(sent, dict) or name == "dynamic_variable_placeholders":
        return sent
    if name not in ABSENT:
        return _merged(held, sent, place)
    filled = {member: sent.get(member, value) for member, value in (held or ABSENT[name]).items()}
    for lacking in [member for member, value in filled.items() if value is UNSET]:
        raise invalid("Required", f"{place}.{lacking}")
    return filled
