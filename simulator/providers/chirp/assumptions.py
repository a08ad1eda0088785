"""What Chirp's pages leave open, and a scenario may decide."""

from simulator.provider import Assumption

DOCS = "https://docs.buildwithchirp.com"
GUIDE = f"{DOCS}/sms/managing-numbers"
PURCHASE = f"{DOCS}/api-reference/admin/post-v1organizationphone-numbers-purchase"
ASSIGN_AGAIN = "Whether a number can be assigned to an application that has it already: a 409, or nothing changes"
REMOVE_AGAIN = "Whether a number can be removed from an application that does not have it: a 404, or nothing changes"
LIST_WRAPPER = "In what the records of a list stand whose answer is not shown: in a member of their own name, or in `data`"
PAUSED = "Whether a live message of an application whose billing is paused is refused with a 402, or sent"
PLAYGROUND = "The status where a live key is used in the playground, whose code `test_app_required` is documented"
INBOUND = f"{DOCS}/concepts/simulating-inbound-messages"
SMS = f"{DOCS}/api-reference/app/post-v1sms"
CREATED = ("purchase_phone_number", "assign_phone_number", "assign_app_phone_number")

ASSUMPTIONS = (
    Assumption(
        "created_status", (201, 200), "The status of a purchase and of an assignment", PURCHASE, "inferred", status_of=CREATED
    ),
    Assumption("send_status", (201, 202), "The status of a message that is queued", SMS, "inferred", status_of=("send_sms",)),
    Assumption("live_key_in_playground", (403, 400), PLAYGROUND, INBOUND, status_of=("TEST_APP_REQUIRED",)),
    Assumption("billing_paused", ("refuse", "allow"), PAUSED, f"{DOCS}/api-reference/admin/post-v1organizationapps"),
    Assumption("list_wrapper", ("named", "data"), LIST_WRAPPER, f"{DOCS}/administration_apis/admin-keys"),
    Assumption("assign_again", ("refuse", "allow"), ASSIGN_AGAIN, GUIDE, "inferred"),
    Assumption("remove_again", ("refuse", "allow"), REMOVE_AGAIN, GUIDE, "inferred"),
)
