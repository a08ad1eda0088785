"""The errors of Truedy: a machine code for each status. Source: https://docs.truedy.ai/guides/error-handling."""

from __future__ import annotations

from simulator.provider import Error, Problem, Reply, RequestInfo, StandardErrors, assumed, inferred, seconds

CODES = {
    400: "bad_request",
    401: "unauthorized",
    402: "payment_required",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    409: "conflict",
    413: "payload_too_large",
    422: "validation_error",
    429: "rate_limit_exceeded",
    500: "internal_error",
    502: "provider_error",
}
REASONS = {  # by field, the reason for a value in another form; the first is documented
    "phone_number": "Must be in E.164 format",
    "country_code": "Must be an ISO 3166-1 alpha-2 code, such as US",
    "area_code": "Must be digits, such as 415",
    "join_timeout": 'Must be a duration in seconds, such as "30s"',
    "max_duration": 'Must be a duration in seconds, such as "3600s"',
    "duration": 'Must be a duration in seconds, such as "30s"',
}


class Errors(StandardErrors):
    """Truedy's errors; a broken business rule has the status and code of a broken schema."""

    UNAUTHORIZED = Error(401, None, "Invalid or missing API key")
    INVALID_KEY = Error(401, None, "Invalid or missing API key")
    WRONG_KEY = inferred(403, None, "The API key is not allowed to do this")
    INVALID = Error(422, None, "Invalid request")
    LIMITED = Error(429, None, "Rate limit exceeded")
    UNAVAILABLE = inferred(500, None, "An internal error occurred")
    SUBSCRIPTION_REQUIRED = inferred(402, None, "An active subscription is required")
    AGENT_NOT_FOUND = Error(404, None, "agent not found")
    NUMBER_NOT_FOUND = Error(404, None, "phone number not found")
    VOICE_NOT_FOUND = Error(404, None, "voice not found")
    TOOL_NOT_FOUND = Error(404, None, "tool not found")
    KNOWLEDGE_BASE_NOT_FOUND = Error(404, None, "knowledge base not found")
    FOLDER_NOT_FOUND = Error(404, None, "folder not found")
    CALL_NOT_FOUND = Error(404, None, "call not found")
    BATCH_CALL_NOT_FOUND = Error(404, None, "batch call not found")
    NUMBER_UNAVAILABLE = Error(422, None, "This number is not available; search for one that is", field="phone_number")
    NUMBER_REGISTERED = inferred(422, None, "This number is registered already", field="phone_number")
    NUMBER_IN_USE = assumed(422, None, "A batch call uses the number", field="number_id")
    NUMBER_ASSIGNED = assumed(422, None, "Unassign the number from all agents first", field="number_id")
    # The same as three of the 404s, for an unknown id in a body, if a scenario assumes 422.
    UNKNOWN_AGENT = inferred(422, None, "agent not found", field="agent_id")
    UNKNOWN_NUMBER = inferred(422, None, "phone number not found", field="number_id")
    UNKNOWN_FOLDER = inferred(422, None, "folder not found", field="folder_id")
    AGENT_NOT_SYNCED = inferred(422, None, "The voice platform does not know the agent yet", field="agent_id")
    AGENT_NOT_ACTIVE = inferred(422, None, "The agent is not active", field="agent_id")
    # The code is documented, the status is not (making-outbound-calls).
    NO_NUMBER = inferred(422, "no_phone_number_configured", "The agent has no number to call from")
    FOREIGN_NUMBER = inferred(422, None, "The agent cannot call from this number", field="from_number")
    # An early version had these texts; which acts are allowed in which state is documented in part.
    WRONG_STATE = inferred(422, None, "Campaign must be in draft status", field="status")
    NO_PENDING_CONTACTS = inferred(422, None, "No pending contacts found", field="contacts")
    FOLDER_REQUIRED = Error(422, None, "Required when contact_source is folder", field="contact_folder_id")
    START_REQUIRED = Error(422, None, "Required when schedule_type is scheduled", field="scheduled_at")
    BAD_TIME = assumed(422, None, "This time does not exist", field="scheduled_at")
    UNKNOWN_ZONE = assumed(422, None, "Must be an IANA time zone, such as Europe/Paris", field="timezone")
    BAD_FILE = assumed(422, None, "Must be a CSV file in UTF-8 with a column phone", field="file")
    NAME_TOO_LONG = Error(422, None, "Must have at most 100 characters", field="name")
    # Only a scenario's rule raises these three: no request goes to a voice provider, no page documents a limit, and every
    # well-formed number here is valid.
    PROVIDER_FAILED = inferred(502, None, "The provider of the voice failed")
    LIMIT_REACHED = assumed(402, None, "The plan's limit of phone numbers is reached")
    INVALID_NUMBER = inferred(422, None, "This is not a phone number", field="phone_number")


def meta(request: RequestInfo) -> dict[str, str]:
    """Return the member `meta` of every answer and every error."""
    return {"request_id": request.uuid, "ts": seconds(request.at)}


def render(problem: Problem, request: RequestInfo) -> Reply:
    """Return an error body: a code, a text, and for a 422 the field at fault; `meta` is that of every answer."""
    message, details = problem.detail, problem.facts
    if problem.violations:
        first = problem.violations[0]
        reason = REASONS.get(first.field.rpartition(".")[2]) if first.keyword == "pattern" else None
        message, details = problem.error.title, {"field": first.field or first.where, "reason": reason or first.message}
    elif problem.status == 422:
        details = {**details, "reason": message}
    elif "reset_at" in details:  # with microseconds (rate-limits)
        details = {"limit": details["limit"], "reset_at": f"{details['reset_at']:%Y-%m-%dT%H:%M:%S.%fZ}"}
    else:
        details = {}
    code = problem.code or CODES[problem.status]
    return Reply({"error": {"code": code, "message": message, "details": details}, "meta": meta(request)})
