"""What Chirp's pages leave open, and a scenario may decide."""

from simulator.provider import Assumption

DOCS = "https://docs.buildwithchirp.com"
GUIDE = f"{DOCS}/sms/managing-numbers"
PURCHASE = f"{DOCS}/api-reference/admin/post-v1organizationphone-numbers-purchase"
ASSIGN_AGAIN = "Whether a number can be assigned to an application that has it already: a 409, or nothing changes"
REMOVE_AGAIN = "Whether a number can be removed from an application that does not have it: a 404, or nothing changes"
LIST_WRAPPER = "In what the records of a list stand whose answer is not shown: in a member of their own name, or in `data`"
CREATED = ("purchase_phone_number", "assign_phone_number", "assign_app_phone_number")

ASSUMPTIONS = (
    Assumption(
        "created_status", (201, 200), "The status of a purchase and of an assignment", PURCHASE, "inferred", status_of=CREATED
    ),
    Assumption("list_wrapper", ("named", "data"), LIST_WRAPPER, f"{DOCS}/administration_apis/admin-keys"),
    Assumption("assign_again", ("refuse", "allow"), ASSIGN_AGAIN, GUIDE, "inferred"),
    Assumption("remove_again", ("refuse", "allow"), REMOVE_AGAIN, GUIDE, "inferred"),
)
