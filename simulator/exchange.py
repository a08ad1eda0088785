"""One request: what came over the wire, and what is found out about it on its way through the pipeline."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import msgspec

from simulator.rules import NO_VERDICT
from simulator.tables import Change
from simulator.world import Account, Grant, World

if TYPE_CHECKING:
    from simulator.assumption import Assumption
    from simulator.operation import Operation
    from simulator.provider import Evidence, Problem


REMEMBERED, SMALL = 512, 512  # queries are repeated: so many, of so many characters at most, are not decoded twice


class Request(msgspec.Struct, frozen=True):
    """What came over the wire."""

    method: str
    path: str  # still percent-encoded, so that `%2F` is no slash
    query: str
    headers: Mapping[str, str]  # names in lower case
    raw: bytes | None  # None: a body larger than the simulator accepts
    scheme: str = "http"
    head: int = 0  # bytes of the head; 0: it never was a text

    @property
    def size(self) -> int:
        """Bytes, roughly."""
        head = self.head or len(self.path) + len(self.query) + sum(map(len, self.headers.values()))
        return head + len(self.raw or b"")

    @property
    def parameters(self) -> Mapping[str, str]:
        """Those of the query, decoded; of a name that comes twice the last. Shared, so never changed."""
        return _known(self.query) if len(self.query) <= SMALL else _parameters(self.query)

    @property
    def origin(self) -> str:
        """Scheme and host under which the client reached us."""
        return f"{self.scheme}://{self.headers.get('host', '127.0.0.1')}"


def _parameters(query: str) -> Mapping[str, str]:
    return dict(parse_qsl(query, keep_blank_values=True))


_known = lru_cache(REMEMBERED)(_parameters)


class Exchange:
    """One request on its way through the pipeline, and what is found out about it there."""

    operation: Operation | None = None
    grant: Grant | None = None
    key = ""  # the key that was presented, where nothing judged it
    account: Account[Any] | None = None
    body: Any = None
    verdict = NO_VERDICT  # which scenario rule decides
    problem: Problem | None = None  # why it was refused
    leans_on: tuple[Assumption, ...] = ()  # what the documentation leaves open and the answer depends on
    delay = 0.0  # seconds for which the client itself wants the answer held back
    evidence: Evidence = "assumed"
    _uuid = ""

    def __init__(self, world: World, request: Request, path: str) -> None:
        self.world = world
        self.id = world.next_request_id()
        self.at: datetime = world.clock.now()
        self.request = request
        self.method = request.method
        self.path = path  # the request's, without the world's and the provider's prefix
        self.query = request.query
        self.headers = request.headers
        self.raw = request.raw
        self.params: dict[str, Any] = {}
        self.changes: list[Change] = []  # what it changed
        self.extra: dict[str, str] = {}  # headers of the answer, whatever the answer is

    @property
    def media(self) -> str:
        """The media type of the body, without parameters; empty when the client names none."""
        told = self.headers.get("content-type", "")
        return told if told == "application/json" else told.partition(";")[0].strip().lower()

    @property
    def uuid(self) -> str:
        """A request id in the form of a UUID, for providers whose answers carry one; the same within one exchange."""
        self._uuid = self._uuid or self.world.ids.uuid("request")
        return self._uuid
