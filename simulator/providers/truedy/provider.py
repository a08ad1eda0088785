"""Truedy's dialect: every answer is `{data, meta}`, every refusal `{error, meta}`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

from simulator.provider import Call, Listing, Problem, Provider, Record, Reply, RequestInfo, Table, by_offset, seconds
from simulator.providers.truedy.assumptions import ASSUMPTIONS
from simulator.providers.truedy.errors import Errors
from simulator.providers.truedy.state import State, TruedySeed

R = TypeVar("R", bound=Record)


class Paged(NamedTuple):
    """One page of a list, and where in the list it is; the body of a reply that is wrapped with `pagination`."""

    data: list[dict[str, Any]]
    pagination: dict[str, Any]


def listed(
    call: Call[State], resource: str, table: Table[R], listing: Listing[R], show: Callable[[State, R], dict[str, Any]]
) -> Reply:
    """The page that `limit` and `offset` ask for of a listing of a table, the newest first; it counts as a read of each."""
    limit, offset = call.params["limit"], call.params["offset"]
    page = by_offset(listing, limit, offset)
    call.account.read(resource, (record.id for record in page.items), call.now)
    pagination = {"total": page.total, "limit": limit, "offset": offset, "has_more": page.has_more}
    return Reply(Paged([show(call.state, table.get(record.id) or record) for record in page.items], pagination))


def succeed(reply: Reply, request: RequestInfo) -> Reply:
    """An answer: what was asked for under `data`, what the request was under `meta`."""
    page = reply.body._asdict() if isinstance(reply.body, Paged) else {"data": reply.body}
    return Reply({**page, "meta": _meta(request)}, reply.status, reply.headers)


def render(problem: Problem, request: RequestInfo) -> Reply:
    """A refusal: a machine code, a text, and details that name the field where there is one to blame."""
    message, details = problem.detail, problem.facts
    if problem.violations:
        first = problem.violations[0]
        message, details = problem.error.title, {"field": first.field, "reason": first.message}
    elif problem.code == "validation_error":
        details = {**details, "reason": message}
    elif "reset_at" in details:  # with microseconds (rate-limits)
        details = {"limit": details["limit"], "reset_at": f"{details['reset_at']:%Y-%m-%dT%H:%M:%S.%fZ}"}
    return Reply({"error": {"code": problem.code, "message": message, "details": details}, "meta": _meta(request)})


def _meta(request: RequestInfo) -> dict[str, str]:
    return {"request_id": request.uuid, "ts": seconds(request.at)}


provider: Provider[State] = Provider(
    "truedy",
    state=State,
    errors=Errors,
    render=render,
    succeed=succeed,
    seed=TruedySeed,
    keys=["truedy_Demo0000000000000000000000000000"],
    example_operation="search_numbers",
    assumptions=ASSUMPTIONS,
)
