"""Habits of published documents about pages, references and what looks like a collection and is none."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.providers.shop import Client
from tests.providers.test_inferred_styles import BEARER, client


@pytest.fixture
def tasks(tmp_path: Path) -> Client:
    """A provider with these habits."""
    return client(tmp_path, "tasks", headers=BEARER)


def test_the_next_page_is_an_object(tasks: Client) -> None:
    """It has the offset, a text, and the addresses of the next page, and is null on the last."""
    made = [tasks.post("/tasks", json={"data": {"name": name}}).json()["data"] for name in "abc"]
    page = tasks.get("/tasks", params={"limit": 2}).json()
    assert page["data"] == made[:2]
    address = f"/tasks?limit=2&offset={made[1]['gid']}"
    assert (page["next_page"]["offset"], page["next_page"]["path"]) == (made[1]["gid"], address)
    assert tasks.get(page["next_page"]["uri"]).json() == {"data": made[2:], "next_page": None}
    assert tasks.get("/tasks", params={"offset": "1"}).json()["data"] == made[1:]
    assert tasks.get("/tasks").json()["next_page"] is None


def test_an_id_stands_for_an_object(tasks: Client) -> None:
    """A body names another record by its id or name, the answer shows an object; a text stays one where it may."""
    made = tasks.post("/tasks", json={"data": {"name": "a", "parent": "17", "assignee": "me", "reviewer": "octo"}}).json()[
        "data"
    ]
    assert (made["parent"], made["assignee"]) == ({"gid": "17", "resource_type": "task"}, "me")
    assert made["reviewer"] == {"login": "octo"}
    assert tasks.get(f"/tasks/{made['gid']}").json()["data"] == made
    assert tasks.get("/tasks", params={"parent": "17"}).json()["data"] == [made]
    assert tasks.get("/tasks", params={"parent": "18"}).json()["data"] == []


def test_an_index_that_counts_from_one(tasks: Client) -> None:
    """SCIM: the first record has the index 1, which is the default."""
    made = [tasks.post("/scim/v2/Users", json={"userName": name}).json() for name in "abc"]
    assert tasks.get("/scim/v2/Users").json() == {"totalResults": 3, "startIndex": 1, "Resources": made}
    rest = tasks.get("/scim/v2/Users", params={"startIndex": 2, "count": 1}).json()
    assert rest == {"totalResults": 3, "startIndex": 2, "Resources": [made[1]]}


def test_what_is_no_collection(tasks: Client) -> None:
    """A list of names, a search with a body, and a change that can name no record: they answer their examples."""
    assert [tasks.post("/contexts", json={"contexts": ["work"]}).json(), tasks.get("/contexts").json()] == [["home"], ["home"]]
    assert tasks.post("/search", json={"q": "x"}).json() == tasks.get("/search").json() == {"hits": [{"title": "First"}]}
    changed = tasks.patch("/tasks", json={"additions": ["x"]})
    assert (changed.status_code, changed.json()) == (200, {"count": 2})


def test_ids_that_every_path_takes(tasks: Client) -> None:
    """One operation calls the id of a contact a number, the others a text."""
    made = tasks.post("/contacts", json={"email": "a@a.example"}).json()
    assert tasks.post(f"/contacts/{made['id']}/notes", json={"body": "x"}).json()["body"] == "x"


def test_an_upsert(tasks: Client) -> None:
    """A replacement that is said to create what does not exist does so."""
    assert tasks.get("/files/f1").json()["message"] == "There is no file 'f1'"
    assert tasks.put("/files/f1", json={"name": "a"}).json() == {"id": "f1", "name": "a"}
    assert tasks.put("/files/f1", json={"name": "b"}).json() == tasks.get("/files/f1").json() == {"id": "f1", "name": "b"}


def test_types_that_differ_between_bodies_and_answers(tasks: Client) -> None:
    """An answer has the types that its schema asks for: a number becomes a text, what cannot be converted is the provider's."""
    made = tasks.post("/contacts", json={"email": "a@a.example", "score": 7, "plan": {"name": "gold"}}).json()
    assert (made["score"], made["plan"]) == ("7", "free")
    assert tasks.get(f"/contacts/{made['id']}").json() == made


@pytest.mark.parametrize("kind", ["application/octet-stream", "text/xml"])
def test_a_file_of_any_content(tasks: Client, kind: str) -> None:
    """An uploaded file is not read as what its media type says."""
    assert tasks.put("/media/m1", content=b"<unclosed", headers={"Content-Type": kind}).status_code == 204


@pytest.mark.parametrize("files", [{}, {"unknown": b""}])
def test_lists_in_forms(tasks: Client, files: dict[str, bytes]) -> None:
    """Each item of a repeated field has the type of items: numbers, objects as JSON; with files and without."""
    form = {"amounts": ["25", "63"], "addresses": ['{"city": "Rome"}', '{"city": "Bern"}'], "names": ["7"], "variables": "null"}
    made = tasks.post("/batches", data=form, files=files).json()
    assert made.pop("id")
    described = {"amounts": [25, 63], "addresses": [{"city": "Rome"}, {"city": "Bern"}], "names": ["7"], "variables": None}
    assert {name: made[name] for name in described} == described
    assert tasks.post("/batches", data={"amounts": "25", "addresses": '[{"city": "Rome"}]'}, files=files).json()["amounts"] == [
        25
    ]
    assert tasks.post("/batches", data={"amounts": "many"}, files=files).status_code == 400
