"""The errors of the control API, as problem details (RFC 9457)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from simulator.documents import BrokenFile, nearest
from simulator.provider import Error, Problem, Reply


class Errors:
    """The errors of the control API."""

    UNAUTHORIZED = Error(401, None, "Unauthorized", "Authorization: Bearer <the admin token> is required")
    INVALID_KEY = Error(401, None, "Unauthorized", "This is not the admin token")
    FOREIGN_ORIGIN = Error(
        403, None, "Forbidden", "Web pages must not use the control API: requests with an Origin header are rejected"
    )
    FOREIGN_HOST = Error(403, None, "Forbidden")
    NOT_FOUND = Error(404, None, "Not Found", "No such control route; GET /_simulator/specs/_simulator lists them")
    METHOD_NOT_ALLOWED = Error(405, None, "Method Not Allowed", "The Allow header names the methods of this path")
    MALFORMED = Error(400, None, "Bad Request")
    TOO_LARGE = Error(413, None, "Content Too Large")
    INVALID = Error(422, None, "Unprocessable Content")
    CONFLICT = Error(409, None, "Conflict")
    FULL = Error(507, None, "Insufficient Storage")
    BUSY = Error(503, None, "Service Unavailable")


def render(problem: Problem) -> Reply:
    """Return an error as problem details."""
    body: dict[str, Any] = {"type": "about:blank", "title": problem.error.title, "status": problem.status}
    body["detail"] = problem.detail
    if problem.violations:
        body["violations"] = [{"in": one.where, "field": one.field, "message": one.message} for one in problem.violations]
    body |= problem.facts
    return Reply(body, problem.status, dict(problem.headers), media="application/problem+json")


def require_known(kind: str, name: str | None, known: Iterable[str], listed_by: str) -> None:
    """Require that a name, if there is one, is one of those that `listed_by` lists: a filter that fits nothing proves nothing.

    Raises:
        Problem: INVALID, with the nearest name.
    """
    if name is not None and name not in (names := list(known)):
        raise Errors.INVALID(f"unknown {kind} {name!r}{nearest(name, names, listed_by)}")


def invalid(error: BrokenFile | LookupError) -> Problem:
    """Return the error of an invalid scenario or rule."""
    return Errors.INVALID(str(error))
