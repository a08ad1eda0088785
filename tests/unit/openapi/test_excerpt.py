"""The excerpt of a document that a validator holds."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.openapi.excerpt import excerpt
from simulator.openapi.pointers import Pointer

NODE: dict[str, Any] = {"properties": {"next": {"$ref": "#/schemas/Node"}, "tag": {"$ref": "#/schemas/Tag/properties/name"}}}
TAG: dict[str, Any] = {"properties": {"name": {"type": "string"}}}
ODD: dict[str, Any] = {"anyOf": [{"$ref": "#/list/0"}, {"$ref": "#/schemas/Missing"}, {"$ref": "#/schemas/a%20b~1c"}]}
CONTENT: dict[str, Any] = {
    "info": {"title": "Not a schema"},
    "list": [{"type": "string"}, {"type": "integer"}],
    "schemas": {"Node": NODE, "Tag": TAG, "Odd": ODD, "a b/c": {"const": 1}, "Unused": {"type": "null"}},
}


@pytest.mark.parametrize(
    ("pointers", "parts"),
    [
        ([("schemas", "Tag")], {"schemas": {"Tag": TAG}}),
        ([("schemas", "Node")], {"schemas": {"Node": NODE, "Tag": {"properties": {"name": {"type": "string"}}}}}),
        ([("list", 1)], {"list": {"1": {"type": "integer"}}}),
        ([("schemas", "Odd")], {"schemas": {"Odd": ODD, "a b/c": {"const": 1}}, "list": {"0": {"type": "string"}}}),
        ([("schemas", "Missing")], {"schemas": {}}),
        ([], {}),
    ],
)
def test_it_holds_what_the_schemas_refer_to(pointers: list[Pointer], parts: dict[str, Any]) -> None:
    """A schema within itself comes once, and what is missing is left for the validator to report."""
    assert excerpt(CONTENT, pointers) == parts


@pytest.mark.parametrize("is_part_first", [False, True])
def test_a_part_and_the_whole_of_a_schema(*, is_part_first: bool) -> None:
    """The order in which they come does not matter, and the document itself is not changed."""
    pointers: list[Pointer] = [("schemas", "Tag", "properties", "name"), ("schemas", "Tag")]
    parts = excerpt(CONTENT, pointers if is_part_first else pointers[::-1])
    assert parts == {"schemas": {"Tag": {"properties": {"name": {"type": "string"}}}}}
    assert list(CONTENT["schemas"]) == ["Node", "Tag", "Odd", "a b/c", "Unused"]
