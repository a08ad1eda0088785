"""What Cartesia's pages leave open, and a scenario may decide."""

from simulator.provider import Assumption

DOCS = "https://docs.cartesia.ai"
VERSION = "What becomes of a request without Cartesia-Version: a 400, or it is taken to be of the newest version"
OF_DELETED = "Whether the numbers of an agent that is deleted stay, unassigned, or go with it, as an older page said"
NONE_LEFT = "The status where no number is left to be provisioned"
NUMBERS = f"{DOCS}/line/integrations/telephony/cartesia-numbers"

ASSUMPTIONS = (
    Assumption("missing_version", ("refuse", "allow"), VERSION, f"{DOCS}/use-the-api/api-conventions"),
    Assumption("numbers_of_deleted_agent", ("keep", "delete"), OF_DELETED, f"{DOCS}/api-reference/agents/delete"),
    Assumption("no_inventory", (503, 404), NONE_LEFT, NUMBERS, status_of=("NO_NUMBERS",)),
)
