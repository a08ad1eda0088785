"""The tests that every provider must pass, built in or from outside.

A test file of a provider subclasses `ProviderContract` and names the provider:

    from simulator.testing import ProviderContract

    class TestAcme(ProviderContract):
        provider = "acme"

Every test calls the provider's operations, in process, with the examples of its spec.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, ClassVar
from urllib.parse import quote, urlencode

from simulator.application import Application
from simulator.engine.world import World
from simulator.http import Request, Response, settled
from simulator.openapi.curl import encoded_example, example_body, example_text
from simulator.openapi.operation import Operation
from simulator.provider import BoundProvider
from simulator.registry import Registry, registry_with

FROZEN = {"description": "contract", "clock": {"start": "2026-03-01T00:00:00Z", "frozen": True}, "open": True}
NEVER_A_KEY = "never a key of any provider"
VARYING = {"x-simulator-request", "date"}  # headers that differ between two requests that are otherwise the same


class ProviderContract:
    """The suite; a subclass sets `provider`, and the others where the defaults do not fit."""

    provider: ClassVar[str]
    registry: ClassVar[Registry | None] = None  # None: the registry of the installed simulator
    scenario: ClassVar[dict[str, Any]] = FROZEN  # must be open, and stand still

    def test_every_operation_answers_as_its_spec_describes(self) -> None:
        """No response to an example of the spec is a fault of the simulator."""
        for caller, operation in self._operations():
            response = caller.call(operation)
            assert _header(response, "x-simulator-bug") is None, f"{operation.id}: {response.body.decode()}"

    def test_an_operation_without_a_key_is_refused(self) -> None:
        """A missing key is the provider's UNAUTHORIZED, one of another form its INVALID_KEY.

        Where the spec does not document the status of the error for an operation, such as only 403, it is another one of those
        that it documents.
        """
        for caller, operation in self._operations():
            if operation.schemes and not any(scheme.is_open for scheme in operation.schemes):
                errors = caller.service.provider.errors
                expected = {None: [errors.UNAUTHORIZED], NEVER_A_KEY: [errors.INVALID_KEY, errors.UNAUTHORIZED]}
                for key, meant in expected.items():  # what is no key at all, such as spaces in a cookie, is a missing one
                    refused = caller.call(operation, key=key)
                    error = next((one for one in meant if one.name == caller.error(refused)), None)
                    assert error is not None, f"{operation.id}: {refused.body.decode()}"
                    allowed = {error.status} & _documented(operation) or {error.status, *_documented(operation)}
                    assert refused.status in allowed, f"{operation.id}: {refused.body.decode()}"

    def test_an_unknown_path_and_method_are_refused(self) -> None:
        """An unknown path is the provider's NOT_FOUND; a wrong method names those of the path."""
        for caller, operation in self._operations():
            errors = caller.service.provider.errors
            unknown = f"{operation.path}/no/such/path"
            while caller.service.spec.router.find(unknown) is not None:  # such as a path of parameters alone
                unknown += "/path"
            assert caller.send("GET", unknown).status == errors.NOT_FOUND.status, operation.id
            wrong = caller.call(operation, method="TRACE")
            assert wrong.status == errors.METHOD_NOT_ALLOWED.status, operation.id
            assert operation.method in (_header(wrong, "allow") or "").split(", "), operation.id

    def test_a_refusal_leaves_nothing_behind(self) -> None:
        """Rejected requests change neither tables nor inventory."""
        for caller, operation in self._operations():
            caller.call(operation)  # opens the account
            before = caller.state()
            if caller.call(operation).status >= 400:
                assert caller.state() == before, operation.id
            if operation.body is not None and operation.simulated:
                before = caller.state()
                refused = caller.send(operation.method, operation.path, b'{"a": ', caller.key(operation))
                assert refused.status >= 400, f"{operation.id}: {refused.body.decode()}"
                assert caller.state() == before, operation.id

    def test_the_same_seed_gives_the_same_bytes(self) -> None:
        """Two worlds with one seed answer the same calls alike; timers and ids included."""
        first, second = self._caller(), self._caller()
        for operation in first.service.spec.operations.values():
            here, there = first.call(operation), second.call(operation)
            assert (here.status, _comparable(here), here.body) == (there.status, _comparable(there), there.body), operation.id

    def test_a_restored_world_is_as_it_was(self) -> None:
        """Everything that operations change is part of a snapshot."""
        caller = self._caller()
        for operation in caller.service.spec.operations.values():
            caller.call(operation)
            saved, before = caller.world.snapshot(), caller.state()
            caller.call(operation)
            caller.world.restore(saved)
            assert caller.state() == before, operation.id

    def test_operations_that_are_only_declared_say_so(self) -> None:
        """They return 501, or 401 where no key for tests opens them, and are never graded documented."""
        for caller, operation in self._operations():
            if not operation.simulated:
                response = caller.call(operation)
                opened = not operation.schemes or caller.key(operation) is not None
                assert response.status == (501 if opened else 401), operation.id
                assert _header(response, "x-simulator-evidence") != "documented", operation.id

    def _caller(self) -> Caller:
        return Caller(self.registry or registry_with(), self.provider, self.scenario)

    def _operations(self) -> Iterator[tuple[Caller, Operation]]:
        """Yield every operation, with a fresh world to call it in."""
        caller = self._caller()
        for operation in caller.service.spec.operations.values():
            yield caller, operation
            caller.world.reset()


class Caller:
    """Calls the operations of one provider in a world of its own, with the examples of its spec."""

    def __init__(self, registry: Registry, provider: str, scenario: dict[str, Any]) -> None:
        self.application = Application(registry)
        self.service: BoundProvider = registry.providers[provider]
        body = json.dumps({"scenario": scenario, "seed": 7}).encode()
        headers = {"host": "contract", "content-type": "application/json"}
        made = settled(self.application.handle(Request("PUT", "/_simulator/worlds/contract", "", headers, body)))
        assert made.status == 201, made.body.decode()

    @property
    def world(self) -> World:
        """The world."""
        world = self.application.worlds.get("contract")
        assert world is not None, "the world of the contract was deleted"
        return world

    def key(self, operation: Operation) -> str | None:
        """Return a key of the provider that opens an operation; None for a public one."""
        keys = self.service.provider.keys
        return next((key for key in keys for scheme in operation.schemes if scheme.pattern.fullmatch(key)), None)

    def call(self, operation: Operation, *, key: str | None = "", method: str = "") -> Response:
        """Call an operation with the example of its spec, by default with a key that opens it."""
        path = operation.path
        headers: dict[str, str] = {}
        query: dict[str, str] = {}
        for parameter in operation.parameters:
            value = example_text(parameter)
            if parameter.where == "path":
                path = path.replace(f"{{{parameter.name}}}", quote(value, safe=""))
            elif parameter.required:
                (query if parameter.where == "query" else headers)[parameter.name] = value
        headers["content-type"], raw = encoded_example(operation, example_body(operation))
        key = self.key(operation) if key == "" else key
        return self.send(method or operation.method, path, raw, key, operation, query, headers)

    def send(
        self,
        method: str,
        path: str,
        raw: bytes = b"",
        key: str | None = None,
        operation: Operation | None = None,
        query: dict[str, str] | None = None,
        headers: dict[str, str] | None = None,
    ) -> Response:
        """Send a request to the provider."""
        schemes = operation.schemes if operation else tuple(self.service.spec.schemes.values())
        credential: dict[str, str] = {}
        if key is not None and schemes:
            scheme = next((scheme for scheme in schemes if scheme.pattern.fullmatch(key)), schemes[0])
            credential, keys = scheme.present(key)
            query = {**(query or {}), **keys}
        common = {"host": "contract", "x-simulator-world": "contract", "content-type": "application/json"}
        address = f"/{self.service.name}{path}"
        request = Request(method, address, urlencode(query or {}), {**common, **(headers or {}), **credential}, raw)
        return settled(self.application.handle(request))

    def error(self, response: Response) -> str:
        """Return the name of the error with which a request was refused; empty if it was not."""
        entry = self.world.journal.get(_header(response, "x-simulator-request") or "")
        return entry.error if entry is not None else ""

    def state(self) -> Any:
        """Return everything that operations change, in a form that can be compared."""
        store = self.world.store
        tables = {
            (*account, name): list(table.all())
            for account, opened in store.accounts.items()
            for name, table in opened.tables.items()
        }
        environment = store.environment
        return tables, list(environment.credentials.all()), environment.inventory.save(), environment.timers.all()


def _documented(operation: Operation) -> set[int]:
    """Return the statuses of refusals that the spec of an operation documents."""
    return {status for status, response in operation.responses.items() if status >= 400 and response.evidence != "assumed"}


def _header(response: Response, name: str) -> str | None:
    return next((value for header, value in response.headers if header.lower() == name), None)


def _comparable(response: Response) -> list[tuple[str, str]]:
    return [(name, value) for name, value in response.headers if name.lower() not in VARYING]
