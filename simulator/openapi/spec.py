"""An OpenAPI 3.1 document compiled into routes, parameters and validators.

Nothing is copied out of the document or generated from it: a validator is a pointer into the document, so requests and
responses are checked against the published schemas.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import jsonschema_rs

from simulator.documents import BrokenFile, Document, Fault, read
from simulator.openapi.evidence import WEAKEST_FIRST, Evidence
from simulator.openapi.grades import COMBINATORS, Grades, steps_of
from simulator.openapi.operation import Body, Idempotency, Operation, Parameter, Rate, ResponseSpec, Scheme
from simulator.openapi.router import Router
from simulator.openapi.schema_validator import Pointer, SchemaValidator
from simulator.openapi.shapes import NOTHING, Defaults, Shape, defaults_of, shape_of

MAX_PATH = 200  # characters of an unknown path for which the nearest routes are looked up
METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
EXTENSIONS = {"x-key-pattern", "x-rate-limit", "x-idempotency-key", "x-source", "x-evidence", "x-note", "x-simulated"}


class Spec:
    """A provider's OpenAPI document, ready to serve."""

    def __init__(self, document: Document) -> None:
        self.file = document.file
        self.name = Path(document.file).stem
        self.content: dict[str, Any] = document.content
        self._document = document
        self._faults: list[Fault] = []
        self.grades = Grades(self._resolve, self._is_valid)
        self._shapes: dict[Pointer, Shape] = {}  # by the place of the schema
        self._registry = cache(self._build_registry)  # Built when the first validator is used.
        server = urlsplit(self.content["servers"][0]["url"])
        self.host, self.base_path = server.hostname or "", server.path.rstrip("/")
        self.title: str = self.content["info"]["title"]
        self.router = Router()
        self.operations: dict[str, Operation] = {}
        self.schemes = dict(self._read_schemes())
        for path, item in self.content["paths"].items():
            for method in METHODS:
                if method in item:
                    self._add(self._operation(path, method))
        self.raise_faults()

    def _build_registry(self) -> jsonschema_rs.Registry:
        return jsonschema_rs.Registry([("urn:spec", self.content)], draft=jsonschema_rs.Draft202012)

    def add_fault(self, pointer: Sequence[str | int], problem: str) -> None:
        """Record an error of the document, for `raise_faults`."""
        self._faults.append(self._document.fault(pointer, problem))

    def raise_faults(self) -> None:
        """Stop if the document has errors.

        Raises:
            BrokenFile: with every recorded error.
        """
        if self._faults:
            raise BrokenFile(sorted(self._faults))

    def validators(self) -> Iterator[tuple[str, SchemaValidator]]:
        """Yield every validator of the document with the id of its operation."""
        for operation in self.operations.values():
            for parameter in operation.parameters:
                yield operation.id, parameter.validator
            for media in [operation.body.media if operation.body else {}, *(r.media for r in operation.responses.values())]:
                for validator in media.values():
                    yield operation.id, validator

    def field(self, operation: Operation, path: Sequence[str]) -> list[SchemaValidator]:
        """Return the validators of a field of the request body, one for every branch; empty for an unknown field."""
        return [SchemaValidator(self._registry, pointer) for pointer in self._field(operation, path)]

    def knows_field(self, operation: Operation, path: Sequence[str]) -> bool:
        """Return whether the request body may have a field."""
        return bool(self._field(operation, path))

    def _field(self, operation: Operation, path: Sequence[str]) -> list[Pointer]:
        if operation.body is None:
            return []
        _, body = self._resolve((*operation.pointer, "requestBody"))
        pointers: list[Pointer] = [(*body, "content", media, "schema") for media in operation.body.media]
        for step in path:
            pointers = [member for pointer in pointers for member in self._members(pointer, step)]
        return pointers

    def nearest(self, method: str, path: str) -> list[str]:
        """Return the routes, such as `GET /agents`, that are most similar to a request that matched none."""
        request = f"{method} {path}"
        if len(request) > MAX_PATH:
            return []
        routes = [f"{operation.method} {operation.path}" for operation in self.operations.values()]
        return difflib.get_close_matches(request, routes, 3, 0.4)

    def members(self, operation: Operation, path: Sequence[str]) -> list[str]:
        """Return the names of the members that an operation's body may have at a path."""
        pointers = self._field(operation, path)
        return sorted({name for pointer in pointers for variant in self.shape(pointer).variants for name in variant.properties})

    def _members(self, pointer: Pointer, name: str) -> Iterator[Pointer]:
        node, place = self._resolve(pointer)
        if _is_free_form(node):
            yield place  # the document does not describe its content
        if not isinstance(node, dict):
            return
        if name in node.get("properties", {}):
            yield (*place, "properties", name)
        elif isinstance(node.get("additionalProperties"), dict) or node.get("additionalProperties") is True:
            yield (*place, "additionalProperties")
        if "items" in node and name == "[]":
            yield (*place, "items")
        for keyword in COMBINATORS:
            for index in range(len(node.get(keyword, ()))):
                yield from self._members((*place, keyword, index), name)

    def _add(self, operation: Operation) -> None:
        if operation.id in self.operations:
            self.add_fault(("paths",), f"duplicate operationId {operation.id!r}")
        self._validate(operation)
        self.operations[operation.id] = operation
        self.router.add(operation.method, operation.path, operation)

    def _validate(self, operation: Operation) -> None:
        """Reject undefined security schemes, which would leave the operation open to all, and mismatched path parameters."""
        known = self.content.get("components", {}).get("securitySchemes", {})
        for name in _scheme_names(operation.definition.get("security", self.content.get("security", []))):
            if name not in known:
                pointer = (*operation.pointer, "security")
                self.add_fault(
                    pointer, f"{operation.id!r} uses undefined security scheme {name!r}; expected one of {', '.join(known)}"
                )
        described = {parameter.name for parameter in operation.parameters if parameter.where == "path"}
        for name in sorted(described.symmetric_difference(operation.arguments)):
            missing = "path" if name in described else "parameters"
            self.add_fault(operation.pointer, f"path parameter {name!r} of {operation.id!r} is missing from the {missing}")

    def _resolve(self, pointer: Pointer) -> tuple[Any, Pointer]:
        """Follow references; return the node at a pointer and the pointer of that node."""
        node: Any = self.content
        for step in pointer:
            node = node[step]
        if isinstance(node, dict) and "$ref" in node:
            return self._resolve(steps_of(node["$ref"]))
        return node, pointer

    def _read_schemes(self) -> Iterator[tuple[str, Scheme]]:
        schemes = self.content.get("components", {}).get("securitySchemes", {})
        for name, scheme in schemes.items():
            pointer = ("components", "securitySchemes", name)
            if "x-key-pattern" not in scheme:
                self.add_fault(pointer, f"the security scheme {name!r} has no x-key-pattern")
                continue
            bearer = scheme["type"] == "http"
            header = "authorization" if bearer else scheme["name"].lower()
            yield name, Scheme(name, header, bearer, re.compile(scheme["x-key-pattern"]))

    def _operation(self, path: str, method: str) -> Operation:
        pointer: Pointer = ("paths", path, method)
        item = self.content["paths"][path]
        node = item[method]
        shared = [("paths", path, "parameters", index) for index in range(len(item.get("parameters", ())))]
        own = [(*pointer, "parameters", index) for index in range(len(node.get("parameters", ())))]
        responses = {int(status): self._response((*pointer, "responses", status), node) for status in node["responses"]}
        successes = [status for status in responses if 200 <= status < 300]
        if not successes:
            self.add_fault(pointer, f"{node['operationId']!r} has no 2xx response")
        security = node.get("security", self.content.get("security", []))
        return Operation(
            id=node["operationId"],
            method=method.upper(),
            path=self.base_path + path,
            arguments=tuple(re.findall(r"{([^}]*)}", path)),
            summary=node.get("summary", ""),
            parameters=tuple(map(self._parameter, (*shared, *own))),
            body=self._body((*pointer, "requestBody"), method) if "requestBody" in node else None,
            responses=responses,
            schemes=tuple(self.schemes[name] for name in _scheme_names(security) if name in self.schemes),
            success=successes[0] if len(successes) == 1 else 0,
            evidence=self._evidence(pointer, node, "assumed"),
            source=_source(node),
            note=_note(node),
            idempotency=_idempotency(node.get("x-idempotency-key")),
            rate=_rate({**self.content.get("x-rate-limit", {}), **node.get("x-rate-limit", {})}),
            definition=node,
            pointer=pointer,
            simulated=node.get("x-simulated", True),
        )

    def _parameter(self, pointer: Pointer) -> Parameter:
        node, place = self._resolve(pointer)
        schema = self._resolve((*place, "schema"))[0]
        validator = SchemaValidator(self._registry, (*place, "schema"))
        types = schema.get("type", "string")
        kinds = (types,) if isinstance(types, str) else tuple(types)
        name = node["name"].lower() if node["in"] == "header" else node["name"]
        example = node.get("example", schema.get("default", name))
        return Parameter(name, node["in"], node.get("required", False), kinds, schema.get("default"), example, validator)

    def _body(self, pointer: Pointer, method: str) -> Body:
        node, place = self._resolve(pointer)
        examples: list[Any] = []
        for content in node["content"].values():
            examples += [content["example"]] if "example" in content else []
            examples += [example["value"] for example in content.get("examples", {}).values()]
        members: frozenset[str] = frozenset()
        defaults: Defaults | None = None
        if "application/json" in node["content"]:
            schema = (*place, "content", "application/json", "schema")
            members = frozenset(name for variant in self.shape(schema).variants for name in variant.properties)
            defaults = defaults_of(self._resolve, self._is_valid, schema) if method == "post" else None
        return Body(node.get("required", False), self._media(node, place), examples, members, defaults)

    def _is_valid(self, pointer: Pointer, value: Any) -> bool:
        return SchemaValidator(self._registry, pointer).validator.is_valid(value)

    def shape(self, pointer: Pointer) -> Shape:
        """Return the form of the values that the schema at a pointer describes; an empty one for a schema that is missing."""
        try:
            return shape_of(self._resolve, pointer, self._shapes)
        except (KeyError, IndexError):  # `simulator check` reports it
            return NOTHING

    def _response(self, pointer: Pointer, operation: dict[str, Any]) -> ResponseSpec:
        node, place = self._resolve(pointer)
        levels = self._evidence(place, node, "documented"), self._evidence(pointer, operation, "assumed")
        evidence = min(levels, key=WEAKEST_FIRST.index)  # A response is no better documented than its operation.
        headers = [name for name in node.get("headers", ()) if self._resolve((*place, "headers", name))[0].get("required")]
        return ResponseSpec(
            self._media(node, place), tuple(headers), evidence, _source(node) or _source(operation), _note(node)
        )

    def _media(self, node: dict[str, Any], pointer: Pointer) -> dict[str, SchemaValidator]:
        return {
            media: SchemaValidator(self._registry, (*pointer, "content", media, "schema")) for media in node.get("content", ())
        }

    def _evidence(self, pointer: Pointer, node: dict[str, Any], default: Evidence) -> Evidence:
        evidence: Evidence = node.get("x-evidence", default)
        if evidence not in WEAKEST_FIRST:
            self.add_fault(pointer, f"unknown x-evidence {evidence!r}; expected one of {', '.join(WEAKEST_FIRST)}")
            return default
        return evidence


def _is_free_form(node: Any) -> bool:
    """Return whether a schema takes an object and declares none of its members."""
    if not isinstance(node, dict) or not node:
        return node is True or node == {}
    kinds = node.get("type", ())
    is_object = "object" in ((kinds,) if isinstance(kinds, str) else kinds)
    return is_object and node.keys().isdisjoint({"properties", "additionalProperties", *COMBINATORS})


def _scheme_names(security: list[dict[str, Any]]) -> list[str]:
    """Return the names of the security schemes of which an operation requires one."""
    return [name for choice in security for name in choice]


def _rate(rule: dict[str, Any]) -> Rate | None:
    if "limit" not in rule:
        return None
    per_key = rule.get("per", "account") == "key"
    return Rate(rule["limit"], rule["window-seconds"], rule.get("scope", ""), per_key, rule.get("headers", {}))


def _idempotency(rule: dict[str, Any] | None) -> Idempotency | None:
    return Idempotency(rule["header"].lower(), rule["changed-body"], rule["ttl-seconds"]) if rule else None


def _source(node: dict[str, Any]) -> str:
    return str(node.get("x-source", {}).get("url", ""))


def _note(node: dict[str, Any]) -> str:
    return str(node.get("x-note", ""))


def load(path: Path) -> Spec:
    """Read and compile a spec.

    Raises:
        BrokenFile: the file is not YAML, or not an OpenAPI document that the simulator can serve.
    """
    return compiled(read(path))


def compiled(document: Document) -> Spec:
    """Compile a parsed spec.

    Raises:
        BrokenFile: it is not an OpenAPI document that the simulator can serve.
    """
    try:
        return Spec(document)
    except (KeyError, IndexError, TypeError, AttributeError, ValueError, re.error, jsonschema_rs.ReferencingError) as error:
        problem = f"not an OpenAPI 3.1 document that can be served: {type(error).__name__}: {error}"
        raise BrokenFile([Fault(document.file, 1, problem)]) from None
