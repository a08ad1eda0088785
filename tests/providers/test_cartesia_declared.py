"""The operations that Cartesia documents and the simulator only declares: 501, whoever asks and whatever is sent."""

from __future__ import annotations

import re
from typing import Any

import pytest

from simulator.registry import built_in_registry
from tests.conftest import Api, World
from tests.providers.test_cartesia import client, refusal

OPERATIONS = built_in_registry().providers["cartesia"].spec.operations
DECLARED = sorted(name for name, operation in OPERATIONS.items() if not operation.simulated)


@pytest.fixture
def cartesia(world: World) -> Api:
    """The demo account of the default scenario."""
    return client(world, "sk_car_demo")


def request(api: Api, operation_id: str, **more: Any) -> Any:
    """Call an operation with something in the place of each path parameter, and the key that its routes take."""
    operation = OPERATIONS[operation_id]
    path = re.sub("{[^}]*}", "x", operation.path)
    key = "sk_car_admin_demo" if operation.schemes[0].name == "adminKey" else "sk_car_demo"
    return api(operation.method, path, **{"headers": {"Authorization": f"Bearer {key}"}, **more})


@pytest.mark.parametrize("operation_id", DECLARED)
def test_a_declared_operation_is_a_501_that_says_so(cartesia: Api, operation_id: str) -> None:
    """The body names the operation; nothing of it is graded documented."""
    answer = request(cartesia, operation_id)
    assert (answer.status_code, answer.headers["Content-Type"]) == (501, "application/problem+json")
    body = answer.json()
    assert {"type", "title", "status", "detail", "request"} <= set(body)
    operation = OPERATIONS[operation_id]
    assert body["detail"].startswith(f"{operation.method} {operation.path} exists at Cartesia and is not simulated")
    assert f"(cartesia.{operation_id})" in body["detail"]
    assert answer.headers["X-Simulator-Evidence"] == "assumed"
    assert operation.source.startswith("https://docs.cartesia.ai/")


@pytest.mark.parametrize("operation_id", DECLARED)
def test_a_declared_operation_wants_a_key(world: World, operation_id: str) -> None:
    """As Cartesia's own operations do; admin routes take admin keys alone."""
    assert refusal(request(world.api("cartesia", Cartesia_Version="2026-08-14"), operation_id, headers={}), 401)
    is_admin = OPERATIONS[operation_id].schemes[0].name == "adminKey"
    wrong = {"Authorization": f"Bearer {'sk_car_demo' if is_admin else 'sk_car_admin_demo'}", "Cartesia-Version": "2026-08-14"}
    assert refusal(request(world.api("cartesia"), operation_id, headers=wrong), 401)


@pytest.mark.parametrize(
    "path",
    [
        "/v1/agents/models",
        "/v1/agents/tools",
        "/agents/webhooks",
        "/agents/metrics",
        "/agents/documents",
        "/agents/folders",
        "/agents/calls/batches",
        "/agents/metrics/results",
        "/voices",
        "/files",
    ],
)
def test_a_literal_segment_is_no_id(cartesia: Api, path: str) -> None:
    """`{agent_id}` and `{call_id}` do not swallow what has a route of its own."""
    assert cartesia("GET", path).status_code in (200, 501)
    refused = cartesia("PUT", path)
    assert refusal(refused, 405) == (None, "Method not allowed")
    assert "GET" in refused.headers["Allow"]
