"""The configuration of an agent: complete when it is read, sparse when it is sent. The spec has its defaults."""

from __future__ import annotations

from typing import Any

# Objects of which nothing is there until they are sent, and what they have.
ABSENT = {"background_sound": ("file_id", "volume"), "transfer_to_number": ("transfers",)}


def merged(config: dict[str, Any], sent: dict[str, Any]) -> dict[str, Any]:
    """Return `config` with what was sent: objects are merged at every depth, lists and null replace what was there.

    What a configuration does not have is not kept.
    """
    return {name: _member(name, value, sent[name]) if name in sent else value for name, value in config.items()}


def _member(name: str, held: Any, sent: Any) -> Any:
    if not isinstance(sent, dict):
        return sent
    if name in ABSENT:
        return {member: sent[member] for member in ABSENT[name] if member in sent}
    return merged(held, sent) if isinstance(held, dict) else sent
