"""Keys in the header of Basic, in cookies and in queries: what is explained, shown as curl, and checked in rules."""

from __future__ import annotations

import json
import time
from base64 import b64encode
from pathlib import Path
from typing import Any

import pytest

from simulator.cli.main import main
from tests.providers.shop import Client, served

BASIC = {"type": "http", "scheme": "basic"}
COOKIE = {"type": "apiKey", "in": "cookie", "name": "session"}
QUERY = {"type": "apiKey", "in": "query", "name": "token"}
PET = {
    "type": "object",
    "required": ["name"],
    "properties": {"id": {"type": "string", "readOnly": True}, "name": {"type": "string"}},
}


def client(folder: Path, scheme: dict[str, Any], body: dict[str, Any] | None = None) -> Client:
    """Return a client of a provider whose keys are of one scheme; with a body, its pets are created by one."""
    answer = {"description": "x", "content": {"application/json": {"schema": FORM if body else PET}}}
    responses = {"200": answer, "401": answer}
    paths: dict[str, Any] = {"/pets": {"get": {"operationId": "getPet", "responses": responses}}}
    if body:
        create = {"operationId": "createPet", "requestBody": {"required": True, "content": body}, "responses": responses}
        paths = {"/pets": {"post": create}, "/pets/{id}": {"get": {"responses": responses}}}
    schemes = {"securitySchemes": {"key": scheme}}
    document = {"openapi": "3.0.3", "security": [{"key": []}], "paths": paths, "components": schemes}
    return Client(served(folder, json.dumps(document), "odd"), "/odd")


def story(one: Client, **more: Any) -> str:
    """Return what is explained of a request that is refused for its key."""
    refused = one.get("/pets", **more)
    assert refused.status_code == 401
    request = refused.headers["X-Simulator-Request"]
    lines: list[str] = one.get(f"http://here/_simulator/worlds/default/requests/{request}").json()["story"]
    return "\n".join(lines)


@pytest.mark.parametrize("value", ["Basic !", "Basic é", "Basic " + b64encode(b"\xff\xfe").decode(), "Bearer x", "x"])
def test_basic_that_is_none(tmp_path: Path, value: str) -> None:
    """The explanation says what the header should hold."""
    told = story(client(tmp_path, BASIC), headers={b"Authorization": value.encode("latin-1")})
    assert "expected authorization: Basic …" in told
    assert "The header authorization does not hold Basic and user:password in base64." in told


@pytest.mark.parametrize(("scheme", "expected"), [(COOKIE, 'session="…" in the cookie'), (QUERY, 'token="…" in the query')])
def test_a_key_elsewhere(tmp_path: Path, scheme: dict[str, Any], expected: str) -> None:
    """The explanation says where it stands."""
    assert f"The request has no key (expected {expected})" in story(client(tmp_path, scheme))


@pytest.mark.parametrize("value", ["session", "other=1", "a\\[]=b; session=", ","])
def test_a_cookie_that_is_none(tmp_path: Path, value: str) -> None:
    """It is no key."""
    one = client(tmp_path, COOKIE)
    assert one.get("/pets", headers={"Cookie": "session=abc"}).status_code == 200
    assert "has no key" in story(one, headers={"Cookie": value})


@pytest.mark.parametrize(
    "value",
    [
        'session="a\\"\\073\\\\b"',
        "a[0]=b; session=x",
        "session=x; theme = dark",
        "a=b ; session = x",
        "session=a=b",
        "é=1;session=x",
    ],
)
def test_a_cookie_among_others(tmp_path: Path, value: str) -> None:
    """It is read, however the others are named and its value is written."""
    assert client(tmp_path, COOKIE).get("/pets", headers={b"Cookie": value.encode("latin-1")}).status_code == 200


@pytest.mark.parametrize("value", ['session="' + '\\"' * 30_000 + '"', 'session="' + "\\" * 60_000 + '"', "session=x;" * 6_000])
def test_a_long_cookie_is_read_at_once(tmp_path: Path, value: str) -> None:
    """In a time that grows with its length: `http.cookies` takes ten seconds for the first of these."""
    one, begun = client(tmp_path, COOKIE), time.process_time()
    assert one.get("/pets", headers={"Cookie": value}).status_code in (200, 401)
    assert time.process_time() - begun < 2


RULES: list[tuple[dict[str, Any], dict[str, Any], str]] = [
    (BASIC, {"headers": {"authorization": "Bearer *"}}, "expected Basic and user:password in base64"),
    (BASIC, {"headers": {"authorization": "Basic *"}}, ""),
    (BASIC, {"headers": {"authorization": "Token *"}}, "expected Basic and user:password in base64"),
    (QUERY, {"absent": {"query": ["token"]}}, "odd.getPet refuses a request without its key before rules are tried"),
    (COOKIE, {"absent": {"headers": ["cookie"]}}, "odd.getPet refuses a request without its key before rules are tried"),
]


@pytest.mark.parametrize(("scheme", "when", "problem"), RULES)
def test_rules_about_keys(tmp_path: Path, scheme: dict[str, Any], when: dict[str, Any], problem: str) -> None:
    """A rule for requests that can never have a key is refused, as it could not fire."""
    rule = {"when": {"operation": "odd.getPet", **when}, "then": {"status": 503}}
    answer = client(tmp_path, scheme).post("http://here/_simulator/worlds/default/rules", json=rule)
    assert (answer.status_code, problem in answer.text) == (422 if problem else 201, True), answer.text


FORM = {
    "type": "object",
    "additionalProperties": True,
    "properties": {
        "id": {"type": "string", "readOnly": True},
        "name": {"type": "string"},
        "age": {"type": "integer"},
        "tags": {"type": "array", "items": {"type": "string"}},
    },
}
URL_ENCODED, XML = "application/x-www-form-urlencoded", "application/xml"
SENT: list[tuple[str, str, dict[str, Any]]] = [
    (URL_ENCODED, "name=Rex&age=3&tags[]=a&tags[]=b", {"age": 3, "tags": ["a", "b"]}),
    (URL_ENCODED, "name=Rex&tags=a&more=1&more=2", {"tags": ["a"], "more": ["1", "2"]}),
    (URL_ENCODED, "name=Rex&tags=[a&more[x]=1&more[x]=2", {"tags": ["[a"], "more": {"x": [1, 2]}}),
    (XML, "<pet><name>Rex</name><tags>a</tags><tags>b</tags></pet>", {"tags": ["a", "b"]}),
    (XML, "<pet><name>Rex</name><more>1</more><more>2</more><more>3</more></pet>", {"more": ["1", "2", "3"]}),
    (XML, '<pet age="3" x="y"><name>Rex</name></pet>', {"age": 3, "x": "y"}),
]


@pytest.mark.parametrize(("media", "text", "expected"), SENT)
def test_bodies_that_are_not_json(tmp_path: Path, media: str, text: str, expected: dict[str, Any]) -> None:
    """Forms and XML become the members that the schema describes."""
    one = client(tmp_path, QUERY, {media: {"schema": FORM}})
    answer = one.post("/pets?token=x", content=text.encode(), headers={"Content-Type": media})
    assert answer.status_code == 200, answer.text
    made = answer.json()
    assert made == {"id": made["id"], "name": "Rex", **expected}


def test_a_form_that_is_not_utf_8(tmp_path: Path) -> None:
    """It is malformed."""
    media = "application/x-www-form-urlencoded"
    one = client(tmp_path, QUERY, {media: {"schema": FORM}})
    answer = one.post("/pets?token=x", content=b"name=\xff", headers={"Content-Type": media})
    assert 400 <= answer.status_code < 500


EXAMPLE = {"name": "Rex", "age": 3, "tags": ["a", "b"], "is_good": True, "owner": None}
COMMANDS: list[tuple[str, Any, str]] = [
    (URL_ENCODED, EXAMPLE, "--data-urlencode name=Rex --data-urlencode age=3 --data-urlencode tags=a --data-urlencode tags=b"),
    (URL_ENCODED, "name=Rex&age=3", "--data-urlencode name=Rex --data-urlencode age=3"),
    (XML, EXAMPLE, "-d '<body><name>Rex</name><age>3</age><tags>a</tags><tags>b</tags><is_good>true</is_good></body>'"),
    (XML, "<pet><name>Rex</name></pet>", "-d '<pet><name>Rex</name></pet>'"),
]


@pytest.mark.parametrize(("media", "example", "expected"), COMMANDS)
def test_curl_commands(tmp_path: Path, capsys: pytest.CaptureFixture[str], media: str, example: Any, expected: str) -> None:
    """A form is sent field by field, XML as it is."""
    client(tmp_path, QUERY, {media: {"schema": FORM, "example": example}})
    assert main(["list", "odd", "createPet", "--providers", str(tmp_path)]) == 0
    assert expected in " ".join(capsys.readouterr().out.replace("\\\n", " ").split())
