"""What things cost at Chirp, in USD; a message costs for each recipient (sms/sending-messages/multiple-recipients).

Numbers have a one-time fee and a monthly rent (https://docs.buildwithchirp.com/concepts/phone-numbers); the amounts, on
https://docs.buildwithchirp.com/getting_started/pricing, are not known. All of these are assumed.
"""

from decimal import Decimal

from simulator.providers.chirp.records import NumberType

PURCHASE: dict[NumberType, Decimal] = {
    "local": Decimal("1.00"),
    "tollfree": Decimal("1.00"),
    "mobile": Decimal("1.00"),
    "shortcode": Decimal("500.00"),
}
MONTH: dict[NumberType, Decimal] = {
    "local": Decimal("1.00"),
    "tollfree": Decimal("2.00"),
    "mobile": Decimal("1.00"),
    "shortcode": Decimal("500.00"),
}
MESSAGE: dict[tuple[str, str], Decimal] = {
    ("sms", "OUTBOUND"): Decimal("0.01"),
    ("sms", "INBOUND"): Decimal("0.01"),
    ("mms", "OUTBOUND"): Decimal("0.03"),
    ("mms", "INBOUND"): Decimal("0.02"),
}
MINUTE = Decimal("0.01")  # of a call
