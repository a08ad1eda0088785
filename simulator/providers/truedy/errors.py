"""How Truedy refuses: a machine code for each status. Source: https://docs.truedy.ai/guides/error-handling."""

from __future__ import annotations

from simulator.provider import Error, Problem, Reply, RequestInfo, StandardErrors, seconds

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
}
REASONS = {  # by field, what is said of a value in another form; the first is documented
    "phone_number": "Must be in E.164 format",
    "country_code": "Must be an ISO 3166-1 alpha-2 code, such as US",
    "area_code": "Must be digits, such as 415",
    "join_timeout": 'Must be a duration in seconds, such as "30s"',
    "max_duration": 'Must be a duration in seconds, such as "3600s"',
    "duration": 'Must be a duration in seconds, such as "30s"',
}


class Errors(StandardErrors):
    """Truedy's refusals; what breaks a rule of business has the status and code of what breaks the schema."""

    UNAUTHORIZED = Error(401, None, "Invalid or missing API key")
    INVALID_KEY = Error(401, None, "Invalid or missing API key")
    WRONG_KEY = Error(403, None, "The API key is not allowed to do this", evidence="inferred")
    INVALID = Error(422, None, "Invalid request")
    LIMITED = Error(429, None, "Rate limit exceeded")
    UNAVAILABLE = Error(500, None, "An internal error occurred", evidence="inferred")
    SUBSCRIPTION_REQUIRED = Error(402, None, "An active subscription is required", evidence="inferred")
    AGENT_NOT_FOUND = Error(404, None, "agent not found")
    NUMBER_NOT_FOUND = Error(404, None, "phone number not found")
    NUMBER_UNAVAILABLE = Error(422, None, "This number is not available; search for one that is", field="phone_number")
    NUMBER_REGISTERED = Error(422, None, "This number is registered already", evidence="inferred", field="phone_number")
    NUMBER_ASSIGNED = Error(422, None, "Unassign the number from all agents first", evidence="assumed", field="number_id")
    # The same as the two 404s, where a body names what there is not and a scenario assumes that this is a 422.
    UNKNOWN_AGENT = Error(422, None, "agent not found", evidence="inferred", field="agent_id")
    UNKNOWN_NUMBER = Error(422, None, "phone number not found", evidence="inferred", field="number_id")
    AGENT_NOT_SYNCED = Error(422, None, "The voice platform does not know the agent yet", evidence="inferred", field="agent_id")
    NAME_TOO_LONG = Error(422, None, "Must have at most 100 characters", field="name")
    # Only a scenario's rule raises these two: no page speaks of a limit, and no number here is well written and yet invalid.
    LIMIT_REACHED = Error(402, None, "The plan's limit of phone numbers is reached", evidence="assumed")
    INVALID_NUMBER = Error(422, None, "This is not a phone number", evidence="inferred", field="phone_number")


def meta(request: RequestInfo) -> dict[str, str]:
    """Return what every answer and every error tells of its request."""
    return {"request_id": request.uuid, "ts": seconds(request.at)}


def render(problem: Problem, request: RequestInfo) -> Reply:
    """Return an error body: a code, a text, and for a 422 the field at fault; `meta` is that of every answer."""
    message, details = problem.detail, problem.facts
    if problem.violations:
        first = problem.violations[0]
        reason = REASONS.get(first.field.rpartition(".")[2]) if first.keyword == "pattern" else None
        message, details = problem.error.title, {"field": first.field, "reason": reason or first.message}
    elif problem.status == 422:
        details = {**details, "reason": message}
    elif "reset_at" in details:  # with microseconds (rate-limits)
        details = {"limit": details["limit"], "reset_at": f"{details['reset_at']:%Y-%m-%dT%H:%M:%S.%fZ}"}
    else:
        details = {}
    code = problem.code or CODES[problem.status]
    return Reply({"error": {"code": code, "message": message, "details": details}, "meta": meta(request)})
