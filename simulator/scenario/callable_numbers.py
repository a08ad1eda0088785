"""Numbers never ring: what a scenario may hand out to a client, who might call it, is kept out of service."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from simulator.numbering import whole_plan

COULD_RING = "{} could ring; expected a number kept out of service that can never ring, such as +14155550142"

_IN_TEXT = re.compile(r"\+[1-9](?:[ ().-]{0,2}[0-9]){6,14}(?![0-9])")
_WITHOUT_PLUS = re.compile(r"[ ().-]*(?:[0-9][ ().-]*){10,15}")
_NOT_DIGITS = re.compile(r"[^0-9]")

Place = tuple[str | int, ...]


def callable_numbers(value: Any, place: Place = ()) -> Iterator[tuple[Place, str]]:
    """Yield every number that could ring in a part of a scenario, with its place.

    Numbers are in E.164, also in a text and with spaces; without a plus where the member is named for a phone or a number.
    """
    if isinstance(value, str):
        yield from ((place, number) for number in _numbers(value, _is_named_for_numbers(place)) if _could_ring(number))
    elif isinstance(value, Mapping):
        for name, member in value.items():
            yield from callable_numbers(member, (*place, name))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from callable_numbers(item, (*place, index))


def _numbers(text: str, is_number: bool) -> Iterator[str]:
    for match in _IN_TEXT.finditer(text):
        yield f"+{_NOT_DIGITS.sub('', match[0])}"
    if is_number and _WITHOUT_PLUS.fullmatch(text):
        digits = _NOT_DIGITS.sub("", text)
        yield f"+1{digits}" if len(digits) == 10 else f"+{digits}"  # ten digits are a number of North America


def _is_named_for_numbers(place: Place) -> bool:
    name = next((part for part in reversed(place) if isinstance(part, str)), "").lower()
    return ("phone" in name or "number" in name or name in ("to", "from")) and not name.endswith("id")


def _could_ring(number: str) -> bool:
    return whole_plan().position(number) is None
