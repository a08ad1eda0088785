"""Cartesia's errors and their two forms (https://docs.cartesia.ai/use-the-api/api-errors)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from simulator.provider import Error, Problem, Reply, RequestInfo, StandardErrors, Violation, assumed, inferred, read_time

VERSION_HEADER = "cartesia-version"
PLAIN_TEXT_VERSIONS = ("2024-06-10", "2024-11-13", "2025-04-16", "2025-11-04")
NEWEST = "2026-08-14"  # the newest that the specification knows
VERSIONS = (*PLAIN_TEXT_VERSIONS, "2026-03-01", NEWEST)
# The end of a validator's message: without the value, and without the number of messages that it leaves out.
PHRASES = "is (?:not|less|greater|shorter|longer)|does not|has (?:more|less|non)"
COMPLAINT = re.compile(rf"(?s).* ((?:{PHRASES}).*?)(?: or \d+ other.*)?")
ADMIN_KEY = "An admin API key opens the admin routes alone, a standard key all others."
FULL = "You have reached your plan's phone number limit. Delete a Cartesia number or upgrade your plan."
ASSIGNED = "The phone number is assigned to an agent. Unassign it, then delete it."
VARIABLES = (
    "Give at most 64 texts, numbers or booleans, 16 KiB in all, by names such as customer_id, not system__… or secret__…."
)
LINKED = "This Twilio account is linked in this region already; update it instead."


class Errors(StandardErrors):
    """Of the machine codes only two are known; the others are null, which the page allows. Most texts are ours.

    How well a malformed request's 400 is documented depends on the operation: its response in the spec is graded.
    """

    UNAUTHORIZED = inferred(401, None, "Unauthorized", "An API key is required: Authorization: Bearer sk_car_…")
    INVALID_KEY = inferred(401, None, "Unauthorized", "The API key is not valid.")
    WRONG_KEY = inferred(401, None, "Unauthorized", ADMIN_KEY)
    MALFORMED = Error(400, None, "Bad request")
    INVALID = Error(400, None, "Bad request")
    LIMITED = Error(
        429, "concurrency_limited", "Too many concurrent requests", "You have exceeded your plan's concurrency limit."
    )
    QUOTA_EXCEEDED = Error(402, "quota_exceeded", "Phone number limit reached", FULL)
    USAGE_EXCEEDED = Error(402, None, "Agents usage limit reached", "The calls of your agents are used up.")  # by a rule alone
    NO_NUMBERS = assumed(503, None, "No number available", "No US phone number is available now.")
    NUMBER_NOT_FOUND = Error(404, None, "Phone number not found", "There is no phone number with this id.")
    NUMBER_ASSIGNED = Error(400, None, "Phone number is assigned", ASSIGNED)
    ALREADY_IMPORTED = Error(409, None, "Already imported", "The phone number has been imported already.")
    NOT_IN_ACCOUNT = Error(400, None, "Phone number not in account", "The provider account does not have this phone number.")
    OTHER_PROVIDER_TYPE = Error(
        400, None, "Provider type cannot change", "Delete the phone number and import it from the other provider."
    )
    PROVIDER_NOT_FOUND = Error(404, None, "Provider not found", "There is no such provider account.")
    ALREADY_LINKED = Error(409, None, "Already linked", LINKED)
    REGION_LINKED = assumed(400, None, "Already linked", "This Twilio account is linked in the other region already.")
    PROVIDER_IN_USE = Error(409, None, "Provider in use", "The provider account still has phone numbers.")
    # Twilio is not called here, so only a scenario's rule raises the first two; a subscription lapses by an act of a scenario.
    BAD_CREDENTIALS = Error(400, None, "Invalid credentials", "Twilio does not accept the credentials.")
    INVALID_NUMBER = assumed(400, None, "Bad request", "number: This is not a valid phone number.")
    SUBSCRIPTION_REQUIRED = assumed(402, None, "Payment required", "Your subscription is not active.")
    BAD_TRUNK = Error(400, None, "Invalid SIP configuration")
    AGENT_NOT_FOUND = Error(404, None, "Agent not found", "There is no agent with this id.")
    VERSION_NOT_FOUND = Error(404, None, "Agent version not found", "The agent has no version with this id.")
    TOOL_NOT_FOUND = Error(404, None, "Tool not found", "There is no tool with this id.")
    TOOL_IN_USE = assumed(409, None, "Tool in use", "An agent uses the tool; detach it first.")
    WEBHOOK_NOT_FOUND = inferred(404, None, "Webhook not found", "There is no webhook with this id.")
    WEBHOOK_IN_USE = assumed(409, None, "Webhook in use", "An agent is attached to it; detach it first.")
    METRIC_NOT_FOUND = inferred(404, None, "Metric not found", "There is no metric with this id.")
    VOICE_NOT_FOUND = inferred(404, None, "Voice not found", "There is no voice with this id.")
    METRIC_EXISTS = assumed(400, None, "Metric exists", "Another metric has this name.")
    DEPLOYMENT_NOT_FOUND = inferred(404, None, "Deployment not found", "There is no deployment with this id.")
    CALL_NOT_OVER = Error(400, None, "Call not over", "Only a completed or failed call can be deleted; cancel it first.")
    CALL_NOT_FOUND = Error(404, None, "Call not found", "There is no call with this id.")
    RECORDING_NOT_FOUND = inferred(404, None, "Recording not found", "The call has no recording.")
    LOGS_NOT_FOUND = Error(404, None, "Call logs not available", "The call has no logs.")
    FOREIGN_NUMBER = Error(403, None, "Not your phone number", "The phone number belongs to another organization.")
    NO_CALLER = assumed(400, None, "No phone number", "The agent has no phone number to call from; assign one to it.")
    CALL_NOT_ACTIVE = Error(400, None, "Call not active", "Only a call that is under way can be cancelled.")
    BATCH_NOT_FOUND = Error(404, None, "Batch not found", "There is no call batch with this id.")
    BATCH_CANCELLED = Error(400, None, "Batch is cancelled", "A cancelled batch cannot be retried.")
    NO_OUTBOUND = inferred(400, None, "No outbound calls", "The SIP trunk of this phone number has no outbound side.")
    BAD_DESTINATION = inferred(400, None, "Invalid destination", "The destination is not a phone number in E.164.")
    BAD_VARIABLES = inferred(400, None, "Invalid dynamic variables", VARIABLES)
    US_DESTINATIONS_ONLY = inferred(400, None, "Destination not allowed", "A Cartesia number can only call US numbers.")


def described(error: Error, detail: str | None = None) -> dict[str, Any]:
    """Return the members of an error object that describe the error."""
    return {"error_code": error.code, "title": error.title, "message": error.detail if detail is None else detail}


def invalid(message: str, field: str = "") -> Problem:
    """Return the problem of a request that the schema allows and a rule does not."""
    return Errors.INVALID(message, violations=[Violation("body", field, message, "")])


def time_of(text: str | None, field: str) -> datetime | None:
    """Return the time that a request has in a field; None where it has none."""
    return None if text is None else read_time(text, lambda: invalid("Not a time, such as 2026-03-01T00:00:00Z", field))


def render(problem: Problem, request: RequestInfo) -> Reply:
    """Return an object from version 2026-03-01 on; before, `Title: Message` as plain text."""
    version, title = request.headers.get(VERSION_HEADER), problem.error.title
    complaints = [*_complaints(problem)]
    detail = "; ".join(f"{field}: {text}" if field else text for field, text in complaints) or problem.detail
    if version == NEWEST and problem.error in (Errors.INVALID, Errors.MALFORMED):
        title = "Invalid request"
        detail = "\n".join(f"✖ {text} → at {field}" if field else f"✖ {text}" for field, text in complaints or [("", detail)])
    if version in PLAIN_TEXT_VERSIONS:
        return Reply(f"{title}: {detail}", media="text/plain; charset=utf-8")
    return Reply({**described(problem.error, detail), "title": title, "request_id": request.uuid})


def _complaints(problem: Problem) -> Iterator[tuple[str, str]]:
    """Yield fields and messages, without the values that were sent, which may be secrets."""
    for violation in problem.violations:
        field, complaint = violation.field, COMPLAINT.fullmatch(violation.message)
        text = f"Invalid input: {complaint[1]}" if complaint else "Invalid input"
        if field == VERSION_HEADER:
            text = f"Expected one of {', '.join(VERSIONS)}"
        elif violation.keyword == "required":
            text = "Required"
        elif violation.keyword == "additionalProperties":
            field, _, name = field.rpartition(".")
            text = f'Unrecognized key: "{name}"'
        elif violation.keyword in ("oneOf", "anyOf") and not complaint:
            text = "Invalid input: it has none of the documented forms"
        yield field, text if violation.keyword else violation.message
