"""Magic destinations: numbers that never ring, are never for sale, and decide how a call or a message ends."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import pytest

from simulator.numbering import MAGIC_CALLS, MAGIC_MESSAGES, MAGIC_NUMBERS, describe, is_us_number
from simulator.numbering.magic import CallOutcome, MessageOutcome
from simulator.store.inventory import Inventory
from tests.conftest import World
from tests.unit.steering import BUY, Steered

MINE = {"label": "x", "number": "+16065550190"}


def test_every_outcome_has_one_number() -> None:
    """All but the usual ones, which every other number has."""
    assert [one.outcome for one in MAGIC_CALLS] == [name for name in get_args(CallOutcome) if name != "completed"]
    assert [one.outcome for one in MAGIC_MESSAGES] == [name for name in get_args(MessageOutcome) if name != "delivered"]
    assert len(MAGIC_NUMBERS) == len(MAGIC_CALLS) + len(MAGIC_MESSAGES)


@pytest.mark.parametrize("number", sorted(MAGIC_NUMBERS))
def test_they_are_fictional_numbers_of_the_us(number: str) -> None:
    """In the range that is kept for fiction, so nobody can be called by mistake."""
    block = describe(number)
    assert block is not None
    assert (block.country, block.kind, is_us_number(number), number[5:8], number[8:10]) == ("US", "local", True, "555", "01")


def test_they_are_not_for_sale(steered: Steered) -> None:
    """No search shows them, and a purchase by prefix gets another number of the area code."""
    bought = {steered.demo("POST", BUY, {"prefix": "+160655501"}).json()["number"] for _ in range(91)}
    assert len(bought) == 91
    assert not bought & MAGIC_NUMBERS
    assert steered.demo("POST", BUY, {"prefix": "+1606555019"}).status_code == 400
    assert len(Inventory([]).match("+1606555019*")) == 10  # the plan has them


@pytest.mark.parametrize(
    ("part", "place"),
    [
        ({"inventory": {"only": ["+16065550190"]}}, "inventory/only/0"),
        ({"inventory": {"always": ["+14155550142", "+16065550198"]}}, "inventory/always/1"),
        ({"accounts": [{"keys": ["sk_car_a"], "cartesia": {"numbers": [MINE]}}]}, "accounts/0"),
    ],
)
def test_nobody_can_have_them(world: World, part: dict[str, Any], place: str) -> None:
    """A scenario that sells one, or gives it to an account, is refused."""
    answer = world.http.put(world.control, json={"scenario": {"description": "x", **part}})
    assert (answer.status_code, place in answer.json()["detail"]) == (422, True)
    assert "is a magic destination" in answer.json()["detail"]


def test_they_may_be_called_and_listed_in_scenarios(make_world: Callable[..., World]) -> None:
    """As the numbers of contacts, for instance."""
    people = [{"phone_number": number} for number in sorted(MAGIC_NUMBERS)]
    lists = [{"id": "list_1", "contacts": people}]
    assert make_world({"description": "x", "open": True, "accounts": [{"cald": {"lists": lists}}]})


def test_the_documentation_has_them() -> None:
    """The table of the page on outcomes is this one."""
    page = (Path(__file__).parents[3] / "docs" / "outcomes.md").read_text(encoding="utf-8")
    rows = [f"| `{one.number}` | `{one.outcome}` | {one.about} |" for one in (*MAGIC_CALLS, *MAGIC_MESSAGES)]
    assert "\n".join(rows) in page
