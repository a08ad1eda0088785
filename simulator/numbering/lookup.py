"""Facts about one number or area code, from the number plan."""

from __future__ import annotations

import re
from functools import cache

from simulator.numbering.blocks import TOLL_FREE_CODES, Block
from simulator.numbering.plan import whole_plan

_US_TERRITORIES = {"340", "670", "671", "684", "787", "939"}  # area codes of US territories outside the plan

_E164 = re.compile(r"\+[1-9][0-9]{6,14}")


def is_e164(number: str) -> bool:
    """Return whether a text has the form of a number in E.164: a plus sign and 7 to 15 digits."""
    return _E164.fullmatch(number) is not None


def describe(number: str) -> Block | None:
    """Return the block of a number of the plan, with country, kind, area code, region and city; None for any other number."""
    return whole_plan().block_of(number)


def is_us_number(number: str) -> bool:
    """Return whether a number in E.164 belongs to the United States.

    `+1` is shared by twenty countries, so the area code decides. Anything but `+1` and ten digits is not a US number.
    """
    if len(number) != 12 or not number.startswith("+1") or not (number[1:].isascii() and number[1:].isdigit()):
        return False
    code = number[2:5]
    return code in TOLL_FREE_CODES or code in _US_TERRITORIES or is_us_area_code(code)


def is_us_area_code(code: str) -> bool:
    """Return whether three digits are a geographic area code of the United States."""
    return code in _us_area_codes()


@cache
def _us_area_codes() -> frozenset[str]:
    return frozenset(block.area_code for block in whole_plan().blocks if (block.country, block.kind) == ("US", "local"))
