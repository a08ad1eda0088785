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

# Numbers for sale; the last one always is, and others are the magic ones or outside the plan.
NUMBERS = ["+14155550100", "+14155550101", "+18885550100", "+447700900000", "+15005550006", "+15005550000", "+14152000000"]
WORDS = ["", "x", "local", "inbound", "outbound", "415", "US", "front-desk", "2", "+1415"]
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


@st.composite
def asks(draw: st.DrawFn, bound: Bound, keys: Sequence[str], known: Sequence[str]) -> Ask:
    """A request to any operation of a provider; `known` are the ids and numbers that answers have named."""
    operation = draw(st.sampled_from(list(bound.spec.operations.values())))
    text = st.sampled_from([*known[-40:], *NUMBERS] or WORDS) | st.sampled_from(WORDS)
    path = operation.path
    headers = dict(_credentials(draw, bound, operation, keys))
    query = {}
    for parameter in operation.parameters:
        if parameter.where == "path":
            path = path.replace(f"{{{parameter.name}}}", quote(draw(_values(parameter, text)), safe=""))
        elif parameter.required or draw(st.integers(0, 3)) == 0:
            (query if parameter.where == "query" else headers)[parameter.name] = draw(_values(parameter, text))
    body = draw(_bodies(operation, text)) if operation.body else None
    return Ask(bound.name, operation.id, operation.method, path, urlencode(query), tuple(headers.items()), body)


def _values(parameter: Parameter, text: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    if parameter.where == "header" and parameter.required:
        return st.just(str(parameter.example))
    if parameter.name.lower() == "idempotency-key":
        return st.sampled_from(["one", "two"])
    return text | st.just(str(parameter.example))


def _credentials(draw: st.DrawFn, bound: Bound, operation: Operation, keys: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Mostly a key that opens the operation; now and then one of another kind, or none."""
    if draw(st.integers(0, 19)) == 0:
        return
    own = [key for key in keys for scheme in operation.schemes if scheme.pattern.fullmatch(key)]
    key = draw(st.sampled_from(own if own and draw(st.integers(0, 9)) else list(keys)))
    scheme = next(each for each in bound.spec.schemes.values() if each.pattern.fullmatch(key))
    yield scheme.header, f"Bearer {key}" if scheme.bearer else key


def _bodies(operation: Operation, text: st.SearchStrategy[str]) -> st.SearchStrategy[Any]:
    """An example of the spec with some members changed, or left out."""
    examples = [each for each in (operation.body.examples if operation.body else ()) if isinstance(each, dict)] or [{}]
    names = sorted({name for example in examples for name in example})
    changes = st.dictionaries(st.sampled_from(names or ["x"]), text | text | st.sampled_from(JUNK), max_size=2)
    left_out = st.sets(st.sampled_from(names or ["x"]), max_size=1)
    changed = st.builds(_changed, st.sampled_from(examples), changes, left_out)
    return st.sampled_from(examples) | changed


def _changed(example: dict[str, Any], changes: dict[str, Any], left_out: set[str]) -> dict[str, Any]:
    return {name: value for name, value in {**example, **changes}.items() if name not in left_out}


def named(answer: Answer) -> Iterator[str]:
    """The ids, numbers and the like that an answer names."""
    if answer.status < 300 and answer.body:
        yield from _texts(json.loads(answer.body))


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for each in value.values():
            yield from _texts(each)
    elif isinstance(value, list):
        for each in value[:3]:
            yield from _texts(each)
    elif isinstance(value, str) and 5 < len(value) < 60 and " " not in value:
        yield value
