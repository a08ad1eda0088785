"""The errors of Vantax. Sources: https://docs.vantaxai.com/docs/errors and https://docs.vantaxai.com/docs/error-codes."""

from __future__ import annotations

from typing import Any

from simulator.provider import Error, Problem, Reply, RequestInfo, StandardErrors

FAILED = "validation_failed"


class Errors(StandardErrors):
    """Vantax's errors. Clients should read the status: no body has the codes, and most texts are the simulator's."""

    UNAUTHORIZED = Error(401, "unauthorized", "Missing or malformed API key")
    INVALID_KEY = Error(401, "invalid_api_key", "Invalid API key")
    WRONG_KEY = Error(403, "forbidden_scope", "This API key's scope does not reach this endpoint")
    NOT_FOUND = Error(404, "not_found", "Not found")
    MALFORMED = Error(400, None, "Bad request")
    TOO_LARGE = Error(413, None, "Request body too large", evidence="assumed")
    INVALID = Error(422, FAILED, "Validation failed")
    LIMITED = Error(429, "rate_limited", "Too many requests")
    REUSED_KEY = Error(409, "conflict", "This Idempotency-Key was used with another request", evidence="assumed")
    UNAVAILABLE = Error(500, "internal_error", "An unexpected error occurred")
    AGENT_NOT_FOUND = Error(404, "not_found", "Agent not found")
    NUMBER_NOT_FOUND = Error(404, "not_found", "Phone number not found", evidence="inferred")
    SUB_ACCOUNT_NOT_FOUND = Error(404, "not_found", "Sub-account not found", evidence="inferred")
    CONTACT_NOT_FOUND = Error(404, "not_found", "Contact not found", evidence="inferred")
    TAG_NOT_FOUND = Error(404, "not_found", "Contact tag not found", evidence="inferred")
    NOTE_NOT_FOUND = Error(404, "not_found", "Note not found", evidence="inferred")
    CALENDAR_NOT_FOUND = Error(404, "not_found", "Calendar not found", evidence="inferred")
    APPOINTMENT_NOT_FOUND = Error(404, "not_found", "Appointment not found", evidence="inferred")
    KNOWLEDGE_BASE_NOT_FOUND = Error(404, "not_found", "Knowledge base not found", evidence="inferred")
    SOURCE_NOT_FOUND = Error(404, "not_found", "Source not found", evidence="inferred")
    VOICE_NOT_FOUND = Error(404, "not_found", "Voice not found", evidence="inferred")
    CONVERSATION_NOT_FOUND = Error(404, "not_found", "Conversation not found", evidence="inferred")
    CALL_NOT_FOUND = Error(404, "not_found", "Call not found", evidence="inferred")
    TAG_EXISTS = Error(409, "conflict", "A tag with this name exists already", evidence="inferred")
    DO_NOT_CALL = Error(409, "conflict", "Contact is on the Do-Not-Call list")
    SUBSCRIPTION_REQUIRED = Error(402, "subscription_required", "An active subscription is required")
    LIMIT_REACHED = Error(402, "limit_reached", "Your plan's phone number limit is reached")
    NUMBER_ASSIGNED = Error(409, "conflict", "Phone number is assigned to another Agent", evidence="inferred")
    AGENT_HAS_NUMBER = Error(409, "conflict", "Agent already has a phone number", evidence="inferred")
    NOT_ASSIGNED = Error(409, "conflict", "Phone number has no Agent", evidence="assumed")
    NONE_FOR_SALE = Error(404, "not_found", "No phone number is available for this search", evidence="assumed")
    UNKNOWN_CURSOR = Error(422, FAILED, "Unknown cursor", "is not in this list", evidence="inferred", field="starting_after")
    UNSUPPORTED_COUNTRY = Error(422, FAILED, "No numbers there", "has no numbers", evidence="assumed", field="country")
    BAD_AREA_CODE = Error(
        422, FAILED, "Not an area code", "must have three digits, the first from 2 to 9", evidence="assumed", field="area_code"
    )
    UNKNOWN_TAG = Error(422, FAILED, "Unknown tag", "names a tag that does not exist", evidence="inferred", field="tags")
    BAD_DATE = Error(422, FAILED, "Not a date", "must be an ISO 8601 date or time", evidence="inferred")
    NO_CALLER = Error(
        422, FAILED, "No number", "is required: the agent has no number", evidence="assumed", field="from_phone_number_id"
    )
    MISSING_FIELD = Error(422, FAILED, "Missing", "is required on this channel", evidence="inferred")
    EMPTY_FILE = Error(422, FAILED, "Empty", "must not be empty", evidence="inferred", field="file")
    NO_SMS = Error(422, FAILED, "No SMS", "cannot send SMS", evidence="inferred", field="from_phone_number_id")
    UNREACHABLE = Error(422, FAILED, "Unreachable", "does not reach this contact", evidence="inferred", field="channel")
    OUTSIDE_WINDOW = Error(
        422, FAILED, "Too late", "is outside its messaging window: the contact must write first", field="channel"
    )
    NULL_FIELD = Error(422, FAILED, "Null", "must not be null", evidence="assumed", field="number_pattern")
    BAD_PATTERN = Error(
        422, FAILED, "Not a number", "must stand for a number: +1 and ten places", evidence="assumed", field="number_pattern"
    )


EXCLUSIVE = {"purchase_phone_number": "area_code or number_pattern", "place_call": "contact_id or phone_number"}


def render(problem: Problem, request: RequestInfo) -> Reply:
    """Return an error body: `success` and a text, and for a 422 the errors of the fields (docs/errors)."""
    if problem.status != 422:
        return Reply({"success": False, "message": problem.detail})
    named = [{"field": problem.facts.get("field", "body"), "message": problem.detail}]
    return Reply({"success": False, "message": Errors.INVALID.title, "errors": _errors(problem, request) or named})


def _errors(problem: Problem, request: RequestInfo) -> list[dict[str, Any]]:
    errors, choice = [], EXCLUSIVE.get(request.operation_id, "")
    for violation in problem.violations:
        exclusive = violation.where == "body" and violation.keyword.startswith("oneOf")
        message = f"Provide exactly one of {choice}" if exclusive else violation.message
        errors.append({"field": violation.field or violation.where, "message": message})
    return errors
