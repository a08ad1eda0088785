"""Schemas that contain themselves in their own place: they are cut, and the rest of the document is served."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from tests.providers.shop import Client, served

SPEC = """
openapi: 3.1.0
info: {title: Acme, version: "1"}
paths:
  /pets:
    post:
      operationId: createPet
      parameters: [{$ref: "#/components/parameters/Loop"}]
      requestBody: {content: {application/json: {schema: {$ref: "#/components/schemas/Pet"}}}}
      responses: {"201": {description: One., content: {application/json: {schema: {$ref: "#/components/schemas/Pet"}}}}}
    get:
      operationId: listPets
      responses: {"200": {description: All., content: {application/json: {schema: {$ref: "#/components/schemas/Pets"}}}}}
components:
  parameters: {Loop: {$ref: "#/components/parameters/Loop"}}
  schemas:
    Pets: {type: array, items: {$ref: "#/components/schemas/Pet"}}
    Pet:
      type: object
      required: [name]
      properties:
        id: {type: string, readOnly: true}
        name: {$ref: "#/components/schemas/Union"}
        one: {$ref: "#/components/schemas/One"}
        self: {$ref: "#/components/schemas/Self"}
        part: {$ref: "#/components/schemas/Part"}
        mother: {$ref: "#/components/schemas/Pet"}
        missing: {$ref: "#/components/schemas/Missing"}
    One: {$ref: "#/components/schemas/Two"}
    Two: {$ref: "#/components/schemas/One"}
    Self: {$ref: "#/components/schemas/Self"}
    Part: {allOf: [{$ref: "#/components/schemas/Whole"}, {type: object, properties: {part: {type: string}}}]}
    Whole: {allOf: [{$ref: "#/components/schemas/Part"}, {type: object, properties: {whole: {type: string}}}]}
    Union: {oneOf: [{$ref: "#/components/schemas/Union"}, {type: string}]}
"""


def test_circles_of_references(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """What is described outside of the circle is checked, in the circle any value is accepted; a missing schema is logged."""
    body = {"name": "Rex", "one": 1, "self": [], "part": {"part": "a", "whole": "b"}, "mother": {"name": "Mia"}}
    with caplog.at_level(logging.WARNING, "simulator"):
        client = Client(served(tmp_path, SPEC, "acme"), "/acme")
    made = client.post("/pets", json=body)
    assert (made.status_code, made.json()) == (201, {**body, "id": made.json()["id"]})
    assert client.get("/pets").json() == [made.json()]
    for wrong in ({"name": 1}, {"name": "Rex", "part": {"part": 1}}, {"name": "Rex", "mother": {}}):
        assert client.post("/pets", json=wrong).status_code == 400, wrong
    line = SPEC[: SPEC.index("schemas/Missing")].count("\n") + 1
    problem = "the reference '#/components/schemas/Missing' leads to nothing; any value is accepted there"
    assert [record.getMessage() for record in caplog.records] == [f"{tmp_path}/acme/openapi.yaml:{line}: {problem}"]
