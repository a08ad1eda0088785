"""The configuration of an agent: complete when it is read, sparse when it is sent. The spec has its defaults."""

from __future__ import annotations

from typing import Any

import msgspec

from simulator.provider import UNSET
from simulator.providers.cartesia.errors import invalid

MAX_VARIABLES = 16 * 1024  # bytes of JSON
SYSTEM_TOOL = {"description": None, "pre_tool_speech": "auto"}
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
