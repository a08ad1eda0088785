"""What Vantax and Cald document and the simulator does not perform: declared in their specs, and answered 501."""

from __future__ import annotations

import pytest

from simulator.openapi.operation import Operation
from simulator.registry import built_in_registry
from tests.conftest import World

KEYS = {"cald": "caldLiveDe39a3accb206dd615f30d118e519df0", "vantax": "Bearer vx_live_demo"}
TITLES = {"cald": "Cald", "vantax": "Vantax"}
SPECS = {name: built_in_registry().providers[name].spec for name in KEYS}
DECLARED = [(name, one) for name, spec in SPECS.items() for one in spec.operations.values() if not one.simulated]


@pytest.mark.parametrize(("provider", "operation"), DECLARED, ids=[operation.id for _, operation in DECLARED])
def test_a_declared_operation_is_answered_501(world: World, provider: str, operation: Operation) -> None:
    """The body says that the operation exists at the provider, and the response is never graded documented."""
    path = operation.path.removeprefix(SPECS[provider].base_path)
    for parameter in operation.parameters:
        if parameter.where == "path":
            path = path.replace(f"{{{parameter.name}}}", str(parameter.example))
    answer = world.api(provider, Authorization=KEYS[provider])(
        operation.method, path, {} if operation.method == "POST" else None
    )
    body = answer.json()
    assert (answer.status_code, body["status"], body["request"]) == (501, 501, answer.headers["X-Simulator-Request"])
    assert f"{operation.method} {operation.path} exists at {TITLES[provider]} and is not simulated" in body["detail"]
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.headers["X-Simulator-Evidence"] == "assumed"


@pytest.mark.parametrize(("provider", "operation"), DECLARED, ids=[operation.id for _, operation in DECLARED])
def test_a_declared_operation_wants_a_key(world: World, provider: str, operation: Operation) -> None:
    """Without one it is refused as the provider refuses, before it is known that nobody performs it."""
    path = operation.path.removeprefix(SPECS[provider].base_path).replace("{", "").replace("}", "")
    status = 501 if not operation.schemes else 401
    assert world.api(provider)(operation.method, path).status_code == status
