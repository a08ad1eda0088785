"""Cartesia's refusals, and the two forms in which it sends them (https://docs.cartesia.ai/use-the-api/api-errors)."""

from __future__ import annotations

from typing import Any

from simulator.provider import Error, Problem, Reply, RequestInfo

PLAIN_TEXT_VERSIONS = {"2024-06-10", "2024-11-13", "2025-04-16", "2025-11-04"}


class Errors:
    """Of the machine codes only two are known; the others are null, which the page allows."""

    UNAUTHORIZED = Error(
        401, None, "Unauthorized", "An API key is required: Authorization: Bearer sk_car_…", evidence="inferred"
    )
    INVALID_KEY = Error(401, None, "Unauthorized", "The API key is not valid.", evidence="inferred")
    WRONG_KEY = Error(
        401, None, "Unauthorized", "An admin API key opens only admin routes; use a standard key.", evidence="inferred"
    )
    NOT_FOUND = Error(404, None, "Not found", "There is no such route.", evidence="assumed")
    METHOD_NOT_ALLOWED = Error(405, None, "Method not allowed", "The route has no such method.", evidence="assumed")
    MALFORMED = Error(400, None, "Bad request", evidence="assumed")
    TOO_LARGE = Error(413, None, "Payload too large", evidence="assumed")
    INVALID = Error(400, None, "Bad request", evidence="assumed")
    LIMITED = Error(
        429, "concurrency_limited", "Too many concurrent requests", "You have exceeded your plan's concurrency limit."
    )
    REUSED_KEY = Error(409, None, "Conflict", "The idempotency key was used before.", evidence="assumed")

    UNAVAILABLE = Error(503, None, "Service unavailable", "Try again in a moment.", evidence="assumed")
    QUOTA_EXCEEDED = Error(
        402,
        "quota_exceeded",
        "Phone number limit reached",
        "You have reached your plan's phone number limit. Delete a Cartesia number or upgrade your plan.",
    )
    NO_NUMBERS = Error(503, None, "No number available", "No US phone number is available now.", evidence="assumed")
    NUMBER_NOT_FOUND = Error(404, None, "Phone number not found", "There is no phone number with this id.")
    NUMBER_ASSIGNED = Error(
        400, None, "Phone number is assigned", "The phone number is assigned to an agent. Unassign it, then delete it."
    )
    ALREADY_IMPORTED = Error(409, None, "Already imported", "The phone number has been imported already.")
    NOT_IN_ACCOUNT = Error(400, None, "Phone number not in account", "The provider account does not have this phone number.")
    OTHER_PROVIDER_TYPE = Error(
        400, None, "Provider type cannot change", "Delete the phone number and import it from the other provider."
    )
    PROVIDER_NOT_FOUND = Error(404, None, "Provider not found", "There is no such provider account.")
    ALREADY_LINKED = Error(
        409, None, "Already linked", "This Twilio account is linked in this region already; update it instead."
    )
    REGION_LINKED = Error(
        400, None, "Already linked", "This Twilio account is linked in the other region already.", evidence="assumed"
    )
    PROVIDER_IN_USE = Error(409, None, "Provider in use", "The provider account still has phone numbers.")
    # Twilio is not asked here, and nobody lets a subscription lapse, so only a scenario's rule raises these.
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
    """What an error object says of the error itself."""
    return {"error_code": error.code, "title": error.title, "message": error.detail if detail is None else detail}


def render(problem: Problem, request: RequestInfo) -> Reply:
    """An object from version 2026-03-01 on; before, `Title: Message` as plain text."""
    if request.headers.get("cartesia-version") in PLAIN_TEXT_VERSIONS:
        return Reply(f"{problem.error.title}: {problem.detail}", media="text/plain; charset=utf-8")
    return Reply({**described(problem.error, problem.detail), "request_id": request.uuid})
