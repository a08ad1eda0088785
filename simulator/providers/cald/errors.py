"""How Cald refuses, and what else its pages leave open. Source: https://docs.cald.ai/api-reference/endpoint."""

from simulator.provider import Assumption, Error, Problem, Reply, RequestInfo, StandardErrors

DOCS = "https://docs.cald.ai/api-reference/endpoint"
UNKNOWN_ON_DELETE = "Whether deleting what is not there is a 404, or a 200 with the documented status `failed`"
UNKNOWN_ON_CALL = "Whether a call by an unknown agent is a 200 with the documented status `failed`, or a 404"
NESTED = "What becomes of the settings that a PATCH leaves out of a settings object that it sends"
BODY = "In what form a refusal comes; no page shows a body"
NONE_LEFT = "The status where no number with the prefix is left"
SAME_NAME = "The status where another campaign has the name"
CAMPAIGN_AGENT = "Which campaigns keep their agent from being deleted: all, or those that are neither finished nor cancelled"

ASSUMPTIONS = (
    Assumption("error_body", ("json", "text"), BODY, f"{DOCS}/buy-phone-number"),
    Assumption("no_inventory", (400, 404), NONE_LEFT, f"{DOCS}/buy-phone-number", status_of=("NO_NUMBERS",)),
    Assumption("unknown_on_delete", (404, "failed"), UNKNOWN_ON_DELETE, f"{DOCS}/delete-phone-number", "inferred"),
    Assumption("nested_settings", ("merge", "replace"), NESTED, f"{DOCS}/update-agent"),
    Assumption("agent_in_campaign", ("any", "unfinished"), CAMPAIGN_AGENT, f"{DOCS}/delete-agent", "inferred"),
    Assumption("unknown_agent_on_call", ("failed", 404), UNKNOWN_ON_CALL, f"{DOCS}/agents-call", "inferred"),
    Assumption("campaign_name_taken", (409, 400), SAME_NAME, f"{DOCS}/campaigns-add", status_of=("CAMPAIGN_NAME_TAKEN",)),
)


class Errors(StandardErrors):
    """Cald's refusals; their bodies are documented nowhere, so `{"error": text}` is this simulator's choice."""

    UNAUTHORIZED = Error(401, None, "Unauthorized", "An API key is required in the Authorization header", evidence="assumed")
    INVALID_KEY = Error(401, None, "Unauthorized", "Invalid API key: send the bare key, without Bearer", evidence="assumed")
    WRONG_KEY = INVALID_KEY
    # Documented for the operations whose pages list the status; where a page does not, the spec grades the response lower.
    AGENT_NOT_FOUND = Error(404, None, "Agent not found")
    NUMBER_NOT_FOUND = Error(404, None, "Phone number not found")
    LIST_NOT_FOUND = Error(404, None, "List not found")
    CAMPAIGN_NOT_FOUND = Error(404, None, "Campaign not found")
    CALL_NOT_FOUND = Error(404, None, "Call not found", evidence="inferred")
    NEW_AGENT_NOT_FOUND = Error(404, None, "Agent not found", evidence="inferred")  # of a number that is edited
    AGENT_IN_USE = Error(400, None, "Agent is used in a campaign")
    CONTACT_EXISTS = Error(409, None, "A contact with the same phone number is already in the list")
    CAMPAIGN_NAME_TAKEN = Error(409, None, "A campaign with this name exists already", evidence="assumed")
    US_ONLY = Error(400, None, "Only US phone numbers can be purchased through the API", evidence="assumed")
    NO_NUMBERS = Error(400, None, "No phone number is available for this prefix", evidence="assumed")
    # Only a scenario's rule raises these: no page speaks of a limit or of funds, and no prefix of the plan is invalid.
    INVALID_NUMBER = Error(400, None, "This is not a valid phone number", evidence="assumed")
    LIMIT_REACHED = Error(402, None, "The limit of phone numbers is reached", evidence="assumed")
    SUBSCRIPTION_REQUIRED = Error(402, None, "The account has no funds", evidence="assumed")


def render(problem: Problem, request: RequestInfo) -> Reply:
    """Return an error body: one text."""
    if request.switch("error_body") == "text":
        return Reply(problem.detail, media="text/plain; charset=utf-8")
    return Reply({"error": problem.detail})
