"""The journal: what was asked and how it was answered, filtered, counted, and bounded."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest

from simulator.application import Application, Settings
from simulator.engine.worlds import Bounds
from simulator.testing.client import Client, InProcess, World
from tests.demo_provider import demo_registry
from tests.unit.steering import AGENTS, BUY, FROZEN, Json, Steered

BOUND = 20_000


def test_every_request_is_noted(steer: Callable[..., Steered]) -> None:
    """The newest last, with what became of it; the header names the line."""
    steered = steer({"description": "x", "open": True, "clock": FROZEN})
    steered.rule({"error": "UNAVAILABLE"}, {"operation": "demo.list_agents"}, name="down")
    answers = [
        steered.demo("POST", BUY, {}),
        steered.demo("GET", AGENTS),
        steered.demo("PUT", AGENTS),
        steered.demo("GET", "/no"),
    ]
    lines = steered.journal()
    assert [line["id"] for line in lines] == [answer.headers["X-Simulator-Request"] for answer in answers]
    assert lines[1] == {
        "id": lines[1]["id"],
        "at": "2026-03-01T00:00:00.000Z",
        "provider": "demo",
        "operation": "demo.list_agents",
        "method": "GET",
        "path": "/v1/agents",
        "status": 503,
        "account": "demo_1111111…",
        "error": "UNAVAILABLE",
        "detail": "Service unavailable",
        "evidence": "assumed",
        "unknown_fields": [],
        "rule": "down",
        "fault": None,
        "bug": None,
        "repeats": None,
    }
    seen = [(line["operation"], line["status"], line["error"], line["rule"]) for line in lines]
    assert seen == [
        ("demo.buy_number", 200, None, None),
        ("demo.list_agents", 503, "UNAVAILABLE", "down"),
        (None, 405, "METHOD_NOT_ALLOWED", None),
        (None, 404, "NOT_FOUND", None),
    ]


FILTERS = {
    "": 5,
    "?provider=demo": 4,
    "?provider=vantax": 0,
    "?operation=demo.list_agents&matched=true": 2,
    "?operation=demo.list_agents": 2,
    "?operation=truedy.list_agents": 1,
    "?status=401": 1,
    "?matched=true": 4,
    "?matched=false": 1,
    "?provider=demo&operation=demo.list_agents&status=200&matched=true": 1,
}


@pytest.mark.parametrize("query", FILTERS)
def test_requests_are_filtered(steered: Steered, query: str) -> None:
    """Each filter narrows; `total` says how many fit, also where fewer are shown."""
    steered.demo("GET", AGENTS)
    steered.demo("GET", AGENTS, headers={"Authorization": "none"})
    steered.demo("POST", BUY, {})
    steered.demo("GET", "/no")
    steered.world.api("truedy", Authorization="Bearer truedy_Demo0000000000000000000000000000")("GET", "/agents")
    found = steered.told("GET", f"/requests{query}")
    assert (len(found["requests"]), found["total"], found["dropped"]) == (FILTERS[query], FILTERS[query], 0)
    one = steered.told("GET", f"/requests{query or '?'}&limit=1")
    assert (one["requests"], one["total"]) == (found["requests"][-1:], FILTERS[query])


@pytest.mark.parametrize("query", ["?status=abc", "?status=42", "?matched=maybe", "?limit=0", "?limit=10001"])
def test_a_filter_that_makes_no_sense_is_refused(steered: Steered, query: str) -> None:
    """As every operation refuses a bad parameter."""
    assert steered.control("GET", f"/requests{query}").status_code == 422


def test_the_journal_is_emptied(steered: Steered) -> None:
    """Ids go on, so that an old header names no new request."""
    first = steered.demo("GET", AGENTS).headers["X-Simulator-Request"]
    assert steered.control("DELETE", "/requests").status_code == 204
    assert steered.told("GET", "/requests") == {"requests": [], "total": 0, "dropped": 0}
    assert steered.demo("GET", AGENTS).headers["X-Simulator-Request"] != first
    gone = steered.control("GET", f"/requests/{first}")
    assert (gone.status_code, gone.json()["detail"]) == (
        404,
        f"no request {first!r} in the request log of the world {steered.world.name!r}",
    )


@pytest.fixture
def bounded() -> Client:
    """A simulator that holds three worlds and little of a journal."""
    app = Application(demo_registry(), settings=Settings(bounds=Bounds(worlds=3, journal_bytes=BOUND)))
    return Client(InProcess(app, lambda: "http://here"))


def _ask(
    world: World, path: str = AGENTS, method: str = "GET", headers: dict[str, str] | None = None, json: Json | None = None
) -> httpx.Response:
    with httpx.Client(transport=world.demo.transport, base_url=world.demo.base_url) as http:
        return http.request(method, path, headers={"Authorization": world.demo.api_key, **(headers or {})}, json=json)


def test_the_journal_is_bounded(bounded: Client) -> None:
    """The oldest go first, and their number is told, also to who asks for one of them."""
    world = bounded.world()
    ids = [_ask(world).headers["X-Simulator-Request"] for _ in range(50)]
    kept = [line["id"] for line in world.client.call("GET", f"/worlds/{world.name}/requests")["requests"]]
    assert 5 < len(kept) < 20
    assert kept == ids[-len(kept) :]
    dropped = world.client.call("GET", f"/worlds/{world.name}/requests")["dropped"]
    assert dropped == 50 - len(kept)
    gone = f"no request 'req-1' .*; {dropped} of the oldest were dropped .*; --journal-bytes keeps more"
    with pytest.raises(Exception, match=gone):
        world.explain("req-1")
    world.forget_requests()
    assert world.client.call("GET", f"/worlds/{world.name}/requests")["dropped"] == 0


LARGE: dict[str, Callable[[World], httpx.Response]] = {
    "query": lambda world: _ask(world, f"/none?x={'y' * BOUND}"),
    "path": lambda world: _ask(world, f"/{'y' * BOUND}"),
    "headers": lambda world: _ask(world, "/none", headers={"X-Long": "y" * BOUND, "X-Longer": "z" * BOUND}),
    "body": lambda world: _ask(world, "/none", "POST", json={"name": "y" * BOUND}),
    "response": lambda world: _ask(world, "/large"),
}


@pytest.mark.parametrize(
    ("part", "absent"),
    [("headers", {"headers": ["X-Longer"]}), ("query", {"query": ["z"]}), ("body", {"body": ["greeting"]})],
)
def test_what_is_not_kept_is_not_said_to_be_absent(bounded: Client, part: str, absent: dict[str, list[str]]) -> None:
    """The rule saw the whole request, and did not match; its explanation has only the part that is kept."""
    world = bounded.world(unmatched="ignore", unknown_fields="ignore")
    rule = world.rule(when={"provider": "demo", "absent": absent}, then={"status": 418})
    long = {"name": "y" * BOUND, "greeting": "hi"}
    asks: dict[str, Callable[[], httpx.Response]] = {
        "headers": lambda: LARGE["headers"](world),
        "query": lambda: _ask(world, f"/none?x={'y' * BOUND}&z=1"),
        "body": lambda: _ask(world, "/none", "POST", json=long),
    }
    asks[part]()
    (request,) = world.requests()
    assert (request.truncated, rule.count) == ((part,), 0)
    assert world.explain_rule(rule)["nearest"]["why"] == f"unknown, as the request log keeps only the first part of {part}"
    world.remove_rules()


@pytest.mark.parametrize("part", LARGE)
def test_one_request_does_not_push_out_the_others(bounded: Client, part: str) -> None:
    """It is counted as what is kept of it: the first bytes of each part, which are said to be no more than that."""
    world = bounded.world(unmatched="ignore", unknown_fields="ignore")
    world.rule(when={"path": "/v1/large"}, then={"body": {"text": "y" * BOUND}})
    rule = world.rule(when={"provider": "demo", "body": {"name": "other"}}, then={"status": 418})
    _ask(world, "/none")
    LARGE[part](world)
    _ask(world, "/none")
    first, large, last = world.requests()
    assert (first.truncated, large.truncated, last.truncated) == ((), (part,), ())
    assert first.response == last.response == {"error": "Not found"}
    story = world.explain(large.id)["story"]
    assert f"The request log keeps only the first part of: {part.replace('response', 'answer')}." in story
    reproduced = world.client.call("GET", f"/worlds/{world.name}/requests/{large.id}/test")["test"]
    assert (f"TODO: complete {part}, of which the log keeps only the first part" in reproduced) is (part != "response")
    why = next(one["why"] for one in world.explain(large.id)["rules"] if one["id"] == rule.id)
    assert ("unknown, as the request log" in why) is (part == "body")


def test_what_fails_a_test_is_kept_without_a_journal() -> None:
    """With a journal of one byte, too."""
    app = Application(demo_registry(), settings=Settings(bounds=Bounds(journal_bytes=1)))
    world = Client(InProcess(app, lambda: "http://here")).world()
    _ask(world, "/agent")
    with pytest.raises(AssertionError, match="/demo/v1/agent  404  nearest: GET /v1/agents"):
        world.check()


def test_worlds_are_bounded(bounded: Client, caplog: pytest.LogCaptureFixture) -> None:
    """The one that was made or asked first goes first, the answer names it and so does the log; `default` is never dropped."""
    assert [bounded.call("PUT", f"/worlds/{name}")["dropped"] for name in ("a", "b", "a", "c")] == [[], [], [], ["b"]]
    assert [each["name"] for each in bounded.call("GET", "/worlds")["worlds"]] == ["default", "a", "c"]
    (record,) = caplog.records
    assert (record.levelname, record.getMessage()) == (
        "WARNING",
        "dropped the world b to make room for c: there are at most 3 (--max-worlds)",
    )
    with pytest.raises(Exception, match="no world 'b'"):
        bounded.call("GET", "/worlds/b")
    assert bounded.call("PUT", "/worlds/default")["dropped"] == []


def test_a_world_that_is_in_use_is_not_dropped(bounded: Client) -> None:
    """However old it is: the one that was not asked for longest goes first."""
    old = bounded.world(name="old")
    bounded.call("PUT", "/worlds/new")
    _ask(old)
    assert bounded.call("PUT", "/worlds/newer")["dropped"] == ["new"]
    assert _ask(old).status_code == 200


def test_a_world_that_cannot_be_made_drops_none(bounded: Client) -> None:
    """Room is made only for what is there."""
    for name in ("a", "b"):
        bounded.call("PUT", f"/worlds/{name}")
    with pytest.raises(Exception, match="unknown scenario 'nothing'"):
        bounded.call("PUT", "/worlds/c", {"scenario": "nothing"})
    assert len(bounded.call("GET", "/worlds")["worlds"]) == 3
