"""JSON that is decoded where it is read."""

from __future__ import annotations

import json

import pytest

from simulator.documents.parts import Parts

CONTENT = {"a": {"b": {"c": {"d": {"e": [1, {"f": None}]}}}, "g": "text"}, "list": [{"h": 1}], "number": 1.5, "empty": {}}


def plain(value: object) -> object:
    """Return a value with plain dicts instead of mappings."""
    return {name: plain(member) for name, member in value.items()} if isinstance(value, Parts) else value


def test_it_has_the_content_of_the_text() -> None:
    """Members in their order, and each the same object whenever it is read."""
    parts = Parts(json.dumps(CONTENT, indent=1).encode())
    assert (plain(parts), list(parts), len(parts)) == (CONTENT, list(CONTENT), 4)
    assert "a" in parts
    assert "b" not in parts
    assert parts["a"]["b"]["c"] is parts["a"]["b"]["c"]


def test_below_its_depth_all_is_plain() -> None:
    """Values below the depth are plain dicts."""
    parts = Parts(json.dumps(CONTENT).encode(), depth=2)
    assert (type(parts["a"]), type(parts["a"]["b"]), type(parts["a"]["b"]["c"])) == (Parts, Parts, dict)
    assert type(Parts(json.dumps(CONTENT).encode(), depth=0)["a"]) is dict


def test_what_is_missing_is_a_key_error() -> None:
    """As of any mapping."""
    with pytest.raises(KeyError, match="missing"):
        Parts(b"{}")["missing"]
