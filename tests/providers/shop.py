"""A small provider in a folder, and a client of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx

from simulator.application import Application
from simulator.registry import registry_with
from simulator.testing.transport import Transport

SHOP = """\
openapi: 3.0.3
info: {title: Shop, version: "1"}
servers: [{url: "https://api.shop.example/v1"}]
security: [{key: []}]
paths:
  /pets:
    get:
      parameters:
        - {name: limit, in: query, schema: {type: integer, maximum: 100, default: 2}}
        - {name: cursor, in: query, schema: {type: string}}
        - {name: colour, in: query, schema: {type: array, items: {type: string}}}
      responses:
        "200":
          description: All.
          content:
            application/json:
              schema:
                type: object
                required: [data, has_more]
                properties:
                  data: {type: array, items: {$ref: "#/components/schemas/Pet"}}
                  has_more: {type: boolean}
                  next_cursor: {type: string, nullable: true}
    post:
      operationId: createPet
      requestBody: {required: true, content: {application/json: {schema: {$ref: "schemas.yaml#/NewPet"}}}}
      responses:
        "201":
          description: Made.
          content: {application/xml: {}, application/json: {schema: {$ref: "#/components/schemas/Pet"}}}
        "422": {description: Invalid., content: {application/json: {schema: {$ref: "#/components/schemas/Error"}}}}
  /pets/{petId}:
    parameters: [{name: petId, in: path, required: true, schema: {type: string, format: uuid}}]
    get: {responses: {"200": {$ref: "#/components/responses/Pet"}, "404": {$ref: "#/components/responses/Missing"}}}
    put:
      requestBody: {content: {application/json: {schema: {$ref: "schemas.yaml#/NewPet"}}}}
      responses: {"200": {$ref: "#/components/responses/Pet"}}
    patch:
      requestBody: {content: {application/x-www-form-urlencoded: {schema: {$ref: "#/components/schemas/Pet"}}}}
      responses: {"200": {$ref: "#/components/responses/Pet"}}
    delete: {responses: {"204": {description: Gone.}, "404": {$ref: "#/components/responses/Missing"}}}
  /pets/{petId}/cancel:
    post:
      operationId: cancelPet
      parameters: [{name: petId, in: path, required: true, schema: {type: string}}]
      responses: {"200": {$ref: "#/components/responses/Pet"}}
  /pets/{petId}/visits:
    parameters: [{name: petId, in: path, required: true, schema: {type: string}}]
    get:
      responses:
        "200":
          description: All.
          content: {application/json: {schema: {type: array, items: {$ref: "#/components/schemas/Visit"}}}}
    post:
      requestBody: {content: {application/json: {schema: {$ref: "#/components/schemas/Visit"}}}}
      responses: {"201": {description: Made., content: {application/json: {schema: {$ref: "#/components/schemas/Visit"}}}}}
  /orders:
    post:
      requestBody:
        content:
          application/json: {schema: {type: object, required: [pet_id], properties: {pet_id: {type: string}}}}
      responses:
        "201":
          description: Made.
          content:
            application/json: {schema: {type: object, properties: {id: {type: integer}, pet_id: {type: string}}}}
  /orders/{id}.json:
    get:
      responses:
        "200": {description: One., content: {application/json: {schema: {type: object, properties: {id: {type: integer}}}}}}
  /picture:
    get: {responses: {"200": {description: A picture., content: {image/png: {schema: {type: string, format: binary}}}}}}
  /fees:
    get:
      responses: {"200": {description: Fees., content: {application/json: {schema: {type: object}, example: {fee: 3}}}}}
components:
  securitySchemes: {key: {type: apiKey, in: query, name: api_key}}
  responses:
    Pet: {description: One., content: {application/json: {schema: {$ref: "#/components/schemas/Pet"}}}}
    Missing: {description: None., content: {application/json: {schema: {$ref: "#/components/schemas/Error"}}}}
  schemas:
    Error:
      type: object
      required: [error]
      properties:
        error: {type: object, required: [message], properties: {message: {type: string}, status: {type: integer}}}
    Visit: {type: object, properties: {id: {type: string, readOnly: true}, reason: {type: string}}}
    Pet:
      allOf:
        - $ref: "schemas.yaml#/NewPet"
        - type: object
          required: [id, created_at]
          properties:
            id: {type: string, format: uuid, readOnly: true}
            created_at: {type: string, format: date-time, readOnly: true}
            status: {type: string, enum: [active, cancelled]}
            parent: {$ref: "#/components/schemas/Pet"}
"""
SCHEMAS = """\
NewPet:
  type: object
  required: [name]
  properties:
    name: {type: string, minLength: 1}
    colour: {type: string, default: black}
    age: {type: integer, nullable: true}
    secret: {type: string, writeOnly: true}
"""
KEY = "demo"


def served(folder: Path, spec: str = SHOP, name: str = "shop", **files: str) -> Application:
    """Return the simulator with a provider of a folder."""
    (folder / name).mkdir()
    (folder / name / "openapi.yaml").write_text(spec, encoding="utf-8")
    for file, text in {"schemas.yaml": SCHEMAS, **{file.replace("__", "."): text for file, text in files.items()}}.items():
        (folder / name / file).write_text(text, encoding="utf-8")
    return Application(registry_with(folder))


class Client(httpx.Client):
    """A client of one provider that fails on faults of the simulator."""

    def __init__(self, app: Application, base_url: str, **more: Any) -> None:
        super().__init__(transport=Transport(app, "default"), base_url=f"http://here{base_url}", trust_env=False, **more)
        self.app = app

    def request(self, method: str, url: Any, **more: Any) -> httpx.Response:
        """Send a request."""
        response = super().request(method, url, **more)
        assert "X-Simulator-Bug" not in response.headers, response.text
        return response
