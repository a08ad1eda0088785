"""What Cartesia's pages leave open, and a scenario may decide."""

from simulator.provider import Assumption

DOCS = "https://docs.cartesia.ai"
VERSION = "What becomes of a request without the version header: a 400, or it is taken to be of the newest version"
OF_DELETED = "Whether the numbers of an agent that is deleted stay, unassigned, or go with it, as an older page said"
ASSIGNED_TWILIO = "Whether a Twilio number can be deleted while it is assigned, as the newest page has it, or not, as before"
UNKNOWN_KEYS = "What becomes of keys that /v1/agents does not know, webhook_id among them: they are ignored, or a 400"
OVER_100 = "What becomes of a limit above 100: it is taken for 100, as other lists document, or a 400"
V1_VERSIONS = "What /v1/agents answers to versions before 2026-08-14, for which it is not documented: the same, or a 400"
IN_USE = "The status where a webhook or a tool that an agent uses is to be deleted"
NONE_LEFT = "The status where no number is left to be provisioned"
NUMBERS = f"{DOCS}/line/integrations/telephony/cartesia-numbers"

ASSUMPTIONS = (
    Assumption("missing_version", ("refuse", "allow"), VERSION, f"{DOCS}/use-the-api/api-conventions"),
    Assumption("numbers_of_deleted_agent", ("keep", "delete"), OF_DELETED, f"{DOCS}/api-reference/agents/delete"),
    Assumption(
        "assigned_twilio_number",
        ("delete", "refuse"),
        ASSIGNED_TWILIO,
        f"{DOCS}/api-reference/agents/phone-numbers/delete",
        "documented",
    ),
    Assumption("unknown_keys", ("ignore", "refuse"), UNKNOWN_KEYS, f"{DOCS}/agents/webhooks", "inferred"),
    Assumption("limit_over_100", ("cap", "refuse"), OVER_100, f"{DOCS}/api-reference/api-keys/list", "inferred"),
    Assumption("v1_in_older_versions", ("allow", "refuse"), V1_VERSIONS, f"{DOCS}/api-reference/agents/create"),
    Assumption(
        "in_use",
        (409, 400),
        IN_USE,
        f"{DOCS}/api-reference/agents/webhooks/delete",
        status_of=("WEBHOOK_IN_USE", "TOOL_IN_USE"),
    ),
    Assumption("no_inventory", (503, 404), NONE_LEFT, NUMBERS, status_of=("NO_NUMBERS",)),
)
