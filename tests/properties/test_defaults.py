"""A member that a request leaves out behaves as the `default` of the spec says: the code has no other default of its own."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import pytest

from simulator import Simulator
from simulator.documents import read
from simulator.openapi.operation import Operation
from simulator.registry import built_in_registry, data_folder
from simulator.testing.client import Json
from tests.asking import example, opening
from tests.properties.states import records
from tests.properties.trail import resolved

PROVIDERS = built_in_registry().providers
DEFAULT: Json = read(data_folder("scenarios") / "default.yaml").content
CARTESIA = {  # what the examples of its operations name, beside what the default scenario holds
    "providers": [{"type": "twilio", "id": "ata_abc123", "account_sid": "AC" + "0" * 32}],
    "numbers": [{"id": "ap_Q8PRh7lXyZsawXJmN2KcT5", "label": "Line"}],
}
SCENARIO: Json = {
    **DEFAULT,
    "accounts": [{**account, "cartesia": {**account["cartesia"], **CARTESIA}} for account in DEFAULT["accounts"]],
    "clock": {"start": "2026-03-01T00:00:00Z", "frozen": True},
    "rules": [],
}
Path = tuple[str, ...]


def defaults(document: Json, schema: Json, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Yield the members of a body for which the spec has a default, those of nested objects too."""
    schema = resolved(document, schema)
    for part in [part for word in ("allOf", "anyOf", "oneOf") for part in schema.get(word, ())]:
        yield from defaults(document, part, path)
    for name, member in schema.get("properties", {}).items():
        described = resolved(document, member)
        if "default" in described:
            yield (*path, name), described["default"]
        yield from defaults(document, described, (*path, name))


def cases() -> Iterator[Any]:
    """Yield provider, operation, member and default for every body that is no partial update."""
    for name, bound in PROVIDERS.items():
        for operation in bound.spec.operations.values():
            if operation.body is None or operation.method == "PATCH":
                continue
            body = resolved(bound.spec.content, operation.definition["requestBody"])
            schema = body["content"]["application/json"]["schema"]
            for path, default in dict(defaults(bound.spec.content, schema)).items():
                yield pytest.param(name, operation, path, default, id=f"{name}-{operation.id}-{'.'.join(path)}")


def without(body: Json, path: Path) -> Json:
    """Return the body without a member; the objects around it are there."""
    changed = copy.deepcopy(body)
    node = changed
    for name in path[:-1]:
        node = node.setdefault(name, {})
    node.pop(path[-1], None)
    return changed


def given(body: Json, path: Path, value: Any) -> Json:
    """Return the body with a member set."""
    changed = without(body, path)
    node = changed
    for name in path[:-1]:
        node = node[name]
    node[path[-1]] = value
    return changed


def outcome(name: str, operation: Operation, body: Json) -> tuple[int, bytes, Any]:
    """Return status, body and resulting records of a request in a world of its own."""
    bound, simulator = PROVIDERS[name], Simulator()
    simulator.world(SCENARIO, name="one", seed=1)
    for request in opening(bound):
        request.of(simulator.app, "one")
    response = example(bound, operation)._replace(body=body).of(simulator.app, "one")
    world = simulator.app.worlds.get("one")
    assert world is not None
    return response.status, response.body, records(world)


@pytest.mark.parametrize(("name", "operation", "path", "default"), list(cases()))
def test_an_omitted_member_has_the_default_of_the_spec(
    name: str, operation: Operation, path: Path, default: Any
) -> None:
    """The response and every record are those of a request that sends the default."""
    assert operation.body is not None
    examples = [body for body in operation.body.examples if isinstance(body, dict)] or [{}]
    explicit = [(body, outcome(name, operation, given(body, path, default))) for body in examples]
    accepted = [(body, result) for body, result in explicit if result[0] < 300]
    assert accepted, [result[:2] for _, result in explicit]
    for body, result in accepted:
        assert outcome(name, operation, without(body, path)) == result
