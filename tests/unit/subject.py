"""Any provider as a test subject: spoken to by its spec alone, so that a new one is tested without a line of code."""

from __future__ import annotations

from functools import cache, cached_property
from typing import Any
from urllib.parse import quote

import httpx

from simulator import Simulator
from simulator.openapi import spec
from simulator.openapi.curl import example_body
from simulator.openapi.operation import Operation
from simulator.openapi.spec import Spec
from simulator.registry import data_folder
from tests.conftest import World

PROVIDERS = sorted(path.stem for path in data_folder("specs").glob("[!_]*.yaml"))

MADE_WHEN_READ = {"callings"}  # Chirp's calling configurations: the first read of an app's makes it, with the defaults


@cache
def load(name: str) -> Spec:
    """The spec of a provider, or of the control API."""
    return spec.load(data_folder("specs") / f"{name}.yaml")


@cache
def _errors(name: str) -> dict[str, dict[str, Any]]:
    """The errors of a provider by name, as the control API lists them."""
    providers = Simulator().client.call("GET", "/providers")["providers"]
    return next({error["name"]: error for error in one["errors"]} for one in providers if one["name"] == name)


class RuleInput:
    """A provider in a world of its own."""

    def __init__(self, world: World, name: str) -> None:
        self.world = world
        self.spec = load(name)
        self.operations = [operation for operation in self.spec.operations.values() if operation.simulated]
        self.base_url: str = world.providers[name]["base_url"]
        self.root = self.base_url.removesuffix(self.spec.base_path)
        self.keys: list[str] = world.providers[name]["keys"]
        self.errors = _errors(name)

    @property
    def writer(self) -> Operation:
        """The first operation that takes a JSON body."""
        return next(each for each in self.operations if each.body and "application/json" in each.body.media)

    def headers(self, operation: Operation, key: str | None = None) -> dict[str, str]:
        """Credentials that the operation accepts, and the headers that it requires."""
        found = {each.name: str(each.example) for each in operation.parameters if each.where == "header" and each.required}
        for scheme in operation.schemes[:1]:
            key = key or next(each for each in self.keys if scheme.pattern.fullmatch(each))
            found[scheme.header] = f"Bearer {key}" if scheme.bearer else key
        return found

    def path(self, operation: Operation, segment: str | None = None) -> str:
        """The path with the spec's examples filled in, or with `segment` in the place of each."""
        path = operation.path
        for each in operation.parameters:
            if each.where == "path":
                path = path.replace(f"{{{each.name}}}", quote(str(each.example), safe="") if segment is None else segment)
        return path

    def query(self, operation: Operation, value: str | None = None) -> str:
        """The required parameters with the spec's examples; or `value`, percent-encoded, for each that there is."""
        wanted = [each for each in operation.parameters if each.where == "query" and (each.required or value is not None)]
        pairs = [f"{each.name}={quote(str(each.example), safe='') if value is None else value}" for each in wanted]
        return "?" + "&".join(pairs) if pairs else ""

    def ask(self, operation: Operation, path: str | None = None, **more: Any) -> httpx.Response:
        """Send an operation as its spec says, but for what is given."""
        headers = {**self.headers(operation), **more.pop("headers", {})}
        body = example_body(operation)
        if body is not None and "content" not in more:
            more["json"] = body
        url = self.root + (self.path(operation) if path is None else path) + more.pop("query", self.query(operation))
        return self.world.http.request(operation.method, url, headers=headers, **more)

    def send(self, content: bytes, media: str | None = "application/json") -> httpx.Response:
        """Send a body to the first operation that takes one."""
        headers = {"Content-Type": media} if media else {}
        return self.ask(self.writer, content=content, headers=headers)

    @cached_property
    def refused(self) -> httpx.Response:
        """How this provider refuses a request without a key: the pattern for every other refusal."""
        operation = next(each for each in self.operations if each.schemes)
        headers = self.headers(operation)
        del headers[operation.schemes[0].header]
        return self.world.http.request(operation.method, self.root + self.path(operation), headers=headers)

    def status(self, error: str) -> int:
        """The status that this provider gives one of the pipeline's refusals."""
        found: int = self.errors[error]["status"]
        return found

    def state(self) -> dict[str, Any]:
        """The tables of the provider's accounts by name, once each security scheme has opened its own."""
        readers = {op.schemes[0].name: op for op in self.operations if op.method == "GET" and not op.arguments and op.schemes}
        for reader in readers.values():
            assert self.ask(reader).status_code == 200
        url = f"{self.world.control}/state?limit=10000&provider={self.spec.name}"
        accounts = self.world.http.get(url).json()["accounts"]
        return {
            account["account"]: {name: table for name, table in account["tables"].items() if name not in MADE_WHEN_READ}
            for account in accounts
        }
