"""A scenario's section becomes records: one wording for what cannot be, and the line where it stands."""

from __future__ import annotations

from pathlib import Path

import pytest

from simulator.documents import BrokenFile
from tests.unit.library import Library

HEAD = "accounts:\n- keys: [lib_demo]\n  library:\n"


def test_lists_become_records(tmp_path: Path) -> None:
    """Fields of one name are taken over, `count` is expanded, ids and numbers are made where none is given."""
    text = "    shelves: [{id: sh_1}]\n    books: [{id: bk_x, title: Emma, shelf_id: sh_1}, {title: Other, count: 3}]\n"
    library = Library(tmp_path, HEAD + text)
    assert [shelf["label"] for shelf in library.table("shelves")] == ["Shelf sh_1"]
    books = library.table("books")
    assert sorted(book["title"] for book in books) == ["Emma", "Other", "Other", "Other"]
    assert len({book["id"] for book in books}) == len({book["number"] for book in books}) == 4
    assert {book["shelf_id"] for book in books} == {None, "sh_1"}


def test_defaults_are_those_of_the_operation_that_creates(tmp_path: Path) -> None:
    """What a scenario does not say of a record is what a client gets that does not say it."""
    library = Library(tmp_path, HEAD + "    books: [{id: bk_x}]\n")
    seeded = library("GET", "/books/bk_x").json()["data"]
    added = library("POST", "/books", json={}).json()["data"]
    same = ("title", "tags", "binding", "dueAt", "shelf")
    assert [seeded[name] for name in same] == [added[name] for name in same] == ["Untitled", [], {"kind": "paper"}, None, None]


@pytest.mark.parametrize(
    ("text", "line", "problem"),
    [
        ("    books:\n    - {id: a}\n    - {id: a}\n", 7, "the id a appears twice in books, expected once"),
        (
            "    books:\n    - {title: b}\n    - {shelf_id: sh_9}\n",
            7,
            "shelf_id names sh_9, which is not in shelves of the account",
        ),
        (
            "    books:\n    - {number: '+14155550142'}\n    - title: x\n      number: '+14155550142'\n",
            8,
            "number +14155550142 is already reserved; use a free number",
        ),
        (
            "    shelves:\n    - {id: a, label: L}\n    - {id: b, label: L}\n",
            7,
            "two of shelves have the label L, expected one at most",
        ),
    ],
)
def test_what_no_account_can_start_with(tmp_path: Path, text: str, line: int, problem: str) -> None:
    """It is refused when the file is loaded, at its line."""
    with pytest.raises(BrokenFile) as broken:
        Library(tmp_path, HEAD + text)
    assert f"default.yaml:{line}: {problem}" in str(broken.value)


def test_a_cleared_world_has_no_records(tmp_path: Path) -> None:
    """Clearing empties the lists."""
    library = Library(tmp_path, HEAD + "    shelves: [{id: sh_1}]\n")
    assert library.send("POST", "_simulator/worlds/default/clear").status_code == 200
    assert library.table("shelves") == []
