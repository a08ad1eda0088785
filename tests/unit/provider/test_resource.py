"""What a provider keeps many of: looked up or refused, created, changed, removed, settled late."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from simulator.documents import BrokenFile
from simulator.provider import BASE62, Call, Ids, KsuidIds, Problem, Resource, hex_ids, read_time
from tests.unit.library import SPEC, Book, Card, Errors, Library, State, books, provider, shelves

SCENARIO = "open: true\naccounts: [{library: {shelves: [{id: sh_1}, {id: sh_2}]}}]\n"


@pytest.fixture
def library(tmp_path: Path) -> Library:
    """A library with two shelves."""
    return Library(tmp_path, SCENARIO)


def _add(library: Library, **fields: Any) -> Any:
    answer = library("POST", "/books", json=fields)
    assert answer.status_code == 201, answer.text
    return answer.json()["data"]


def test_a_record_is_found_or_refused(library: Library) -> None:
    """By the path's parameter, with the resource's own error."""
    book = _add(library, title="Emma")
    assert library("GET", f"/books/{book['bookId']}").json()["data"] == book
    missing = library("GET", "/books/nope")
    assert (missing.status_code, missing.json()) == (404, {"error": "No such book"})
    assert library("POST", "/books", json={"shelfId": "nope"}).json() == {"error": "No shelf nope"}


def test_accounts_do_not_see_each_others_records(library: Library) -> None:
    """A resource holds no state: its records are those of the account of the call."""
    book = _add(library, title="Emma")
    assert library("GET", f"/books/{book['bookId']}", key="lib_other").status_code == 404


def test_a_body_sets_what_is_described_and_nothing_else(library: Library) -> None:
    """Neither the id, nor a field of the record that the request's schema does not describe."""
    book = _add(library, title="Emma", id="mine", bookId="mine", hidden="mine", dueAt="mine", created_at="mine")
    assert book["bookId"].startswith("bk_")
    assert book["dueAt"] is None
    (kept,) = library.table("books")
    assert kept["hidden"] == "never shown"


def test_a_change_sets_what_is_sent_and_the_time(library: Library) -> None:
    """The defaults of the schema do not count in a PATCH: what is left out stays."""
    book = _add(library, title="Emma")
    library.send("POST", "_simulator/worlds/default/clock", json={"advance": "1h"})
    library("PATCH", f"/books/{book['bookId']}", json={"note": "torn"})
    now = library("GET", f"/books/{book['bookId']}").json()["data"]
    assert (now["title"], now["note"], now["createdAt"]) == ("Emma", "torn", book["createdAt"])
    (kept,) = library.table("books")
    assert kept["updated_at"] > kept["created_at"]


def test_what_is_removed_gives_its_number_back(tmp_path: Path) -> None:
    """A record that claims a number releases it, so the next one gets it where there is no other."""
    library = Library(tmp_path, 'open: true\ninventory: {only: ["+14155550142"]}\n')
    for _ in range(2):
        book = _add(library)
        assert [record["number"] for record in library.table("books")] == ["+14155550142"]
        assert library("DELETE", f"/books/{book['bookId']}").status_code == 200
        assert library("DELETE", f"/books/{book['bookId']}").status_code == 404


def test_filters_narrow_a_list(library: Library) -> None:
    """By the parameter of the filter's name; without one the list is whole."""
    for shelf in ("sh_1", "sh_2", "sh_1"):
        _add(library, title=shelf, shelfId=shelf)
    titles = {
        shelf: [book["title"] for book in library("GET", "/books", params=params).json()["data"]]
        for shelf, params in [("all", {}), ("one", {"shelf_id": "sh_1"}), ("none", {"shelf_id": "sh_3"})]
    }
    assert titles == {"all": ["sh_1", "sh_2", "sh_1"], "one": ["sh_1", "sh_1"], "none": []}


def test_a_search_narrows_a_list(library: Library) -> None:
    """To the records in whose text the parameter occurs, in capitals or not; an empty one does not narrow."""
    for title in ("Emma", "Persuasion"):
        _add(library, title=title)
    titles = {
        text: [book["title"] for book in library("GET", "/books", params={"q": text}).json()["data"]]
        for text in ("", "eMM", "s", "x")
    }
    assert titles == {"": ["Persuasion", "Emma"], "eMM": ["Emma"], "s": ["Persuasion"], "x": []}


def test_what_refers_to_a_removed_record(tmp_path: Path) -> None:
    """A book without its shelf stays, in no shelf; the card of a book goes with it."""

    def remove_shelf(call: Call[State]) -> Book:
        shelves.remove(call, shelves.get(call, "sh_1"))
        return books.get(call)

    library = Library(tmp_path, SCENARIO, handlers={"editBook": remove_shelf})
    kept, other = _add(library, title="Emma", shelfId="sh_1"), _add(library, shelfId="sh_2")
    library("PATCH", f"/books/{kept['bookId']}", json={})
    assert [book["shelf_id"] for book in library.table("books")] == ["sh_2", None]
    assert library("DELETE", f"/books/{other['bookId']}").json() == {"ok": True, "message": "Gone"}
    assert [card["book_id"] for card in library.table("cards")] == [kept["bookId"]]


def test_a_value_that_another_record_has(tmp_path: Path) -> None:
    """A second record with it is refused with the field's own error, and nothing is added."""

    def add_shelf(call: Call[State]) -> Book:
        shelf = shelves.create(call, label=call.body["title"])
        return books.create_from_body(call, shelf_id=shelf.id)

    library = Library(tmp_path, SCENARIO, handlers={"addBook": add_shelf})
    answers = [library("POST", "/books", json={"title": title}) for title in ("A", "A", "B")]
    assert [answer.status_code for answer in answers] == [201, 409, 201]
    assert answers[1].json() == {"error": "Another shelf has this label"}
    assert len(library.table("shelves")) == 4


@pytest.mark.parametrize(
    ("lifecycle", "statuses"),
    [("immediate", ["shelved"] * 3), ("{after: 1h}", ["ordered", "arrived", "shelved"]), ("never", ["ordered"] * 3)],
)
def test_a_lifecycle_goes_on_step_by_step(tmp_path: Path, lifecycle: str, statuses: list[str]) -> None:
    """When `lifecycles` say; a step that was due for a removed record is skipped."""
    library = Library(tmp_path, f"open: true\nlifecycles: {{library.card: {lifecycle}}}\n")
    _add(library)
    gone = _add(library)
    library("DELETE", f"/books/{gone['bookId']}")
    seen = []
    for _ in statuses:
        seen += [card["status"] for card in library.table("cards")]
        assert library.send("POST", "_simulator/worlds/default/clock", json={"advance": "1h"}).status_code == 200
    assert seen == statuses


def test_declarations_that_cannot_be(tmp_path: Path) -> None:
    """They stop the start, or the import of the provider, and name the resource."""
    idle = Resource("idle", Card, not_found=Errors.NO_BOOK, ids=hex_ids("id_", 4), lifecycle="idling")
    with pytest.raises(BrokenFile, match="the lifecycle 'idling' of idle in library has no step"):
        Library(tmp_path, resources=[shelves, books, idle])
    with pytest.raises(ValueError, match="shelves has no lifecycle"):
        provider().step(shelves)
    with pytest.raises(ValueError, match="on_delete of cards names 'shelf_id'; expected a field of refers: book_id"):
        Resource(
            "cards",
            Card,
            not_found=Errors.NO_BOOK,
            ids=hex_ids("cd_", 4),
            refers={"book_id": books},
            on_delete={"shelf_id": "clear"},
        )


def test_a_method_that_cannot_show_its_record(tmp_path: Path) -> None:
    """A resource's method as an operation is checked against the schema like a function that declares what it returns."""
    with pytest.raises(BrokenFile, match="requires the member 'bookId', which Shelf does not have"):
        Library(tmp_path, handlers={"getBook": shelves.get})


@pytest.mark.parametrize(
    ("lifecycle", "seen"),
    [
        ("immediate", [True, True]),
        ("{after_reads: 1}", [True, True]),
        ("{after: 1h}", [False, True]),
        ("never", [False, False]),
    ],
)
def test_a_resource_settles_late(tmp_path: Path, lifecycle: str, seen: list[bool]) -> None:
    """Nobody sees it before: the first such record too, when nothing waits yet."""
    library = Library(tmp_path, f"open: true\nlifecycles: {{library.book: {lifecycle}}}\n")
    book = _add(library)
    found = [library("GET", f"/books/{book['bookId']}").status_code == 200]
    library.send("POST", "_simulator/worlds/default/clock", json={"advance": "2h"})
    found.append(library("GET", f"/books/{book['bookId']}").status_code == 200)
    assert found == seen


def test_a_status_that_is_a_switch(tmp_path: Path) -> None:
    """The operation's and an error's: declared once, graded no better than the assumption."""
    full = "open: true\naccounts: [{library: {capacity: 1}}]\n"
    assumed = Library(tmp_path, f"{full}assume: {{library.added: 200, library.full: 409}}\n")
    added, refused = assumed("POST", "/books", json={}), assumed("POST", "/books", json={})
    assert (added.status_code, added.headers["X-Simulator-Evidence"]) == (200, "inferred")
    assert (refused.status_code, refused.headers["X-Simulator-Evidence"]) == (409, "assumed")
    (tmp_path / "other").mkdir()
    default = Library(tmp_path / "other", full)
    assert [default("POST", "/books", json={}).status_code for _ in range(2)] == [201, 404]


@pytest.mark.parametrize(
    ("declared", "problem"),
    [
        ("full: {values: []", "Expected `array` of length >= 1"),
        ("full: {values: [404], evidnce: inferred", "Object contains unknown field `evidnce`"),
        ("full: {values: [404], evidence: certain", "Invalid enum value 'certain'"),
        ("full: {values: [404, 410]", "library.full decides the status of FULL, which lists no 410"),
    ],
)
def test_a_switch_that_cannot_be(tmp_path: Path, declared: str, problem: str) -> None:
    """A faulty declaration stops the start, with its line where it is malformed."""
    with pytest.raises(BrokenFile) as broken:
        Library(tmp_path, spec=SPEC.replace("full: {values: [404, 409]", declared))
    assert problem in str(broken.value)
    assert ("library.yaml:7: not an assumption: " in str(broken.value)) == ("decides" not in problem)


def test_ksuids_sort_by_the_second_of_creation() -> None:
    """27 base-62 digits, the same for the same world, that begin with the seconds since 2014-05-13T16:53:20Z."""
    new, begin = KsuidIds("app_"), datetime(2014, 5, 13, 16, 53, 20, tzinfo=UTC)
    times = [begin + timedelta(days=days) for days in (0, 1, 400, 4000, 40_000)]
    ids = Ids(7)
    made = [new(ids, at) for at in times]
    assert made == sorted(made)
    assert len(set(made)) == len(times)
    assert all(re.fullmatch("app_[0-9A-Za-z]{27}", one) for one in made)
    again = Ids(7)
    assert [new(again, at) for at in times] == made
    value = 0
    for digit in made[1].removeprefix("app_"):
        value = value * 62 + BASE62.index(digit)
    assert (value >> 128, value.bit_length() <= 160) == (86_400, True)


def test_ksuids_of_times_that_they_cannot_tell() -> None:
    """Worlds may lie before 2014 or after 2150; their ids are KSUIDs all the same."""
    for at, first in ((datetime(1970, 1, 1, tzinfo=UTC), "0" * 5), (datetime(3999, 1, 1, tzinfo=UTC), "aWgE")):
        assert re.fullmatch(f"ph_{first}[0-9A-Za-z]+", new := KsuidIds("ph_")(Ids(7), at)), new
        assert len(new) == 30


def test_times_of_requests() -> None:
    """In UTC; a time that Python cannot represent is the problem that the provider names."""
    assert read_time("2026-01-14T10:30:00+02:00", Errors.INVALID) == datetime(2026, 1, 14, 8, 30, tzinfo=UTC)
    for text in ("2026-12-31T23:59:60Z", "0001-01-01T00:00:00+14:00"):
        with pytest.raises(Problem, match="Invalid"):
            read_time(text, Errors.INVALID)
