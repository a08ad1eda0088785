"""What every control operation needs: the errors, their form, the operator who calls, the world that is named."""

from __future__ import annotations

from typing import Any

import msgspec

from simulator.documents import BrokenFile
from simulator.masking import Mask
from simulator.operation import Operation
from simulator.provider import Bound, Call, Error, Exchange, Problem, Provider, Reply
from simulator.world import World
from simulator.worlds import Worlds


class Errors:
    """What the control API refuses."""

    UNAUTHORIZED = Error(401, None, "Unauthorized", "Authorization: Bearer <the admin token> is required")
    INVALID_KEY = Error(401, None, "Unauthorized", "This is not the admin token")
    WRONG_KEY = INVALID_KEY
    FROM_A_PAGE = Error(403, None, "Forbidden", "Pages in a browser must not steer the simulator: Origin is refused")
    NOT_FOUND = Error(404, None, "Not Found", "No such control route; GET /_simulator/specs/_simulator lists them")
    METHOD_NOT_ALLOWED = Error(405, None, "Method Not Allowed", "The Allow header names the methods of this path")
    MALFORMED = Error(400, None, "Bad Request")
    TOO_LARGE = Error(413, None, "Content Too Large")
    INVALID = Error(422, None, "Unprocessable Content")
    LIMITED = Error(429, None, "Too Many Requests")
    CONFLICT = Error(409, None, "Conflict")
    REUSED_KEY = CONFLICT


def render(problem: Problem, exchange: Exchange) -> Reply:
    """Problem details as RFC 9457 has them."""
    body: dict[str, Any] = {"type": "about:blank", "title": problem.error.title, "status": problem.status}
    body["detail"] = problem.detail
    if problem.violations:
        body["violations"] = [{"in": each.where, "field": each.field, "message": each.message} for each in problem.violations]
    return Reply(body, media="application/problem+json")


class Operator(msgspec.Struct, frozen=True):
    """The state that control operations work on."""

    worlds: Worlds
    token: str
    mask: Mask


def guard(exchange: Exchange, operation: Operation, bound: Bound) -> None:
    """Refuse browsers, and want the admin token where one is set and the operation asks for it."""
    if "origin" in exchange.headers:
        raise Errors.FROM_A_PAGE()
    exchange.account = exchange.world.account(bound.provider, "operator")
    token: str = exchange.account.state.token
    if not token or not operation.schemes:
        return
    key = operation.schemes[0].read(exchange.headers)
    if key is None:
        raise Errors.UNAUTHORIZED(headers={"WWW-Authenticate": "Bearer"})
    import hmac  # noqa: PLC0415  (it loads OpenSSL, which servers without a token do not need)

    if not hmac.compare_digest(key.encode(), token.encode()):
        raise Errors.INVALID_KEY(headers={"WWW-Authenticate": "Bearer"})


provider: Provider[Operator] = Provider(
    "_simulator", state=lambda account, seed: seed, errors=Errors, render=render, identify=guard
)


def named(call: Call[Operator]) -> World:
    """The world that the path names.

    Raises:
        Problem: NOT_FOUND, saying how to make one.
    """
    name = call.params["world"]
    world = call.state.worlds.get(name)
    if world is None:
        raise Errors.NOT_FOUND(f"no world {name!r}; PUT /_simulator/worlds/{name} makes one")
    return world


def broken(error: BrokenFile | LookupError) -> Problem:
    """The refusal of a scenario or rule that cannot work."""
    return Errors.INVALID(str(error))
