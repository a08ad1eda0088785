"""The JSON Schema of scenario files, generated from the types of the format and from the providers; validation against it."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from inspect import cleandoc
from typing import Any

import jsonschema_rs
import msgspec

from simulator.documents import Document, Fault
from simulator.provider.bound import BoundProvider
from simulator.scenario.format import RuleFile, ScenarioFile

Json = dict[str, Any]

MAX_NAMES_LISTED = 15  # An error lists so many names at most; of more it names only the nearest.


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
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "Scenario of the provider simulator"}
    return {**scenario, **head, "$defs": definitions}


def _name_rules(when: Json, action: Json, providers: Mapping[str, BoundProvider]) -> None:
    """Give editors the names to complete; rule validation checks them, as its errors can name the nearest one."""
    bounds = providers.items()
    when["provider"]["examples"] = list(providers)
    when["operation"]["examples"] = [f"{name}.{operation}" for name, bound in bounds for operation in bound.spec.operations]
    action["error"]["examples"] = sorted({error for _, bound in bounds for error in bound.provider.errors_by_name})


def _name_lifecycles(lifecycles: Json, providers: Mapping[str, BoundProvider]) -> None:
    names = [f"{name}.{event}" for name, bound in providers.items() for event in bound.provider.events]
    lifecycles["properties"] = dict.fromkeys(names, lifecycles["additionalProperties"])


def _name_assumptions(assume: Json, providers: Mapping[str, BoundProvider]) -> None:
    """Describe every switch with its values; unknown switches are rejected."""
    assume["properties"] = {
        f"{name}.{switch.name}": {"enum": list(switch.values), "default": switch.default, "description": switch.about}
        for name, bound in providers.items()
        for switch in bound.provider.assumptions.values()
    }
    assume["additionalProperties"] = False


def faults(schema: Json, document: Document) -> Iterator[Fault]:
    """Yield the faults of a document, with their lines."""
    validator = jsonschema_rs.Draft202012Validator(schema, validate_formats=True)
    for error in validator.iter_errors(document.content):
        yield from _faults(document, schema, error)


def _faults(document: Document, schema: Json, error: jsonschema_rs.ValidationError) -> Iterator[Fault]:
    kind: Any = error.kind
    if kind.name == "additionalProperties":
        known = list(_at(schema, error.schema_path[:-1]).get("properties", {}))
        for key in kind.unexpected:
            near = difflib.get_close_matches(key, known, 1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            expected = "" if near and len(known) > MAX_NAMES_LISTED else f", expected one of {', '.join(known)}"
            yield document.fault([*error.instance_path, key], f"found {key!r}{expected}{hint}")
        return
    where = "/".join(map(str, error.instance_path)) or "the scenario"
    hint = _at(schema, error.schema_path[:-1]).get("description", "")
    yield document.fault(error.instance_path, f"{where}: {error.message}" + (f"; expected: {hint}" if hint else ""))


def _at(schema: Json, path: Sequence[str | int]) -> Json:
    """Return the part of a schema at a path of a validation error."""
    node: Any = schema
    for step in path:
        node = schema["$defs"][node["$ref"].rpartition("/")[2]] if step == "$ref" else node[step]
    return node if isinstance(node, dict) else {}
