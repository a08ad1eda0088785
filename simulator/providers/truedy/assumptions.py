"""What Truedy's pages leave open, and a scenario may decide."""

from simulator.provider import Assumption

GUIDE = "https://docs.truedy.ai/guides/buying-phone-numbers"
REFERENCE = "https://docs.truedy.ai/api-reference/telephony"
RELEASE = "Whether a number that an agent still has can be released; the guide asks for it to be unassigned first"
UNKNOWN = "The status where a body names a number or an agent that there is not; an early version answered 422"
REASSIGN = "Whether an assignment takes the place of another, or is refused until that has ended"

ASSUMPTIONS = (
    Assumption("release_while_assigned", ("refuse", "allow"), RELEASE, GUIDE),
    Assumption("purchase_status", (201, 200), "The status of a purchase", GUIDE, "inferred", status_of=("purchase_number",)),
    Assumption("unknown_id_in_body", (404, 422), UNKNOWN, REFERENCE, "inferred"),
    Assumption("reassign", ("allow", "refuse"), REASSIGN, REFERENCE, "inferred"),
)
