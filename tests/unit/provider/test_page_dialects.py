"""How a request asks for a page, and what an answer tells of it, in each dialect."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from simulator.provider import CursorPages, NumberedPages, OffsetPages, Page
from tests.unit.library import CURSORS, NUMBERS, SPEC, Errors, Library

PARAMETERS = "{name: offset, in: query, schema: {type: integer, minimum: 0, default: 0}}"
CURSOR = "{name: starting_after, in: query, schema: {type: string}}"

OFFSET_CURSORS = OffsetPages(
    total="totalCount", has_more="hasMore", cursor="starting_after", next="next", unknown=Errors.INVALID
)


def _library(folder: Path, count: int, **more: Any) -> Library:
    accounts = f"accounts: [{{library: {{books: [{{title: T, count: {count}}}]}}}}]\n"
    return Library(folder, f"open: true\n{accounts}", **more)


def test_offset_pages(tmp_path: Path) -> None:
    """The total and whether more follow are told by the names that the provider gives them, where the schema has them."""
    library = _library(tmp_path, 5)
    body = library("GET", "/books", params={"limit": 2, "offset": 2}).json()
    assert len(body["data"]) == 2
    assert body["paging"] == {"totalCount": 5, "hasMore": True}
    assert library("GET", "/books", params={"offset": 4}).json()["paging"] == {"totalCount": 5, "hasMore": False}


def test_numbered_pages(tmp_path: Path) -> None:
    """The second page of two has what the first has not, and nothing follows."""
    library = _library(tmp_path, 3, pages=NUMBERS)
    first, second = (library("GET", "/books", params={"limit": 2, "offset": page}).json() for page in (1, 2))
    assert [len(first["data"]), len(second["data"])] == [2, 1]
    assert [first["paging"]["hasMore"], second["paging"]["hasMore"]] == [True, False]
    assert first["paging"]["totalCount"] == 3


def test_cursor_pages(tmp_path: Path) -> None:
    """The cursor of the next page stands where one follows; a cursor that names nothing is refused."""
    library = _library(tmp_path, 3, pages=CURSORS, spec=SPEC.replace(PARAMETERS, CURSOR))
    first = library("GET", "/books", params={"limit": 2}).json()
    assert first["paging"] == {"totalCount": 3, "hasMore": True, "next": first["data"][-1]["bookId"]}
    last = library("GET", "/books", params={"limit": 2, "starting_after": first["paging"]["next"]}).json()
    assert (len(last["data"]), last["paging"]) == (1, {"totalCount": 3, "hasMore": False})
    refused = library("GET", "/books", params={"starting_after": "nope"})
    assert (refused.status_code, refused.json()) == (422, {"error": "no nope"})


def test_cursor_pages_in_both_directions(tmp_path: Path) -> None:
    """A page may end before a record, whose cursor then leads further back; two cursors at once are refused."""
    cursors = f"{CURSOR}\n        - {CURSOR.replace('starting_after', 'ending_before')}"
    pages = CursorPages(
        unknown=Errors.INVALID,
        before="ending_before",
        both=lambda: Errors.INVALID("one cursor only"),
        total="totalCount",
        has_more="hasMore",
        next="next",
    )
    library = _library(tmp_path, 5, pages=pages, spec=SPEC.replace(PARAMETERS, cursors))
    ids = [book["bookId"] for book in library("GET", "/books").json()["data"]]
    page = library("GET", "/books", params={"limit": 2, "ending_before": ids[4]}).json()
    assert [book["bookId"] for book in page["data"]] == ids[2:4]
    assert page["paging"] == {"totalCount": 5, "hasMore": True, "next": ids[2]}
    first = library("GET", "/books", params={"limit": 2, "ending_before": ids[2]}).json()
    assert ([book["bookId"] for book in first["data"]], first["paging"]["hasMore"]) == (ids[:2], False)
    both = library("GET", "/books", params={"starting_after": ids[0], "ending_before": ids[4]})
    assert (both.status_code, both.json()) == (422, {"error": "one cursor only"})


def test_offset_pages_with_a_cursor(tmp_path: Path) -> None:
    """A page begins after the record that the cursor names, or else after the offset; both name the next cursor."""
    spec = SPEC.replace(PARAMETERS, f"{PARAMETERS}\n        - {CURSOR}")
    library = _library(tmp_path, 3, pages=OFFSET_CURSORS, spec=spec)
    first = library("GET", "/books", params={"limit": 1, "offset": 1}).json()
    assert first["paging"] == {"totalCount": 3, "hasMore": True, "next": first["data"][-1]["bookId"]}
    last = library("GET", "/books", params={"limit": 1, "starting_after": first["paging"]["next"]}).json()
    assert (len(last["data"]), last["paging"]) == (1, {"totalCount": 3, "hasMore": False})
    refused = library("GET", "/books", params={"starting_after": "nope"})
    assert (refused.status_code, refused.json()) == (422, {"error": "Invalid"})


def test_the_largest_page(tmp_path: Path) -> None:
    """A size above the largest counts as the largest."""
    library = _library(tmp_path, 3, pages=NumberedPages(page="offset", size="limit", has_more="hasMore", max_size=2))
    page = library("GET", "/books", params={"limit": 9, "offset": 1}).json()
    assert (len(page["data"]), page["paging"]["hasMore"]) == (2, True)


def test_a_page_of_other_items() -> None:
    """The items of a page can be replaced; its place in the list stays."""
    page: Page[int] = Page([1, 2], 9, True, {"total": 9})
    assert page.map(str) == Page(["1", "2"], 9, True, {"total": 9})


def test_an_empty_page_is_no_less_a_page(tmp_path: Path) -> None:
    """Nothing of the kit is false for being empty."""
    library = Library(tmp_path)
    assert library("GET", "/books").json()["data"] == []
    assert bool(Page([], 0, False))
    account = library.app.worlds.get("default").store.account(library.bound.provider, "demo")  # type: ignore[union-attr]
    assert bool(account.tables["books"])
    assert bool(account.pending["books"])
