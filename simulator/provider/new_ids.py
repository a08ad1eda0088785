"""Makers of ids for new records."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import cache

from simulator.store.ids import BASE62, HEX, Ids

NewId = Callable[[Ids], str]

KSUID_EPOCH = 1_400_000_000
PAIR = 62 * 62  # values of two digits
FOUR = PAIR * PAIR  # values of four digits
KSUID_FOURS = 7  # the first of which begins with a zero that is left out


def hex_ids(prefix: str, digits: int, kind: str = "") -> NewId:
    """Return a maker of ids: a prefix and hexadecimal digits, such as `pn_55ad12`."""
    counted = kind or prefix
    return lambda ids: prefix + ids.hex(counted, digits)


def text_ids(prefix: str, length: int, alphabet: str = BASE62, kind: str = "") -> NewId:
    """Return a maker of ids: a prefix and 20 to 64 characters of an alphabet."""
    counted = kind or prefix
    return lambda ids: prefix + ids.text(counted, length, alphabet)


def uuid_ids(kind: str) -> NewId:
    """Return a maker of ids: UUIDs of version 4."""
    return lambda ids: ids.uuid(kind)


class KsuidIds:
    """Makes ids that sort by time: a prefix and a KSUID (https://github.com/segmentio/ksuid).

    A KSUID is 160 bits in 27 base-62 digits: the second of creation, from 2014-05-13T16:53:20Z on, and 128 bits of its own.
    """

    def __init__(self, prefix: str) -> None:
        """Put a prefix before the digits, such as `app_`."""
        self.prefix = prefix

    def __call__(self, ids: Ids, at: datetime) -> str:
        """Return a new id for a record that is made at a time."""
        second = min(max(int(at.timestamp()) - KSUID_EPOCH, 0), 2**32 - 1)
        value = second << 128 | int(ids.text(self.prefix, 32, HEX), 16)
        digits, pairs = "", _pairs()
        for _ in range(KSUID_FOURS):
            value, four = divmod(value, FOUR)
            digits = pairs[four // PAIR] + pairs[four % PAIR] + digits
        return self.prefix + digits[1:]


@cache  # made with the first KSUID, which most servers never need
def _pairs() -> list[str]:
    """Return all pairs of digits, in the order of their values."""
    return [first + second for first in BASE62 for second in BASE62]
