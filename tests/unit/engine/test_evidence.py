"""Header, journal, explanation and strict worlds agree on how well every response is founded."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from typing import Any

import pytest

from simulator.application import Application
from simulator.http import Request, Response, settled
from simulator.openapi.evidence import WEAKEST_FIRST
from simulator.openapi.operation import Operation
from simulator.provider import BoundProvider
from simulator.registry import built_in_registry
from tests.asking import Ask, example

OPERATIONS = [
    (bound, operation) for bound in built_in_registry().providers.values() for operation in bound.spec.operations.values()
]
JUNK: tuple[Any, ...] = (None, "", [], -1)
SCENARIO = {"description": "x", "open": True, "accounts": [{"cald": {"agents": [{"id": "65a1b2c3d4e5f60718293a4b"}]}}]}
LEVELS = ("", "documented", "inferred")


@pytest.fixture(scope="module")
def app() -> Application:
    """An application with a world of each level."""
    one = Application(built_in_registry())
    for strict in LEVELS:
        control(one, "PUT", f"world-{strict}", {"scenario": {**SCENARIO, **({"strict": strict} if strict else {})}})
    return one


def control(app: Application, method: str, path: str, body: Any = None) -> Any:
    """Call the control API."""
    raw = b"" if body is None else json.dumps(body).encode()
    headers = {"host": "localhost", "content-type": "application/json"}
    response = settled(app.handle(Request(method, f"/_simulator/worlds/{path}", "", headers, raw)))
    assert response.status < 300, response.body
    return json.loads(response.body) if response.body else None


def requests(bound: BoundProvider, operation: Operation) -> Iterator[Ask]:
    """Requests of all kinds: sound, without a key, off the spec in every member, and for an error."""
    sound = example(bound, operation)
    yield sound
    yield sound._replace(headers=())
    yield sound._replace(headers=(*sound.headers, ("prefer", "error=INVALID_KEY")))
    yield sound._replace(query="limit=0&starting_after=x&offset=-1&sub_account_id=")
    if isinstance(sound.body, dict):
        for junk, name in zip(itertools.cycle(JUNK), described(operation), strict=False):
            yield sound._replace(body={**sound.body, name: junk})
        yield from (sound._replace(body={k: v for k, v in sound.body.items() if k != name}) for name in sound.body)
        yield sound._replace(body=[])


def described(operation: Operation) -> list[str]:
    """The members that the body of a request may have."""
    return sorted(operation.body.members) if operation.body else []


def sent(app: Application, request: Ask, strict: str = "") -> tuple[Response, dict[str, str], str]:
    """Send a request to a world as new; return the response, its headers and the name of the world."""
    world = f"world-{strict}"
    control(app, "POST", f"{world}/reset")
    response = request.of(app, world)
    return response, dict(response.headers), world


@pytest.mark.parametrize(("bound", "operation"), OPERATIONS, ids=lambda value: getattr(value, "id", getattr(value, "name", "")))
def test_all_agree(app: Application, bound: BoundProvider, operation: Operation) -> None:
    """A strict world refuses what is graded below its level, and nothing else."""
    for request in requests(bound, operation):
        response, headers, world = sent(app, request)
        level = headers["X-Simulator-Evidence"]
        (line,) = control(app, "GET", f"{world}/requests")["requests"]
        explained = control(app, "GET", f"{world}/requests/{headers['X-Simulator-Request']}")
        assert line["evidence"] == explained["evidence"] == level
        assert explained["body_evidence"] == headers.get("X-Simulator-Evidence-Body")
        assert f"Response: {response.status}, evidence {level}" in explained["story"][-1]
        for strict in ("documented", "inferred"):
            other, other_headers, _ = sent(app, request, strict)
            is_refused = WEAKEST_FIRST.index(level) < WEAKEST_FIRST.index(strict)
            if response.status == 501:
                assert other.status == 501
            else:
                assert (other.status == 501) == is_refused, (request, response.body, other.body)
            assert other_headers["X-Simulator-Evidence"] == level
            assert ("X-Simulator-Strict" in other_headers) == (is_refused and response.status != 501)


def test_a_rule_that_refuses_is_graded(app: Application) -> None:
    """Cartesia documents that a body which does not match its schema is refused, and not that a label may not be empty."""
    bound = built_in_registry().providers["cartesia"]
    request = example(bound, bound.spec.operations["phone_numbers_provision"])._replace(body={"label": ""})
    response, headers, _ = sent(app, request)
    assert (response.status, headers["X-Simulator-Evidence"]) == (400, "assumed")
    refused, _, _ = sent(app, request, "inferred")
    assert "the rule for label is assumed" in json.loads(refused.body)["detail"]


def test_a_documented_status_with_an_undocumented_body(app: Application) -> None:
    """Cald documents 404 for an unknown agent, and not its text: a strict world answers, and the header names the guess."""
    bound = built_in_registry().providers["cald"]
    request = example(bound, bound.spec.operations["update_agent"])
    request = request._replace(path=request.path.replace("65a1b2c3d4e5f60718293a4b", "0" * 24), body={"name": "x"})
    response, headers, _ = sent(app, request, "documented")
    assert response.status == 404
    assert headers["X-Simulator-Evidence"] == "documented"
    assert headers["X-Simulator-Evidence-Body"] == "assumed"


def test_a_field_of_the_response_is_graded(app: Application) -> None:
    """Truedy documents the search, and not the values of all its fields."""
    bound = built_in_registry().providers["truedy"]
    response, headers, _ = sent(app, example(bound, bound.spec.operations["search_numbers"]))
    assert (response.status, headers["X-Simulator-Evidence"]) == (200, "assumed")
    assert "X-Simulator-Evidence-Body" not in headers
