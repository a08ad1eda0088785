"""How Vantax answers: one envelope around everything, and lists cut by cursors (https://docs.vantaxai.com/docs/pagination)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import msgspec

from simulator.provider import NO_BODY, Call, Listing, Record, Reply, RequestInfo, by_cursor
from simulator.providers.vantax.errors import Errors

R = TypeVar("R", bound=Record)

MAX_LIMIT = 100  # a larger one is clamped, not refused (pagination)
MESSAGES = {
    "purchase_phone_number": "Phone number purchased successfully",
    "release_phone_number": "Phone number released successfully",
    "assign_phone_number": "Agent assigned successfully",
    "unassign_phone_number": "Agent unassigned successfully",
    "create_agent": "Agent created successfully",
    "update_agent": "Agent updated successfully",
    "delete_agent": "Agent deleted successfully",
    "assign_agent_phone_number": "Phone number assigned",
    "remove_agent_phone_number": "Phone number removed from Agent",
}


class Page(msgspec.Struct, frozen=True):
    """One page of a list as it is shown, and where it stands in the list."""

    data: list[dict[str, Any]]
    pagination: dict[str, Any]


def page(call: Call[Any], listing: Listing[R], show: Callable[[R], dict[str, Any]]) -> Reply:
    """The page of a list that the request asks for."""
    limit = min(call.params["limit"], MAX_LIMIT)
    try:
        found = by_cursor(listing, limit, call.params["starting_after"])
    except KeyError:
        raise Errors.UNKNOWN_CURSOR() from None
    pagination = {"total": found.total, "limit": limit, "has_more": found.has_more}
    if found.has_more:
        pagination["next_cursor"] = found.items[-1].id
    return Reply(Page([show(record) for record in found.items], pagination))


def succeed(reply: Reply, request: RequestInfo) -> Reply:
    """The envelope: `success`, a message where something changed, the data, and for lists where the page stands."""
    body: dict[str, Any] = {"success": True}
    message = MESSAGES.get(request.operation_id)
    if message is not None:
        body["message"] = message
    if isinstance(reply.body, Page):
        body.update(data=reply.body.data, pagination=reply.body.pagination)
    elif reply.body is not NO_BODY:
        body["data"] = reply.body
    return Reply(body, reply.status, reply.headers)
