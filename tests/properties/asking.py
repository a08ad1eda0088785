"""Requests such as a client could send: mostly sound, to objects that are there, with a slip now and then."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

from hypothesis import strategies as st

from simulator.app import App
from simulator.exchange import Request
from simulator.operation import Operation, Parameter
from simulator.pipeline import Answer
from simulator.provider import Bound
from tests.properties.trail import Trail

# Numbers for sale, among them the one that always is; then one that never is, and one outside the plan.
NUMBERS = ["+14155550100", "+14155550101", "+18885550100", "+447700900000", "+15005550006", "+15005550000", "+14152000000"]
WORDS = ["", "x", "1", "2", "inbound", "outbound", "415", "US", "true", *NUMBERS]
JUNK: list[Any] = [None, True, -1, 0, 1.5, [], {}, ["x"], {"x": None}]


class Ask(NamedTuple):
    """One request, without the world that it goes to."""

    provider: str
    operation: str
    method: str
    path: str
    query: str
    headers: tuple[tuple[str, str], ...]
    body: Any

    def of(self, app: App, world: str) -> Answer:
        """Send it to a world."""
        raw = b"" if self.body is None else json.dumps(self.body).encode()
        headers = {"host": "in-process", "x-simulator-world": world, "content-type": "application/json", **dict(self.headers)}
        return app.respond(Request(self.method, f"/{self.provider}{self.path}", self.query, headers, raw))


def keys(bound: Bound) -> list[str]:
    """The usual keys of a provider, and those of another account."""
    return [*bound.provider.keys, *(key[:-1] + chr(ord(key[-1]) + 1) for key in bound.provider.keys)]


def opening(bound: Bound) -> Iterator[Ask]:
    """A request for each key, so that its account is opened."""
    for key in keys(bound):
        scheme = next(each for each in bound.spec.schemes.values() if each.pattern.fullmatch(key))
        first = next(each for each in bound.spec.operations.values() if scheme in each.schemes)
        yield Ask(bound.name, first.id, first.method, first.path, "", (credential(bound, key),), None)


@st.composite
def asks(draw: st.DrawFn, bound: Bound, trail: Trail) -> Ask:
    """A request to any operation of a provider."""
    operation = draw(st.sampled_from(list(bound.spec.operations.values())))
    path, headers = operation.path, dict(_credentials(draw, bound, operation))
    query: dict[str, Any] = {}
    for parameter in operation.parameters:
        value = draw(_values(parameter, trail.of(bound, operation.id, parameter.name)))
        if parameter.where == "path":
            path = path.replace(f"{{{parameter.name}}}", quote(value, safe=""))
        elif parameter.required or draw(st.integers(0, 3)) == 0:
            (query if parameter.where == "query" else headers)[parameter.name] = value
    body = draw(_bodies(bound, operation, trail)) if operation.body else None
    return Ask(bound.name, operation.id, operation.method, path, urlencode(query), tuple(headers.items()), body)


def _values(parameter: Parameter, known: Sequence[str]) -> st.SearchStrategy[str]:
    if parameter.where == "header":
        return st.just(str(parameter.example)) if parameter.required else st.sampled_from(["one", "two"])
    return st.sampled_from([*known, *known, *known, str(parameter.example), *(WORDS if parameter.where == "query" else "x")])


def _credentials(draw: st.DrawFn, bound: Bound, operation: Operation) -> Iterator[tuple[str, str]]:
    """Mostly the usual key that opens the operation; now and then another account's, one of another kind, or none."""
    own = [key for key in keys(bound) for scheme in operation.schemes if scheme.pattern.fullmatch(key)]
    usual = [key for key in own if key in bound.provider.keys] or keys(bound)
    luck = draw(st.integers(0, 19))
    if luck < 19:
        yield credential(bound, draw(st.sampled_from(usual if luck < 15 else own if own and luck < 18 else keys(bound))))


def credential(bound: Bound, key: str) -> tuple[str, str]:
    """The header that carries a key."""
    scheme = next(each for each in bound.spec.schemes.values() if each.pattern.fullmatch(key))
    return scheme.header, f"Bearer {key}" if scheme.bearer else key


@st.composite
def _bodies(draw: st.DrawFn, bound: Bound, operation: Operation, trail: Trail) -> Any:
    """An example of the spec that names what there is; now and then with a slip."""
    examples = [each for each in (operation.body.examples if operation.body else ()) if isinstance(each, dict)] or [{}]
    body = _filled(draw, bound, operation, trail, draw(st.sampled_from(examples)), "")
    slip = draw(st.integers(0, 7)) if body else None
    if slip == 0:
        body.pop(draw(st.sampled_from(sorted(body))))
    elif slip == 1:
        body[draw(st.sampled_from(sorted(body)))] = draw(st.sampled_from([*JUNK, *WORDS]))
    return body


def _filled(draw: st.DrawFn, bound: Bound, operation: Operation, trail: Trail, example: Any, path: str) -> Any:
    """The example with ids and numbers that exist, wherever in it."""
    if isinstance(example, dict):
        return {
            name: _filled(draw, bound, operation, trail, each, f"{path}.{name}".lstrip(".")) for name, each in example.items()
        }
    known = trail.of(bound, operation.id, path)
    if isinstance(example, list):
        named: bool = draw(st.booleans())
        return [draw(st.sampled_from(known))] if known and named else example
    if isinstance(example, str) and known and draw(st.integers(0, 3)):
        return draw(st.sampled_from(known))
    return draw(st.sampled_from(NUMBERS)) if isinstance(example, str) and example.startswith("+") else example
