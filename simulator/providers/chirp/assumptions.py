"""What Chirp's pages leave open, and a scenario may decide."""

from __future__ import annotations

from simulator.provider import Assumption

DOCS = "https://docs.buildwithchirp.com"
GUIDE = f"{DOCS}/sms/managing-numbers"

ASSUMPTIONS = (
    Assumption(
        "created_status",
        (201, 200),
        "The status of a purchase and of an assignment",
        f"{DOCS}/api-reference/admin/post-v1organizationphone-numbers-purchase",
        evidence="inferred",
    ),
    Assumption(
        "assign_again",
        ("refuse", "allow"),
        "Whether a number can be assigned to an application that has it already: a 409, or nothing changes",
        GUIDE,
        evidence="inferred",
    ),
    Assumption(
        "remove_again",
        ("refuse", "allow"),
        "Whether a number can be removed from an application that does not have it: a 404, or nothing changes",
        GUIDE,
        evidence="inferred",
    ),
)
