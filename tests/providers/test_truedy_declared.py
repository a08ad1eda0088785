"""What Truedy documents and the simulator only declares: a 501 that says so, and never a 404 of the provider."""

from __future__ import annotations

import pytest

from simulator.openapi.operation import Operation
from simulator.registry import built_in_registry
from tests.conftest import Api, World
from tests.providers.truedy import KEY

OPERATIONS = built_in_registry().providers["truedy"].spec.operations
DECLARED = [operation for operation in OPERATIONS.values() if not operation.simulated]
BASE = "/api/public/v1"

# The reference, by its groups (https://docs.truedy.ai/api-reference/introduction): how many operations each of them has.
DOCUMENTED = {
    "Telephony": 10,
    "Agents": 5,
    "Voices": 4,
    "Calls": 4,
    "Batch Calls": 11,
    "Contacts": 6,
    "Tools": 5,
    "Knowledge Bases": 9,
    "WebRTC": 1,
    "Meta": 1,
}


@pytest.fixture
def truedy(world: World) -> Api:
    """Truedy with a key that works."""
    return world.api("truedy", Authorization=f"Bearer {KEY}")


def test_every_group_of_the_reference_is_declared() -> None:
    """Performed or not, every documented operation is in the spec."""
    tags = [tag for operation in OPERATIONS.values() for tag in operation.definition["tags"]]
    assert {tag: tags.count(tag) for tag in tags} == DOCUMENTED


@pytest.mark.parametrize("operation", DECLARED, ids=lambda operation: operation.id)
def test_what_is_only_declared_says_so(truedy: Api, operation: Operation) -> None:
    """The body names the operation and that it exists at Truedy; nothing of it is graded documented."""
    path = operation.path.removeprefix(BASE)
    for name in operation.arguments:
        path = path.replace(f"{{{name}}}", "0d9f6a1c-4b2e-4f7a-9c3d-8e5f6a7b8c9d")
    answer = truedy(operation.method, path, {} if operation.method in ("POST", "PATCH") else None)
    assert answer.status_code == 501
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.headers["X-Simulator-Evidence"] == "assumed"
    assert answer.json().keys() == {"type", "title", "status", "detail", "request"}
    assert f"{operation.method} {operation.path} exists at Truedy and is not simulated" in answer.json()["detail"]


@pytest.mark.parametrize("operation", [each for each in DECLARED if each.schemes], ids=lambda operation: operation.id)
def test_what_is_only_declared_needs_a_key(world: World, operation: Operation) -> None:
    """Without one it is refused like everything else."""
    path = operation.path.removeprefix(BASE).replace("{", "").replace("}", "")
    assert world.api("truedy")(operation.method, path).status_code == 401
