"""JSON bodies, decoded strictly and within bounds."""

from __future__ import annotations

import math
import re
from typing import Any

import msgspec

MAX_VALUES = 50_000  # in a body: as many as 5,000 recipients of a batch call have, with variables, in a mebibyte
SHORTEST_LONG = 2 * MAX_VALUES  # bytes of a body that may have more, at least: each takes a digit and a comma
MAX_DEPTH = 64  # levels of nesting; far more than any provider's schema, far less than Python's stack
MAX_LISTS = MAX_DEPTH - 2  # which cannot be too deep in an object, even with an empty object inside them

_NESTED = (dict, list)
_STRUCTURE = re.compile(rb'"(?:[^"\\]|\\.)*"(\s*:)?', re.DOTALL)


def decode(raw: bytes) -> Any:
    """Decode a JSON document: UTF-8, finite numbers, no duplicate keys, integral numbers as `int` however they are written.

    Raises:
        ValueError: the text is not such a document, is nested too deep, or has too many values.
    """
    try:
        value = _decoder.decode(raw)
        if len(raw) > SHORTEST_LONG and _may_have_many(raw) and count_values(value) > MAX_VALUES:
            raise ValueError(f"more than {MAX_VALUES} values")
        colons = raw.count(b":")
        if type(value) is dict and len(value) == colons and raw.count(b"[") <= MAX_LISTS:
            return value  # every key survived, none is in an inner object, and lists are few: what nearly all bodies are
        keys = _count_keys(value, MAX_DEPTH)
        if keys != colons:  # a key was repeated, or a text holds a colon: a scan decides
            _refuse_duplicate_keys(raw, keys)
    except RecursionError:
        raise ValueError(f"nested deeper than {MAX_DEPTH} levels") from None
    except msgspec.MsgspecError as error:
        raise ValueError(str(error)) from None
    return value


def decode_leniently(raw: bytes | None) -> Any:
    """Decode a body that no operation describes; anything but JSON counts as an empty object."""
    try:
        return decode(raw) if raw else {}
    except ValueError:
        return {}


def _finite(text: str) -> int | float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text[:40]} is out of range")
    return int(number) if number.is_integer() and abs(number) < 2**53 else number


_decoder = msgspec.json.Decoder(float_hook=_finite)


def _count_keys(value: Any, depth: int) -> int:
    if not isinstance(value, _NESTED):
        return 0
    if depth == 0:
        raise RecursionError
    inside, count = (value.values(), len(value)) if isinstance(value, dict) else (value, 0)
    for item in inside:
        if isinstance(item, _NESTED):
            count += _count_keys(item, depth - 1)
    return count


def _may_have_many(raw: bytes) -> bool:
    """Return whether a document may have too many values: each but the first of its container follows a comma."""
    return raw.count(b",") + raw.count(b"[") + raw.count(b"{") >= MAX_VALUES


def count_values(value: Any) -> int:
    """Return how many values there are, with a call for each container only."""
    if not isinstance(value, _NESTED):
        return 1
    inside = value.values() if isinstance(value, dict) else value
    return 1 + len(value) + sum(count_values(item) - 1 for item in inside if isinstance(item, _NESTED))


def _refuse_duplicate_keys(raw: bytes, keys: int) -> None:
    """Refuse a document in which other than this number of keys are written: each text before a colon is one."""
    written = len(list(filter(None, _STRUCTURE.findall(raw))))
    if written != keys:
        raise ValueError("an object has a duplicate key")
