"""The access-log entry of one request."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from time import time

import msgspec

from simulator.engine.journal import Entry
from simulator.http import Request, Response

MAX_PATH, MAX_WORLD = 1000, 100  # characters kept of what a client sends that no operation and no world has
_ID = "X-Simulator-Request"
_TRACEPARENT = re.compile(r"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")  # of W3C's Trace Context


class Kind(msgspec.Struct, frozen=True, gc=False):
    """What the access log and the metrics distinguish of a request; an empty text where it has none."""

    world: str
    provider: str
    operation: str  # `provider.operation_id` of the control API, `operation_id` of a provider
    status: int
    error: str
    rule: str  # the name of the rule that fired
    fault: str  # how the rule breaks the connection

    @property
    def operation_name(self) -> str:
        """The operation as it is named everywhere, `provider.operation_id`; empty: no route."""
        return f"{self.provider}.{self.operation}" if self.provider and self.operation else self.operation


class Access(msgspec.Struct, frozen=True, gc=False):
    """One request that was answered; an empty text where it has none."""

    at: float  # when it was answered, in seconds since 1970
    id: str
    kind: Kind
    method: str
    path: str  # as it was sent, if it has no operation, which would say more; the log writer masks it
    seconds: float  # in which it was answered, without the delay of a rule
    traceparent: str  # of the client's own tracing


def both(first: Callable[[Access], None], second: Callable[[Access], None]) -> Callable[[Access], None]:
    """Return a function that gives a request to two observers."""

    def observe(access: Access) -> None:
        first(access)
        second(access)

    return observe


def access_of(
    request: Request, response: Response, world: str, entry: Entry | None, control_operation: str, seconds: float
) -> Access:
    """Return the access-log entry of a request, from its response and its `entry` in a journal."""
    traceparent = _traceparent(request.headers) if "traceparent" in request.headers else ""
    if entry is not None and (_ID, entry.id) in response.headers:
        request_id = entry.id
        kind = Kind(world, entry.provider, entry.operation, response.status, entry.error, entry.rule_name, response.fault)
    else:
        request_id = dict(response.headers).get(_ID, "")
        kind = Kind(world[:MAX_WORLD], "", control_operation, response.status, "", "", response.fault)
    path = "" if kind.operation else request.path[:MAX_PATH]
    return Access(time(), request_id, kind, request.method, path, seconds, traceparent)


def _traceparent(headers: Mapping[str, str]) -> str:
    """Return the header of this name, if it is well formed."""
    return headers["traceparent"] if _TRACEPARENT.fullmatch(headers["traceparent"]) else ""
