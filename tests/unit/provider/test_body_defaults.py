"""Defaults of body members come from the spec, as those of parameters do."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from simulator.documents import parse
from simulator.openapi.spec import Spec
from simulator.provider import Call, Reply
from tests.unit.library import SPEC, Library, State

SCHEMA = """\
type: object
properties:
  colour: {type: string, default: red}
  size: {type: object, properties: {width: {type: integer, default: 1}, height: {type: integer}}}
  parts: {type: array, items: {type: object, properties: {kind: {type: string, default: wheel}}}}
allOf:
  - {type: object, properties: {speed: {type: integer, default: 9}}}
oneOf:
  - {type: object, required: [motor], properties: {motor: {type: string}, fuel: {type: string, default: petrol}}}
  - {type: object, required: [sail], properties: {sail: {type: string}, area: {type: integer, default: 12}}}
  - {type: object, maxProperties: 0}
"""


def _filled(sent: Any) -> Any:
    """What a body becomes under the schema above."""
    start = SPEC.index("            schema:\n")
    end = SPEC.index("      responses:", start)
    schema = "\n".join(f"              {line}" for line in SCHEMA.splitlines())
    text = f"{SPEC[:start]}            schema:\n{schema}\n{SPEC[end:]}"
    body = Spec(parse(text, "x.yaml")).operations["addBook"].body
    assert body is not None
    assert body.defaults is not None
    return body.defaults.fill(sent)


@pytest.mark.parametrize(
    ("sent", "filled"),
    [
        ({"motor": "v8"}, {"motor": "v8", "colour": "red", "speed": 9, "fuel": "petrol"}),
        ({"sail": "lug", "speed": 1}, {"sail": "lug", "colour": "red", "speed": 1, "area": 12}),
        ({"motor": "v8", "size": {"height": 2}}, {"motor": "v8", "size": {"height": 2, "width": 1}}),
        ({"motor": "v8", "parts": [{}, {"kind": "door"}]}, {"motor": "v8", "parts": [{"kind": "wheel"}, {"kind": "door"}]}),
        ({"motor": "v8", "colour": None}, {"motor": "v8", "colour": None}),
        ([1], [1]),
        (None, None),
    ],
)
def test_omitted_members_are_filled_in(sent: Any, filled: Any) -> None:
    """At every depth where there is an object, in items and in the branch that the body fits; what is sent stays."""
    before = json.dumps(sent)
    result = _filled(sent)
    assert json.dumps(sent) == before
    if isinstance(filled, dict):
        filled = {"colour": "red", "speed": 9, **({"fuel": "petrol"} if "motor" in filled else {}), **filled}
    assert result == filled


def test_a_default_beside_a_reference() -> None:
    """It outranks that of the schema which is referenced, in a body and in a parameter (JSON Schema 2020-12, 8.2.3.1)."""
    referenced = "{type: string, enum: [Untitled, Emma, Persuasion], default: Emma}"
    text = SPEC.replace("    Short:\n", f"    Title: {referenced}\n    Short:\n")
    plain = "title: {type: string, default: Untitled}\n                shelfId"
    limit = "{name: limit, in: query, schema: {type: integer, minimum: 1, default: 20}}"
    for schema, title in (
        ('$ref: "#/components/schemas/Title"', "Emma"),
        ('$ref: "#/components/schemas/Title", default: Persuasion', "Persuasion"),
    ):
        changed = text.replace(plain, f"title: {{{schema}}}\n                shelfId")
        changed = changed.replace(limit, f"{{name: limit, in: query, schema: {{{schema}}}}}")
        operations = Spec(parse(changed, "x.yaml")).operations
        body = operations["addBook"].body
        assert body is not None
        assert body.defaults is not None
        assert body.defaults.fill({})["title"] == title
        assert operations["listBooks"].parameters[0].default == title


def test_a_handler_sees_both(tmp_path: Path) -> None:
    """What the client sent, and what that stands for; a default is a fresh copy for every request."""
    seen: list[tuple[Any, Any]] = []

    def add(call: Call[State]) -> Reply:
        seen.append((call.sent, call.body))
        call.body["tags"].append("changed")
        return Reply({"bookId": "x", "title": "y", "tags": [], "createdAt": "0" * 23 + "Z", "shelf": None})

    library = Library(tmp_path, handlers={"addBook": add})
    for _ in range(2):
        library("POST", "/books", json={"title": "Emma"})
    assert [sent for sent, _ in seen] == [{"title": "Emma"}] * 2
    assert [body["binding"] for _, body in seen] == [{"kind": "paper"}] * 2
    assert [body["tags"] for _, body in seen] == [["changed"]] * 2


def test_no_body_is_filled_in_too(tmp_path: Path) -> None:
    """An operation that needs no body has the defaults of its members without one."""
    assert Library(tmp_path)("POST", "/books").json()["data"]["title"] == "Untitled"
