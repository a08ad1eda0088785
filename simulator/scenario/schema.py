"""The JSON Schema of scenario files, generated from the types of the format and from the providers; validation against it."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from inspect import cleandoc
from typing import Any

import jsonschema_rs
import msgspec

from simulator.documents import Document, Fault
from simulator.provider.bound import BoundProvider
from simulator.scenario.format import RuleFile, ScenarioFile

Json = dict[str, Any]

MAX_NAMES_LISTED = 15  # Errors list the allowed names up to this number; above it, they list only the nearest.

TYPES = {
    "object": "an object",
    "array": "a list",
    "string": "text",
    "integer": "an integer",
    "number": "a number",
    "boolean": "true or false",
    "null": "null",
}
BOUNDS = {
    "minimum": "at least {}",
    "maximum": "at most {}",
    "exclusiveMinimum": "more than {}",
    "exclusiveMaximum": "less than {}",
    "minLength": "at least {} characters",
    "maxLength": "at most {} characters",
    "minItems": "at least {} items",
    "maxItems": "at most {} items",
    "minProperties": "at least {} members",
    "uniqueItems": "a list without duplicates",
}
LENGTHS = {"minLength", "maxLength", "minItems", "maxItems", "minProperties"}


def schema_of(providers: Mapping[str, BoundProvider]) -> Json:
    """Return the schema, with the account sections and the switches of the providers."""
    seeds = [bound.provider.seed for bound in providers.values()]
    types = [ScenarioFile, RuleFile, *seeds]
    references, definitions = msgspec.json.schema_components(types, ref_template="#/$defs/{name}")
    keys = {"type": "array", "items": {"type": "string", "minLength": 1}, "minItems": 1, "uniqueItems": True}
    sections = dict(zip(providers, references[2:], strict=True))
    account = {"type": "object", "properties": {"keys": keys, **sections}, "additionalProperties": False}
    for definition in definitions.values():  # The descriptions are docstrings, which are indented before Python 3.13.
        definition["description"] = cleandoc(definition.get("description", ""))
    scenario = definitions.pop("ScenarioFile")
    scenario["properties"]["accounts"]["items"] = account
    _name_rules(definitions["When"]["properties"], definitions["Then"]["properties"], providers)
    _name_lifecycles(scenario["properties"]["lifecycles"], providers)
    _name_assumptions(scenario["properties"]["assume"], providers)
    scenario["required"] = ["description"]
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "Scenario of the provider simulator"}
    return {**scenario, **head, "$defs": definitions}


def _name_rules(when: Json, action: Json, providers: Mapping[str, BoundProvider]) -> None:
    """Give editors the names to complete; rule validation checks them, as its errors can name the nearest one."""
    bounds = providers.items()
    when["provider"]["examples"] = list(providers)
    when["operation"]["examples"] = [f"{name}.{operation}" for name, bound in bounds for operation in bound.spec.operations]
    action["error"]["examples"] = sorted({error for _, bound in bounds for error in bound.provider.errors_by_name})


def _name_lifecycles(lifecycles: Json, providers: Mapping[str, BoundProvider]) -> None:
    names = [f"{name}.{lifecycle}" for name, bound in providers.items() for lifecycle in bound.provider.lifecycles]
    lifecycles["properties"] = dict.fromkeys(names, lifecycles["additionalProperties"])


def _name_assumptions(assume: Json, providers: Mapping[str, BoundProvider]) -> None:
    """Describe every switch with its values; unknown switches are rejected."""
    assume["properties"] = {
        f"{name}.{switch.name}": {"enum": list(switch.values), "default": switch.default, "description": switch.about}
        for name, bound in providers.items()
        for switch in bound.provider.assumptions.values()
    }
    assume["additionalProperties"] = False


class FileValidator:
    """Validates documents against a schema, which is compiled once."""

    def __init__(self, schema: Json) -> None:
        self._schema = schema
        self._validator = jsonschema_rs.Draft202012Validator(schema, validate_formats=True)

    def faults(self, document: Document) -> Iterator[Fault]:
        """Yield the faults of a document, with their lines."""
        for error in self._validator.iter_errors(document.content):
            yield from _faults(document, self._schema, error)


def _faults(document: Document, schema: Json, error: jsonschema_rs.ValidationError) -> Iterator[Fault]:
    kind: Any = error.kind
    branch = _intended_branch(error) if kind.name == "anyOf" else []
    if branch:
        for inner in branch:
            yield from _faults(document, schema, inner)
        return
    if kind.name == "additionalProperties":
        known = list(_at(schema, error.schema_path[:-1]).get("properties", {}))
        for key in kind.unexpected:
            yield document.fault([*_place(document, error), key], f"unknown key {key!r}; {suggestion(key, known)}")
        return
    place = _place(document, error)
    if error.instance is None and not place:
        yield document.fault([], f"the scenario is empty; expected some of {', '.join(schema['properties'])}")
        return
    where = "/".join(map(str, place)) or "the scenario"
    plain = "" if isinstance(error.instance, str) else document.written(place)
    written = plain or json.dumps(error.instance, ensure_ascii=False)
    problem = _problem(schema, _at(schema, error.schema_path[:-1]), str(error.schema_path[-1]), error.instance, written)
    yield document.fault(place, f"{where}: {problem}")


def _place(document: Document, error: jsonschema_rs.ValidationError) -> list[str | int]:
    """Return the place of an error; jsonschema_rs takes keys that look like integers, such as `+14155550142`, for integers."""
    place: list[str | int] = []
    part: Any = document.content
    for step in error.instance_path:
        is_number = isinstance(step, int) and isinstance(part, dict)
        place.append(next(key for key in part if _stands_for(key, step)) if is_number else step)
        part = part[place[-1]]
    return place


def _stands_for(key: str, number: str | int) -> bool:
    try:
        return int(key) == number
    except ValueError:
        return False


def suggestion(name: str, known: Sequence[str]) -> str:
    """Return the end of an error about an unknown name: the allowed names, or the nearest if there are many."""
    if not known:
        return "there are none"
    near = difflib.get_close_matches(name, known, 1)
    expected = [f"expected one of {', '.join(known)}"] if not near or len(known) <= MAX_NAMES_LISTED else []
    return "; ".join([*expected, *(f"did you mean {close!r}?" for close in near)])


def _intended_branch(error: jsonschema_rs.ValidationError) -> list[jsonschema_rs.ValidationError]:
    """Return the errors of the alternative of an `anyOf` that has the type of the value; empty unless there is exactly one."""
    kind: Any = error.kind
    own = list(error.instance_path)
    branches = [
        branch
        for branch in kind.context
        if not any(list(inner.instance_path) == own and inner.kind.name in ("type", "enum") for inner in branch)
    ]
    return list(branches[0]) if len(branches) == 1 else []


def _problem(schema: Json, node: Json, keyword: str, value: Any, written: str) -> str:
    """Return what was expected by a part of the schema, and what was written instead."""
    if keyword == "required":
        return f"missing {' and '.join(repr(name) for name in node['required'] if name not in value)}"
    problem = f"expected {expected(schema, node, keyword)}, got {len(value) if keyword in LENGTHS else written}"
    texts = [
        part for part in (node, *(_resolved(schema, one) for one in node.get("anyOf", ()))) if part.get("type") == "string"
    ]
    return problem + _hint(texts, written) if isinstance(value, int | float) else problem


def _hint(texts: Sequence[Json], number: str) -> str:
    """Return how to write a number where only texts are allowed: in quotes, or with a unit; empty if neither helps."""
    patterns = [re.compile(text.get("pattern", "")) for text in texts]
    if any(pattern.search(number) for pattern in patterns):
        return "; put it in quotes"
    return f"; write {number}s for seconds" if any(pattern.search(f"{number}s") for pattern in patterns) else ""


def expected(schema: Json, node: Json, keyword: str) -> str:
    """Return in words what a keyword of the schema requires."""
    if keyword in BOUNDS:
        text = BOUNDS[keyword].format(node[keyword])
        return text.removesuffix("s") if keyword in LENGTHS and node[keyword] == 1 else text
    description = str(node.get("description", "")).rstrip(".")
    if keyword in ("enum", "const"):
        allowed = ", ".join(str(value) for value in node["enum"] if value != "") if keyword == "enum" else str(node["const"])
        return f"one of {allowed}" + (f" ({description})" if description else "")
    if keyword == "anyOf":
        return " or ".join(_summary(_resolved(schema, branch)) for branch in node["anyOf"])
    if keyword == "type":
        return _summary(node if "pattern" in node or "properties" in node else {"type": node["type"]})
    if keyword == "format":
        return "a time such as 2026-03-01T00:00:00Z"
    return lower_first(description) if description else f"text that matches {node.get(keyword)}"


def lower_first(text: str) -> str:
    """Return a text with its first letter in lower case, for the middle of a sentence."""
    return text[:1].lower() + text[1:] if text[1:2].islower() or text[1:2] == " " else text


def _summary(node: Json) -> str:
    """Return in a few words which values a part of the schema accepts."""
    if "enum" in node:
        return f"one of {', '.join(map(str, node['enum']))}"
    if node.get("type") == "object" and 0 < len(node.get("properties", ())) <= MAX_NAMES_LISTED:
        return f"an object with {', '.join(node['properties'])}"
    if node.get("type") == "string" and node.get("description"):
        return lower_first(str(node["description"]).rstrip("."))
    types = node.get("type", [])
    return " or ".join(TYPES[name] for name in ([types] if isinstance(types, str) else types))


def _resolved(schema: Json, node: Json) -> Json:
    return schema["$defs"][node["$ref"].rpartition("/")[2]] if "$ref" in node else node


def _at(schema: Json, path: Sequence[str | int]) -> Json:
    """Return the part of a schema at a path of a validation error."""
    node: Any = schema
    for step in path:
        node = schema["$defs"][node["$ref"].rpartition("/")[2]] if step == "$ref" else node[step]
    return node if isinstance(node, dict) else {}
