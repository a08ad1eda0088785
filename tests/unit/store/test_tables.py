"""Tables of frozen records: order, indexes, and changes that can be taken back."""

from __future__ import annotations

import random

import pytest

from simulator.store.changes import Change, undo
from simulator.store.records import Record
from simulator.store.tables import Table
from simulator.store.work import Postponed, others_wait


class Item(Record, frozen=True):
    """A record with an attribute of one value and one of many."""

    owner: str | None = None
    kind: str | None = None
    tags: tuple[str, ...] = ()


class Model:
    """What a table should do, written as plainly as possible: a list, scanned for everything."""

    def __init__(self) -> None:
        self.items: list[Item] = []
        self.committed: list[Item] = []

    def place(self, item_id: str) -> int | None:
        """Where an item stands, the oldest first."""
        return next((place for place, item in enumerate(self.items) if item.id == item_id), None)

    def put(self, item: Item) -> None:
        """Insert or replace."""
        place = self.place(item.id)
        if place is None:
            self.items.append(item)
        else:
            self.items[place] = item


class Both:
    """A table and its model, driven by the same random steps."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.changes: list[Change] = []
        self.table: Table[Item] = Table("items", self.changes, by=("owner", "tags"))
        self.model = Model()

    def step(self) -> None:
        """Do one random thing to both."""
        often = (self.put, self.put, self.put, self.change, self.change, self.remove, self.remove, self.commit, self.undo)
        steps = (*often, self.restore)
        self.random.choice(steps)()

    def put(self) -> None:
        """Put a record, new or in the place of another."""
        tags = tuple(self.random.sample("xyz", self.random.randrange(3)))
        owner, kind = self.random.choices(["a", "b", None], k=2)
        item = Item(id=str(self.random.randrange(40)), owner=owner, kind=kind, tags=tags)
        self.table.put(item)
        self.model.put(item)

    def change(self) -> None:
        """Change one field of a record."""
        item = self.table.get(str(self.random.randrange(40)))
        if item is not None:
            field = self.random.choice(["owner", "kind"])
            self.model.put(self.table.change(item, **{field: self.random.choice(["a", "b", None])}))

    def remove(self) -> None:
        """Remove a record, or one that is not there."""
        item_id = str(self.random.randrange(40))
        self.table.remove(item_id)
        self.model.items = [item for item in self.model.items if item.id != item_id]

    def commit(self) -> None:
        """Let the changes stand."""
        self.changes.clear()
        self.model.committed = list(self.model.items)

    def restore(self) -> None:
        """Let the changes stand, and go on in a table that is made from a snapshot or from the rows of this one."""
        self.commit()
        another: Table[Item] = Table("items", self.changes, by=("owner", "tags"))
        if self.random.random() < 0.5:
            another.load(self.table.save())
        else:
            rows = self.table.rows().values()
            another.fill(rows, max((row.sequence for row in rows), default=0))
        self.table = another

    def undo(self) -> None:
        """Take the changes back."""
        undo(self.changes)
        self.model.items = list(self.model.committed)

    def agree(self) -> None:
        """Hold the table against its model in every way that it can be read."""
        table, model = self.table, self.model
        newest_first = model.items[::-1]
        assert list(table.all()) == newest_first
        assert len(table) == len(table.all()) == len(newest_first)
        start, count = self.random.randrange(45), self.random.randrange(45)
        assert table.all().window(start, count) == newest_first[start : start + count]
        for owner in ("a", "b"):
            assert list(table.having("owner", owner)) == [item for item in newest_first if item.owner == owner]
        for tag in "xyz":
            assert list(table.having("tags", tag)) == [item for item in newest_first if tag in item.tags]
        self.agree_when_narrowed(newest_first)
        for item_id in map(str, range(40)):
            place = next((place for place, item in enumerate(newest_first) if item.id == item_id), None)
            assert table.all().place(item_id) == place
            assert table.get(item_id) == (None if place is None else newest_first[place])
            assert (item_id in table) == (place is not None)

    def agree_when_narrowed(self, newest_first: list[Item]) -> None:
        """Narrow the table by one combination of attributes, or by none: some are first asked for late."""
        names = self.random.choice([(), ("owner",), ("kind",), ("owner", "kind"), ("kind", "owner")])
        values = {name: self.random.choice(["a", "b"]) for name in names}
        expected = [item for item in newest_first if all(getattr(item, name) == value for name, value in values.items())]
        assert list(self.table.narrowed(values)) == expected


@pytest.mark.parametrize("seed", range(20))
def test_a_table_does_what_a_plain_list_does(seed: int) -> None:
    """After any steps, undone or not, a table reads like a list that is scanned, whichever way it is read."""
    both = Both(seed)
    for _ in range(200):
        both.step()
        both.agree()


def test_a_record_that_is_replaced_keeps_its_place() -> None:
    """A change does not make a record the newest."""
    table: Table[Item] = Table("items", [])
    first = table.put(Item(id="1"))
    table.put(Item(id="2"))
    table.change(first, owner="a")
    assert [(item.id, item.owner) for item in table.all()] == [("2", None), ("1", "a")]


def test_a_removed_record_that_comes_back_is_the_newest() -> None:
    """Its old place is forgotten."""
    table: Table[Item] = Table("items", [])
    for item_id in "12":
        table.put(Item(id=item_id))
    table.remove("1")
    table.put(Item(id="1"))
    assert [item.id for item in table.all()] == ["1", "2"]


def test_the_place_in_a_narrower_listing() -> None:
    """A place counts only what is listed; a record of the table that is not listed has none."""
    table: Table[Item] = Table("items", [], by=("owner",))
    for item_id, owner in (("1", "a"), ("2", "b"), ("3", "a")):
        table.put(Item(id=item_id, owner=owner))
    listing = table.having("owner", "a")
    assert [listing.place(item_id) for item_id in "1234"] == [1, None, 0, None]
    assert [item.id for item in table.all().where(lambda item: item.id > "1")] == ["3", "2"]


def test_what_is_not_indexed_cannot_be_asked_for() -> None:
    """A listing by an attribute without an index is a programming error, not an empty list."""
    table: Table[Item] = Table("items", [])
    with pytest.raises(KeyError):
        table.having("owner", "a")


def test_combinations_are_indexed_once() -> None:
    """Narrowing a long table costs as much as it has records at first, and later no more than for a short one."""
    table: Table[Item] = Table("items", [])
    for number in range(5_000):
        table.put(Item(id=str(number), owner="a", kind="b"))
    token = others_wait.set(True)
    try:
        with pytest.raises(Postponed):
            table.narrowed({"owner": "a", "kind": "b"})
        others_wait.set(False)
        assert len(table.narrowed({"owner": "a", "kind": "b"})) == 5_000
        others_wait.set(True)
        assert len(table.narrowed({"owner": "a", "kind": "b"})) == 5_000
    finally:
        others_wait.reset(token)


def test_reading_changes_nothing_that_is_saved() -> None:
    """Narrowing a table does not change its snapshot."""
    tables: list[Table[Item]] = [Table("items", [], by=("owner",)) for _ in range(2)]
    for table in tables:
        table.put(Item(id="1", owner="a", kind="b"))
    assert len(tables[0].narrowed({"owner": "a", "kind": "b"})) == 1
    assert tables[0].save() == tables[1].save()


def test_records_cannot_be_mutated() -> None:
    """Whoever holds a record sees it as it was."""
    item = Item(id="1")
    with pytest.raises(AttributeError):
        item.owner = "a"  # type: ignore[misc]


def test_changes_of_several_places_are_undone_in_reverse() -> None:
    """Two tables that share a list of changes go back together."""
    changes: list[Change] = []
    first: Table[Item] = Table("first", changes)
    second: Table[Item] = Table("second", changes)
    item = first.put(Item(id="1"))
    changes.clear()
    first.change(item, owner="a")
    second.put(Item(id="2"))
    first.remove("1")
    undo(changes)
    assert (list(first.all()), list(second.all()), changes) == ([item], [], [])
