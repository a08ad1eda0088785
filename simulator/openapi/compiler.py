"""Operations compiled from their document: parameters, bodies, responses, and the faults of the document in them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import msgspec

from simulator.openapi.evidence import WEAKEST_FIRST, Evidence
from simulator.openapi.fields import Fields, kinds_of
from simulator.openapi.form_body import FORM, URL_ENCODED
from simulator.openapi.operation import (
    LARGEST_BODY,
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
from simulator.openapi.pointers import Pointer
from simulator.openapi.schema_validator import SchemaValidator
from simulator.openapi.schemas import Schemas
from simulator.openapi.shapes import Defaults, defaults_of

ANY_KEY = (r"\S+", r"\S+( \S+)?", "[^:]*:.*")  # forms of keys that tell them from no other text
AddFault = Callable[[Sequence[str | int], str], None]  # where it is, and what is wrong


class Compiler:
    """Compiles the operations of one document, each when it is first needed; safe to use from several threads."""

    def __init__(self, schemas: Schemas, base_path: str, schemes: Mapping[str, Scheme], add_fault: AddFault) -> None:
        self._schemas = schemas
        self._fields = Fields(schemas)
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
        kinds, items = kinds_of(schema), self._schemas.resolve((*place, "schema", "items"))[0] if "items" in schema else {}
        inner, default = kinds_of(items) if "array" in kinds and isinstance(items, dict) else (), schema.get("default")
        separator = _separator(node) if "array" in kinds else ""
        return Parameter(name, node["in"], node.get("required", False), kinds, default, example, validator, inner, separator)

    def _body(self, pointer: Pointer, method: str) -> Body:
        node, place = self._schemas.resolve(pointer)
        content = node["content"]
        media, limit = self._media(node, place), node.get("x-max-body", MAX_BODY)
        if not isinstance(limit, int) or not MAX_BODY <= limit <= LARGEST_BODY:
            expected = f"expected a number of bytes from {MAX_BODY} to {LARGEST_BODY}"
            self._add_fault((*place, "x-max-body"), f"not a limit of a body: {limit!r}; {expected}")
        members: frozenset[str] = frozenset()
        defaults: Defaults | None = None
        if described := _first(content, "application/json", FORM, URL_ENCODED):
            schema = (*place, "content", described, "schema")
            members = frozenset(name for variant in self._schemas.shape(schema).variants for name in variant.properties)
            defaults = self._defaults_of(schema) if method == "post" else None
        form = _first(content, FORM, URL_ENCODED)  # maybe beside JSON
        form_schema = (*place, "content", form, "schema")
        fields = dict(self._fields.members(form_schema)) if form else {}
        return Body(
            required=node.get("required", False),
            media=media,
            examples=list(_examples(content)),
            members=members,
            defaults=defaults,
            fields={name: self._fields.kinds(field) for name, field in fields.items()},
            files=frozenset(name for name, field in fields.items() if self._fields.is_file(field)),
            kinds_at=partial(self._fields.kinds_at, form_schema) if form else None,
            read_xml=self._xml_reader(content, place),
            limit=limit,
            json=media.get("application/json") if limit == MAX_BODY else None,
        )

    def _xml_reader(self, content: Mapping[str, Any], place: Pointer) -> Callable[[bytes], Any] | None:
        """Return the function that reads an XML body; None without one, and for a file of this type, which is not read."""
        media = next((media for media in content if media.endswith(("/xml", "+xml"))), "")
        schema = (*place, "content", media, "schema")
        return self._fields.xml_reader(schema).read if media and not self._fields.is_file(schema) else None

    def _defaults_of(self, pointer: Pointer) -> Defaults | None:
        known = self._defaults.copy()  # replaced at once, so that no thread sees unfinished ones
        defaults = defaults_of(self._schemas.resolve, self._schemas.is_valid, pointer, known)
        self._defaults = known
        return defaults

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


def _first(content: Mapping[str, Any], *medias: str) -> str:
    """Return the first of some media types that a body has; empty if it has none of them."""
    return next((media for media in medias if media in content), "")


def _examples(content: Mapping[str, Any]) -> Iterator[Any]:
    """Yield the examples of a body, of all media types."""
    for described in content.values():
        if "example" in described:
            yield described["example"]
        yield from (example["value"] for example in described.get("examples", {}).values())


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
