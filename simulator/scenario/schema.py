"""The JSON Schema of scenario files, made from the types of their format and from what the providers have; and its faults."""

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

MANY = 15  # names: of so many only the nearest is told


def schema_of(providers: Mapping[str, BoundProvider]) -> Json:
    """The schema; the account sections and the switches are those of the providers."""
    seeds = [bound.provider.seed for bound in providers.values()]
    types = [ScenarioFile, RuleFile, *seeds]
    references, definitions = msgspec.json.schema_components(types, ref_template="#/$defs/{name}")
    keys = {"type": "array", "items": {"type": "string", "minLength": 1}, "minItems": 1, "uniqueItems": True}
    sections = dict(zip(providers, references[2:], strict=True))
    account = {"type": "object", "properties": {"keys": keys, **sections}, "additionalProperties": False}
    for each in definitions.values():  # which are docstrings, and stand as deep as the code until Python 3.13
        each["description"] = cleandoc(each.get("description", ""))
    scenario = definitions.pop("ScenarioFile")
    scenario["properties"]["accounts"]["items"] = account
    _name_rules(definitions["When"]["properties"], definitions["Then"]["properties"], providers)
    _name_lifecycles(scenario["properties"]["lifecycles"], providers)
    _name_assumptions(scenario["properties"]["assume"], providers)
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "Scenario of the provider simulator"}
    return {**scenario, **head, "$defs": definitions}


def _name_rules(when: Json, then: Json, providers: Mapping[str, BoundProvider]) -> None:
    """Tell editors the names there are; whether a name is right is said by the vetting, which knows the nearest one."""
    bounds = providers.items()
    when["provider"]["examples"] = list(providers)
    when["operation"]["examples"] = [f"{name}.{each}" for name, bound in bounds for each in bound.spec.operations]
    then["error"]["examples"] = sorted({each for _, bound in bounds for each in bound.provider.errors_by_name})


def _name_lifecycles(lifecycles: Json, providers: Mapping[str, BoundProvider]) -> None:
    how = lifecycles["additionalProperties"]
    named = [f"{name}.{each}" for name, bound in providers.items() for each in bound.provider.events]
    lifecycles["properties"] = dict.fromkeys(named, how)


def _name_assumptions(assume: Json, providers: Mapping[str, BoundProvider]) -> None:
    """The switches there are, each with the values that it takes; there are no others."""
    assume["properties"] = {
        f"{name}.{each.name}": {"enum": list(each.values), "default": each.default, "description": each.about}
        for name, bound in providers.items()
        for each in bound.provider.assumptions.values()
    }
    assume["additionalProperties"] = False


def faults(schema: Json, document: Document) -> Iterator[Fault]:
    """Everything in a document that the schema does not allow, at its line."""
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
            expected = "" if near and len(known) > MANY else f", expected one of {', '.join(known)}"
            yield document.fault([*error.instance_path, key], f"found {key!r}{expected}{hint}")
        return
    where = "/".join(map(str, error.instance_path)) or "the scenario"
    hint = _at(schema, error.schema_path[:-1]).get("description", "")
    yield document.fault(error.instance_path, f"{where}: {error.message}" + (f"; expected: {hint}" if hint else ""))


def _at(schema: Json, path: Sequence[str | int]) -> Json:
    """The part of a schema that a path of validation leads to."""
    node: Any = schema
    for step in path:
        node = schema["$defs"][node["$ref"].rpartition("/")[2]] if step == "$ref" else node[step]
    return node if isinstance(node, dict) else {}
