"""What Truedy's pages leave open, and a scenario may decide."""

from simulator.provider import Assumption

GUIDE = "https://docs.truedy.ai/guides/buying-phone-numbers"
REFERENCE = "https://docs.truedy.ai/api-reference/telephony"
AGENTS = "https://docs.truedy.ai/api-reference/agents"
RELEASE = (
    "Whether a number that an agent or a batch call still has can be released; the guide asks for it to be unassigned first"
)
UNKNOWN = "The status where a body names a number or an agent that there is not; an early version answered 422"
REASSIGN = "Whether an assignment takes the place of another, or is refused until that has ended"
ITEMS = "How a search shows place and features: an object and words, or the lists of the carrier from which Truedy buys"
NAME_LIMIT = "How many characters the name of an agent may have: the newer page says 255, the older one 100"
MAX_DURATION = "How answers show an agent's `max_duration`: as the text that was sent, or the seconds as an integer"
CONTACT_PAGES = (
    "How a list of contacts is cut: by offset, as the newer page says, or into numbered pages, as the older one does"
)
FROM_NUMBER = "Which numbers a call may come from: those that the agent has for outbound calls, or any of the organization"

ASSUMPTIONS = (
    Assumption("release_while_assigned", ("refuse", "allow"), RELEASE, GUIDE),
    Assumption("purchase_status", (201, 200), "The status of a purchase", GUIDE, "inferred", status_of=("purchase_number",)),
    Assumption("unknown_id_in_body", (404, 422), UNKNOWN, REFERENCE, "inferred"),
    Assumption("search_items", ("plain", "carrier"), ITEMS, REFERENCE),
    Assumption("agent_name_limit", (255, 100), NAME_LIMIT, f"{AGENTS}/create-agent", "documented"),
    Assumption("max_duration_in_answers", ("text", "integer"), MAX_DURATION, f"{AGENTS}/get-agent", "inferred"),
    Assumption(
        "contact_pages",
        ("offset", "page"),
        CONTACT_PAGES,
        "https://docs.truedy.ai/api-reference/contacts/list-contacts",
        "documented",
    ),
    Assumption(
        "from_number",
        ("agent", "organization"),
        FROM_NUMBER,
        "https://docs.truedy.ai/api-reference/calls/create-call",
        "documented",
    ),
    Assumption("reassign", ("allow", "refuse"), REASSIGN, REFERENCE, "inferred"),
)
