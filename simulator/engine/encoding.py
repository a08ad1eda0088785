"""A reply as a response: its bytes, and the headers that the simulator adds."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from simulator.http import Response
from simulator.openapi.evidence import Evidence
from simulator.provider import NO_BODY, Reply


def encode(reply: Reply, request_id: str, evidence: Evidence, extra: Mapping[str, str], rule: str = "") -> Response:
    """Return the response that carries a reply; `extra` are headers that the reply's own headers outrank."""
    headers = [("X-Simulator-Request", request_id), ("X-Simulator-Evidence", evidence)]
    if reply.headers:
        own = {name.lower() for name in reply.headers}  # such as a rule's own Retry-After
        headers += [(name, value) for name, value in extra.items() if name.lower() not in own]
        headers += reply.headers.items()
    else:
        headers += extra.items()
    if rule:
        headers.append(("X-Simulator-Rule", rule))
    if reply.status in (204, 304):  # HTTP allows them no body, whatever a rule says
        return Response(reply.status, headers, b"")
    body = encode_body(reply)
    if body:
        headers.append(("Content-Type", reply.media))
    headers.append(("Content-Length", str(len(body))))
    return Response(reply.status, headers, body)


def encode_body(reply: Reply) -> bytes:
    """Return a body as JSON, except for bytes, for the text of a reply that is not JSON, or that a rule sends as it is."""
    body = reply.body
    if isinstance(body, dict):  # as nearly all are
        return msgspec.json.encode(body)
    if isinstance(body, bytes):
        return body
    if body is NO_BODY:
        return b""
    if isinstance(body, str) and (reply.synthetic or "json" not in reply.media):
        return body.encode()
    return msgspec.json.encode(body)


def encode_bug(text: str, request_id: str, date: str = "") -> Response:
    """Return the response that says that the simulator itself is at fault; it is never dressed up as the provider's error."""
    body = msgspec.json.encode({"simulator_bug": text, "request": request_id})
    headers = [
        ("X-Simulator-Request", request_id),
        ("X-Simulator-Bug", "1"),
        ("Content-Type", "application/json"),
        ("Content-Length", str(len(body))),
    ]
    return Response(500, [*headers, ("Date", date)] if date else headers, body)
