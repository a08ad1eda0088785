"""Published specs are served as they are; skipped where SIMULATOR_TEST_SPECS names no folder of them."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from time import process_time
from typing import Any
from urllib.parse import quote

import msgspec
import pytest

from simulator.inferred.model import Model
from simulator.inferred.recognition import Recognition
from simulator.inferred.samples import Sampler
from simulator.openapi.curl import encoded_example
from simulator.openapi.operation import Operation
from simulator.registry import Registry, registry_with
from simulator.testing.provider_contract import FROZEN, Caller

FOLDER = Path(os.environ.get("SIMULATOR_TEST_SPECS") or "no folder")
SPECS = sorted(path for path in FOLDER.glob("*") if path.suffix in (".yaml", ".yml", ".json"))
SECONDS_PER_MB = 3  # of processor time, which a busy machine stretches; about one on an idle one
pytestmark = pytest.mark.skipif(not SPECS, reason="SIMULATOR_TEST_SPECS names no folder of specs")


@pytest.fixture(scope="module", params=SPECS, ids=lambda path: path.stem)
def registry(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Registry:
    """The registry with one published spec, loaded in time."""
    folder = tmp_path_factory.mktemp("providers")
    (folder / "subject").mkdir()
    shutil.copy(request.param, folder / "subject" / f"openapi{request.param.suffix}")
    registry_with()  # the built-in providers count once
    start = process_time()
    registry = registry_with(folder)
    assert process_time() - start < 1 + SECONDS_PER_MB * request.param.stat().st_size / 1e6
    return registry


class Subject:
    """A published provider, called with bodies made from its own schemas."""

    def __init__(self, registry: Registry) -> None:
        self.caller = Caller(registry, "subject", FROZEN)
        self.spec = self.caller.service.spec
        self.model = Model(self.spec.content)
        self.recognition = Recognition(self.spec.content, self.model)
        self.plans = dict(self.recognition.plans())
        self._sampler = Sampler(self.model, datetime(2026, 3, 1, tzinfo=UTC), lambda: "0123456789abcdef" * 2)

    def call(self, operation_id: str, key: str = "") -> tuple[int, Any]:
        """Return status and body of an answer; it is no fault of the simulator."""
        operation = self.spec.operations[operation_id]
        path = operation.path
        if key and operation.arguments:
            path = path.replace(f"{{{operation.arguments[-1]}}}", quote(key, safe=""))
        query: dict[str, str] = {}
        headers: dict[str, str] = {}
        for parameter in operation.parameters:
            if parameter.where == "path":
                path = path.replace(f"{{{parameter.name}}}", quote(str(parameter.example), safe=""))
            elif parameter.required:
                (query if parameter.where == "query" else headers)[parameter.name] = str(parameter.example)
        raw = b""
        if operation.body is not None:
            headers["content-type"], raw = encoded_example(operation, self._body(operation))
        caller = self.caller
        response = caller.send(operation.method, path, raw, caller.key(operation), operation, query, headers)
        assert "X-Simulator-Bug" not in dict(response.headers), response.body
        is_json = "json" in dict(response.headers).get("Content-Type", "")
        return response.status, msgspec.json.decode(response.body) if is_json and response.body else None

    def _body(self, operation: Operation) -> Any:
        _, content = self.model.content(operation.definition["requestBody"])
        assert operation.body is not None
        check = next(iter(operation.body.media.values()))
        schema = content.get("schema", {})
        candidates = [self._sampler.value(schema, lean=True), self._sampler.value(schema), content.get("example")]
        return next((body for body in candidates if not check.violations(body, "body")), candidates[0])

    def resources(self) -> Iterator[dict[str, tuple[str, tuple[str, ...], str]]]:
        """Yield the operations of every resource whose records can be created, by kind."""
        for resource in self.recognition.resources.values():
            plans = {name: plan for name, plan in self.plans.items() if plan.resource is resource}
            kinds: dict[str, tuple[str, tuple[str, ...], str]] = {
                plan.kind: (name, plan.within, resource.member) for name, plan in reversed(plans.items())
            }
            if "create" in kinds and not [name for name in resource.scope if name != self.recognition.tenant]:
                yield kinds


def _inside(body: Any, within: tuple[str, ...]) -> Any:
    for name in within:
        body = body.get(name, []) if isinstance(body, dict) else []
    return body


def test_every_operation_answers(registry: Registry) -> None:
    """No operation fails, with a key and without one."""
    subject = Subject(registry)
    for name in subject.plans:
        subject.call(name)
    response = subject.caller.call(next(iter(subject.spec.operations.values())), key=None)
    assert response.status in (200, 400, 401, 404, 422)


def test_records_are_kept(registry: Registry) -> None:
    """What is created is read, listed, changed and deleted."""
    subject = Subject(registry)
    for kinds in subject.resources():
        name, within, member = kinds["create"]
        status, body = subject.call(name)
        if status >= 400:  # such as a required id of something that does not exist
            continue
        record = _inside(body, within)
        key = record.get(member) if isinstance(record, dict) else None
        if key is None:
            continue
        for kind in ("read", "replace", "change"):
            if kind in kinds:
                assert subject.call(kinds[kind][0], str(key))[0] < 400 or kind != "read", kinds[kind]
        if "list" in kinds:
            assert _inside(subject.call(kinds["list"][0])[1], kinds["list"][1]), kinds["list"]
        if "delete" in kinds:
            assert subject.call(kinds["delete"][0], str(key))[0] < 300, kinds["delete"]
            if "read" in kinds:
                assert subject.call(kinds["read"][0], str(key))[0] >= 400, kinds["read"]
