"""The errors of Cald. Source: https://docs.cald.ai/api-reference/endpoint."""

from simulator.provider import Error, Problem, Reply, RequestInfo, StandardErrors, assumed, inferred


class Errors(StandardErrors):
    """Cald's errors; their bodies are documented nowhere, so `{"error": text}` is this simulator's choice."""

    UNAUTHORIZED = assumed(401, None, "Unauthorized", "An API key is required in the Authorization header")
    INVALID_KEY = assumed(401, None, "Unauthorized", "Invalid API key")
    WRONG_KEY = INVALID_KEY
    # Documented for the operations whose pages list the status; where a page does not, the spec grades the response lower.
    AGENT_NOT_FOUND = Error(404, None, "Agent not found")
    NUMBER_NOT_FOUND = Error(404, None, "Phone number not found")
    LIST_NOT_FOUND = Error(404, None, "List not found")
    CAMPAIGN_NOT_FOUND = Error(404, None, "Campaign not found")
    CALL_NOT_FOUND = inferred(404, None, "Call not found")
    NEW_AGENT_NOT_FOUND = inferred(404, None, "Agent not found")  # of a number that is edited
    AGENT_IN_USE = Error(400, None, "Agent is used in a campaign")
    CONTACT_EXISTS = Error(409, None, "A contact with the same phone number is already in the list")
    CAMPAIGN_NAME_TAKEN = assumed(409, None, "A campaign with this name exists already")
    US_ONLY = assumed(400, None, "Only US phone numbers can be purchased through the API")
    FOREIGN_NUMBER = assumed(400, None, "from_phone_number is not a phone number of the account")
    NO_FILE = assumed(400, None, "Send the recording as the file of the form")
    NO_NUMBERS = assumed(400, None, "No phone number is available for this prefix")
    # Only a scenario's rule raises these: no page speaks of a limit or of funds, and no prefix of the plan is invalid.
    INVALID_NUMBER = assumed(400, None, "This is not a valid phone number")
    LIMIT_REACHED = assumed(402, None, "The limit of phone numbers is reached")
    SUBSCRIPTION_REQUIRED = assumed(402, None, "The account has no funds")


def render(problem: Problem, request: RequestInfo) -> Reply:
    """Return an error body: one text."""
    detail = problem.detail
    if problem.error is Errors.INVALID_KEY and request.headers.get("authorization", "").lower().startswith("bearer "):
        detail = f"{detail}: send the bare key, without Bearer"
    if request.switch("error_body") == "text":
        return Reply(detail, media="text/plain; charset=utf-8")
    return Reply({"error": detail})
