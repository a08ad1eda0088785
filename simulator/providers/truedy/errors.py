"""Truedy's refusals: a machine code for each status (https://docs.truedy.ai/guides/error-handling)."""

from __future__ import annotations

from simulator.provider import Error


class Errors:
    """Truedy's refusals; what breaks a rule of business has the status and code of what breaks the schema."""

    UNAUTHORIZED = Error(401, "unauthorized", "Invalid or missing API key")
    INVALID_KEY = Error(401, "unauthorized", "Invalid or missing API key")
    WRONG_KEY = Error(403, "forbidden", "The API key is not allowed to do this", evidence="inferred")
    NOT_FOUND = Error(404, "not_found", "No such endpoint", evidence="assumed")
    METHOD_NOT_ALLOWED = Error(405, "method_not_allowed", "Method not allowed", evidence="assumed")
    MALFORMED = Error(400, "bad_request", "Bad request", evidence="assumed")
    TOO_LARGE = Error(413, "payload_too_large", "Payload too large", evidence="assumed")
    INVALID = Error(422, "validation_error", "Invalid request")
    LIMITED = Error(429, "rate_limit_exceeded", "Rate limit exceeded")
    REUSED_KEY = Error(409, "conflict", "The idempotency key was used for another request", evidence="inferred")
    UNAVAILABLE = Error(500, "internal_error", "An internal error occurred", evidence="inferred")
    SUBSCRIPTION_REQUIRED = Error(402, "payment_required", "An active subscription is required", evidence="inferred")
    AGENT_NOT_FOUND = Error(404, "not_found", "agent not found")
    NUMBER_NOT_FOUND = Error(404, "not_found", "phone number not found")
    NUMBER_UNAVAILABLE = Error(
        422, "validation_error", "This number is not available; search for one that is", field="phone_number"
    )
    NUMBER_REGISTERED = Error(
        422, "validation_error", "This number is registered already", evidence="inferred", field="phone_number"
    )
    NUMBER_ASSIGNED = Error(
        422, "validation_error", "Unassign the number from all agents first", evidence="assumed", field="number_id"
    )
    # The same as the two 404s, where a body names what there is not and a scenario assumes that this is a 422.
    UNKNOWN_AGENT = Error(422, "validation_error", "agent not found", evidence="inferred", field="agent_id")
    UNKNOWN_NUMBER = Error(422, "validation_error", "phone number not found", evidence="inferred", field="number_id")
    AGENT_NOT_SYNCED = Error(
        422, "validation_error", "The voice platform does not know the agent yet", evidence="inferred", field="agent_id"
    )
    # Only a scenario's rule raises these two: no page speaks of a limit, and no number here is well written and yet invalid.
    LIMIT_REACHED = Error(402, "payment_required", "The plan's limit of phone numbers is reached", evidence="assumed")
    INVALID_NUMBER = Error(422, "validation_error", "This is not a phone number", evidence="inferred", field="phone_number")
