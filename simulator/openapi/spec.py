"""An OpenAPI 3.1 document compiled into routes, parameters and validators; the only module that knows OpenAPI.

Nothing is copied out of the document or generated from it: a validator is a pointer into the document, so what is checked is
what is published.
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
from simulator.openapi.operation import Body, Idempotency, Operation, Parameter, Rate, ResponseSpec, Scheme
from simulator.openapi.router import Router
from simulator.openapi.schema_validator import Pointer, SchemaValidator

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
        self._registry = cache(self._registered)  # made when the first validator is needed
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
        self.refuse_faults()

    def _registered(self) -> jsonschema_rs.Registry:
        """The document as validators refer to it: a copy."""
        return jsonschema_rs.Registry([("urn:spec", self.content)], draft=jsonschema_rs.Draft202012)

    def fault(self, pointer: Sequence[str | int], problem: str) -> None:
        """Note something wrong with the document; `refuse_faults` refuses it as a whole once all is read."""
        self._faults.append(self._document.fault(pointer, problem))

    def refuse_faults(self) -> None:
        """Go no further with a document in which something is wrong.

        Raises:
            BrokenFile: with every fault that was noted.
        """
        if self._faults:
            raise BrokenFile(sorted(self._faults))

    def validators(self) -> Iterator[tuple[str, SchemaValidator]]:
        """Every validator of the document with the operation it belongs to."""
        for operation in self.operations.values():
            for parameter in operation.parameters:
                yield operation.id, parameter.validator
            for media in [operation.body.media if operation.body else {}, *(r.media for r in operation.responses.values())]:
                for check in media.values():
                    yield operation.id, check

    def field(self, operation: Operation, path: Sequence[str]) -> list[SchemaValidator]:
        """What the document says of a field of an operation's body, on every branch that has it; nothing for no such field."""
        if operation.body is None:
            return []
        _, body = self._resolve((*operation.pointer, "requestBody"))
        places: list[Pointer] = [(*body, "content", media, "schema") for media in operation.body.media]
        for step in path:
            places = [found for place in places for found in self._members(place, step)]
        return [SchemaValidator(self._registry, place) for place in places]

    def graded(self, pointer: Pointer, value: Any, way: str = "") -> Iterator[tuple[str, tuple[Evidence, str]]]:
        """The parts of a value whose schema has a grade of its own: the way to each, its grade, and the note beside it."""
        node, place = self._resolve(pointer)
        if "x-evidence" in node:
            yield way, (node["x-evidence"], _note(node))
        if isinstance(value, dict):
            for name in [each for each in node.get("properties", ()) if each in value]:
                yield from self.graded((*place, "properties", name), value[name], f"{way}.{name}".lstrip("."))
        elif isinstance(value, list) and "items" in node:
            for each in value:
                yield from self.graded((*place, "items"), each, f"{way}[]")
        for word in ("allOf", "anyOf", "oneOf"):
            for branch in [(*place, word, index) for index in range(len(node.get(word, ())))]:
                if SchemaValidator(self._registry, branch).validator.is_valid(value):
                    yield from self.graded(branch, value, way)

    def nearest(self, method: str, path: str) -> list[str]:
        """The routes, as `GET /agents`, that are most like a request that fits none."""
        request = f"{method} {path}"
        if len(request) > MAX_PATH:
            return []
        routes = [f"{operation.method} {operation.path}" for operation in self.operations.values()]
        return difflib.get_close_matches(request, routes, 3, 0.4)

    def unknown_fields(self, operation: Operation, body: Any) -> list[str]:
        """The fields of a body that the document does not know, with the way to each."""
        return [".".join(path) for path in _paths(body, []) if not self.field(operation, path)]

    def _members(self, pointer: Pointer, name: str) -> Iterator[Pointer]:
        node, place = self._resolve(pointer)
        if not isinstance(node, dict):
            return
        if name in node.get("properties", {}):
            yield (*place, "properties", name)
        elif isinstance(node.get("additionalProperties"), dict) or node.get("additionalProperties") is True:
            yield (*place, "additionalProperties")
        if "items" in node and name == "[]":
            yield (*place, "items")
        for word in ("allOf", "anyOf", "oneOf"):
            for index in range(len(node.get(word, ()))):
                yield from self._members((*place, word, index), name)

    def _add(self, operation: Operation) -> None:
        if operation.id in self.operations:
            self.fault(("paths",), f"found the operationId {operation.id!r} twice, expected it once")
        self._vet(operation)
        self.operations[operation.id] = operation
        self.router.add(operation.method, operation.path, operation)

    def _vet(self, operation: Operation) -> None:
        """Refuse what nobody would miss: a key that is described nowhere would leave the operation open to all."""
        known = self.content.get("components", {}).get("securitySchemes", {})
        for name in _named(operation.definition.get("security", self.content.get("security", []))):
            if name not in known:
                place = (*operation.pointer, "security")
                self.fault(place, f"{operation.id!r} wants the security scheme {name!r}, expected one of {', '.join(known)}")
        described = {each.name for each in operation.parameters if each.where == "path"}
        for name in sorted(described.symmetric_difference(operation.arguments)):
            found, expected = ("the parameters", "the path") if name in described else ("the path", "the parameters")
            self.fault(operation.pointer, f"found {name!r} in {found} of {operation.id!r}, expected it in {expected} too")

    def _resolve(self, pointer: Pointer) -> tuple[Any, Pointer]:
        """What stands at a pointer, references followed, and where it really stands."""
        node: Any = self.content
        for step in pointer:
            node = node[step]
        if isinstance(node, dict) and "$ref" in node:
            steps = node["$ref"].removeprefix("#/").split("/")
            return self._resolve(tuple(step.replace("~1", "/").replace("~0", "~") for step in steps))
        return node, pointer

    def _read_schemes(self) -> Iterator[tuple[str, Scheme]]:
        schemes = self.content.get("components", {}).get("securitySchemes", {})
        for name, scheme in schemes.items():
            pointer = ("components", "securitySchemes", name)
            if "x-key-pattern" not in scheme:
                self.fault(pointer, f"the security scheme {name!r} has no x-key-pattern")
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
            self.fault(pointer, f"found no status of success in {node['operationId']!r}, expected one")
        wanted = node.get("security", self.content.get("security", []))
        return Operation(
            id=node["operationId"],
            method=method.upper(),
            path=self.base_path + path,
            arguments=tuple(re.findall(r"{([^}]*)}", path)),
            summary=node.get("summary", ""),
            parameters=tuple(self._parameter(each) for each in (*shared, *own)),
            body=self._body((*pointer, "requestBody")) if "requestBody" in node else None,
            responses=responses,
            schemes=tuple(self.schemes[name] for name in _named(wanted) if name in self.schemes),
            success=successes[0] if len(successes) == 1 else 0,
            evidence=self._grade(pointer, node, "assumed"),
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
        kinds = schema.get("type", "string")
        check = SchemaValidator(self._registry, (*place, "schema"))
        kinds = (kinds,) if isinstance(kinds, str) else tuple(kinds)
        name = node["name"].lower() if node["in"] == "header" else node["name"]
        example = node.get("example", schema.get("default", name))
        return Parameter(name, node["in"], node.get("required", False), kinds, schema.get("default"), example, check)

    def _body(self, pointer: Pointer) -> Body:
        node, place = self._resolve(pointer)
        examples: list[Any] = []
        for content in node["content"].values():
            examples += [content["example"]] if "example" in content else []
            examples += [each["value"] for each in content.get("examples", {}).values()]
        return Body(node.get("required", False), self._media(node, place), examples)

    def _response(self, pointer: Pointer, operation: dict[str, Any]) -> ResponseSpec:
        node, place = self._resolve(pointer)
        grades = self._grade(place, node, "documented"), self._grade(pointer, operation, "assumed")
        grade = min(grades, key=WEAKEST_FIRST.index)  # of an operation that is a guess every answer is one
        headers = [name for name in node.get("headers", ()) if self._resolve((*place, "headers", name))[0].get("required")]
        return ResponseSpec(self._media(node, place), tuple(headers), grade, _source(node) or _source(operation), _note(node))

    def _media(self, node: dict[str, Any], pointer: Pointer) -> dict[str, SchemaValidator]:
        return {
            media: SchemaValidator(self._registry, (*pointer, "content", media, "schema")) for media in node.get("content", ())
        }

    def _grade(self, pointer: Pointer, node: dict[str, Any], default: Evidence) -> Evidence:
        grade: Evidence = node.get("x-evidence", default)
        if grade not in WEAKEST_FIRST:
            self.fault(pointer, f"found x-evidence {grade!r}, expected one of {', '.join(WEAKEST_FIRST)}")
            return default
        return grade


def _paths(body: Any, path: list[str]) -> Iterator[list[str]]:
    """The way to every field of a body; a step into a list is `[]`."""
    if isinstance(body, dict):
        for key, value in body.items():
            yield [*path, key]
            yield from _paths(value, [*path, key])
    elif isinstance(body, list):
        for value in body:
            yield from _paths(value, [*path, "[]"])


def _named(security: list[dict[str, Any]]) -> list[str]:
    """The security schemes of which an operation wants one."""
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
    """Compile a spec that has been read.

    Raises:
        BrokenFile: it is not an OpenAPI document that the simulator can serve.
    """
    try:
        return Spec(document)
    except (KeyError, IndexError, TypeError, AttributeError, ValueError, re.error, jsonschema_rs.ReferencingError) as error:
        problem = f"not an OpenAPI 3.1 document that can be served: {type(error).__name__}: {error}"
        raise BrokenFile([Fault(document.file, 1, problem)]) from None
