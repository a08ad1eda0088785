"""What Vantax's pages leave open, and a scenario may decide."""

from __future__ import annotations

from simulator.provider import Assumption

NUMBERS = "https://docs.vantaxai.com/docs/phone-numbers"
PURCHASE, ASSIGN = f"{NUMBERS}/purchase-phone-number", f"{NUMBERS}/assign-number-to-agent"

ASSUMPTIONS = (
    Assumption("purchase_status", (201, 200), "The status of a purchase", PURCHASE, evidence="inferred"),
    Assumption("no_inventory", (404, 409, 422), "The status where a search finds no number", PURCHASE),
    Assumption(
        "foreign_sub_account",
        (404, 403),
        "The status where a request names another sub-account than its key's: as if there were none, or not allowed",
        "https://docs.vantaxai.com/docs/api-keys",
        evidence="inferred",
    ),
    Assumption(
        "reassign",
        ("refuse", "allow"),
        "Whether a number that has an agent can be given to another, or an agent that has one another: a 409, or it moves",
        ASSIGN,
        evidence="inferred",
    ),
    Assumption(
        "assign_again",
        ("allow", "refuse"),
        "Whether a number can be assigned to the agent that it has already: nothing changes, or a 409",
        ASSIGN,
    ),
    Assumption(
        "unassign_again",
        ("allow", "refuse"),
        "Whether a number that has no agent can be unassigned: nothing changes, or a 409",
        f"{NUMBERS}/remove-number-from-agent",
    ),
)
