"""What published documents do with bodies: several records in one, closed parts, bases that list what is made of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.providers.shop import Client
from tests.providers.test_inferred_styles import BEARER, client, provider


@pytest.fixture
def shop(tmp_path: Path) -> Client:
    """A provider that changes many records at once."""
    return client(tmp_path, "commerce", headers=BEARER)


def test_many_records_are_changed_by_the_ids_in_the_body(shop: Client) -> None:
    """PUT and PATCH on a collection take a list; what PUT names no id of, or an unknown one, is created."""
    first, second = shop.post("/customers", json=[{"email": "a@a.example"}, {"email": "b@b.example"}]).json()["data"]
    changed = shop.put("/customers", json=[{"id": first["id"], "email": "c@c.example"}, {"email": "d@d.example"}])
    assert [one["email"] for one in changed.json()["data"]] == ["c@c.example", "d@d.example"]
    assert shop.get(f"/customers/{first['id']}").json()["email"] == "c@c.example"
    merged = shop.patch("/customers", json=[{"id": second["id"], "company": "B"}]).json()["data"]
    assert merged == [{"id": second["id"], "email": "b@b.example", "company": "B"}]
    assert len(shop.get("/customers").json()["data"]) == 3


@pytest.mark.parametrize(
    ("body", "status", "problem"),
    [([{"id": 1, "company": "B"}], 404, "no customer '1'"), ([{"company": "B"}], 400, "id: missing; it names the customer")],
)
def test_a_change_that_names_no_record(shop: Client, body: list[object], status: int, problem: str) -> None:
    """A PATCH changes only what exists; a refusal changes nothing."""
    kept = shop.post("/customers", json=[{"email": "a@a.example"}]).json()["data"][0]
    refused = shop.patch("/customers", json=[{"id": kept["id"], "company": "A"}, *body])
    assert (refused.status_code, problem in refused.text) == (status, True)
    assert "company" not in shop.get(f"/customers/{kept['id']}").json()


def test_lists_in_a_member_of_the_body(shop: Client) -> None:
    """The same where the list is called like the records, and where one record is sent as a list."""
    made = shop.post("/invoices", json={"Invoices": [{"Reference": "A"}, {"Reference": "B"}]}).json()["Invoices"]
    put = shop.put("/invoices", json={"Invoices": [{**made[1], "Total": 2}, {"Reference": "C"}]}).json()["Invoices"]
    assert [(one["Reference"], one.get("Total")) for one in put] == [("B", 2), ("C", None)]
    path = f"/invoices/{made[0]['InvoiceID']}"
    assert shop.post(path, json=[{"Total": 3}]).json()["Invoices"][0] == {**made[0], "Total": 3}
    assert [one["Reference"] for one in shop.get("/invoices").json()["Invoices"]] == ["A", "B", "C"]


def test_what_exists_once_is_created_and_deleted(shop: Client) -> None:
    """A path without ids that is created, read, changed and deleted; what the body says is found in the answer."""
    path = "/channels/7/site"
    assert (shop.get(path).status_code, shop.delete(path).status_code) == (404, 404)
    assert shop.post(path, json={"url": "https://a.example"}).status_code == 201
    assert shop.get(path).json()["data"]["url"] == "https://a.example"
    assert shop.put(path, json={"url": "https://b.example"}).json()["data"]["url"] == "https://b.example"
    assert "url" in shop.get(path).json()["data"]
    assert (shop.delete(path).status_code, shop.get(path).status_code) == (204, 404)


def test_the_shortest_path_has_the_plain_name(tmp_path: Path) -> None:
    """Tables are called like the last part of their path; where several are, the others say within what they are."""
    document = provider(tmp_path, "commerce").registry.providers["commerce"].spec
    taken = {name: document.operations[name].taken_for for name in ("listCustomers", "listChannelCustomers", "deleteSite")}
    assert taken == {
        "listCustomers": "lists the records of customers",
        "listChannelCustomers": "lists the records of channels_customers",
        "deleteSite": "deletes one record of channels_site",
    }


def test_closed_parts_take_the_members_of_others(shop: Client) -> None:
    """Each part of `allOf` says additionalProperties: false, which no body could meet; ids fit a pattern and a length."""
    made = shop.post("/warehouses", json={"name": "Main", "city": "Bern"})
    assert (made.status_code, made.json()["name"], made.json()["city"]) == (201, "Main", "Bern")
    assert len(made.json()["warehouse_id"]) <= 25
    assert shop.get(f"/warehouses/{made.json()['warehouse_id']}").json() == made.json()


def test_a_base_that_lists_what_is_made_of_it(shop: Client) -> None:
    """A schema is a part of those of which it is the union: directly, and by another part."""
    assert shop.post("/exports", json={"view": "all", "format": "CSV", "filter": {"by": "name"}}).status_code == 202
    assert shop.post("/exports", json={"list": 7}).status_code == 202
    assert shop.post("/exports", json={"view": "all", "format": "PDF"}).status_code == 400


def test_fields_of_forms_that_may_be_null(shop: Client) -> None:
    """Texts of a form are read by the types of all branches, and a file that is sent once is a list of one."""
    fields = {"start": "3", "is_noisy": "false", "labels": '{"room": "A"}'}
    made = shop.post("/recordings", data=fields, files=[("files", ("a.wav", b"RIFF"))])
    assert made.status_code == 201, made.text
    assert shop.get(f"/recordings/{made.json()['id']}").json() == {
        "id": made.json()["id"],
        "start": 3,
        "is_noisy": False,
        "labels": {"room": "A"},
    }


@pytest.mark.parametrize("status", [401, 403, 404, 409, 422])
def test_a_preferred_code_is_the_status(shop: Client, status: int) -> None:
    """`Prefer: code=` returns that status, also where the operation would refuse with another that it documents."""
    refused = shop.get("/customers", headers={**BEARER, "Prefer": f"code={status}"})
    assert (refused.status_code, refused.headers["Preference-Applied"]) == (status, f"code={status}")


def test_pages_before_and_after(shop: Client) -> None:
    """The first page has no previous one; the numbers of the pages beside it are those of this list."""
    for email in ("a@a.example", "b@b.example", "c@c.example"):
        shop.post("/customers", json=[{"email": email}])
    pages = [shop.get(f"/customers?limit=1&page={page}").json()["meta"] for page in (1, 2, 3)]
    assert [(page.get("prev_page"), page.get("next_page"), "previous" in page) for page in pages] == [
        (None, 2, False),
        (1, 3, True),
        (2, None, True),
    ]
