"""The errors of Vantax. Sources: https://docs.vantaxai.com/docs/errors and https://docs.vantaxai.com/docs/error-codes."""

from __future__ import annotations

from typing import Any

from simulator.provider import Error, Problem, Reply, RequestInfo, StandardErrors, assumed, inferred

FAILED = "validation_failed"


class Errors(StandardErrors):
    """Vantax's errors. Clients should read the status: no body has the codes, and most texts are the simulator's."""

    UNAUTHORIZED = Error(401, "unauthorized", "Missing or malformed API key")
    INVALID_KEY = Error(401, "invalid_api_key", "Invalid API key")
    WRONG_KEY = Error(403, "forbidden_scope", "This API key's scope does not reach this endpoint")
    NOT_FOUND = Error(404, "not_found", "Not found")
    MALFORMED = Error(400, None, "Bad request")
    TOO_LARGE = assumed(413, None, "Request body too large")
    INVALID = Error(422, FAILED, "Validation failed")
    LIMITED = Error(429, "rate_limited", "Too many requests")
    REUSED_KEY = assumed(409, "conflict", "This Idempotency-Key was used with another request")
    UNAVAILABLE = Error(500, "internal_error", "An unexpected error occurred")
    AGENT_NOT_FOUND = Error(404, "not_found", "Agent not found")
    NUMBER_NOT_FOUND = inferred(404, "not_found", "Phone number not found")
    SUB_ACCOUNT_NOT_FOUND = inferred(404, "not_found", "Sub-account not found")
    CONTACT_NOT_FOUND = inferred(404, "not_found", "Contact not found")
    TAG_NOT_FOUND = inferred(404, "not_found", "Contact tag not found")
    NOTE_NOT_FOUND = inferred(404, "not_found", "Note not found")
    CALENDAR_NOT_FOUND = inferred(404, "not_found", "Calendar not found")
    APPOINTMENT_NOT_FOUND = inferred(404, "not_found", "Appointment not found")
    KNOWLEDGE_BASE_NOT_FOUND = inferred(404, "not_found", "Knowledge base not found")
    SOURCE_NOT_FOUND = inferred(404, "not_found", "Source not found")
    VOICE_NOT_FOUND = inferred(404, "not_found", "Voice not found")
    CONVERSATION_NOT_FOUND = inferred(404, "not_found", "Conversation not found")
    CALL_NOT_FOUND = inferred(404, "not_found", "Call not found")
    TAG_EXISTS = inferred(409, "conflict", "A tag with this name exists already")
    DO_NOT_CALL = Error(409, "conflict", "Contact is on the Do-Not-Call list")
    SUBSCRIPTION_REQUIRED = Error(402, "subscription_required", "An active subscription is required")
    LIMIT_REACHED = Error(402, "limit_reached", "Your plan's phone number limit is reached")
    NUMBER_ASSIGNED = inferred(409, "conflict", "Phone number is assigned to another Agent")
    AGENT_HAS_NUMBER = inferred(409, "conflict", "Agent already has a phone number")
    NOT_ASSIGNED = assumed(409, "conflict", "Phone number has no Agent")
    NONE_FOR_SALE = assumed(404, "not_found", "No phone number is available for this search")
    UNKNOWN_CURSOR = inferred(422, FAILED, "Unknown cursor", "is not in this list", field="starting_after")
    UNSUPPORTED_COUNTRY = assumed(422, FAILED, "No numbers there", "has no numbers", field="country")
    BAD_AREA_CODE = assumed(422, FAILED, "Not an area code", "must have three digits, the first from 2 to 9", field="area_code")
    UNKNOWN_TAG = inferred(422, FAILED, "Unknown tag", "names a tag that does not exist", field="tags")
    BAD_DATE = inferred(422, FAILED, "Not a date", "must be an ISO 8601 date or time")
    NO_CALLER = assumed(422, FAILED, "No number", "is required: the agent has no number", field="from_phone_number_id")
    MISSING_FIELD = inferred(422, FAILED, "Missing", "is required on this channel")
    EMPTY_FILE = inferred(422, FAILED, "Empty", "must not be empty", field="file")
    NO_SMS = inferred(422, FAILED, "No SMS", "cannot send SMS", field="from_phone_number_id")
    UNREACHABLE = inferred(422, FAILED, "Unreachable", "does not reach this contact", field="channel")
    OUTSIDE_WINDOW = Error(
        422, FAILED, "Too late", "is outside its messaging window: the contact must write first", field="channel"
    )
    NULL_FIELD = assumed(422, FAILED, "Null", "must not be null", field="number_pattern")
    BAD_PATTERN = assumed(422, FAILED, "Not a number", "must stand for a number: +1 and ten places", field="number_pattern")


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
