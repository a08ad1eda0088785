"""What Vantax's pages leave open, and a scenario may decide."""

from simulator.provider import Assumption

NUMBERS = "https://docs.vantaxai.com/docs/phone-numbers"
PURCHASE, ASSIGN = f"{NUMBERS}/purchase-phone-number", f"{NUMBERS}/assign-number-to-agent"
FOREIGN = "The status where a request names another sub-account than its key's: as if there were none, or not allowed"
REASSIGN = "Whether a number that has an agent can be given to another, or an agent that has one another: a 409, or it moves"
ASSIGN_AGAIN = "Whether a number can be assigned to the agent that it has already: nothing changes, or a 409"
UNASSIGN_AGAIN = "Whether a number that has no agent can be unassigned: nothing changes, or a 409"
NULL = "Whether area_code or number_pattern may be null beside the other, as if it were left out, or that is a 422"
SHORT = "Whether the last star of a pattern that is too short for a number stands for all digits that follow, or that is a 422"
PLACED = "The status of a call that has begun"
BOUGHT, NONE_LEFT = ("purchase_phone_number",), ("NONE_FOR_SALE",)

ASSUMPTIONS = (
    Assumption("purchase_status", (201, 200), "The status of a purchase", PURCHASE, "inferred", status_of=BOUGHT),
    Assumption("no_inventory", (404, 409, 422), "The status where a search finds no number", PURCHASE, status_of=NONE_LEFT),
    Assumption("null_search_field", ("ignore", "refuse"), NULL, PURCHASE),
    Assumption("short_pattern", ("extend", "refuse"), SHORT, PURCHASE),
    Assumption(
        "place_call_status", (201, 202), PLACED, "https://docs.vantaxai.com/docs/calls/place-call", status_of=("place_call",)
    ),
    Assumption("foreign_sub_account", (404, 403), FOREIGN, "https://docs.vantaxai.com/docs/api-keys", "inferred"),
    Assumption("reassign", ("refuse", "allow"), REASSIGN, ASSIGN, "inferred"),
    Assumption("assign_again", ("allow", "refuse"), ASSIGN_AGAIN, ASSIGN),
    Assumption("unassign_again", ("allow", "refuse"), UNASSIGN_AGAIN, f"{NUMBERS}/remove-number-from-agent"),
)
