"""The properties of a document that hold secrets."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


def password_fields(document: Any) -> frozenset[str]:
    """Return the names of all properties of a document that are passwords, or refer to a schema that is one."""
    schemas = list(_named_objects(document))
    secret = {name for name, schema in schemas if schema.get("format") == "password"}
    return frozenset(secret | {name for name, schema in schemas if str(schema.get("$ref")).rpartition("/")[2] in secret})


def _named_objects(node: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every object that is a member of another, with its name."""
    if isinstance(node, list):
        for item in node:
            yield from _named_objects(item)
    elif isinstance(node, dict):
        for name, value in node.items():
            if isinstance(value, dict):
                yield name, value
            yield from _named_objects(value)
