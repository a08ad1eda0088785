"""What Chirp documents and the simulator does not perform: declared in the spec, and answered 501."""

from __future__ import annotations

import pytest

from simulator.openapi.operation import Operation
from simulator.registry import built_in_registry
from tests.conftest import World

SPEC = built_in_registry().providers["chirp"].spec
DECLARED = [operation for operation in SPEC.operations.values() if not operation.simulated]
KEYS = {"appAuth": "sk_live_app_demo", "adminAuth": "sk_admin_demo"}


def path_of(operation: Operation) -> str:
    """The path of an operation with the examples of its parameters."""
    return operation.path.format(**{one.name: one.example for one in operation.parameters if one.where == "path"})


@pytest.mark.parametrize("operation", DECLARED, ids=[operation.id for operation in DECLARED])
def test_a_declared_operation_is_answered_501(world: World, operation: Operation) -> None:
    """The body says that the operation exists at Chirp, and nothing of it is graded documented."""
    chirp = world.api("chirp", Authorization=f"Bearer {KEYS[operation.schemes[0].name]}")
    answer = chirp(operation.method, path_of(operation), {} if operation.method in ("POST", "PUT", "PATCH") else None)
    body = answer.json()
    assert (answer.status_code, body["status"], body["request"]) == (501, 501, answer.headers["X-Simulator-Request"])
    assert f"{operation.method} {operation.path} exists at Chirp and is not simulated" in body["detail"]
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.headers["X-Simulator-Evidence"] == "assumed"


@pytest.mark.parametrize("operation", DECLARED, ids=[operation.id for operation in DECLARED])
def test_a_declared_operation_wants_a_key(world: World, operation: Operation) -> None:
    """Without one it is refused as Chirp refuses, before it is known that nobody performs it."""
    answer = world.api("chirp")(operation.method, path_of(operation))
    assert (answer.status_code, answer.json()["error"]["type"]) == (401, "authentication_error")
