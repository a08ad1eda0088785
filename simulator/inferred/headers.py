"""The headers of answers that locate a record, or the next page of a list."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

from simulator.inferred.answers import member_at
from simulator.inferred.model import plain
from simulator.inferred.plans import Plan, ResourcePlan
from simulator.openapi.operation import Operation
from simulator.provider import Call, Reply


def _documented(operation: Operation, status: int) -> list[str]:
    """Return the names of the headers that the document lists for a status."""
    return list(operation.definition["responses"].get(str(status), {}).get("headers", ()))


def located(
    call: Call[Any], operation: Operation, plan: Plan, resource: ResourcePlan, key: str, reply: Reply
) -> dict[str, str]:
    """Return the headers of an answer to a creation: `Location`, where the document lists it or the body has no id."""
    is_documented = any(name.lower() == "location" for name in _documented(operation, reply.status))
    shown = member_at(reply.body, plan.within)
    has_id = resource.is_named and isinstance(shown, dict) and (plan.member or resource.head or resource.member) in shown
    if not is_documented and (not resource.param or has_id):
        return reply.headers
    request = call.request.request
    return {**reply.headers, "Location": f"{request.origin}{request.path.rstrip('/')}/{quote(key, safe='')}"}


def paged(
    call: Call[Any], operation: Operation, reply: Reply, facts: Mapping[str, Any], query: Mapping[str, str]
) -> dict[str, str]:
    """Return the headers of a list that the document lists: the next page in `Link` (RFC 8288), and counts such as `X-Total`.

    `query` leads to the next page; it is empty on the last.
    """
    request = call.request.request
    made: dict[str, str] = {}
    for name in _documented(operation, reply.status):
        short = plain(name)
        value = facts.get(short, facts.get(short.removeprefix("x").removeprefix("pagination")))
        if short == "link":
            if query:
                made[name] = f'<{request.origin}{request.path}?{urlencode(query)}>; rel="next"'
        elif isinstance(value, str | int) and not isinstance(value, bool):
            made[name] = str(value)
    return {**reply.headers, **made}
