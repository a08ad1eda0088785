"""Requests made from a spec: sent to an application without a socket, by the examples and to what there is."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

from simulator.application import Application
from simulator.http import settled
from simulator.http.request import Request
from simulator.http.response import Response
from simulator.openapi.curl import encoded_example, example_body
from simulator.openapi.operation import Operation
from simulator.provider.bound import BoundProvider

NO_HEADERS: Mapping[str, str] = {}
PURCHASES = {  # the operation of each provider that rents a number
    "cald": "buy_phone_number",
    "cartesia": "phone_numbers_provision",
    "chirp": "purchase_phone_number",
    "truedy": "purchase_number",
    "vantax": "purchase_phone_number",
}


class Ask(NamedTuple):
    """One request, without the world that it goes to."""

    provider: str
    operation: str
    method: str
    path: str
    query: str
    headers: tuple[tuple[str, str], ...]
    body: Any
    encoded: tuple[str, bytes] | None = None  # media type and body, of one that is not JSON

    def of(self, app: Application, world: str) -> Response:
        """Send it to a world."""
        media, raw = self.encoded or ("application/json", b"" if self.body is None else json.dumps(self.body).encode())
        headers = {"host": "in-process", "x-simulator-world": world, "content-type": media, **dict(self.headers)}
        return settled(app.handle(Request(self.method, f"/{self.provider}{self.path}", self.query, headers, raw)))


def keys(bound: BoundProvider) -> list[str]:
    """The usual keys of a provider, and those of another account."""
    return [*bound.provider.keys, *(key[:-1] + chr(ord(key[-1]) + 1) for key in bound.provider.keys)]


def opening(bound: BoundProvider) -> Iterator[Ask]:
    """A request for each key, so that its account is opened."""
    for key in keys(bound):
        scheme = next(each for each in bound.spec.schemes.values() if each.pattern.fullmatch(key))
        first = next(each for each in bound.spec.operations.values() if scheme in each.schemes)
        yield Ask(bound.name, first.id, first.method, first.path, "", (credential(bound, key),), None)


def credential(bound: BoundProvider, key: str) -> tuple[str, str]:
    """The header that carries a key."""
    scheme = next(each for each in bound.spec.schemes.values() if each.pattern.fullmatch(key))
    return scheme.header, f"Bearer {key}" if scheme.bearer else key


def example(bound: BoundProvider, operation: Operation, newest: Callable[[str], str | None] = lambda name: None) -> Ask:
    """The request that the spec's examples make; `newest` may name, for a parameter or a field, what there is instead."""
    path, headers = operation.path, _opened(bound, operation)
    query: dict[str, str] = {}
    for parameter in operation.parameters:
        known = newest(parameter.name)
        value = known or str(parameter.example)
        if parameter.where == "path":
            path = path.replace(f"{{{parameter.name}}}", quote(value, safe=""))
        elif parameter.required or known:
            (query if parameter.where == "query" else headers)[parameter.name] = value
    body = filled(example_body(operation), "", lambda path, example: newest(path) or example)
    media, raw = encoded_example(operation, body)
    encoded = None if media == "application/json" else (media, raw)  # another body can take the place of JSON
    return Ask(bound.name, operation.id, operation.method, path, urlencode(query), tuple(headers.items()), body, encoded)


def _opened(bound: BoundProvider, operation: Operation) -> dict[str, str]:
    fitting = [key for key in bound.provider.keys for scheme in operation.schemes[:1] if scheme.pattern.fullmatch(key)]
    return dict(credential(bound, key) for key in fitting[:1])


def filled(example: Any, path: str, instead: Callable[[str, str], Any]) -> Any:
    """An example in which each text was put through `instead`, with the way to it."""
    if isinstance(example, dict):
        return {name: filled(each, f"{path}.{name}".lstrip("."), instead) for name, each in example.items()}
    if isinstance(example, list):
        return [filled(each, path, instead) for each in example]
    return instead(path, example) if isinstance(example, str) else example
