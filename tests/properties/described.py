"""Whether an answer says only what the spec describes: a schema that is open lets anything else pass."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from simulator.http.response import Response
from simulator.provider.bound import BoundProvider
from simulator.testing.client import Json
from tests.properties.trail import resolved


def strangers(bound: BoundProvider, operation_id: str, answer: Response) -> list[str]:
    """The ways to what an answer says and its schema does not describe."""
    document = bound.spec.content
    response = resolved(document, bound.spec.operations[operation_id].definition["responses"][str(answer.status)])
    media = dict(answer.headers).get("Content-Type", "").partition(";")[0]
    if not media.endswith("json"):
        return []
    return list(_strangers(document, [response["content"][media]["schema"]], json.loads(answer.body), ""))


def _strangers(document: Json, schemas: list[Json], value: Any, path: str) -> Iterator[str]:
    parts = [part for schema in schemas for part in _parts(document, schema)]
    if isinstance(value, list):
        for each in value:
            yield from _strangers(document, [part["items"] for part in parts if "items" in part], each, f"{path}[]")
    elif isinstance(value, dict) and any("properties" in part for part in parts):  # without any it is described as free
        for name, each in value.items():
            known = [found for part in parts for found in _members(part, name)]
            if known:
                yield from _strangers(document, known, each, f"{path}.{name}")
            else:
                yield f"{path}.{name}"


def _parts(document: Json, schema: Json) -> Iterator[Json]:
    """A schema and those that it is made of."""
    schema = resolved(document, schema)
    yield schema
    inner = [each for word in ("allOf", "anyOf", "oneOf") for each in schema.get(word, ())]
    for each in [*inner, *(schema[word] for word in ("if", "then", "else") if word in schema)]:
        yield from _parts(document, each)


def _members(schema: Json, name: str) -> Iterator[Json]:
    if name in schema.get("properties", {}):
        yield schema["properties"][name]
    elif schema.get("additionalProperties") not in (None, False):
        yield {} if schema["additionalProperties"] is True else schema["additionalProperties"]
