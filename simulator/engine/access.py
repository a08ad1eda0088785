"""What the access log says of one request."""

from __future__ import annotations

import re
from time import time

import msgspec

from simulator.engine.journal import Entry
from simulator.http import Request, Response

_TRACEPARENT = re.compile(r"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")  # of W3C's Trace Context


class Access(msgspec.Struct, frozen=True, gc=False):
    """One request that was answered; empty texts stand for what it does not have."""

    at: float  # when it was answered, in seconds since 1970
    id: str
    method: str
    path: str  # as it was sent; the log writer masks it
    world: str
    provider: str
    operation: str  # `provider.operation_id`
    status: int
    error: str
    rule: str  # the name of the rule that fired
    fault: str  # how the rule breaks the connection
    seconds: float  # in which it was answered, without the delay of a rule
    traceparent: str  # of the client's own tracing


def access_of(
    request: Request, response: Response, world: str, entry: Entry | None, control_operation: str, seconds: float
) -> Access:
    """Return the access-log entry of a request, from its response and its `entry` in a journal."""
    headers = response.headers
    name, request_id = headers[0] if headers else ("", "")
    if name != "X-Simulator-Request":  # as the first header mostly is
        request_id = dict(headers).get("X-Simulator-Request", "")
    traceparent = request.headers.get("traceparent", "")
    if traceparent and not _TRACEPARENT.fullmatch(traceparent):
        traceparent = ""
    if entry is not None and entry.id == request_id:
        provider, operation, error, rule = entry.provider, entry.operation_name, entry.error, entry.rule_name
    else:
        provider, operation, error, rule = "", control_operation, "", ""
    return Access(
        time(),
        request_id,
        request.method,
        request.path,
        world,
        provider,
        operation,
        response.status,
        error,
        rule,
        response.fault,
        seconds,
        traceparent,
    )
