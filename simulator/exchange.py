"""One request: what came over the wire, and what is found out about it on its way through the pipeline."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from simulator.rules import NO_VERDICT
from simulator.tables import Change
from simulator.world import Account, Grant, World

if TYPE_CHECKING:
    from simulator.operation import Operation
    from simulator.provider import Evidence, Problem


class Request(NamedTuple):
    """What came over the wire."""

    method: str
    path: str  # still percent-encoded, so that `%2F` is no slash
    query: str
    headers: Mapping[str, str]  # names in lower case
    raw: bytes | None  # None: a body larger than the simulator accepts
    scheme: str = "http"

    @property
    def origin(self) -> str:
        """Scheme and host under which the client reached us."""
        return f"{self.scheme}://{self.headers.get('host', '127.0.0.1')}"


class Exchange:
    """One request on its way through the pipeline, and what is found out about it there."""

    __slots__ = (
        "_uuid", "account", "at", "body", "changes", "delay", "evidence", "extra", "grant", "headers", "id", "key", "method",
        "operation", "params", "path", "problem", "query", "raw", "request", "verdict", "world",
    )  # fmt: skip

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
        self.operation: Operation | None = None
        self.grant: Grant | None = None
        self.key = ""  # the key that was presented, where nothing judged it
        self.account: Account[Any] | None = None
        self.params: dict[str, Any] = {}
        self.body: Any = None
        self.verdict = NO_VERDICT  # which scenario rule decides
        self.problem: Problem | None = None  # why it was refused
        self.changes: list[Change] = []  # what it changed
        self.extra: dict[str, str] = {}  # headers of the answer, whatever the answer is
        self.delay = 0.0  # seconds for which the client itself wants the answer held back
        self.evidence: Evidence = "assumed"
        self._uuid = ""

    @property
    def media(self) -> str:
        """The media type of the body, without parameters; empty when the client names none."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def uuid(self) -> str:
        """A request id in the form of a UUID, for providers whose answers carry one; the same within one exchange."""
        self._uuid = self._uuid or self.world.ids.uuid("request")
        return self._uuid
