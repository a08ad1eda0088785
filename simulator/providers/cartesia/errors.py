"""Cartesia's refusals, and the two forms in which it sends them (https://docs.cartesia.ai/use-the-api/api-errors)."""

from __future__ import annotations

from typing import Any

from simulator.provider import Error, Problem, Reply, RequestInfo, StandardErrors

PLAIN_TEXT_VERSIONS = {"2024-06-10", "2024-11-13", "2025-04-16", "2025-11-04"}
ADMIN_KEY = "An admin API key opens only admin routes; use a standard key."
FULL = "You have reached your plan's phone number limit. Delete a Cartesia number or upgrade your plan."
ASSIGNED = "The phone number is assigned to an agent. Unassign it, then delete it."
LINKED = "This Twilio account is linked in this region already; update it instead."


class Errors(StandardErrors):
    """Of the machine codes only two are known; the others are null, which the page allows. Most texts are ours."""

    UNAUTHORIZED = Error(
        401, None, "Unauthorized", "An API key is required: Authorization: Bearer sk_car_…", evidence="inferred"
    )
    INVALID_KEY = Error(401, None, "Unauthorized", "The API key is not valid.", evidence="inferred")
    WRONG_KEY = Error(401, None, "Unauthorized", ADMIN_KEY, evidence="inferred")
    LIMITED = Error(
        429, "concurrency_limited", "Too many concurrent requests", "You have exceeded your plan's concurrency limit."
    )
    QUOTA_EXCEEDED = Error(402, "quota_exceeded", "Phone number limit reached", FULL)
    NO_NUMBERS = Error(503, None, "No number available", "No US phone number is available now.", evidence="assumed")
    NUMBER_NOT_FOUND = Error(404, None, "Phone number not found", "There is no phone number with this id.")
    NUMBER_ASSIGNED = Error(400, None, "Phone number is assigned", ASSIGNED)
    ALREADY_IMPORTED = Error(409, None, "Already imported", "The phone number has been imported already.")
    NOT_IN_ACCOUNT = Error(400, None, "Phone number not in account", "The provider account does not have this phone number.")
    OTHER_PROVIDER_TYPE = Error(
        400, None, "Provider type cannot change", "Delete the phone number and import it from the other provider."
    )
    PROVIDER_NOT_FOUND = Error(404, None, "Provider not found", "There is no such provider account.")
    ALREADY_LINKED = Error(409, None, "Already linked", LINKED)
    REGION_LINKED = Error(
        400, None, "Already linked", "This Twilio account is linked in the other region already.", evidence="assumed"
    )
    PROVIDER_IN_USE = Error(409, None, "Provider in use", "The provider account still has phone numbers.")
    # Twilio is not called here, and nobody lets a subscription lapse, so only a scenario's rule raises these.
    BAD_CREDENTIALS = Error(400, None, "Invalid credentials", "Twilio does not accept the credentials.")
    INVALID_NUMBER = Error(400, None, "Bad request", "number: This is not a valid phone number.", evidence="assumed")
    SUBSCRIPTION_REQUIRED = Error(402, None, "Payment required", "Your subscription is not active.", evidence="assumed")
    BAD_TRUNK = Error(400, None, "Invalid SIP configuration")
    AGENT_NOT_FOUND = Error(404, None, "Agent not found", "There is no agent with this id.")
    CALL_NOT_FOUND = Error(404, None, "Call not found", "There is no call with this id.", evidence="inferred")
    CALL_NOT_ACTIVE = Error(400, None, "Call not active", "Only a call that is under way can be cancelled.")
    BATCH_NOT_FOUND = Error(404, None, "Batch not found", "There is no call batch with this id.")
    NO_OUTBOUND = Error(
        400, None, "No outbound calls", "The SIP trunk of this phone number has no outbound side.", evidence="inferred"
    )
    US_DESTINATIONS_ONLY = Error(
        400, None, "Destination not allowed", "A Cartesia number can only call US numbers.", evidence="inferred"
    )


def described(error: Error, detail: str | None = None) -> dict[str, Any]:
    """Return what an error object says of the error itself."""
    return {"error_code": error.code, "title": error.title, "message": error.detail if detail is None else detail}


def render(problem: Problem, request: RequestInfo) -> Reply:
    """Return an object from version 2026-03-01 on; before, `Title: Message` as plain text."""
    if request.headers.get("cartesia-version") in PLAIN_TEXT_VERSIONS:
        return Reply(f"{problem.error.title}: {problem.detail}", media="text/plain; charset=utf-8")
    return Reply({**described(problem.error, problem.detail), "request_id": request.uuid})
