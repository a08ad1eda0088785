"""An OpenAPI 3.1 document, of which each operation is compiled into parameters and validators when its first request comes.

Nothing is copied out of the document or generated from it: a validator is a pointer into the document, so requests and
responses are checked against the published schemas.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import urlsplit

import jsonschema_rs
import msgspec

from simulator.documents import BrokenFile, Document, Fault, read, read_built
from simulator.openapi.body_fields import BodyFields
from simulator.openapi.compiler import Compiler, schemes_of
from simulator.openapi.grades import Grades
from simulator.openapi.head import SpecHead
from simulator.openapi.operation import MAX_BODY, Operation
from simulator.openapi.passwords import password_fields
from simulator.openapi.pointers import Pointer, steps_of
from simulator.openapi.published import Published
from simulator.openapi.router import Router
from simulator.openapi.schema_validator import SchemaValidator, Violation
from simulator.openapi.schemas import Schemas
from simulator.openapi.shapes import Shape

MAX_PATH = 200  # characters of an unknown path for which the nearest routes are looked up
UNSERVABLE = (
    KeyError,
    IndexError,
    TypeError,
    AttributeError,
    ValueError,
    re.error,
    jsonschema_rs.ReferencingError,
    msgspec.MsgspecError,
)


class Spec:
    """A provider's OpenAPI document.

    Its head is read at once: title, host, security schemes, the ids of its operations. Each operation is compiled when it is
    first needed, which raises BrokenFile for one that cannot be served.
    """

    def __init__(self, document: Document, *, is_whole: bool = False) -> None:
        """Read the head of a document; `is_whole` compiles the validators of all its bodies at once.

        Raises:
            BrokenFile: it is not an OpenAPI document that the simulator can serve.
        """
        self.file = document.file
        self.name = Path(document.file).stem
        self._document, self._is_whole = document, is_whole
        self._faults: list[Fault] = []
        self._operations: dict[str, Operation] = {}  # those that were needed so far, by id
        self._all: dict[str, Operation] | None = None  # in the order of the document, once all are compiled
        try:
            head = document.convert(SpecHead)
            server = urlsplit(head.servers[0].url)
            self.schemes = dict(schemes_of(head.components.schemes, self.add_fault))
        except UNSERVABLE as error:
            self._refuse(error)
        self.title = head.info.title
        self.host, self.base_path = server.hostname or "", server.path.rstrip("/")
        self.hosts = [urlsplit(one.url).hostname or "" for one in head.servers]  # the first is the usual one
        self.assumptions = head.assumptions  # as they are declared, by name
        self.places: dict[str, tuple[str, str]] = {}  # path and method of every operation, by its id
        self.simulated: set[str] = set()  # the ids of the operations that have a handler
        for path, method, operation in head.operations():
            if operation.id in self.places:
                self.add_fault(("paths",), f"duplicate operationId {operation.id!r}")
            self.places[operation.id] = path, method
            if operation.simulated:
                self.simulated.add(operation.id)

    @cached_property
    def passwords(self) -> frozenset[str]:
        """The names of the properties that hold secrets; found when first needed, once for all who share the spec."""
        return password_fields(self.content)

    @cached_property
    def published(self) -> Published:
        """The values that the document enumerates and shows; found when first needed."""
        return Published(self.content)

    @cached_property
    def router(self) -> Router:
        """The routes, which lead to the ids of operations."""
        router = Router()
        for operation_id, (path, method) in self.places.items():
            router.add(method.upper(), self.base_path + path, operation_id)
        return router

    @cached_property
    def grades(self) -> Grades:
        """The evidence levels within the schemas."""
        return self._schemas.grades

    @cached_property
    def fields(self) -> BodyFields:
        """The fields of request bodies."""
        return BodyFields(self._schemas)

    @property
    def content(self) -> dict[str, Any]:
        """The document; that of a built-in provider is read again each time, as no request needs all of it."""
        content: dict[str, Any] = self._document.content
        return content

    def shape(self, pointer: Pointer) -> Shape:
        """Return the form of the values that the schema at a pointer describes; an empty one for a schema that is missing."""
        return self._schemas.shape(pointer)

    @property
    def operations(self) -> dict[str, Operation]:
        """All operations, by id, which compiles them all.

        Raises:
            BrokenFile: with every fault of the document.
        """
        if self._all is None:
            self.compile()
            self._all = {operation_id: self._operations[operation_id] for operation_id in self.places}
        return self._all

    def operation(self, operation_id: str) -> Operation:
        """Return one operation, without compiling the others for this, unless their validators are compiled together.

        Raises:
            KeyError: there is no operation of this id.
            BrokenFile: with every fault of what was compiled.
        """
        if operation_id not in self._operations:
            self._compile(self.places if self._is_whole else {operation_id: self.places[operation_id]})
        return self._operations[operation_id]

    def example(self, operation_id: str) -> Operation:
        """Return an operation that is only shown: where no request needed it yet, nothing of it is kept.

        Raises:
            KeyError: there is no operation of this id.
        """
        if operation_id in self._operations:
            return self._operations[operation_id]
        compiler = Compiler(Schemas(self._document.parts, frozenset), self.base_path, self.schemes, lambda *fault: None)
        return compiler.operation(*self.places[operation_id])

    def body_limit(self, method: str, path: str) -> int:
        """Return how many bytes the body of a request may have (`x-max-body` in the spec)."""
        route = self.router.find(path)
        operation_id = route.operations.get(method) if route else None
        body = self.operation(operation_id).body if operation_id else None
        return MAX_BODY if body is None else body.limit

    def compile(self) -> None:
        """Compile the whole document.

        Raises:
            BrokenFile: with every fault of the document.
        """
        self._compile(self.places)

    def _compile(self, places: Mapping[str, tuple[str, str]]) -> None:
        """Compile the operations at some places; of threads that do so at the same time, the first one's are kept."""
        known = len(self._faults)
        missing = {name: place for name, place in places.items() if name not in self._operations}
        try:
            compiled = {name: self._compiler.operation(*place) for name, place in missing.items()}
            self.raise_faults()
        except UNSERVABLE as error:
            self._refuse(error)
        finally:
            del self._faults[known:]  # The next request reports them again.
        for name, operation in compiled.items():
            self._operations.setdefault(name, operation)

    @cached_property
    def _compiler(self) -> Compiler:
        return Compiler(self._schemas, self.base_path, self.schemes, self.add_fault)

    def _refuse(self, error: Exception) -> NoReturn:
        problem = f"not an OpenAPI 3.1 document that can be served: {type(error).__name__}: {error}"
        raise BrokenFile([Fault(self.file, 1, problem)]) from None

    def add_fault(self, pointer: Sequence[str | int], problem: str) -> None:
        """Record an error of the document, for `raise_faults`."""
        self._faults.append(self._document.fault(pointer, problem))

    def raise_faults(self) -> None:
        """Stop if the document has errors.

        Raises:
            BrokenFile: with every recorded error.
        """
        if self._faults:
            raise BrokenFile(sorted(set(self._faults)))

    def validators(self) -> Iterator[tuple[str, SchemaValidator]]:
        """Yield every validator of the document with the id of its operation."""
        for operation in self.operations.values():
            for parameter in operation.parameters:
                yield operation.id, parameter.validator
            for media in [operation.body.media if operation.body else {}, *(r.media for r in operation.responses.values())]:
                for validator in media.values():
                    yield operation.id, validator

    def broken_schema(self, violation: Violation) -> dict[str, Any]:
        """Return the part of the document that a value breaks; {} for a missing member that no schema describes."""
        node: Any = self._schemas.content
        for step in violation.rule[:-1]:
            if isinstance(node, Mapping) and step not in node:
                return {}
            node = self._schemas.at(steps_of(node[step])) if step == "$ref" else node[step]
        return node if isinstance(node, dict) else {}

    def nearest(self, method: str, path: str) -> list[str]:
        """Return the routes, such as `GET /agents`, that are most similar to a request that matched none."""
        request = f"{method} {path}"
        if len(request) > MAX_PATH:
            return []
        routes = [f"{operation.method} {operation.path}" for operation in self.operations.values()]
        return difflib.get_close_matches(request, routes, 3, 0.4)

    @cached_property
    def _schemas(self) -> Schemas:
        return Schemas(self._document.parts, lambda: self.passwords, is_whole=self._is_whole)


def load(path: Path) -> Spec:
    """Read and compile a spec.

    Raises:
        BrokenFile: the file is not YAML, or not an OpenAPI document that the simulator can serve.
    """
    return compiled(read(path))


def load_lazily(path: Path) -> Spec:
    """Read the head of a spec of this package; an operation is compiled when it is first needed.

    Raises:
        BrokenFile: the file is not YAML, or its head not that of an OpenAPI document that the simulator can serve.
    """
    spec = Spec(read_built(path))
    spec.raise_faults()
    return spec


def compiled(document: Document) -> Spec:
    """Compile a parsed spec.

    Raises:
        BrokenFile: it is not an OpenAPI document that the simulator can serve.
    """
    spec = Spec(document)
    spec.compile()
    return spec
