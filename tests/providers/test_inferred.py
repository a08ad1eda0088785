"""A spec alone is a provider: resources are recognised, kept, and refused as the spec documents it."""

from __future__ import annotations

from base64 import b64encode
from pathlib import Path

import pytest

from simulator.documents import BrokenFile
from tests.providers.shop import KEY, SHOP, Client, served


@pytest.fixture
def shop(tmp_path: Path) -> Client:
    """The shop, with a key."""
    return Client(served(tmp_path), "/shop/v1", params={"api_key": KEY})


def test_records_are_created_read_changed_and_deleted(shop: Client) -> None:
    """A record has the members of the body, the defaults of the spec and what the provider fills in."""
    made = shop.post("/pets", json={"name": "Rex", "id": "mine", "secret": "x"})
    pet = made.json()
    assert made.status_code == 201
    assert (pet["name"], pet["colour"], pet["status"]) == ("Rex", "black", "active")
    assert "secret" not in pet
    assert pet["id"] != "mine"
    assert made.headers["X-Simulator-Evidence"] == "inferred"
    place = f"/pets/{pet['id']}"
    assert shop.get(place).json() == pet
    assert shop.patch(place, data={"name": "Rex", "age": "3"}).json() == {**pet, "age": 3}
    replaced = shop.put(place, json={"name": "Max"}).json()
    assert (replaced["name"], "age" in replaced, replaced["id"]) == ("Max", False, pet["id"])
    assert shop.delete(place).status_code == 204
    assert shop.get(place).status_code == shop.delete(place).status_code == 404


def test_ids_follow_the_seed(tmp_path: Path) -> None:
    """Two worlds of one seed give the same ids; the form is that of the schema."""
    client = Client(served(tmp_path), "")
    ids = []
    for world in ("one", "two"):
        client.put(f"/_simulator/worlds/{world}", json={"seed": 4})
        ids.append(client.post(f"/w/{world}/shop/v1/pets?api_key={KEY}", json={"name": "Rex"}).json()["id"])
    assert ids[0] == ids[1]
    assert len(ids[0]) == 36


def test_lists_have_pages_and_filters(shop: Client) -> None:
    """The spec's own parameters cut and narrow a list."""
    for name, colour in (("a", "red"), ("b", "blue"), ("c", "red")):
        shop.post("/pets", json={"name": name, "colour": colour})
    first = shop.get("/pets").json()
    assert [pet["name"] for pet in first["data"]] == ["a", "b"]
    assert first["has_more"] is True
    rest = shop.get("/pets", params={"cursor": first["next_cursor"]}).json()
    assert ([pet["name"] for pet in rest["data"]], rest["has_more"], rest["next_cursor"]) == (["c"], False, None)
    assert [pet["name"] for pet in shop.get("/pets", params={"colour": "red"}).json()["data"]] == ["a", "c"]
    assert len(shop.get("/pets", params={"colour": ["red", "blue"], "limit": 9}).json()["data"]) == 3
    assert shop.get("/pets", params={"limit": 101}).status_code == 400


def test_refusals_have_the_documented_status_and_schema(shop: Client) -> None:
    """A missing key, an unknown id, an invalid body and a missing reference."""
    refused = shop.post("/pets", json={"name": ""})
    assert refused.status_code == 422
    assert "name" in refused.json()["error"]["message"]
    unknown = shop.get("/pets/00000000-0000-4000-8000-000000000000")
    assert (unknown.status_code, unknown.json()["error"]["status"]) == (404, 404)
    assert shop.get("/nothing").status_code == 404
    assert Client(shop.app, "/shop/v1").get("/pets").status_code == 401
    assert shop.post("/orders", json={"pet_id": "none"}).status_code == 404
    assert shop.post("/pets", content=b"{").status_code in (400, 422)
    assert shop.get("/pets", headers={"Prefer": "code=429"}).status_code == 429


def test_nested_records_and_actions(shop: Client) -> None:
    """A record within another needs that one; an action changes the state that is called like it."""
    pet = shop.post("/pets", json={"name": "Rex"}).json()
    visit = shop.post(f"/pets/{pet['id']}/visits", json={"reason": "cough"}).json()
    assert shop.get(f"/pets/{pet['id']}/visits").json() == [visit]
    assert shop.get("/pets/00000000-0000-4000-8000-000000000000/visits").status_code == 404
    assert shop.post(f"/pets/{pet['id']}/cancel").json() == {**pet, "status": "cancelled"}
    order = shop.post("/orders", json={"pet_id": pet["id"]}).json()
    assert shop.get(f"/orders/{order['id']}.json").json() == {"id": order["id"]}


def test_all_else_answers_its_example(shop: Client) -> None:
    """An example of the spec, and bytes of the media type."""
    assert shop.get("/fees").json() == {"fee": 3}
    assert shop.get("/picture").headers["Content-Type"] == "image/png"


def test_explain_says_what_an_operation_was_taken_for(shop: Client) -> None:
    """The story of a request names the resource."""
    made = shop.post("/pets", json={"name": "Rex"})
    request = made.headers["X-Simulator-Request"]
    story = Client(shop.app, "").get(f"/_simulator/worlds/default/requests/{request}").json()
    assert story["taken_for"] == "creates one record of pets"
    assert any("creates one record of pets" in line for line in story["story"])
    assert KEY not in story["query"]


def test_scenarios_list_records(tmp_path: Path) -> None:
    """The section of an account has the records of its tables."""
    client = Client(served(tmp_path), "")
    section = {"tables": {"pets": [{"id": "00000000-0000-4000-8000-000000000001", "name": "Rex"}]}}
    scenario = {"description": "one pet", "accounts": [{"keys": [KEY], "shop": section}]}
    assert client.put("/_simulator/worlds/seeded", json={"scenario": scenario}).status_code == 201
    pets = client.get(f"/w/seeded/shop/v1/pets?api_key={KEY}").json()["data"]
    assert [pet["name"] for pet in pets] == ["Rex"]


@pytest.mark.parametrize(
    ("scheme", "headers"),
    [
        ("{type: http, scheme: bearer}", {"Authorization": "Bearer any"}),
        ("{type: http, scheme: basic}", {"Authorization": f"Basic {b64encode(b'user:secret').decode()}"}),
        ("{type: oauth2, flows: {}}", {"Authorization": "Bearer any"}),
        ("{type: apiKey, in: cookie, name: session}", {"Cookie": "session=any"}),
        ("{type: apiKey, in: header, name: X-Key}", {"X-Key": "any"}),
    ],
)
def test_keys_are_read_as_the_schemes_say(tmp_path: Path, scheme: str, headers: dict[str, str]) -> None:
    """Each scheme takes any key in its own place, and refuses a request without one."""
    client = Client(served(tmp_path, SHOP.replace("{type: apiKey, in: query, name: api_key}", scheme)), "/shop/v1")
    assert client.get("/pets").status_code == 401
    assert client.post("/pets", json={"name": "Rex"}, headers=headers).status_code == 201
    assert len(client.get("/pets", headers=headers).json()["data"]) == 1


def test_a_key_with_a_secret_needs_both(tmp_path: Path) -> None:
    """Two schemes in one requirement are both required."""
    spec = SHOP.replace("security: [{key: []}]", "security: [{key: [], secret: []}]")
    spec = spec.replace("securitySchemes: {", "securitySchemes: {secret: {type: apiKey, in: query, name: api_secret}, ")
    client = Client(served(tmp_path, spec), "/shop/v1")
    assert client.get("/pets?api_key=a").status_code == 401
    assert client.get("/pets?api_key=a&api_secret=b").status_code == 200


def test_a_spec_without_schemes_is_open(tmp_path: Path) -> None:
    """Every request works, and all see the same records."""
    client = Client(served(tmp_path, SHOP.replace("security: [{key: []}]\n", "")), "/shop/v1")
    client.post("/pets", json={"name": "Rex"})
    assert len(client.get("/pets").json()["data"]) == 1


@pytest.mark.parametrize(
    ("spec", "problem"),
    [
        ("swagger: '2.0'\npaths: {}\n", "Swagger 2.0"),
        ("openapi: 3.0.0\npaths: {}\n", "no paths"),
        ("a: [", "not readable as YAML"),
        ("openapi: 2\n", "expected an OpenAPI document"),
    ],
)
def test_what_is_no_spec_is_refused(tmp_path: Path, spec: str, problem: str) -> None:
    """The error names the file and what is wrong."""
    with pytest.raises(BrokenFile, match=problem):
        served(tmp_path, spec)


def test_names_and_hosts_that_clash_are_refused(tmp_path: Path) -> None:
    """A provider of a folder takes neither the name nor the host of another."""
    with pytest.raises(BrokenFile, match=r"duplicate provider name 'cald' .*built in"):
        served(tmp_path, name="cald")


def test_ids_that_the_spec_does_not_allow_are_not_made(tmp_path: Path) -> None:
    """A pattern with one text allows one record; a pattern without bounds gives ids of a usual length."""
    form = "id: {type: string, format: uuid, readOnly: true}"
    only = Client(served(tmp_path, SHOP.replace(form, 'id: {type: string, pattern: "^only$", readOnly: true}')), "/shop/v1")
    answers = [only.post(f"/pets?api_key={KEY}", json={"name": "Rex"}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 422]  # the refusal of a taken id that the spec documents
    assert answers[0].json()["id"] == "only"
    snowflake = SHOP.replace(form, 'id: {type: string, pattern: "^(0|[1-9][0-9]*)$", readOnly: true}')
    many = Client(served(tmp_path / "shop", snowflake), "/shop/v1")
    ids = {many.post(f"/pets?api_key={KEY}", json={"name": "Rex"}).json()["id"] for _ in range(9)}
    assert (len(ids), {len(one) >= 16 for one in ids}) == (9, {True})


def test_an_address_that_is_none_is_passed_over(tmp_path: Path) -> None:
    """The first server that can be one counts."""
    client = Client(
        served(tmp_path, SHOP.replace("servers: [", 'servers: [{url: "https://[a/v0"}, {url: "{x}/v9"}, ')), "/shop/v1"
    )
    assert client.get("/fees", params={"api_key": KEY}).status_code == 200
