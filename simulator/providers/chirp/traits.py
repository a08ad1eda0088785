"""The traits of a number, read from its digits."""

from __future__ import annotations

from typing import Literal

import msgspec

from simulator.provider import describe

NumberType = Literal["local", "tollfree", "mobile", "shortcode"]


class Traits(msgspec.Struct, frozen=True):
    """The type of a number, its place and its features."""

    type: NumberType
    location: str
    features: tuple[str, ...]


def known_traits(number: str) -> Traits | None:
    """Return the traits of a number, read from its digits; None for a number outside the simulator's plan."""
    if number.isascii() and number.isdecimal() and len(number) in (5, 6):  # US only (sms/managing-numbers)
        return Traits("shortcode", "US", ("SMS", "MMS"))
    block = describe(number)
    if block is None:
        return None
    kinds: dict[str, NumberType] = {"local": "local", "toll-free": "tollfree", "mobile": "mobile"}
    texts = ("SMS", "MMS") if number.startswith("+1") else ("SMS",)  # MMS is North American
    features = (*texts, "Voice") if block.has_sms else ("Voice",)
    place = ", ".join(part for part in (block.locality, block.region) if part)
    return Traits(kinds[block.kind], place or block.country, features)


def traits_of(number: str) -> Traits:
    """Return the traits of a number.

    Raises:
        ValueError: it is outside the simulator's plan, so it could be somebody's.
    """
    traits = known_traits(number)
    if traits is None:
        raise ValueError(f"the number {number} could ring; expected one kept out of service, such as +14155551234")
    return traits
