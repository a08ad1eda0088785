"""The number plan: the numbers that exist, their positions, and what is known about them."""

from simulator.numbering.blocks import TOLL_FREE_CODES, Block
from simulator.numbering.lookup import describe, is_e164, is_us_area_code, is_us_number
from simulator.numbering.magic import MAGIC_CALLS, MAGIC_MESSAGES, MAGIC_NUMBERS, MagicNumber
from simulator.numbering.plan import Plan, Span, countries, plan_of, whole_plan

__all__ = [
    "MAGIC_CALLS",
    "MAGIC_MESSAGES",
    "MAGIC_NUMBERS",
    "TOLL_FREE_CODES",
    "Block",
    "MagicNumber",
    "Plan",
    "Span",
    "countries",
    "describe",
    "is_e164",
    "is_us_area_code",
    "is_us_number",
    "plan_of",
    "whole_plan",
]
