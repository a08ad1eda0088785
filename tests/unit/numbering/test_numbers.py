"""Numbers that can never ring, and the inventory that sells them, held against a plain list."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from itertools import pairwise

import pytest

from simulator.numbering.blocks import Block
from simulator.numbering.lookup import describe, is_us_number
from simulator.numbering.plan import Plan, plan_of, whole_plan
from simulator.store.changes import Change, undo
from simulator.store.inventory import Inventory, SearchResult

NORTH_AMERICA = re.compile(r"\+1[2-9][0-9]{2}555[0-9]{4}")
FICTION = re.compile(r"\+1(800|888|877|866|855|844|833)55501[0-9]{2}")


def _ends(block: Block) -> tuple[str, str]:
    return block.number(0), block.number(block.size - 1)


def test_every_number_of_north_america_is_kept_out_of_service() -> None:
    """They are 555 lines, never directory assistance; toll-free ones are of the fictional hundred."""
    for block in whole_plan().blocks:
        for number in _ends(block):
            if block.kind == "toll-free":
                assert FICTION.fullmatch(number)
            elif block.country in ("US", "CA"):
                assert NORTH_AMERICA.fullmatch(number)
    assert [number for number in ("+14155551212", "+18005551212") if describe(number)] == []


def test_north_america_in_the_plan_is_known_by_its_prefix() -> None:
    """Every block that begins with +1 is one of 555 lines, whatever country its area code belongs to."""
    assert {block.prefix[5:] for block in whole_plan().blocks if block.prefix.startswith("+1")} == {"555"}


def test_no_number_is_in_two_blocks() -> None:
    """A number has one place in the plan: blocks do not overlap."""
    spans = sorted((block.prefix, block.start, block.start + block.size) for block in whole_plan().blocks)
    for before, after in pairwise(spans):
        assert before[0] != after[0] or before[2] <= after[1]
    prefixes = {block.prefix for block in whole_plan().blocks}
    assert not [one for one in prefixes for width in range(2, len(one)) if one[:width] in prefixes]


@pytest.mark.parametrize(
    ("number", "place"),
    [
        ("+14155551234", ("US", "local", "CA", "415")),  # the examples of the providers' own pages
        ("+12125550123", ("US", "local", "NY", "212")),
        ("+14155550142", ("US", "local", "CA", "415")),
        ("+18005550199", ("US", "toll-free", "", "800")),
        ("+442079460123", ("GB", "local", "England", "20")),
        ("+447700900999", ("GB", "mobile", "", "7700")),
        ("+61491570006", ("AU", "mobile", "", "491")),
        ("+33199001234", ("FR", "local", "Île-de-France", "1")),
        ("+4930231259", None),  # one digit short
        ("+493023125999", ("DE", "local", "Berlin", "30")),
        ("+14155551212", None),
        ("+14155541234", None),
        ("+18005550200", None),
        ("+61491570007", None),
        ("+1415555١٢٣٤", None),
        ("+1415555-123", None),
        ("14155551234", None),
        ("", None),
    ],
)
def test_what_a_number_is(number: str, place: tuple[str, ...] | None) -> None:
    """A number of the plan has a country, kind, region and area code; any other number is none of ours."""
    block = describe(number)
    assert (block and (block.country, block.kind, block.region, block.area_code)) == place


def test_numbers_and_positions_are_inverse() -> None:
    """Every number stands at one position and every position holds one number."""
    plan = whole_plan()
    positions = [0, plan.size - 1, *(random.Random(1).randrange(plan.size) for _ in range(3000))]
    assert [plan.position(plan.number(position)) for position in positions] == positions


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        ("+14155550100", True),
        ("+18005550100", True),
        ("+17875550100", True),  # Puerto Rico
        ("+14165550100", False),  # Toronto
        ("+18765550100", False),  # Jamaica
        ("+442079460000", False),
        ("+1415555010", False),
        ("+141555501000", False),
        ("+1415555010x", False),
        ("+1٤١٥٥٥٥٠١٠٠", False),
    ],
)
def test_which_numbers_are_of_the_us(number: str, expected: bool) -> None:
    """The area code tells, as twenty countries share +1."""
    assert is_us_number(number) is expected


def test_a_search_begins_with_the_fictional_hundred() -> None:
    """The numbers reserved for fiction come first, then the other lines."""
    found = Inventory([]).search("US", area_code="415")
    assert found.window(0, 100) == [f"+141555501{index:02d}" for index in range(100)]
    assert found.window(100, 1) == ["+14155550000"]
    assert len(found) == 9999


@pytest.mark.parametrize(
    ("narrowed", "expected"),
    [
        ({"locality": "SAN francisco", "region": "CA"}, {"San Francisco"}),
        ({"locality": "San Francisco", "area_code": "415"}, {"San Francisco"}),
        ({"locality": "Santa Rosa", "area_code": "369"}, {"Santa Rosa"}),  # overlays (nanpa.com): of 707,
        ({"locality": "San Bernardino", "area_code": "840"}, {"San Bernardino"}),  # of 909,
        ({"country": "CA", "locality": "Sudbury", "area_code": "249"}, {"Sudbury"}),  # and of 705
        ({"locality": "Atlantis"}, set()),
        ({"area_code": "415", "region": "NY"}, set()),
        ({"area_code": "020"}, set()),
    ],
)
def test_narrowing_a_search(narrowed: dict[str, str], expected: set[str]) -> None:
    """Area code, region and city must all fit; a city is found whatever its letters' case."""
    numbers = Inventory([]).search(**{"country": "US", **narrowed}).window(0, 50)
    assert {block.locality for block in map(describe, numbers) if block} == expected


@pytest.mark.parametrize(("country", "kind"), [("US", "local"), ("GB", "mobile"), ("US", "toll-free"), ("DE", "local")])
def test_a_search_finds_only_its_country_and_kind(country: str, kind: str) -> None:
    """And all of it: as many as the blocks hold."""
    found = Inventory([]).search(country, kind)
    blocks = [block for block in whole_plan().blocks if (block.country, block.kind) == (country, kind)]
    assert len(found) == sum(block.size for block in blocks) > 0
    last = describe(found.window(len(found) - 1, 5)[0])
    assert last is not None
    assert (last.country, last.kind) == (country, kind)


@pytest.mark.parametrize("pattern", ["+1415555****", "+14155550***", "+1415*550142", "+1***5550142", "+44207946****", "+1*"])
def test_a_pattern_finds_what_it_spells(pattern: str) -> None:
    """Each star is one digit; the numbers are those of a plain search through all."""
    wanted = re.compile(re.escape(pattern).replace(r"\*", "[0-9]"))
    plan = Plan(block for block in whole_plan().blocks if block.area_code in ("415", "212", "20"))
    country = "GB" if pattern.startswith("+44") else "US"
    spans = plan.spans(country, "local")
    everything = [number for each in spans for number in plan.numbers(each.start, each.stop - each.start)]
    found = Inventory([], plan).match(pattern, country, "local").window(0, plan.size)
    assert found == [number for number in everything if wanted.fullmatch(number)]


class Shop:
    """An inventory and its model: who has what, and what somebody had."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        numbers = [f"+1415555{line:04d}" for line in (*range(40), *range(95, 205), *range(1205, 1220)) if line != 1212]
        self.plan = plan_of(numbers)
        self.all = list(self.plan.numbers(0, self.plan.size))
        self.changes: list[Change] = []
        self.inventory = Inventory(self.changes, self.plan)
        self.taken: set[str] = set()
        self.released: set[str] = set()
        self.committed: tuple[set[str], set[str]] = set(), set()

    def step(self) -> None:
        """Buy, give back, let stand, or take back."""
        number = self.random.choice(self.all)
        match self.random.randrange(8):
            case 0 | 1 | 2 | 3:
                assert self.inventory.reserve(number) is (number not in self.taken)
                self.taken.add(number)
                self.released.discard(number)
            case 4 | 5:
                self.inventory.release(number)
                if number in self.taken:
                    self.taken.remove(number)
                    self.released.add(number)
            case 6:
                self.changes.clear()
                self.committed = set(self.taken), set(self.released)
            case _:
                undo(self.changes)
                self.taken, self.released = map(set, self.committed)

    def agree(self) -> None:
        """Hold the inventory against the model in every way that it can be read: what nobody has had comes first."""
        fresh = [number for number in self.all if number not in self.taken | self.released]
        free = [*fresh, *[number for number in self.all if number in self.released]]
        found: SearchResult = self.inventory.search("US", area_code="415")
        start, count = self.random.randrange(len(self.all) + 5), self.random.randrange(60)
        assert (len(found), found.first()) == (len(free), free[0] if free else None)
        assert found.window(start, count) == free[start : start + count]
        tens = [number for number in free if number.startswith("+141555501")]
        assert self.inventory.match("+141555501**").window(0, 1000) == tens
        pairs = self.inventory.match("+141555501**") | self.inventory.match("+141555500**")
        others = [number for number in free if number.startswith("+141555500")]
        assert pairs.window(0, 1000) == sorted([*tens, *others], key=self.released.__contains__)
        number = self.random.choice(self.all)
        assert self.inventory.is_for_sale(number) is (number in free)


@pytest.mark.parametrize("seed", range(20))
def test_an_inventory_does_what_a_plain_list_does(seed: int) -> None:
    """Whatever is bought, given back and undone, searches find what is free, in the same order."""
    shop = Shop(seed)
    for _ in range(300):
        shop.step()
        shop.agree()


class CountingPlan(Plan):
    """A plan that counts the numbers which are read from it."""

    read = 0

    def numbers(self, start: int, count: int) -> Iterator[str]:
        """Count, and go on as usual."""
        self.read += count
        return super().numbers(start, count)


def test_a_late_page_reads_no_more_than_the_first() -> None:
    """A window reads the numbers that it shows, wherever it lies and whatever is taken before it."""
    plan = CountingPlan(whole_plan().blocks)
    inventory = Inventory([], plan)
    for number in inventory.search("US").window(0, 500):
        inventory.reserve(number)
    plan.read = 0
    assert len(inventory.search("US").window(100_000, 20)) == 20
    assert plan.read == 20


def test_a_number_has_one_owner() -> None:
    """Also one outside the plan, which is never for sale."""
    inventory = Inventory([], taken=["+14155550142"])
    for number in ("+14155550142", "+14155550143", "+358401234567"):
        inventory.reserve(number)
        assert inventory.reserve(number) is False
        assert inventory.is_for_sale(number) is False
        inventory.release(number)
        inventory.release(number)
    assert [inventory.is_for_sale(number) for number in ("+14155550142", "+358401234567")] == [True, False]


def test_a_seed_gets_the_number_it_names_or_any() -> None:
    """A number that somebody has is an error that names it."""
    inventory = Inventory([], plan_of(["+14155550142", "+14155550143"]))
    assert [inventory.reserve_seeded("+14155550143"), inventory.reserve_seeded(None)] == ["+14155550143", "+14155550142"]
    with pytest.raises(ValueError, match=r"\+14155550142 is already reserved"):
        inventory.reserve_seeded("+14155550142")
    with pytest.raises(ValueError, match="no free US number is left"):
        inventory.reserve_seeded(None)


def test_a_plan_of_real_numbers_is_refused() -> None:
    """An inventory cannot be made of numbers that might ring."""
    with pytest.raises(ValueError, match=r"^\+14158675309$"):
        plan_of(["+14155550142", "+14158675309"])
