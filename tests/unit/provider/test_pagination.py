"""Pages by offset and by cursor, held against slices of a plain list."""

from __future__ import annotations

import pytest

from simulator.provider.pagination import OldestFirst, Sorted, by_cursor, by_offset
from simulator.store.records import Record
from simulator.store.tables import Table

SIZE = 7


def _table(size: int = SIZE) -> Table[Record]:
    table: Table[Record] = Table("records", [])
    for number in range(size):
        table.put(Record(id=str(number)))
    return table


def _newest_first(size: int = SIZE) -> list[str]:
    return [str(number) for number in reversed(range(size))]


@pytest.mark.parametrize("limit", [0, 1, 2, 3, 6, 7, 8, 100])
@pytest.mark.parametrize("offset", [0, 1, 5, 6, 7, 8, 100])
def test_a_page_by_offset_is_a_slice(limit: int, offset: int) -> None:
    """It has at most `limit` records, the newest first, the total, and whether something follows."""
    page = by_offset(_table().all(), limit, offset)
    expected = _newest_first()[offset : offset + limit]
    assert [record.id for record in page.items] == expected
    assert page.total == SIZE
    assert page.has_more == (bool(expected) and expected[-1] != "0")


@pytest.mark.parametrize("limit", [1, 2, 3, 6, 7, 8])
@pytest.mark.parametrize("cursor", range(SIZE))
def test_a_page_by_cursor_is_a_slice(limit: int, cursor: int) -> None:
    """It begins after the record that the cursor names, or ends before it; the cursor's record is in neither."""
    ids = _newest_first()
    after = by_cursor(_table().all(), limit, starting_after=ids[cursor])
    assert [record.id for record in after.items] == ids[cursor + 1 : cursor + 1 + limit]
    assert after.has_more == (cursor + 1 + limit < SIZE)
    before = by_cursor(_table().all(), limit, ending_before=ids[cursor])
    assert [record.id for record in before.items] == ids[max(0, cursor - limit) : cursor]
    assert before.has_more == (cursor - limit > 0)
    assert after.total == before.total == SIZE


@pytest.mark.parametrize("limit", [1, 2, 3, 4, 7, 10])
def test_pages_together_are_the_whole_listing(limit: int) -> None:
    """Walking from page to page until there is no more meets every record once."""
    listing = _table().all()
    page = by_cursor(listing, limit)
    seen = [record.id for record in page.items]
    while page.has_more:
        page = by_cursor(listing, limit, starting_after=seen[-1])
        seen += [record.id for record in page.items]
    assert seen == _newest_first()


def test_a_cursor_does_not_slip_when_records_come() -> None:
    """What is put in while a client walks neither repeats nor hides what it has yet to see."""
    table = _table(4)
    first = by_cursor(table.all(), 2)
    table.put(Record(id="new"))
    second = by_cursor(table.all(), 2, starting_after=first.items[-1].id)
    assert [record.id for record in [*first.items, *second.items]] == ["3", "2", "1", "0"]


@pytest.mark.parametrize("cursor", ["unknown", "", "gone"])
def test_a_cursor_that_names_nothing_is_refused(cursor: str) -> None:
    """An unknown record, and one that has been removed, is no place to go on from."""
    table = _table()
    table.put(Record(id="gone"))
    table.remove("gone")
    with pytest.raises(KeyError, match=f"^'{cursor}'$"):
        by_cursor(table.all(), 2, starting_after=cursor)
    with pytest.raises(KeyError, match=f"^'{cursor}'$"):
        by_cursor(table.all(), 2, ending_before=cursor)


def test_an_empty_listing_has_an_empty_page() -> None:
    """There is nothing on it and nothing after it."""
    for page in (by_offset(_table(0).all(), 10, 0), by_cursor(_table(0).all(), 10)):
        assert (page.items, page.total, page.has_more) == ([], 0, False)


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 8])
@pytest.mark.parametrize("start", [0, 1, 5, 6, 7, 9])
def test_the_oldest_first_is_the_listing_reversed(limit: int, start: int) -> None:
    """Windows and places are those of the reversed list."""
    ids, oldest_first = _newest_first()[::-1], OldestFirst(_table().all())
    assert [record.id for record in oldest_first.window(start, limit)] == ids[start : start + limit]
    assert len(oldest_first) == SIZE
    assert [oldest_first.place(record_id) for record_id in ids] == list(range(SIZE))
    assert oldest_first.place("unknown") is None


@pytest.mark.parametrize("reverse", [False, True])
def test_sorted_records_are_cut_by_cursor(reverse: bool) -> None:
    """Records of one rank keep the order of the listing, from either end."""
    records = Sorted(_table().all(), lambda record: int(record.id) % 2, reverse=reverse)
    odd, even = ["5", "3", "1"], ["6", "4", "2", "0"]
    ids = odd + even if reverse else even + odd
    page = by_cursor(records, 3, starting_after=ids[1])
    assert ([record.id for record in page.items], page.total, page.has_more) == (ids[2:5], SIZE, True)
    assert records.place("unknown") is None
