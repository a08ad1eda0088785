"""What narrows and cuts a list, what an action leads to, and what a refusal says of single fields."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.providers.shop import Client
from tests.providers.test_inferred_styles import BEARER, client

ANN = {"userName": "ann", "age": 30, "active": True, "name": {"familyName": "O'Neil"}, "emails": [{"value": "ann@a.example"}]}
BOB = {"userName": "bob", "age": 9, "active": False, "name": {"familyName": "Smith, and"}, "size": "S"}


@pytest.fixture
def directory(tmp_path: Path) -> Client:
    """A provider with two users."""
    made = client(tmp_path, "directory", headers=BEARER)
    for user in (ANN, BOB):
        assert made.post("/users", json=user).status_code == 201
    return made


@pytest.mark.parametrize(
    ("expression", "names"),
    [
        ('userName eq "ANN"', ["ann"]),  # SCIM, whose texts are compared whatever the case
        ("userName eq 'ANN'", []),  # OData
        ("name/familyName eq 'O''Neil'", ["ann"]),
        ('name.familyName eq "Smith, and" and active eq false', ["bob"]),
        ('userName eq "ann" or userName eq "bob"', ["ann", "bob"]),
        ('userName ne "ann"', ["bob"]),
        ("age gt 9", ["ann"]),
        ("age le 9", ["bob"]),
        ('emails co "a.example"', ["ann"]),
        ('emails.value sw "ann@"', ["ann"]),
        ("emails pr", ["ann"]),
        ("size eq null", ["ann"]),
        ('equals(userName,"bob")', ["bob"]),  # JSON:API
        ('greater-than(age,5),contains(userName,"n")', ["ann"]),
        ('shoe eq "9"', ["ann", "bob"]),  # no member: not understood
        ('not (userName eq "ann")', ["ann", "bob"]),
        ('userName eq "ann" nor', ["ann", "bob"]),
        ("", ["ann", "bob"]),
    ],
)
def test_filters_that_are_expressions(directory: Client, expression: str, names: list[str]) -> None:
    """Members are compared; what is not understood narrows nothing."""
    listed = directory.get("/users", params={"filter": expression}).json()
    assert ([one["userName"] for one in listed["data"]], listed["total"]) == (names, len(names))


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ({}, ["ann", "bob"]),  # the default is -1: all
        ({"limit": "1"}, ["ann"]),
        ({"limit": "0"}, []),
        ({"limit": "1", "offset": "1"}, ["bob"]),  # a number that is described as a text
        ({"size": "S"}, ["bob"]),  # is a filter where a `limit` cuts the list
    ],
)
def test_limits_and_a_size_that_is_none(directory: Client, query: dict[str, str], names: list[str]) -> None:
    """Negative limits, none at all, and a member that is called like a limit."""
    assert [one["userName"] for one in directory.get("/users", params=query).json()["data"]] == names


def test_a_page_size_that_is_called_a_number(directory: Client) -> None:
    """`type: number` takes whole numbers; pages count from 0 where that is the least number, and there is no default."""
    user = directory.get("/users").json()["data"][0]["id"]
    rooms = [directory.post("/rooms", json={"user_id": user, "seats": seats}).json() for seats in (1, 2)]
    assert directory.get("/rooms", params={"page_size": 1}).json() == rooms[:1]
    assert [directory.get("/rooms", params={"page_size": 1, "page": page}).json() for page in (0, 1)] == [rooms[:1], rooms[1:]]


def test_an_id_that_its_path_would_refuse(directory: Client) -> None:
    """A client's id is taken if paths can name it; else the record gets one that they can."""
    kept = directory.post("/users", json={**ANN, "id": "US0123abcd"}).json()
    made = directory.post("/users", json={**ANN, "id": "ann"}).json()
    assert (kept["id"], made["id"] != "ann") == ("US0123abcd", True)
    assert [directory.get(f"/users/{one['id']}").json() for one in (kept, made)] == [kept, made]


def test_an_id_that_is_called_like_that_of_the_parent(directory: Client) -> None:
    """Of the members whose names end like the parameter the shortest holds the id; it is not the one of the parent."""
    made = [directory.post("/accounts/main/subaccounts", json={"label": label}).json() for label in "ab"]
    assert len({"main", *(one["api_key"] for one in made)}) == 3
    assert [directory.get(f"/accounts/main/subaccounts/{one['api_key']}").json() for one in made] == made


def test_an_action_without_an_answer(directory: Client) -> None:
    """It changes the status if that has a value like the action, and otherwise nothing."""
    user = directory.post("/users", json=ANN).json()
    place = f"/users/{user['id']}"
    assert (directory.post(f"{place}/greet").status_code, directory.get(place).json()) == (204, user)
    assert (directory.post(f"{place}/suspend").status_code, directory.get(place).json()["status"]) == (204, "suspended")
    assert directory.post("/users/US00000000/suspend").status_code == 404


def test_bodies_that_name_a_record(directory: Client) -> None:
    """`transfer_id` in the bodies of `/transfer/get` and `/transfer/cancel`; what is cancelled stays."""
    made = directory.post("/transfer/create", json={"amount": "1.00"}).json()["transfer"]
    named = {"transfer_id": made["id"]}
    assert directory.post("/transfer/get", json=named).json()["transfer"] == made
    assert directory.post("/transfer/cancel", json=named).status_code == 200
    assert directory.post("/transfer/get", json=named).json()["transfer"] == {**made, "status": "cancelled"}
    assert directory.post("/transfer/cancel", json={"transfer_id": "none"}).status_code == 404


@pytest.mark.parametrize(
    ("method", "path", "body", "refused"),
    [
        ("POST", "/users", {}, [{"code": "invalid", "message": '"userName" is a required property', "field": "userName"}]),
        ("GET", "/users/US00000000", None, [{"code": "not_found", "message": "There is no user 'US00000000'"}]),
    ],
)
def test_refusals_borrow_no_code_and_no_field(directory: Client, method: str, path: str, body: Any, refused: Any) -> None:
    """The schema comes from the 401; the code and the field of its example do not."""
    assert directory.request(method, path, json=body).json()["errors"] == refused


def test_refusals_name_the_field(directory: Client) -> None:
    """RFC 7807: a list whose items have a `name` and a `reason`, and a code among those that the schema allows."""
    refused = directory.post("/rooms", json={"user_id": "none"})
    problem = "user_id: there is no user 'none'"
    body = {
        "title": problem,
        "code": "not_found",
        "invalidParams": [{"name": "user_id", "reason": problem, "source": {"pointer": "user_id"}}],
    }
    assert (refused.status_code, refused.json()) == (422, body)
