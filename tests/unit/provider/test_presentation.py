"""Answers shown from the response schema, by a provider that never writes a body."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from simulator.documents import BrokenFile
from simulator.provider import UNSET, Call, Page, Record, Reply, bind
from tests.unit.library import SPEC, Book, Library, State, books, provider


@pytest.fixture
def library(tmp_path: Path) -> Library:
    """A library with one shelf."""
    return Library(tmp_path, "open: true\naccounts: [{library: {shelves: [{id: sh_1}]}}]\n")


def test_a_record_shows_what_the_schema_describes(library: Library) -> None:
    """In the schema's order, through references and allOf, times in the provider's format, and nothing else."""
    added = library("POST", "/books", json={"title": "Emma", "shelfId": "sh_1"}).json()
    assert list(added) == ["ok", "data", "requestId"]
    shown = added["data"]
    assert list(shown) == ["bookId", "title", "tags", "binding", "createdAt", "dueAt", "shelf"]
    assert (shown["title"], shown["tags"], shown["binding"]) == ("Emma", [], {"kind": "paper"})
    assert len(shown["createdAt"]) == len("2026-01-14T10:30:00.123Z")
    assert shown["shelf"] == {"id": "sh_1", "label": "Shelf sh_1"}


def test_none_is_null_or_left_out(library: Library) -> None:
    """As the schema has it: `dueAt` and `shelf` may be null, `note` may only be missing."""
    shown = library("POST", "/books", json={}).json()["data"]
    assert (shown["dueAt"], shown["shelf"]) == (None, None)
    assert "note" not in shown


def test_only_limits_what_is_optional(library: Library) -> None:
    """A reply about a change shows what the schema requires, and what was sent."""
    book = library("POST", "/books", json={}).json()["data"]["bookId"]
    shown = library("PATCH", f"/books/{book}", json={"note": "torn"}).json()["data"]
    assert sorted(shown) == ["bookId", "createdAt", "note", "shelf", "tags", "title"]


def test_a_list_shows_its_own_schema(library: Library) -> None:
    """The same record, shorter."""
    library("POST", "/books", json={"title": "Emma"})
    body = library("GET", "/books").json()
    assert body["ok"] is True
    assert [list(book) for book in body["data"]] == [["bookId", "title"]]


def test_nothing_is_shown_as_the_constants(library: Library) -> None:
    """Of an operation that returns None: what the schema says is constant, and what the handler declares."""
    book = library("POST", "/books", json={}).json()["data"]["bookId"]
    assert library("DELETE", f"/books/{book}").json() == {"ok": True, "message": "Gone"}


def test_each_answer_has_its_own_request_id(library: Library) -> None:
    """A member that is a function of the request is made for each."""
    ids = {library("GET", "/books").json()["requestId"] for _ in range(3)}
    assert len(ids) == 3


@pytest.mark.parametrize(
    ("returned", "shown"),
    [
        (lambda call: {"bookId": "x", "title": "y", "tags": [], "createdAt": call.now, "shelf": None}, "bookId"),
        (lambda call: Reply({"bookId": "x", "title": "y", "tags": [], "createdAt": "0" * 23 + "Z", "shelf": None}), "bookId"),
    ],
    ids=["a mapping", "a reply as it stands"],
)
def test_a_mapping_is_what_its_author_wrote(tmp_path: Path, returned: Any, shown: str) -> None:
    """Within the envelope; records and times in it are shown by the schema."""
    library = Library(tmp_path, handlers={"getBook": returned})
    body = library("GET", "/books/x").json()
    assert body["data"][shown] == "x"
    assert body["ok"] is True


def test_what_a_view_returns_is_shown_in_place_of_a_record(tmp_path: Path) -> None:
    """For what no attribute holds."""
    made = provider()
    made.view(Book)(lambda call, book: {"bookId": book.id, "title": book.title.upper()})
    library = Library(tmp_path)
    presenters = bind(made, library.bound.spec).presenters
    book = Book(id="x", title="emma", created_at=None, updated_at=None, tags=[], binding={})  # type: ignore[arg-type]
    shown = presenters["listBooks"][200].body(None, Page([book], 1, False))
    assert shown["data"] == [{"bookId": "x", "title": "EMMA"}]


def test_unset_leaves_a_member_out(tmp_path: Path) -> None:
    """A computed member may decide that there is none."""
    made = provider()
    made.member(Book, "note")(lambda call, book: UNSET if book.title == "emma" else "seen")
    made.member(Book, "shelf")(lambda call, book: None)
    body = bind(made, Library(tmp_path).bound.spec).presenters["getBook"][200].body
    fields: dict[str, Any] = {"created_at": None, "updated_at": None, "tags": [], "binding": {}}
    books_ = [Book(id="x", title=title, **fields) for title in ("emma", "ulysses")]
    made.times(Book, lambda at: "never")
    shown = [body(None, book)["data"].get("note") for book in books_]
    assert shown == [None, "seen"]


class Empty(Record, frozen=True):
    """A record that has nothing that the schema wants."""


def _empty(call: Call[State]) -> Empty:
    return Empty(id="x")


def _empties(call: Call[State]) -> Page[Empty]:
    return Page([], 0, False)


def _nothing(call: Call[State]) -> None:
    books.get(call)


@pytest.mark.parametrize(
    ("handlers", "problem"),
    [
        ({"getBook": _empty}, "the answer 200 of 'getBook' requires the member 'createdAt', which Empty does not have"),
        ({"listBooks": _empties}, "the answer 200 of 'listBooks' requires the member 'title', which Empty does not have"),
        ({"getBook": _nothing}, "the answer 200 of 'getBook' requires the member 'data', which the handler does not set"),
    ],
)
def test_what_cannot_be_shown_is_found_at_the_start(tmp_path: Path, handlers: Any, problem: str) -> None:
    """Where the handler says what it returns: with file and line."""
    with pytest.raises(BrokenFile) as broken:
        Library(tmp_path, handlers=handlers)
    assert problem in str(broken.value)
    assert str(broken.value).startswith("library.yaml:")


def test_a_constant_that_no_schema_has_is_found_at_the_start(tmp_path: Path) -> None:
    """So a word that is misspelt does not vanish in silence."""
    with pytest.raises(BrokenFile, match="the answer 200 of 'dropBook' has no member 'message', which the handler sets"):
        Library(tmp_path, spec=SPEC.replace("message", "massage"))
