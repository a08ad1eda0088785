"""The story of one request: what a provider's mistake looks like from outside, and that it leaves nothing behind."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import pytest

from simulator.provider import Reply, RequestInfo
from tests.demo_provider import Errors, Toy, ToyCall, make


def _then(reply: Callable[[], Reply]) -> Callable[[ToyCall], Reply]:
    """An operation that does its work and then answers something else."""

    def handler(call: ToyCall) -> Reply:
        make(call)
        return reply()

    return handler


def _fail() -> Reply:
    raise ZeroDivisionError("oops")


THING = {"id": "1", "colour": "red"}
MISTAKES: dict[str, Callable[[], Reply]] = {
    "a status that the spec does not list": lambda: Reply(THING, 202),
    "a required field left out": lambda: Reply({"id": "1"}),
    "a field of another type": lambda: Reply({"id": 1, "colour": "red"}),
    "no body": Reply,
    "another media type": lambda: Reply("<thing/>", media="application/xml"),
    "a body that is not JSON": lambda: Reply({**THING, "more": object()}),
    "an exception": _fail,
}


@pytest.fixture(autouse=True)
def _quiet(caplog: pytest.LogCaptureFixture) -> None:
    """Keep the reports of the mistakes made here on purpose out of the output."""
    caplog.set_level(logging.CRITICAL, "simulator")


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_of_ours_is_told_apart_and_leaves_nothing_behind(mistake: str) -> None:
    """An answer off the spec is a 500 marked as the simulator's bug, never the provider's error; what was done is undone."""
    toy = Toy({"make": _then(MISTAKES[mistake])})
    before = toy("GET", "/things").json()
    answer = toy("POST", "/things", json={})
    assert (answer.status_code, answer.headers["X-Simulator-Bug"]) == (500, "1")
    assert set(answer.json()) == {"simulator_bug", "request"}
    assert answer.json()["request"] == answer.headers["X-Simulator-Request"]
    assert toy("GET", "/things").json() == before


def test_the_bug_report_names_what_was_wrong() -> None:
    """Whoever reads the answer learns the operation, the status and the field."""
    toy = Toy({"make": _then(lambda: Reply({"id": "1"}))})
    text = toy("POST", "/things", json={}).json()["simulator_bug"]
    assert "make" in text
    assert "201" in text
    assert "colour" in text


def test_a_mistake_is_logged_with_its_traceback(caplog: pytest.LogCaptureFixture) -> None:
    """The log says where in the code it happened."""
    caplog.set_level(logging.ERROR, "simulator")
    Toy({"make": _then(_fail)})("POST", "/things", json={})
    assert "ZeroDivisionError: oops" in caplog.text


@pytest.mark.parametrize("where", ["succeed", "render"])
def test_a_mistake_in_shaping_an_answer_is_undone_too(where: str) -> None:
    """What an envelope breaks is not kept, however well the operation went."""

    def broken(shaped: Any, request: RequestInfo) -> Any:
        return _fail() if request.operation_id == "make" else shaped

    settings: dict[str, Any] = {where: broken}
    toy = Toy({"make": _then(_refuse)} if where == "render" else {}, **settings)
    before = toy("GET", "/things").json()
    answer = toy("POST", "/things", json={})
    assert (answer.status_code, answer.headers["X-Simulator-Bug"]) == (500, "1")
    assert toy("GET", "/things").json() == before


def _refuse() -> Reply:
    raise Errors.INVALID("no more things")


def test_a_refusal_after_the_work_leaves_nothing_behind() -> None:
    """An operation may refuse at any point: records and numbers are as before."""
    toy = Toy({"make": _then(_refuse)})
    before = toy("GET", "/things").json()
    answer = toy("POST", "/things", json={})
    assert (answer.status_code, answer.json()) == (422, {"error": "no more things"})
    assert toy("GET", "/things").json() == before


def test_a_refusal_that_the_spec_does_not_list_is_a_mistake() -> None:
    """A provider cannot refuse in a way that its spec keeps quiet about."""

    def refuse() -> Reply:
        raise Errors.LIMITED()

    answer = Toy({"make": _then(refuse)})("POST", "/things", json={})
    assert (answer.status_code, answer.headers["X-Simulator-Bug"]) == (500, "1")


def test_the_server_goes_on_after_a_mistake() -> None:
    """The next request is answered as if nothing had happened."""
    toy = Toy({"drop": _then(_fail)})
    assert toy("DELETE", "/things/1").status_code == 500
    assert toy("POST", "/things", json={"colour": "blue"}).status_code == 201
    assert toy("GET", "/things").json()[0] == "blue"


def test_an_answer_without_a_body() -> None:
    """A 204 has neither a body nor a media type."""
    toy = Toy()
    thing = toy("POST", "/things", json={}).json()
    answer = toy("DELETE", f"/things/{thing['id']}")
    assert (answer.status_code, answer.content) == (204, b"")
    assert "Content-Type" not in answer.headers


def test_every_answer_tells_how_well_founded_it_is() -> None:
    """A refusal is as well founded as the weaker of the error and of what the spec says of the status."""
    toy = Toy()
    grades = [
        toy("POST", "/things", json={}),  # the spec says documented
        toy("GET", "/things"),  # it says nothing
        toy("POST", "/things", json=[]),  # inferred in the spec, documented in the code
    ]
    assert [each.headers["X-Simulator-Evidence"] for each in grades] == ["documented", "assumed", "inferred"]


def test_requests_are_numbered() -> None:
    """Every answer has a request id of its own, refusals too."""
    toy = Toy()
    ids = [toy(method, path).headers["X-Simulator-Request"] for method, path in (("GET", "/things"), ("GET", "/none")) * 3]
    assert len(set(ids)) == 6
