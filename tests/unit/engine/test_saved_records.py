"""Worlds of providers of one's own as documents: whatever a record holds comes back, or is refused by name."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.providers.shop import Client, served
from tests.unit.library import Library

DOCUMENT = "_simulator/worlds/default/snapshot"
FROZEN = 'open: true\nclock: {start: "2026-03-01T00:00:00Z", frozen: true}\n'
HEADERS = {"Content-Type": "application/json"}


def shelved(folder: Path, **fields: Any) -> Library:
    """A library with one book, whose fields have any values, as the handlers of a provider may put them there."""
    library = Library(folder, FROZEN)
    assert library("POST", "/books", json={"title": "Odd"}).status_code == 201
    world = library.app.worlds.peek("default")
    assert world is not None
    (account,) = world.store.accounts.values()
    table = account.tables["books"]
    table.change(next(iter(table.all())), **fields)
    return library


def records(library: Library) -> list[dict[str, Any]]:
    """The books as the document has them."""
    content = library.send("GET", DOCUMENT).json()
    rows = next(account["tables"]["books"]["rows"] for account in content["state"]["accounts"])
    return [row["record"] for row in rows]


@pytest.mark.parametrize(
    "fields",
    [
        {"binding": {"pages": 1.0, "weight": 3, "parts": [1, 2.5, None, True], "big": 2**60}},
        {"note": 5},  # its type is a text or nothing
        {"tags": ["a", 1]},
        {"title": None},
    ],
    ids=["JSON", "a number for a text", "a mixed list", "null for a text"],
)
def test_whatever_json_can_hold_comes_back(tmp_path: Path, fields: dict[str, Any]) -> None:
    """Even a value that the type of its field does not describe; 1.0 does not become 1."""
    library = shelved(tmp_path, **fields)
    written = library.send("GET", DOCUMENT)
    assert written.status_code == 200
    assert [{name: one[name] for name in fields} for one in records(library)] == [fields]
    (tmp_path / "other").mkdir()
    other = Library(tmp_path / "other", FROZEN)
    answer = other.send("PUT", DOCUMENT, content=written.content, headers=HEADERS)
    assert answer.status_code == 200, answer.text
    assert other.send("GET", DOCUMENT).content == written.content


def test_what_json_cannot_hold_is_refused_by_name(tmp_path: Path) -> None:
    """Rather than to come back as something else."""
    library = shelved(tmp_path, binding={"kinds": {"x", "y"}})
    answer = library.send("GET", DOCUMENT)
    assert answer.status_code == 409
    assert "Book 'bk_" in answer.json()["detail"]
    assert "the value of binding is of a type that JSON does not have; declare the type" in answer.json()["detail"]


def test_a_provider_from_a_spec_alone(tmp_path: Path) -> None:
    """Its records are whatever its document describes."""
    apps = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        apps.append(served(tmp_path / name))
    key = json.loads(Client(apps[0], "").get("/_simulator/worlds/default").content)["providers"]["shop"]["keys"][0]
    first, second = (Client(app, "/shop/v1", params={"api_key": key}) for app in apps)
    first.post("/pets", json={"name": "Rex"})
    written = Client(apps[0], "").get(f"/{DOCUMENT}")
    answer = Client(apps[1], "").put(f"/{DOCUMENT}", content=written.content, headers=HEADERS)
    assert answer.status_code == 200, answer.text
    assert second.get("/pets").content == first.get("/pets").content
    assert second.post("/pets", json={"name": "Max"}).content == first.post("/pets", json={"name": "Max"}).content
