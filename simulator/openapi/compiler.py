"""Operations compiled from their document: parameters, bodies, responses, and the faults of the document in them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import msgspec

from simulator.openapi.evidence import WEAKEST_FIRST, Evidence
from simulator.openapi.form_body import FORM, URL_ENCODED
from simulator.openapi.operation import (
    MAX_BODY,
    OPEN,
    Body,
    Cost,
    Idempotency,
    Operation,
    Parameter,
    Rate,
    ResponseSpec,
    Scheme,
)
from simulator.openapi.pointers import Pointer, branches
from simulator.openapi.schema_validator import SchemaValidator
from simulator.openapi.schemas import Schemas
from simulator.openapi.shapes import Defaults, defaults_of
from simulator.openapi.xml_body import XmlReader

MAX_NESTED = 8  # combinations within one another
ANY_KEY = (r"\S+", r"\S+( \S+)?", "[^:]*:.*")  # forms of keys that tell them from no other text
AddFault = Callable[[Sequence[str | int], str], None]  # where it is, and what is wrong


class Compiler:
    """Compiles the operations of one document, each when it is first needed; safe to use from several threads."""

    def __init__(self, schemas: Schemas, base_path: str, schemes: Mapping[str, Scheme], add_fault: AddFault) -> None:
        self._schemas = schemas
        self._content = schemas.content
        self._base_path = base_path
        self._schemes = schemes
        self._add_fault = add_fault
        self._defaults: dict[Pointer, Defaults | None] = {}  # by the place of a schema
        self._described: dict[Pointer, tuple[dict[str, SchemaValidator], tuple[str, ...]]] = {}  # by the place of a response

    def operation(self, path: str, method: str) -> Operation:
        """Return the operation of a path and a method."""
        pointer: Pointer = ("paths", path, method)
        item = self._content["paths"][path]
        node = item[method]
        shared = [("paths", path, "parameters", index) for index in range(len(item.get("parameters", ())))]
        own = [(*pointer, "parameters", index) for index in range(len(node.get("parameters", ())))]
        responses = {int(status): self._response((*pointer, "responses", status), node) for status in node["responses"]}
        successes = [status for status in responses if 200 <= status < 300]
        successes = successes or [status for status in responses if 300 <= status < 400]  # such as a redirect
        if not successes:
            self._add_fault(pointer, f"{node['operationId']!r} has no 2xx response")
        security = node.get("security", self._content.get("security", []))
        parameters = tuple(map(self._parameter, (*shared, *own)))
        operation = Operation(
            id=node["operationId"],
            method=method.upper(),
            path=self._base_path + path,
            arguments=tuple(re.findall(r"{([^}]*)}", path)),
            summary=node.get("summary", ""),
            parameters=parameters,
            query=frozenset(parameter.name for parameter in parameters if parameter.where == "query"),
            body=self._body((*pointer, "requestBody"), method) if "requestBody" in node else None,
            responses=responses,
            schemes=tuple(self._alternatives(security)),
            success=successes[0] if len(successes) == 1 else 0,
            evidence=self._evidence(pointer, node, "assumed"),
            source=_source(node),
            note=_note(node),
            idempotency=_idempotency(node.get("x-idempotency-key")),
            rate=_rate({**self._content.get("x-rate-limit", {}), **node.get("x-rate-limit", {})}),
            definition=node,
            pointer=pointer,
            taken_for=node.get("x-taken-for", ""),
            simulated=node.get("x-simulated", True),
            cost=self._cost(pointer, node),
        )
        self._validate(operation)
        return operation

    def _alternatives(self, security: list[dict[str, Any]]) -> Iterator[Scheme]:
        """Yield the schemes of which an operation requires one; an empty requirement is a call without a key."""
        for choice in security:
            known = [self._schemes[name] for name in choice if name in self._schemes]
            if not choice:
                yield OPEN
            elif known:
                yield msgspec.structs.replace(known[0], others=tuple(known[1:])) if len(known) > 1 else known[0]

    def _validate(self, operation: Operation) -> None:
        """Reject undefined security schemes, which would leave the operation open to all, and mismatched path parameters."""
        known = self._content.get("components", {}).get("securitySchemes", {})
        for name in _scheme_names(operation.definition.get("security", self._content.get("security", []))):
            if name not in known:
                pointer = (*operation.pointer, "security")
                self._add_fault(
                    pointer, f"{operation.id!r} uses undefined security scheme {name!r}; expected one of {', '.join(known)}"
                )
        described = {parameter.name for parameter in operation.parameters if parameter.where == "path"}
        for name in sorted(described.symmetric_difference(operation.arguments)):
            missing = "path" if name in described else "parameters"
            self._add_fault(operation.pointer, f"path parameter {name!r} of {operation.id!r} is missing from the {missing}")

    def _parameter(self, pointer: Pointer) -> Parameter:
        node, place = self._schemas.resolve(pointer)
        schema = {**self._schemas.resolve((*place, "schema"))[0], **node["schema"]}  # a default may stand beside a $ref
        validator = self._schemas.validator((*place, "schema"))
        name = node["name"].lower() if node["in"] == "header" else node["name"]
        example = node.get("example", schema.get("default", name))
        kinds, items = _kinds(schema), self._schemas.resolve((*place, "schema", "items"))[0] if "items" in schema else {}
        inner, default = _kinds(items) if "array" in kinds and isinstance(items, dict) else (), schema.get("default")
        separator = _separator(node) if "array" in kinds else ""
        return Parameter(name, node["in"], node.get("required", False), kinds, default, example, validator, inner, separator)

    def _body(self, pointer: Pointer, method: str) -> Body:
        node, place = self._schemas.resolve(pointer)
        examples: list[Any] = []
        for content in node["content"].values():
            examples += [content["example"]] if "example" in content else []
            examples += [example["value"] for example in content.get("examples", {}).values()]
        members: frozenset[str] = frozenset()
        defaults: Defaults | None = None
        fields: dict[str, tuple[str, ...]] = {}
        files: frozenset[str] = frozenset()
        kinds_at = None
        described = next((media for media in ("application/json", FORM, URL_ENCODED) if media in node["content"]), "")
        if described:
            schema = (*place, "content", described, "schema")
            members = frozenset(name for variant in self._schemas.shape(schema).variants for name in variant.properties)
            defaults = self._defaults_of(schema) if method == "post" else None
        form = next((media for media in (FORM, URL_ENCODED) if media in node["content"]), "")  # maybe beside JSON
        if form:
            schema = (*place, "content", form, "schema")
            described_by = dict(self._members(schema, set()))
            fields = {name: self._kinds_of(member) for name, member in described_by.items()}
            files = frozenset(name for name, member in described_by.items() if self._is_file(member))
            kinds_at = partial(self._kinds_at, schema)
        xml = next((media for media in node["content"] if media.endswith(("/xml", "+xml"))), "")
        is_read = bool(xml) and not self._is_file((*place, "content", xml, "schema"))  # a file of this type stays as it is
        read_xml = self._xml_reader((*place, "content", xml, "schema")).read if is_read else None
        media = self._media(node, place)
        limit = node.get("x-max-body", MAX_BODY)
        json = media.get("application/json") if limit == MAX_BODY else None
        required = node.get("required", False)
        return Body(required, media, examples, members, defaults, fields, files, kinds_at, read_xml, limit, json)

    def _defaults_of(self, pointer: Pointer) -> Defaults | None:
        known = self._defaults.copy()  # replaced at once, so that no thread sees unfinished ones
        defaults = defaults_of(self._schemas.resolve, self._schemas.is_valid, pointer, known)
        self._defaults = known
        return defaults

    def _xml_reader(self, pointer: Pointer) -> XmlReader:
        def kinds(place: Pointer) -> tuple[str, ...]:
            return tuple(dict.fromkeys(self._leaves(place, 0)))

        return XmlReader(pointer, self._schemas.resolve, lambda place: self._members(place, set()), kinds)

    def _kinds_at(self, pointer: Pointer, path: Sequence[str]) -> tuple[str, ...]:
        """Return the JSON types of the member at a path within a form; empty if the document does not describe it."""
        places = [pointer]
        for step in path:
            places = [inner for place in places for inner in self._steps(place, step, 0)]
        kinds = [kind for place in places for kind in self._leaves(place, 0)]
        return tuple(dict.fromkeys(kinds))

    def _kinds_of(self, pointer: Pointer) -> tuple[str, ...]:
        """Return the JSON types that a field of a form allows, in all branches of combinations; text, if it does not say."""
        return tuple(dict.fromkeys(self._leaves(pointer, 0))) or ("string",)

    def _is_file(self, pointer: Pointer) -> bool:
        """Return whether a field of a form is a file, or a list of files."""
        node, place = self._schemas.resolve(pointer)
        items = self._schemas.resolve((*place, "items"))[0] if "items" in node else node
        return any(isinstance(one, dict) and one.get("format") == "binary" for one in (node, items))

    def _steps(self, pointer: Pointer, step: str, depth: int) -> Iterator[Pointer]:
        node, place = self._schemas.resolve(pointer)
        if not isinstance(node, dict) or depth > MAX_NESTED:
            return
        for branch in branches(node, place):
            yield from self._steps(branch, step, depth + 1)
        if step in node.get("properties", {}):
            yield (*place, "properties", step)
        elif isinstance(node.get("additionalProperties"), dict):
            yield (*place, "additionalProperties")
        if "items" in node and (not step or step.isdigit()):
            yield (*place, "items")

    def _leaves(self, pointer: Pointer, depth: int) -> Iterator[str]:
        node, place = self._schemas.resolve(pointer)
        if not isinstance(node, dict) or depth > MAX_NESTED:
            return
        for branch in branches(node, place):
            yield from self._leaves(branch, depth + 1)
        if "type" in node:
            yield from _kinds(node)

    def _members(self, pointer: Pointer, seen: set[Pointer]) -> Iterator[tuple[str, Pointer]]:
        """Yield the members of an object, those of the parts of combinations first."""
        node, place = self._schemas.resolve(pointer)
        if not isinstance(node, dict) or place in seen:
            return
        seen.add(place)
        for branch in branches(node, place):
            yield from self._members(branch, seen)
        yield from ((name, (*place, "properties", name)) for name in node.get("properties", ()))

    def _response(self, pointer: Pointer, operation: dict[str, Any]) -> ResponseSpec:
        node, place = self._schemas.resolve(pointer)
        levels = self._evidence(place, node, "documented"), self._evidence(pointer, operation, "assumed")
        evidence = min(levels, key=WEAKEST_FIRST.index)  # A response is no better documented than its operation.
        if place not in self._described:  # Operations share their responses by reference, and so their validators.
            headers = tuple(name for name in node.get("headers", ()) if self._is_required((*place, "headers", name)))
            self._described.setdefault(place, (self._media(node, place), headers))
        return ResponseSpec(*self._described[place], evidence, _source(node) or _source(operation), _note(node))

    def _is_required(self, pointer: Pointer) -> bool:
        return bool(self._schemas.resolve(pointer)[0].get("required"))

    def _media(self, node: dict[str, Any], pointer: Pointer) -> dict[str, SchemaValidator]:
        content = node.get("content", ())
        return {media: self._schemas.body_validator((*pointer, "content", media, "schema")) for media in content}

    def _cost(self, pointer: Pointer, node: dict[str, Any]) -> Cost | None:
        if "x-cost" not in node:
            return None
        try:
            return msgspec.convert(node["x-cost"], Cost)
        except msgspec.ValidationError as error:
            self._add_fault((*pointer, "x-cost"), f"not a cost: {error}")
            return None

    def _evidence(self, pointer: Pointer, node: dict[str, Any], default: Evidence) -> Evidence:
        evidence: Evidence = node.get("x-evidence", default)
        if evidence not in WEAKEST_FIRST:
            self._add_fault(pointer, f"unknown x-evidence {evidence!r}; expected one of {', '.join(WEAKEST_FIRST)}")
            return default
        return evidence


def _kinds(schema: dict[str, Any]) -> tuple[str, ...]:
    """Return the JSON types that a schema allows; text, if it does not say."""
    types = schema.get("type", "string")
    return (types,) if isinstance(types, str) else tuple(types)


def schemes_of(schemes: Mapping[str, dict[str, Any]], add_fault: AddFault) -> Iterator[tuple[str, Scheme]]:
    """Yield the security schemes of a document by name; one without the form of its keys is a fault."""
    for name, scheme in schemes.items():
        if "x-key-pattern" not in scheme:
            add_fault(("components", "securitySchemes", name), f"the security scheme {name!r} has no x-key-pattern")
            continue
        pattern, is_specific = re.compile(scheme["x-key-pattern"]), scheme["x-key-pattern"] not in ANY_KEY
        tenant = "public" if scheme.get("x-one-account") else ""
        if scheme["type"] == "apiKey" and scheme["in"] != "header":
            place, key = scheme["in"], scheme["name"]
            yield name, Scheme(name, "", False, pattern, place, key, is_specific=is_specific, tenant=tenant)
            continue
        basic = scheme["type"] == "http" and scheme.get("scheme", "").lower() == "basic"
        bearer = scheme["type"] != "apiKey" and not basic
        header = scheme["name"].lower() if scheme["type"] == "apiKey" else "authorization"
        yield name, Scheme(name, header, bearer, pattern, basic=basic, is_specific=is_specific, tenant=tenant)


def _separator(node: dict[str, Any]) -> str:
    """Return what stands between the items of a list in one text; empty where the parameter is repeated (its `explode`)."""
    style = node.get("style", "form" if node["in"] in ("query", "cookie") else "simple")
    if node.get("explode", style == "form") and node["in"] == "query":
        return ""
    return {"spaceDelimited": " ", "pipeDelimited": "|"}.get(style, ",")


def _scheme_names(security: list[dict[str, Any]]) -> list[str]:
    """Return the names of the security schemes of which an operation requires one."""
    return [name for choice in security for name in choice]


def _rate(rule: dict[str, Any]) -> Rate | None:
    if "limit" not in rule:
        return None
    per_key = rule.get("per", "account") == "key"
    return Rate(rule["limit"], rule["window-seconds"], rule.get("scope", ""), per_key, dict(rule.get("headers", {})))


def _idempotency(rule: dict[str, Any] | None) -> Idempotency | None:
    return Idempotency(rule["header"].lower(), rule["changed-body"], rule["ttl-seconds"]) if rule else None


def _source(node: dict[str, Any]) -> str:
    return str(node.get("x-source", {}).get("url", ""))


def _note(node: dict[str, Any]) -> str:
    return str(node.get("x-note", ""))
