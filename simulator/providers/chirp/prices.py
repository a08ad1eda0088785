"""What things cost at Chirp, in USD.

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
