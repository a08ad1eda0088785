"""What Cartesia's pages leave open, and a scenario may decide."""

from __future__ import annotations

from simulator.provider import Assumption

NUMBERS = "https://docs.cartesia.ai/line/integrations/telephony/cartesia-numbers"

ASSUMPTIONS = (
    Assumption(
        "missing_version",
        ("refuse", "allow"),
        "What becomes of a request without Cartesia-Version: a 400, or it is taken to be of the newest version",
        "https://docs.cartesia.ai/use-the-api/api-conventions",
    ),
    Assumption(
        "numbers_of_deleted_agent",
        ("keep", "delete"),
        "Whether the numbers of an agent that is deleted stay, unassigned, or go with it, as an older page said",
        "https://docs.cartesia.ai/api-reference/agents/delete",
    ),
    Assumption("no_inventory", (503, 404), "The status where no number is left to be provisioned", NUMBERS),
)
