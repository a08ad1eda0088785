"""An omitted member of a body behaves as its `default` in the spec says: of every provider, and whatever the spec says."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from msgspec import UNSET

from simulator.application import Application
from simulator.http import settled
from simulator.http.request import Request
from simulator.http.response import Response
from simulator.openapi.operation import Operation
from simulator.provider.bound import BoundProvider
from simulator.registry import Registry, built_in_registry
from tests.asking import example
from tests.demo_provider import FOLDER
from tests.drift.drafts import Draft, Json

BOUND = built_in_registry().providers
VANTAX = {"contacts": [{"id": "ct_9b21d3"}], "conversations": [{"id": "conv_4b8e21", "contact_id": "ct_9b21d3"}]}
ACCOUNTS = {"vantax": [{"vantax": VANTAX}]}
SCENARIO = {"description": "defaults", "seed": 7, "open": True, "clock": {"start": "2026-03-01T00:00:00Z", "frozen": True}}

NEEDING_MORE = {"batches_create", "calls_create", "create_batch_call"}  # a number or an agent, which the examples do not make
NEEDING_MORE |= {"create_app_webhook", "create_call", "send_call_command", "send_sms"}  # an app with a number, or its call


def _cases() -> Iterator[tuple[str, str, str]]:
    """Every member with a default at the top of a JSON body, by provider and operation."""
    for name, bound in BOUND.items():
        for operation in bound.spec.operations.values():
            if not operation.simulated or operation.body is None or "application/json" not in operation.body.media:
                continue
            if operation.body.defaults is not None:
                members = operation.body.defaults.members
                yield from ((name, operation.id, member) for member, default, _ in members if default is not UNSET)


CASES = list(_cases())


def _serve(bound: BoundProvider) -> Application:
    """An application with one provider."""
    return Application(Registry({bound.name: bound}, FOLDER / "scenarios"))


@cache
def _built_in(name: str) -> Application:
    return _serve(BOUND[name])


def _answer(app: Application, name: str, operation: Operation, change: Json, omitted: str) -> tuple[int, bytes]:
    """The answer to the spec's example, with members changed and one omitted, in a world as new that stands still."""
    scenario = {**SCENARIO, "accounts": ACCOUNTS.get(name, [])}
    made = _control(app, json.dumps({"scenario": scenario}).encode())
    assert made.status in (200, 201), made.body
    asked = example(app.registry.providers[name], operation)
    body = {name: value for name, value in {**(asked.body or {}), **change}.items() if name != omitted}
    answer = asked._replace(body=body).of(app, "own")
    return answer.status, answer.body


def _control(app: Application, raw: bytes) -> Response:
    headers = {"content-type": "application/json", "host": "127.0.0.1"}
    return settled(app.handle(Request("PUT", "/_simulator/worlds/own", "", headers, raw)))


@pytest.mark.parametrize(("name", "operation_id", "member"), CASES)
def test_an_omitted_member_behaves_as_its_default_says(name: str, operation_id: str, member: str) -> None:
    """The answer is the same to the byte, in worlds of one seed."""
    operation = BOUND[name].spec.operations[operation_id]
    default = _default(operation, member)
    app = _built_in(name)
    omitted = _answer(app, name, operation, {}, member)
    assert omitted[0] < 300 or operation_id in NEEDING_MORE, omitted
    assert omitted == _answer(app, name, operation, {member: default}, "")


def _default(operation: Operation, member: str) -> Any:
    assert operation.body is not None
    assert operation.body.defaults is not None
    return operation.body.defaults.fill({})[member]


def _schema(draft: Draft, operation_id: str, member: str) -> Json:
    """The schema of a member in a copy of the spec."""
    operation = next(node for _, _, node in draft.operations() if node["operationId"] == operation_id)
    content = draft.resolved(operation["requestBody"])["content"]["application/json"]
    schema = draft.resolved(content["schema"])
    parts = [schema, *(draft.resolved(part) for part in schema.get("allOf", ()))]
    return draft.resolved(next(part["properties"][member] for part in parts if member in part.get("properties", {})))


def _other(schema: Json) -> Any:
    """Another value that a member may have; None where there is no telling."""
    default = schema["default"]
    choices = [value for one in (schema, *schema.get("anyOf", ())) for value in one.get("enum", ())]
    if choices:
        return next(value for value in choices if value != default)
    if isinstance(default, bool):
        return not default
    if isinstance(default, int | float):
        return default + 1 if default + 1 <= schema.get("maximum", default + 1) else schema["minimum"]
    return "Other" if isinstance(default, str) and "pattern" not in schema else None


@pytest.mark.parametrize(("name", "operation_id", "member"), CASES)
def test_code_has_no_default_of_its_own(name: str, operation_id: str, member: str) -> None:
    """Where the spec says another default, an omitted member behaves as that one, and no longer as the first."""
    draft = Draft(name)
    schema = _schema(draft, operation_id, member)
    before, other = schema["default"], _other(schema)
    if other is None:
        pytest.skip(f"no other value for {before!r}")
    schema["default"] = other
    app = _serve(draft.bind())
    operation = app.registry.providers[name].spec.operations[operation_id]
    assert _default(operation, member) == other
    assert _answer(app, name, operation, {}, member) == _answer(app, name, operation, {member: other}, "")
