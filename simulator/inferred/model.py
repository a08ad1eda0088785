"""Reading the schemas of a rewritten document: references followed, combinations joined, cycles cut."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

JSON = "application/json"
MAX_DEPTH = 12


class Model:
    """The schemas of one document."""

    def __init__(self, content: Mapping[str, Any]) -> None:
        self._components = content["components"]
        self._flat: dict[int, tuple[Any, dict[str, Any], bool]] = {}  # by schema: itself, flat, and whether values matter
        self._lists: dict[int, tuple[Any, bool]] = {}  # by schema: itself, and whether it allows nothing but lists
        self._joined: dict[tuple[int, int], tuple[Any, Any, dict[str, Any]]] = {}  # by two schemas: these, and both in one

    def follow(self, node: Any) -> dict[str, Any]:
        """Return what a schema or a response stands for; {} for a schema that says nothing."""
        for _ in range(MAX_DEPTH):
            if not isinstance(node, dict):
                return {}
            if "$ref" not in node:
                return node
            _, _, kind, name = node["$ref"].split("/")
            node = self._components[kind].get(name)
        return {}

    def is_list(self, schema: Any, value: Any) -> bool:
        """Return whether a schema allows nothing but lists, by the branch that fits a value best."""
        known = self._lists.get(id(schema))
        if known is not None:
            return known[1]
        is_list = self.kinds(self.flat(schema, value)) == ["array"]
        if schema and isinstance(schema, dict) and not self._has_union(schema, 0):  # {} stands for a missing one
            self._lists[id(schema)] = schema, is_list
        return is_list

    def flat(self, schema: Any, value: Any = None, depth: int = 0) -> dict[str, Any]:
        """Return a schema without combinations: all parts of `allOf`, and of unions the branch that fits a value best."""
        known = self._flat.get(id(schema))
        if known is not None and (value is None or not known[2]):
            return known[1]
        flat = self._flattened(schema, value, depth)
        if value is None and depth == 0 and isinstance(schema, dict):
            self._flat[id(schema)] = schema, flat, self._has_union(schema, 0)
        return flat

    def is_same_for_all(self, schema: Any) -> bool:
        """Return whether a schema is the same for all values, as it has no union of which they decide the branch."""
        self.flat(schema)
        known = self._flat.get(id(schema))
        return known is None or not known[2]

    def is_nullable(self, schema: Any) -> bool:
        """Return whether a schema allows null."""
        node = self.follow(schema)
        branches = [self.follow(branch) for branch in node.get("anyOf", ())]
        return "null" in self.kinds(self.flat(schema)) or any(self.kinds(branch) == ["null"] for branch in branches)

    def _has_union(self, schema: Any, depth: int) -> bool:
        node = self.follow(schema)
        return "anyOf" in node or (
            depth < MAX_DEPTH and any(self._has_union(part, depth + 1) for part in node.get("allOf", ()))
        )

    def _flattened(self, schema: Any, value: Any, depth: int) -> dict[str, Any]:
        node = self.follow(schema)
        if depth > MAX_DEPTH or node.keys().isdisjoint({"allOf", "anyOf"}):
            return node
        parts = [self.flat(part, value, depth + 1) for part in node.get("allOf", ())]
        branches = [self.flat(branch, value, depth + 1) for branch in node.get("anyOf", ())]
        branches = [branch for branch in branches if branch.get("type") != "null"]
        if branches:
            parts.append(max(branches, key=lambda branch: self._fit(branch, value)) if value is not None else branches[0])
        own = {name: member for name, member in node.items() if name not in ("allOf", "anyOf")}
        joined: dict[str, Any] = {}
        properties: dict[str, Any] = {}
        required: list[str] = []
        values: list[Any] = []
        for part in [*parts, own]:
            items = self._both(joined["items"], part["items"]) if "items" in joined and "items" in part else None
            joined |= part if items is None else {**part, "items": items}
            properties = self._merged(properties, part.get("properties", {}))
            required += part.get("required", ())
            allowed = part.get("enum", [part["const"]] if "const" in part else [])
            values = [value for value in allowed if value in values] or list(allowed) or values
        if values:
            joined = {name: member for name, member in joined.items() if name != "const"} | {"enum": values}
        return {**joined, **({"properties": properties} if properties else {}), **({"required": required} if required else {})}

    def _merged(self, first: dict[str, Any], second: dict[str, Any]) -> dict[str, Any]:
        """Return the members of two parts of `allOf`; one that both describe has to fit both."""
        shared = {name: self._both(first[name], second[name]) for name in second if name in first}
        return {**first, **second, **shared}

    def _both(self, first: Any, second: Any) -> Any:
        """Return a schema that stands for two; the same one each time, as what is known of schemas is kept by identity."""
        if first is second or first == second or not isinstance(first, dict) or not isinstance(second, dict):
            return second
        place = id(first), id(second)
        if place not in self._joined:
            self._joined[place] = first, second, {"allOf": [first, second]}
        return self._joined[place][2]

    def _fit(self, branch: dict[str, Any], value: Any) -> tuple[int, int, int]:
        """Return how well a value fits a branch: no constant of another value, many known members, few missing."""
        kinds = self.kinds(branch)
        if not isinstance(value, dict):
            return int(not kinds or kind_of(value) in kinds), 0, 0
        properties = branch.get("properties", {})
        shared = [name for name in properties if name in value]
        clashes = 0
        for name in shared:
            member = self.follow(properties[name])
            allowed = member.get("enum", [member["const"]] if "const" in member else None)
            clashes += allowed is not None and value[name] not in allowed
        missing = [name for name in branch.get("required", ()) if name not in value]
        return -clashes, len(shared), -len(missing)

    @staticmethod
    def kinds(node: dict[str, Any]) -> list[str]:
        """Return the types that a flat schema allows; by its other keywords where it names none."""
        given = node.get("type", ())
        kinds = [given] if isinstance(given, str) else list(given)
        if not kinds and "properties" in node:
            return ["object"]
        return ["array"] if not kinds and "items" in node else kinds

    def properties(self, schema: Any) -> dict[str, Any]:
        """Return the members of an object, of all branches of a union."""
        return dict(self._properties(schema, 0))

    def _properties(self, schema: Any, depth: int) -> dict[str, Any]:
        node = self.follow(schema)
        found: dict[str, Any] = {}
        if depth < MAX_DEPTH:
            for part in node.get("allOf", ()):
                found = self._merged(found, self._properties(part, depth + 1))
            for branch in node.get("anyOf", ()):
                found |= {name: member for name, member in self._properties(branch, depth + 1).items() if name not in found}
        return self._merged(found, node.get("properties", {}))

    def content(self, response: Any) -> tuple[str, dict[str, Any]]:
        """Return the media type and the content of a body; an empty text for none. JSON comes first."""
        content = self.follow(response).get("content") or {}
        kind = JSON if JSON in content else next(iter(content), "")
        return kind, content.get(kind, {})


@lru_cache(maxsize=10_000)
def plain(name: str) -> str:
    """Return a name without case and separators: `pageSize`, `page_size` and `PageSize` are one."""
    return re.sub("[^a-z0-9]", "", name.lower())


def singular(name: str) -> str:
    """Return the singular of an English plural, in plain letters."""
    word = plain(name)
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("sses", "xes", "ches", "shes")):
        return word[:-2]
    return word[:-1] if word.endswith("s") and not word.endswith(("ss", "us")) else word


def kind_of(value: Any) -> str:
    """Return the JSON type of a value."""
    if value is None:
        return "null"
    kinds = {bool: "boolean", int: "integer", float: "number", str: "string", list: "array", dict: "object"}
    return kinds.get(type(value), "string")
