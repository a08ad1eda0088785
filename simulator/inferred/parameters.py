"""The parameters of operations, as the simulator reads them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from simulator.inferred.files import Files
from simulator.inferred.patterns import text_for
from simulator.inferred.samples import FORMATS, uuid_of
from simulator.inferred.schemas import TYPES, SchemaRewriter

IGNORED_HEADERS = ("accept", "content-type", "authorization")  # which OpenAPI leaves to other parts of the document
MAX_STEPS = 20  # from reference to reference
TIMES = {"date-time": "2026-03-01T00:00:00Z", "uuid": uuid_of("0" * 32)}


class ParameterRewriter:
    """Rewrites the parameters of one document; `keys` are the query parameters that carry keys, by the name of their scheme."""

    def __init__(self, files: Files, schemas: SchemaRewriter, keys: Mapping[str, str]) -> None:
        self._files, self._schemas, self._keys = files, schemas, keys

    def given(self, nodes: Any, file: Path) -> list[dict[str, Any]]:
        """Return the parameters that a path or an operation of a file declares."""
        return [one for node in (nodes if isinstance(nodes, list) else []) for one in self._read(node, file)]

    def rewrite(self, path: str, given: list[dict[str, Any]], security: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Return the parameters of an operation: those of its path first, unless it has others of the same name."""
        names = list(dict.fromkeys(re.findall(r"{([^}]*)}", path)))
        parameters: dict[tuple[str, str], dict[str, Any]] = {}
        for parameter in given:
            if parameter["in"] != "path" or parameter["name"] in names:
                parameters[parameter["in"], parameter["name"]] = dict(parameter)
        for name in names:
            parameters.setdefault(("path", name), {"name": name, "in": "path", "required": True, "schema": {"type": "string"}})
        for name in dict.fromkeys(self._keys[scheme] for choice in security for scheme in choice if scheme in self._keys):
            parameters.setdefault(("query", name), {"name": name, "in": "query", "schema": {"type": "string"}})
            parameters["query", name]["required"] = False  # a missing key is a matter of authentication
        return sorted(parameters.values(), key=lambda one: one["in"] == "path")  # which counts where a filter is called alike

    def _read(self, given: Any, file: Path) -> Iterator[dict[str, Any]]:
        """Yield a parameter; of an object whose members stand in brackets, such as `page[size]`, each member."""
        node, where = self._followed(given, file)
        if isinstance(node, dict) and node.get("style") == "deepObject" and isinstance(node.get("name"), str):
            schema, place = self._followed(node.get("schema"), where)
            properties = schema.get("properties") if isinstance(schema, dict) else None
            for name, member in (properties if isinstance(properties, dict) else {}).items():
                one = {"name": f"{node['name']}[{name}]", "in": node.get("in"), "schema": member}
                if (made := self._parameter(one, place)) is not None:
                    yield made
            if isinstance(properties, dict):
                return
        made = self._parameter(node, where)
        if made is not None:
            yield made

    def _followed(self, given: Any, file: Path) -> tuple[Any, Path]:
        for _ in range(MAX_STEPS):
            if not isinstance(given, dict) or not isinstance(given.get("$ref"), str):
                return given, file
            target = self._files.find(given["$ref"], file)
            given, file = (target.node, target.file) if target else (None, file)
        return None, file

    def _parameter(self, node: Any, where: Path) -> dict[str, Any] | None:
        """Return a parameter; None for one that is not read."""
        if not isinstance(node, dict) or not isinstance(node.get("name"), str):
            return None
        place, name = node.get("in"), node["name"]
        if place not in ("path", "query", "header") or (place == "header" and name.lower() in IGNORED_HEADERS):
            return None
        written = node.get("schema")
        schema = self._schemas.rewrite(written if "content" not in node else {}, where, "request")
        kinds = self._kinds(written, where) if "content" not in node else []
        is_object = bool(kinds) and kinds[0] == "object"
        made = {name: node[name] for name in ("name", "in", "description", "style", "explode") if name in node}
        made["required"] = place == "path" or (node.get("required") is True and not is_object)
        made["schema"] = {} if is_object or "content" in node or not isinstance(schema, dict) else schema
        if kinds and "type" not in made["schema"] and not is_object:
            made["schema"] = self._typed(made["schema"], kinds)
        example = self._example(node, self._followed(written, where)[0], kinds)
        return made | ({"example": example} if example is not None else {})

    @staticmethod
    def _typed(schema: dict[str, Any], kinds: list[str]) -> dict[str, Any]:
        """Return a schema beside whose reference the types stand that a text may have."""
        return {**({"allOf": [schema]} if "$ref" in schema else schema), "type": kinds}

    def _kinds(self, schema: Any, file: Path, depth: int = 0) -> list[str]:
        """Return the types that a schema allows, those within its branches among them."""
        if not isinstance(schema, dict) or depth > 8:
            return []
        if isinstance(schema.get("$ref"), str):
            target = self._files.find(schema["$ref"], file)
            return self._kinds(target.node, target.file, depth + 1) if target else []
        given = schema.get("type")
        kinds = [kind for kind in (given if isinstance(given, list) else [given]) if kind in TYPES]
        for word in ("allOf", "anyOf", "oneOf"):
            branches = schema.get(word)
            for branch in branches if isinstance(branches, list) else []:
                kinds += [kind for kind in self._kinds(branch, file, depth + 1) if kind not in kinds]
        order = ("integer", "number", "boolean", "array", "string", "object", "null")  # the narrowest is tried first
        return sorted(kinds, key=order.index)

    @staticmethod
    def _example(node: dict[str, Any], schema: Any, kinds: list[str]) -> Any:
        schema = schema if isinstance(schema, dict) else {}
        examples = node.get("examples")
        named = [one.get("value") for one in examples.values() if isinstance(one, dict)] if isinstance(examples, dict) else []
        enum = schema.get("enum")
        candidates = [node.get("example"), *named, schema.get("example"), schema.get("default")]
        candidates += enum if isinstance(enum, list) else []
        candidates += [_sample(schema, kind) for kind in kinds[:1]]
        return next((value for value in candidates if value is not None and not isinstance(value, dict | list)), None)


def _sample(schema: dict[str, Any], kind: str) -> Any:
    """Return a value of a type that a schema without references allows; None for a text without a form."""
    least, most = schema.get("minimum", 1), schema.get("maximum", 1)
    if kind in ("integer", "number") and isinstance(least, int | float) and isinstance(most, int | float):
        return max(least, min(1, most))
    if kind == "string" and "pattern" in schema:
        return text_for(str(schema["pattern"]), "0123456789abcdef", schema.get("minLength", 0))
    form = str(schema.get("format"))
    return True if kind == "boolean" else TIMES.get(form, FORMATS.get(form)) if kind == "string" else None
