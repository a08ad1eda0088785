"""The head of an OpenAPI document: what the registry needs of every provider, whether or not a request ever reaches it.

Of a document that is JSON nothing else is decoded, which takes a tenth of the time.
"""

from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")


class Server(msgspec.Struct, frozen=True):
    """One of the servers that the document names."""

    url: str


class Info(msgspec.Struct, frozen=True):
    """The title."""

    title: str


class OperationHead(msgspec.Struct, frozen=True):
    """An operation's id, and whether it is simulated."""

    id: str = msgspec.field(name="operationId")
    simulated: bool = msgspec.field(name="x-simulated", default=True)


class PathItem(msgspec.Struct, frozen=True):
    """The operations of a path, by method."""

    get: OperationHead | UnsetType = UNSET
    put: OperationHead | UnsetType = UNSET
    post: OperationHead | UnsetType = UNSET
    delete: OperationHead | UnsetType = UNSET
    options: OperationHead | UnsetType = UNSET
    head: OperationHead | UnsetType = UNSET
    patch: OperationHead | UnsetType = UNSET
    trace: OperationHead | UnsetType = UNSET


class Components(msgspec.Struct, frozen=True):
    """The security schemes."""

    schemes: dict[str, dict[str, Any]] = msgspec.field(name="securitySchemes", default_factory=dict)


class SpecHead(msgspec.Struct, frozen=True):
    """The head of a document."""

    info: Info
    servers: list[Server]
    paths: dict[str, PathItem]
    components: Components = Components()
    assumptions: dict[str, Any] = msgspec.field(name="x-assumptions", default_factory=dict)

    def operations(self) -> Iterator[tuple[str, str, OperationHead]]:
        """Yield path, method and head of every operation, in the order of the document."""
        for path, item in self.paths.items():
            for method in METHODS:
                operation = getattr(item, method)
                if operation is not UNSET:
                    yield path, method, operation
