"""The errors of Chirp: https://docs.buildwithchirp.com/api_reference/errors and /error-codes."""

from __future__ import annotations

import re
from typing import Any

from simulator.provider import Error, Problem, Reply, RequestInfo, StandardErrors, Violation, assumed, inferred

CODES = "https://docs.buildwithchirp.com/api_reference/error-codes"
REQUEST, AUTHENTICATION = "invalid_request_error", "authentication_error"
EXISTS, INVALID_CODE = "resource_already_exists", "invalid_phone_number"


class Errors(StandardErrors):
    """Chirp's errors; an error's title is the `type` of its body. Of the texts only "App not found" is documented."""

    UNAUTHORIZED = Error(401, None, AUTHENTICATION, "An API key is required: Authorization: Bearer <key>")
    INVALID_KEY = Error(401, None, AUTHENTICATION, "Invalid API key")
    WRONG_KEY = Error(401, None, AUTHENTICATION, "This API key is of the wrong kind for this endpoint")
    NOT_FOUND = inferred(404, None, REQUEST, "Not found")
    METHOD_NOT_ALLOWED = assumed(405, None, REQUEST, "Method not allowed")
    MALFORMED = Error(400, None, REQUEST, "The request body cannot be read")
    TOO_LARGE = assumed(413, None, REQUEST, "The request body is too large")
    INVALID = Error(400, None, REQUEST, "Invalid request")
    LIMITED = Error(429, "rate_limit_exceeded", REQUEST, "Rate limit exceeded")
    REUSED_KEY = assumed(409, None, REQUEST, "Conflict")
    UNAVAILABLE = inferred(503, None, "api_error", "The service is unavailable")
    APP_NOT_FOUND = Error(404, None, REQUEST, "App not found")
    NUMBER_NOT_FOUND = inferred(404, None, REQUEST, "Phone number not found")
    KEY_NOT_FOUND = inferred(404, None, REQUEST, "API key not found")
    WEBHOOK_NOT_FOUND = inferred(404, None, REQUEST, "Webhook not found")
    MESSAGE_NOT_FOUND = inferred(404, None, REQUEST, "Message not found")
    CALL_NOT_FOUND = inferred(404, None, REQUEST, "Call not found")
    RECORDING_NOT_FOUND = inferred(404, None, REQUEST, "Recording not found")
    VOICEMAIL_NOT_FOUND = inferred(404, None, REQUEST, "Voicemail not found")
    TEST_APP_REQUIRED = inferred(403, "test_app_required", AUTHENTICATION, "The playground takes the keys of test apps only")
    CALL_ENDED = assumed(409, None, REQUEST, "The call has ended")
    WRONG_CALL_STATE = assumed(409, None, REQUEST, "The call is not in a state for this command")
    WHATSAPP_NOT_CONFIGURED = Error(400, "whatsapp_not_configured", REQUEST, "The app has no WhatsApp business profile")
    UNKNOWN_CURSOR = inferred(400, None, REQUEST, "cursor: is not in this list", param="cursor")
    NOT_ASSIGNED = Error(
        400, "phone_number_not_assigned", REQUEST, "This phone number is not assigned to the app", param="from"
    )
    UNSUPPORTED_TYPE = Error(
        400,
        "unsupported_message_type",
        REQUEST,
        "This transport or phone number cannot carry that type of message",
        param="transport",
    )
    NO_VOICE = assumed(400, None, REQUEST, "This phone number has no Voice feature", param="from")
    SLUG_TAKEN = Error(409, EXISTS, REQUEST, "An app with this slug already exists", param="slug")
    ALREADY_ASSIGNED = inferred(409, EXISTS, REQUEST, "This phone number is already assigned to the app", param="phoneNumberId")
    ALREADY_OWNED = inferred(409, EXISTS, REQUEST, "This phone number is already owned", param="phoneNumber")
    WRONG_TYPE = assumed(400, None, REQUEST, "This phone number is of another type", param="numberType")
    NOT_FOR_SALE = assumed(400, None, REQUEST, "This phone number cannot be purchased", param="phoneNumber")
    # Only a scenario's rule raises these: the simulator knows neither the size of media nor the state of carriers.
    MEDIA_TOO_LARGE = Error(400, "media_too_large", REQUEST, "The media exceed the limit of the platform", param="mediaUrls")
    UNDELIVERABLE = Error(402, "message_undeliverable", "provider_error", "The recipient is unreachable or blocked")
    CARRIER_ERROR = Error(424, "telnyx_api_error", "api_error", "The carrier failed")
    CARRIER_UNAVAILABLE = Error(424, "telnyx_api_unavailable", "api_error", "The carrier is unavailable")
    INVALID_NUMBER = Error(400, INVALID_CODE, REQUEST, "This is not a valid phone number", param="phoneNumber")
    LIMIT_REACHED = assumed(402, None, "provider_error", "The limit of phone numbers is reached")
    SUBSCRIPTION_REQUIRED = assumed(402, None, "provider_error", "The organisation's billing is paused")


def render(problem: Problem, request: RequestInfo) -> Reply:
    """Return an error body; `code` and `doc_url` go together, `param` names the first field that is wrong."""
    return Reply({"error": error_body(problem)})


def error_body(problem: Problem) -> dict[str, Any]:
    """Return what an error says, in an answer or in an event."""
    first = problem.violations[0] if problem.violations else None
    code = problem.code or (first and _code(first))
    param = problem.facts.get("param") or (first and _param(first.field))
    is_number = first is not None and code == INVALID_CODE
    faults = [": ".join(filter(None, (_param(one.field), one.message))) for one in problem.violations]
    error: dict[str, Any] = {
        "type": problem.error.title,
        "message": Errors.INVALID_NUMBER.detail if is_number else "; ".join(faults) or problem.detail,
    }
    if code:
        error |= {"code": code, "doc_url": f"{CODES}#{code}"}
    if param:
        error["param"] = param
    return error


def _code(violation: Violation) -> str | None:
    """Return the code of a number that is not E.164, the one broken rule that has a code of its own."""
    is_number = violation.field in ("phoneNumber", "from", "to") or violation.field.startswith("to.")
    return INVALID_CODE if is_number and violation.keyword == "pattern" else None


def _param(field: str) -> str:
    """Return `to[0]` for `to.0`, as Chirp writes it."""
    return re.sub(r"\.([0-9]+)(?=\.|$)", r"[\1]", field)
