"""Requests such as a client could send: mostly sound, to objects that are there, with a slip now and then."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import quote, urlencode

from hypothesis import strategies as st

from simulator.openapi.operation import Operation, Parameter
from simulator.provider.bound import BoundProvider
from tests.asking import Ask, credential, filled, keys
from tests.properties.trail import Trail

# Numbers for sale, among them the one that always is; then one that never is, and one outside the plan.
NUMBERS = ["+14155550100", "+14155550101", "+18885550100", "+447700900000", "+15005550006", "+15005550000", "+14152000000"]
WORDS = ["", "x", "1", "2", "inbound", "outbound", "415", "US", "true", *NUMBERS]
JUNK: list[Any] = [None, True, -1, 0, 1.5, [], {}, ["x"], {"x": None}]


@st.composite
def asks(draw: st.DrawFn, bound: BoundProvider, trail: Trail) -> Ask:
    """A request to any operation of a provider."""
    operation = draw(st.sampled_from([operation for operation in bound.spec.operations.values() if operation.simulated]))
    path, headers = operation.path, dict(_credentials(draw, bound, operation))
    query: dict[str, Any] = {}
    for parameter in operation.parameters:
        value = draw(_values(parameter, trail.of(bound.name, operation.id, parameter.name)))
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


def _credentials(draw: st.DrawFn, bound: BoundProvider, operation: Operation) -> Iterator[tuple[str, str]]:
    """Mostly the usual key that opens the operation; now and then another account's, one of another kind, or none."""
    own = [key for key in keys(bound) for scheme in operation.schemes if scheme.pattern.fullmatch(key)]
    usual = [key for key in own if key in bound.provider.keys] or keys(bound)
    luck = draw(st.integers(0, 19))
    if luck < 19:
        yield credential(bound, draw(st.sampled_from(usual if luck < 15 else own if own and luck < 18 else keys(bound))))


@st.composite
def _bodies(draw: st.DrawFn, bound: BoundProvider, operation: Operation, trail: Trail) -> Any:
    """An example of the spec that names what there is; now and then with a slip."""
    examples = [each for each in (operation.body.examples if operation.body else ()) if isinstance(each, dict)] or [{}]
    body = filled(
        draw(st.sampled_from(examples)), "", lambda path, text: _text(draw, trail.of(bound.name, operation.id, path), text)
    )
    slip = draw(st.integers(0, 7)) if body else None
    if slip == 0:
        body.pop(draw(st.sampled_from(sorted(body))))
    elif slip == 1:
        body[draw(st.sampled_from(sorted(body)))] = draw(st.sampled_from([*JUNK, *WORDS]))
    return body


def _text(draw: st.DrawFn, known: Sequence[str], example: str) -> str:
    """An id or a number that exists, where there is one; sometimes only the example."""
    luck: int = draw(st.integers(0, 3)) if known else 0
    if luck:
        return draw(st.sampled_from(known))
    return draw(st.sampled_from(NUMBERS)) if example.startswith("+") else example
