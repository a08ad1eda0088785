"""What published documents have in them besides the usual: odd YAML, broken references, and schemas that few tools know."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from simulator.documents import BrokenFile
from tests.providers.shop import Client, served

JSON = "application/json"


def served_paths(folder: Path, paths: dict[str, Any], schemas: dict[str, Any] | None = None, **more: Any) -> Client:
    """Return a client of a provider that has these paths."""
    document = {"openapi": "3.0.3", "paths": paths, "components": {"schemas": schemas or {}}, **more}
    return Client(served(folder, json.dumps(document), "odd"), "/odd")


def answering(schema: Any, media: str = JSON, **content: Any) -> dict[str, Any]:
    """Return an operation whose response has a schema."""
    return {"responses": {"200": {"description": "x", "content": {media: {"schema": schema, **content}}}}}


def value_of(folder: Path, schema: Any, **schemas: Any) -> Any:
    """Return the value that a response without an example has for a schema."""
    return served_paths(folder, {"/value": {"get": answering(schema)}}, schemas).get("/value").json()


YAML = """\
openapi: 3.0.3
x-shared: &shared {type: object, properties: {id: {type: string}}}
x-both: [&one {a: 1}, &two {b: 2}]
x-large: 1e400
paths:
  /pets:
    get:
      responses:
        "200":
          description: !text All pets
          content:
            application/json:
              schema: *shared
              example: {<<: [*one, *two], b: 3, <<: *one}
"""


def test_yaml_as_others_write_it(tmp_path: Path) -> None:
    """Aliases and merge keys are followed, tags are ignored, and a member beside a merge key counts more."""
    assert Client(served(tmp_path, YAML, "odd"), "/odd").get("/pets").json() == {"a": 1, "b": 3}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("paths: *none\n", r"openapi\.yaml:1: not readable as YAML: unknown alias 'none'"),
        ("paths: {a: [}\n", r"openapi\.yaml:1: "),
        ("? [a]\n: b\n", r"openapi\.yaml:1: not readable as YAML: keys must be strings"),
        ("- openapi: 3.0.3\n", "the file holds no object, expected an OpenAPI document"),
        ("swagger: 2.0\n", "this is a Swagger 2 document"),
        (
            "openapi: 3.0.3\npaths: {/pets: {summary: x}, x-y: {get: {}}}\n",
            "the document has no operations, expected at least one",
        ),
        ("openapi: 3.0.3\npaths: {/pets: {get: {$ref: 'no.yaml#/a'}}}\n", "the document has no operations"),
    ],
)
def test_what_is_no_document_is_refused(tmp_path: Path, text: str, problem: str) -> None:
    """With the line, where there is one."""
    with pytest.raises(BrokenFile, match=problem):
        served(tmp_path, text, "odd")


def test_servers_of_all_kinds(tmp_path: Path) -> None:
    """What is no usable address is passed over."""
    urls = ["http://[a/", "https://{nobody}.example", "/v2"]
    servers: list[Any] = [5, {"description": "x"}, *({"url": url} for url in urls)]
    client = served_paths(tmp_path, {"/pets": {"get": answering({"type": "string"})}}, servers=servers)
    assert client.get("/v2/pets").json() == "text"


def test_an_operation_id_twice(tmp_path: Path) -> None:
    """The second one has a number."""
    one = {"operationId": "list pets", **answering({"type": "array", "items": {"type": "integer"}})}
    client = served_paths(tmp_path, {"/pets": {"get": one}, "/cats": {"get": one}, "/dogs": {"get": one}})
    described = client.get("http://here/_simulator/providers").json()["providers"]
    operations = next(provider["operations"] for provider in described if provider["name"] == "odd")
    assert sorted(one["id"] for one in operations) == ["list_pets", "list_pets_2", "list_pets_3"]


RESPONSES: dict[str, tuple[dict[str, Any], int]] = {
    "none": ({}, 200),
    "a default alone": ({"default": {"description": "x", "content": {JSON: {"schema": {"type": "integer"}}}}}, 200),
    "errors alone": ({"404": {"description": "x"}}, 200),
    "a range": ({"2XX": {"description": "x", "content": {JSON: {"example": [1]}}}}, 200),
    "a range beside one": ({"201": {"description": "x"}, "2XX": {"description": "y"}}, 201),
    "a reference to nothing": ({"200": {"$ref": "#/components/responses/None"}}, 200),
    "a circle of references": ({"200": {"$ref": "#/components/responses/Circle"}}, 200),
    "an example in a list": (
        {"200": {"description": "x", "content": {JSON: {"examples": {"a": {"summary": "s"}, "b": {"value": 7}}}}}},
        200,
    ),
    "a schema without a media type": ({"200": {"description": "x", "content": {"schema": {"type": "integer"}}}}, 200),
}


@pytest.mark.parametrize("name", RESPONSES)
def test_responses_of_all_kinds(tmp_path: Path, name: str) -> None:
    """There is always one for a success."""
    responses, status = RESPONSES[name]
    operation = {"get": {"responses": responses}}
    components = {"schemas": {}, "responses": {"Circle": {"$ref": "#/components/responses/Circle"}}}
    response = served_paths(tmp_path, {"/value": operation}, components=components).get("/value")
    assert response.status_code == status
    shown = {"a default alone": 0, "a range": [1], "an example in a list": 7, "a schema without a media type": 0}
    if name in shown:
        assert response.json() == shown[name]


WHOLE_MEMBERS = {"additionalProperties": {"type": "integer"}}
VALUES: dict[str, tuple[Any, Any]] = {
    "an example of another type": ({"type": "object", "example": '{"a": 1}'}, {}),
    "null alone": ({"type": "string", "nullable": True, "enum": [None]}, None),
    "an enum that may be null": ({"type": "string", "nullable": True, "enum": ["a"]}, "a"),
    "a default of null": ({"type": "string", "nullable": True, "default": None}, None),
    "below an exclusive maximum": ({"type": "integer", "maximum": 5, "minimum": 5, "exclusiveMaximum": False}, 5),
    "an exclusive minimum": ({"type": "integer", "minimum": 5, "exclusiveMinimum": True}, 6),
    "an exclusive maximum": ({"type": "integer", "maximum": 0, "exclusiveMaximum": True}, -1),
    "a multiple": ({"type": "integer", "minimum": 5, "multipleOf": 4}, 8),
    "a pattern that is none": ({"type": "string", "pattern": "("}, "text"),
    "a pattern that no text is made for": ({"type": "string", "pattern": "^(a)\\1*"}, "text"),
    "members of a pattern": ({"type": "object", "patternProperties": {"^x": {"type": "integer"}, "(": {}}}, {}),
    "both unions": ({"oneOf": [{"type": "integer"}], "anyOf": [{"type": "integer", "minimum": 3}]}, 3),
    "true": (True, {}),
    "a file": ({"type": "object", "properties": {"a": {"type": "file"}}}, {"a": "text"}),
    "a type that is none": ({"type": "any", "properties": {"a": {"type": "boolean"}}}, {"a": True}),
    "a part that is nowhere": ({"allOf": [{"$ref": "#/no"}, {"properties": {"a": {"type": "boolean"}}}]}, {"a": True}),
    "keys that are not described": (
        {"type": "object", "required": ["a"], "minProperties": 2, **WHOLE_MEMBERS},
        {"a": 0, "key1": 0},
    ),
    "no items": ({"type": "array", "minItems": 2, "maxItems": 2}, [None, None]),
}


@pytest.mark.parametrize("name", VALUES)
def test_schemas_of_all_kinds(tmp_path: Path, name: str) -> None:
    """The response fits them, and holds the plainest value."""
    schema, expected = VALUES[name]
    assert value_of(tmp_path, schema) == expected


def test_schemas_within_themselves(tmp_path: Path) -> None:
    """A member that must hold its own kind holds an empty one."""
    node = {"type": "object", "required": ["next"], "properties": {"next": {"$ref": "#/components/schemas/Node"}}}
    assert value_of(tmp_path, {"$ref": "#/components/schemas/Node"}, Node=node) == {"next": {}}


def test_a_discriminator_that_leads_nowhere(tmp_path: Path) -> None:
    """The union is one without it."""
    union = {
        "oneOf": [{"$ref": "#/components/schemas/Cat"}, {"$ref": "#/components/schemas/None"}],
        "discriminator": {"propertyName": "kind", "mapping": {"cat": "#/components/schemas/Cat"}},
    }
    cat = {"type": "object", "required": ["kind"], "properties": {"kind": {"type": "string"}, "lives": {"type": "integer"}}}
    assert value_of(tmp_path, union, Cat=cat) == {"kind": "cat", "lives": 0}


MESSAGES = {"type": "array", "items": {"type": "object", "properties": {"message": {"type": "string"}}}}
PROBLEM = "There is no pet 'x'"
ERRORS: dict[str, tuple[Any, str, str]] = {
    "text": ({"type": "string"}, "text/plain", PROBLEM),
    "XML without a schema": ({"type": "string"}, "application/xml", f"<error>{PROBLEM}</error>"),
    "a list": (MESSAGES, JSON, f'[{{"message":"{PROBLEM}"}}]'),
    "a list of texts": ({"type": "array", "items": {"type": "string"}}, JSON, f'["{PROBLEM}"]'),
    "any object": ({"type": "object"}, JSON, f'{{"error":"{PROBLEM}"}}'),
}


@pytest.mark.parametrize("name", ERRORS)
def test_errors_of_all_kinds(tmp_path: Path, name: str) -> None:
    """The text of the problem stands where the schema has room for one."""
    schema, media, expected = ERRORS[name]
    pet = {"type": "object", "required": ["id"], "properties": {"id": {"type": "string"}, "name": {"type": "string"}}}
    responses = {
        "200": {"description": "x", "content": {JSON: {"schema": pet}}},
        "404": {"description": "x", "content": {media: {"schema": schema}}},
    }
    create = {"requestBody": {"content": {JSON: {"schema": pet}}}, "responses": {"201": responses["200"]}}
    listed = answering({"type": "array", "items": pet})
    client = served_paths(tmp_path, {"/pets": {"get": listed, "post": create}, "/pets/{id}": {"get": {"responses": responses}}})
    refused = client.get("/pets/x")
    assert (refused.status_code, refused.text) == (404, expected)


def test_parameters_of_all_kinds(tmp_path: Path) -> None:
    """What is no parameter, or one that HTTP has itself, is passed over."""
    given: list[Any] = [
        {"$ref": "#/components/parameters/None"},
        {"in": "query"},
        {"name": "session", "in": "cookie", "schema": {"type": "string"}},
        {"name": "Authorization", "in": "header", "required": True, "schema": {"type": "string"}},
        {"name": "gone", "in": "path", "required": True, "schema": {"type": "string"}},
        {"name": "any", "in": "query", "schema": True},
        {"name": "page", "in": "query", "style": "deepObject", "schema": {"properties": {"size": {"type": "integer"}}}},
        {"name": "odd", "in": "cookie", "style": "deepObject", "schema": {"properties": {"size": {"type": "integer"}}}},
    ]
    client = served_paths(tmp_path, {"/value": {"get": {"parameters": given, **answering({"type": "integer"})}}})
    assert client.get("/value", params={"any": "x", "page[size]": "3"}).json() == 0
    assert client.get("/value", params={"page[size]": "x"}).status_code == 400


PATCHES: list[tuple[list[Any], Any]] = [
    ([{"op": "add", "path": "/tags/-", "value": "c"}], {"tags": ["a", "b", "c"]}),
    ([{"op": "add", "path": "/tags/0", "value": "c"}], {"tags": ["c", "a", "b"]}),
    ([{"op": "replace", "path": "/tags/1", "value": "c"}], {"tags": ["a", "c"]}),
    ([{"op": "remove", "path": "/tags/0"}], {"tags": ["b"]}),
    ([{"op": "test", "path": "/name", "value": "Rex"}, {"op": "replace", "path": "/name", "value": "Max"}], {"name": "Max"}),
    ([{"op": "test", "path": "/name", "value": "Max"}], "/name is not 'Max'"),
    ([{"op": "move", "path": "/name", "from": "/tags"}], "expected op add, replace, remove or test"),
    ([{"op": "remove", "path": "/tags/5"}], "there is no 5"),
]


@pytest.mark.parametrize(("operations", "expected"), PATCHES)
def test_json_patches(tmp_path: Path, operations: list[Any], expected: Any) -> None:
    """Each operation of RFC 6902 that changes a member; one that cannot be done refuses all."""
    properties = {
        "id": {"type": "string", "readOnly": True},
        "name": {"type": "string"},
        "tags": {"type": "array", "items": {}},
    }
    pet = {"type": "object", "properties": properties}
    body = {"content": {JSON: {"schema": pet}}}
    patch = {"requestBody": {"content": {"application/json-patch+json": {}}}, **answering(pet)}
    one = {"get": answering(pet), "patch": patch, "delete": {"responses": {"204": {"description": "x"}}}}
    paths = {"/pets": {"get": answering({"type": "array", "items": pet}), "post": {"requestBody": body, **answering(pet)}}}
    client = served_paths(tmp_path, {**paths, "/pets/{id}": one})
    made = client.post("/pets", json={"name": "Rex", "tags": ["a", "b"]}).json()
    headers = {"Content-Type": "application/json-patch+json"}
    changed = client.patch(f"/pets/{made['id']}", content=json.dumps(operations), headers=headers)
    kept = client.get(f"/pets/{made['id']}").json()
    if isinstance(expected, str):
        assert (changed.status_code, kept) == (400, made)
        assert expected in changed.text
    else:
        assert changed.json() == kept == {**made, **expected}


def test_a_patch_of_a_record_that_no_path_names(tmp_path: Path) -> None:
    """Such as Box's skill cards: the answer is an example, as the schema describes it, whatever the patch has."""
    entry = {"type": "object", "properties": {"type": {"type": "string"}, "text": {"type": "string"}}}
    properties = {"$id": {"type": "string", "format": "uuid"}, "cards": {"type": "array", "items": entry}}
    card = {"type": "object", "required": ["cards"], "properties": properties}
    body = {"required": True, "content": {"application/json-patch+json": {"schema": {"type": "array", "items": {}}}}}
    made = {"requestBody": {"content": {JSON: {"schema": card}}}, **answering(card)}
    paths = {"/files/{file_id}/cards": {"get": answering(card), "post": made, "put": {"requestBody": body, **answering(card)}}}
    client = served_paths(tmp_path, paths)
    for patch in ([], [{"op": "replace", "path": "/cards/0", "value": "x"}]):
        headers = {"Content-Type": "application/json-patch+json"}
        answer = client.put("/files/1/cards", content=json.dumps(patch), headers=headers)
        assert answer.status_code == 200, answer.text
        assert "cards" in answer.json()


def test_members_that_a_body_does_not_describe_fit_the_answer(tmp_path: Path) -> None:
    """What a client sends beside the fields of the body is shown where the answer may hold it, at any depth."""
    user = {
        "type": "object",
        "required": ["id", "login"],
        "properties": {"id": {"type": "string", "minLength": 1}, "login": {"type": "string", "format": "email"}},
    }
    invite = {
        "type": "object",
        "required": ["id"],
        "properties": {"id": {"type": "string"}, "note": {"type": "string"}, "sent_to": user},
    }
    sent = {"type": "object", "properties": {"note": {"type": "string"}}}
    post = {"requestBody": {"content": {JSON: {"schema": sent}}}, **answering(invite)}
    client = served_paths(tmp_path, {"/invites": {"post": post}, "/invites/{id}": {"get": answering(invite)}})
    made = client.post("/invites", json={"note": "x", "sent_to": {"id": None, "login": "not an email"}})
    assert made.status_code == 200, made.text
    shown = made.json()
    assert isinstance(shown["sent_to"]["id"], str)
    assert "@" in shown["sent_to"]["login"]
    assert client.get(f"/invites/{shown['id']}").json() == shown
