"""Ids that look random, never repeat, and come out the same for the same seed."""

from __future__ import annotations

import string
from uuid import UUID

import pytest

from simulator.store.ids import BASE58, BASE62, Ids

MANY = 70_000  # more than 16**4


@pytest.mark.parametrize("digits", [4, 6])
def test_short_ids_never_repeat(digits: int) -> None:
    """However few digits an id has, none comes twice: when they are used up there is one more digit."""
    ids = Ids(1)
    made = [ids.hex("number", digits) for _ in range(MANY)]
    assert len(set(made)) == MANY
    room = 16**digits
    assert {len(each) for each in made[:room]} == {digits}
    assert {len(each) for each in made[room:]} <= {digits + 1}
    assert set("".join(made)) == set("0123456789abcdef")


def test_short_ids_look_random() -> None:
    """Neighbours share no more than a chance prefix, so that no client comes to count on an order."""
    ids = Ids(1)
    made = [ids.hex("number", 6) for _ in range(1000)]
    assert made != sorted(made)
    assert len({each[:2] for each in made}) > 200


@pytest.mark.parametrize("alphabet", [BASE58, BASE62, string.ascii_lowercase])
@pytest.mark.parametrize("length", [20, 24, 27])
def test_long_ids_never_repeat(alphabet: str, length: int) -> None:
    """Ids have the length and the characters that were asked for, all of them."""
    ids = Ids(1)
    made = [ids.text("number", length, alphabet) for _ in range(5000)]
    assert len(set(made)) == 5000
    assert {len(each) for each in made} == {length}
    assert set("".join(made)) == set(alphabet)
    assert {each[-1] for each in made} == set(alphabet)


def test_uuids_are_of_version_4() -> None:
    """They have the version and the variant of RFC 9562, and its way of writing."""
    ids = Ids(1)
    made = [ids.uuid("request") for _ in range(1000)]
    assert len(set(made)) == 1000
    for each in made:
        uuid = UUID(each)
        assert (str(uuid), uuid.version, uuid.variant) == (each, 4, "specified in RFC 4122")


def _some(ids: Ids) -> list[str]:
    return [text for _ in range(50) for text in (ids.hex("a", 6), ids.text("a", 20), ids.uuid("a"), ids.hex("b", 6))]


def test_the_same_seed_and_calls_give_the_same_ids() -> None:
    """And another seed gives others."""
    assert _some(Ids(7)) == _some(Ids(7))
    assert not set(_some(Ids(7))) & set(_some(Ids(8)))


def test_kinds_count_for_themselves() -> None:
    """Whatever else a world makes ids for, those of one kind come out the same."""
    alone, beside = Ids(7), Ids(7)
    made = []
    for _ in range(20):
        beside.uuid("other")
        made.append(beside.hex("number", 6))
    assert made == [alone.hex("number", 6) for _ in range(20)]
