"""What tests can assert about a world: its requests, its rules, and what has changed in it."""

from __future__ import annotations

import copy
import inspect
import pickle
import pydoc
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import httpx
import pytest

import simulator as package
from simulator import Simulator
from simulator.testing import OK
from simulator.testing.client import Client, ControlError, World
from simulator.testing.records import Requests
from simulator.testing.warnings import SimulatorWarning

BUY = "demo.buy_number"
FROZEN = {"description": "mine", "open": True, "clock": {"start": "2026-03-01T00:00:00Z", "frozen": True}}


@pytest.fixture(params=["in process", "remote"])
def world(request: pytest.FixtureRequest, simulator: Simulator) -> Iterator[World]:
    """A world of the live server, steered by a call or over HTTP."""
    client = simulator.client if request.param == "in process" else Client.connect(simulator.url)
    with client.world(FROZEN, unmatched="ignore", unknown_fields="ignore") as made:
        yield made
    if client is not simulator.client:
        client.close()


def _send(world: World, method: str = "POST", path: str = "/numbers", **more: Any) -> int:
    with httpx.Client(transport=world.demo.transport, base_url=world.demo.base_url) as http:
        return http.request(method, path, headers={"Authorization": world.demo.api_key, "X-Trace": "t"}, **more).status_code


def test_requests_are_typed_records(world: World) -> None:
    """With all that was sent and answered."""
    world.rule(name="busy", when={"operation": BUY}, then={"error": "NO_NUMBERS"}, times=1)
    _send(world, json={"prefx": "+1"})
    request = world.requests(operation=BUY).one()
    assert (request.method, request.path, request.operation) == ("POST", "/v1/numbers", BUY)
    assert (request.provider, request.id, request.error) == ("demo", world.requests()[0].id, "NO_NUMBERS")
    assert (request.headers["x-trace"], request.body, request.rule) == ("t", {"prefx": "+1"}, "busy")
    assert request.unknown_fields == ("prefx (did you mean prefix?)",)
    assert request.response == world.explain(request.id)["answer"]
    assert request.evidence in ("documented", "inferred", "assumed")
    assert request.at.isoformat() == "2026-03-01T00:00:00+00:00"


def test_one_and_last(world: World) -> None:
    """They refuse to answer where nothing, or not one thing, can be meant, and show what there is."""
    with pytest.raises(AssertionError, match="expected exactly one request, and there are 0 requests:\n  none"):
        world.requests().one()
    with pytest.raises(AssertionError, match="expected a request"):
        _ = world.requests().last
    for _ in range(2):
        _send(world, json={})
    _send(world, "GET", "/nothing")
    requests = world.requests()
    assert (len(requests), requests.last.path) == (3, "/v1/nothing")
    first = int(requests[0].id.removeprefix("req-"))
    assert [request.id for request in requests] == [f"req-{first + count}" for count in range(3)]
    expected = f"2 requests:\n  req-{first} POST /v1/numbers 200\n  req-{first + 1}"
    with pytest.raises(AssertionError, match=expected):
        world.requests(operation=BUY).one()
    assert world.requests(status=500) == []


def test_requests_that_are_gone_are_not_overlooked() -> None:
    """A count of what is left proves nothing."""
    line: dict[str, Any] = {
        "id": "req-9",
        "at": "2026-03-01T00:00:00.000Z",
        "method": "GET",
        "path": "/x",
        "query": "",
        "headers": {},
    }
    line |= dict.fromkeys(("provider", "operation", "body", "answer", "error", "rule", "account", "fault", "bug", "detail"))
    line |= {"status": 200, "evidence": "assumed", "unknown_fields": []}
    with pytest.warns(SimulatorWarning, match="8 older requests are gone from the journal of mine") as warned:
        requests = Requests({"requests": [line], "total": 1, "dropped": 8}, "mine")
    assert (len(warned), requests.dropped, len(requests)) == (1, 8, 1)
    assert "8 older requests are gone, and may have matched" in repr(requests)
    with pytest.raises(AssertionError, match="8 older requests are gone"):
        requests.one()


def test_unknown_filters_are_refused(world: World) -> None:
    """By name here, by value on the server."""
    filters: Any = {"oepration": BUY}
    with pytest.raises(TypeError, match=r"requests\(\) has no filter 'oepration'; did you mean operation\?"):
        world.requests(**filters)
    with pytest.raises(ControlError, match=r"unknown operation 'demo.by_number'; did you mean demo.buy_number or"):
        world.requests(operation="demo.by_number")
    with pytest.raises(ControlError, match=r"unknown provider 'demp'; did you mean demo\?"):
        world.state("demp")


def test_a_rule_is_a_handle(world: World) -> None:
    """It tells how often it fired, and for what; its id still works wherever one is taken."""
    rule = world.rule(name="busy", when={"operation": BUY}, then={"status": 503})
    assert (rule.count, rule.last, rule.name, str(rule), repr(rule)) == (0, None, "busy", rule.id, f"<rule {rule.id} 'busy'>")
    for prefix in ("+1", "+1415"):
        _send(world, json={"prefix": prefix})
    assert (rule.count, len(rule.requests)) == (2, 2)
    assert rule.last is not None
    assert rule.last.body == {"prefix": "+1415"}
    assert world.explain_rule(rule) == world.explain_rule(rule.id)
    assert [each["id"] for each in world.rules()] == [rule]
    world.remove_rule(rule)
    other = world.rule(when={"operation": BUY}, then={"status": 502}, times=1)
    other.remove()
    assert world.rules() == []
    with pytest.raises(ControlError, match="no rule"):
        _ = other.count


@pytest.mark.parametrize("back", ["reset", "clear", "restore"])
def test_a_handle_never_leads_to_another_rule(world: World, back: str) -> None:
    """Whatever took its rule away: the next one has another id."""
    world.snapshot("before")
    first = world.rule(when={"operation": BUY}, then={"status": 503})
    assert _send(world, json={}) == 503
    world.restore("before") if back == "restore" else getattr(world, back)()
    second = world.rule(when={"operation": BUY}, then={"status": 502})
    assert first.id != second.id
    with pytest.raises(ControlError):
        first.remove()
    assert world.rules()[0]["id"] == second.id
    second.remove()


def test_a_sequence_of_outcomes(world: World) -> None:
    """One after another, and then the real responses."""
    rules = world.sequence(BUY, [503, "NO_NUMBERS", OK, {"status": 418}])
    assert [_send(world, json={}) for _ in range(6)] == [503, 400, 200, 418, 200, 200]
    assert [rule.count for rule in rules] == [1, 1, 1, 1]


@pytest.mark.parametrize(
    ("outcomes", "error"), [([503, "NOPE"], ControlError), ([503, None], TypeError), ([True], TypeError), ([], ValueError)]
)
def test_a_sequence_is_added_as_a_whole(world: World, outcomes: Any, error: type[Exception]) -> None:
    """Or not at all."""
    with pytest.raises(error):
        world.sequence(BUY, outcomes)
    assert world.rules() == []


@pytest.mark.parametrize("by", ["90s", 90, 90.0, Decimal(90), timedelta(minutes=1, seconds=30)])
def test_the_clock_is_advanced_by_any_duration(world: World, by: str | float | Decimal | timedelta) -> None:
    """Text, seconds, or a timedelta."""
    world.advance(by)
    assert world.clock()["now"] == "2026-03-01T00:01:30.000Z"
    with pytest.raises(ControlError, match="advance"):
        world.advance(-1)
    with pytest.raises(TypeError, match=r"advance\(\) takes seconds, a timedelta or a text such as '30s', not None"):
        world.advance(None)  # type: ignore[arg-type]


def test_the_clock_is_frozen_at_a_time(world: World) -> None:
    """A text, or a datetime; one without a time zone could mean any."""
    world.freeze(datetime(2027, 1, 1, 1, tzinfo=timezone(timedelta(hours=1))))
    assert world.clock()["now"] == "2027-01-01T00:00:00.000Z"
    with pytest.raises(ValueError, match="has no time zone; add one, such as tzinfo=UTC"):
        world.freeze(datetime(2027, 1, 1))
    with pytest.raises(TypeError, match="takes a datetime or a text"):
        world.freeze(5)  # type: ignore[arg-type]


def test_what_has_changed_since_a_snapshot(world: World) -> None:
    """Records that were added, changed and removed, with their place."""
    for name in ("kept", "changed", "removed"):
        _send(world, path="/agents", json={"name": name})
    records = {record["settings"].get("name"): record["id"] for record in world.state("demo")[0]["tables"]["agents"]["records"]}
    saved = world.snapshot()
    assert world.diff(saved) == []
    assert _send(world, "PATCH", f"/agents/{records['changed']}", json={"name": "other"}) < 300
    assert _send(world, "DELETE", f"/agents/{records['removed']}") < 300
    _send(world, path="/agents", json={"name": "added"})
    changes = {(change.id, change.table, change.change) for change in world.diff(saved)}
    (added,) = [key for key, _, kind in changes if kind == "added"]
    assert changes == {
        (records["changed"], "agents", "changed"),
        (records["removed"], "agents", "removed"),
        (added, "agents", "added"),
    }
    assert {change.provider for change in world.diff(saved)} == {"demo"}
    world.restore(saved)
    assert world.diff(saved) == []
    with pytest.raises(ControlError, match="unknown snapshot 'nope'"):
        world.diff("nope")


def test_a_record_can_be_kept_in_a_set(world: World) -> None:
    """A record that is read again is equal, and has the same hash."""
    _send(world, json={})
    _send(world, json={})
    assert len({*world.requests(), *world.requests()}) == 2


def test_a_handle_is_not_led_astray_by_names(world: World) -> None:
    """Another rule may have the id of this one as its name."""
    first = world.rule(when={"operation": BUY}, then={"status": 500}, times=1)
    second = world.rule(when={"operation": BUY}, then={"status": 502}, name=first.id)
    for _ in range(3):
        _send(world, json={})
    assert [len(first.requests), len(second.requests), first.count, second.count] == [1, 2, 1, 2]
    assert (first.last is not None, first.requests.one().status) == (True, 500)
    first.remove()
    assert [request.status for request in first.requests] == [500]


def test_an_empty_name_is_not_taken_for_none(world: World) -> None:
    """`state("")` once returned the tables of every provider."""
    with pytest.raises(ControlError, match="unknown provider ''"):
        world.state("")
    with pytest.raises(ControlError, match="unknown provider ''"):
        world.ledger("")
    with pytest.raises(ControlError, match="unknown provider ''"):
        world.spend("")
    with pytest.raises(ControlError, match="unknown provider ''"):
        world.requests(provider="")
    with pytest.raises(ControlError, match="unknown operation ''; GET /_simulator/providers lists all"):
        world.requests(operation="")
    with pytest.raises(ControlError, match="unknown snapshot 'x'; there are none"):
        world.diff("x")
    with pytest.raises(ControlError, match="set"):
        world.freeze("")
    with pytest.raises(ControlError, match="strict"):
        world.client.world(strict="")
    with pytest.raises(ControlError):
        world.client.world(name="")


def test_accounts_that_came_or_went_are_differences(world: World) -> None:
    """All their records are."""
    empty = world.snapshot()
    _send(world, path="/agents", json={"name": "x"})
    assert [(change.table, change.change) for change in world.diff(empty)] == [("agents", "added")]
    full = world.snapshot()
    world.reset()
    assert [(change.table, change.change) for change in world.diff(full)] == [("agents", "removed")]


SEEDED = {
    "description": "seeded",
    "open": True,
    "accounts": [
        {"keys": ["demo_" + "a" * 32], "demo": {"agents": [{"id": "listed", "name": "x"}]}},
        {"cartesia": {"plan": "pro", "agents": [{"id": "agent_1"}, {"id": "agent_2"}]}},
    ],
}


@pytest.fixture(params=["in process", "remote"])
def seeded(request: pytest.FixtureRequest, simulator: Simulator) -> Iterator[World]:
    """A world with an account that is listed, and a template."""
    client = simulator.client if request.param == "in process" else Client.connect(simulator.url)
    with client.world(SEEDED) as made:
        yield made
    if client is not simulator.client:
        client.close()


def _agents(world: World, method: str = "GET", path: str = "", **more: Any) -> httpx.Response:
    headers = {"Authorization": f"Bearer {world.cartesia.api_key}", "Cartesia-Version": "2026-08-14"}
    with httpx.Client(transport=world.cartesia.transport, headers=headers) as http:
        return http.request(method, f"https://api.cartesia.ai/v1/agents{path}", **more)


def _records(world: World, provider: str) -> list[tuple[bool, list[str]]]:
    accounts = world.state(provider)
    return [(one["opened"], [record["id"] for record in one["tables"]["agents"]["records"]]) for one in accounts]


def test_accounts_are_shown_before_their_first_request(seeded: World) -> None:
    """Those that the scenario lists, and those that it describes for whoever comes; looking changes nothing."""
    before = [seeded.state() for _ in range(2)]
    assert before[0] == before[1]
    assert _records(seeded, "demo") == [(True, ["listed"])]
    assert _records(seeded, "cartesia") == [(False, ["agent_2", "agent_1"])]
    assert {account["provider"] for account in seeded.state()} == {"demo", "cartesia"}
    assert [agent["id"] for agent in _agents(seeded).json()["data"]] == ["agent_2", "agent_1"]
    assert _records(seeded, "cartesia") == [(True, ["agent_2", "agent_1"])]
    seeded.clear()
    assert _records(seeded, "cartesia") == [(False, [])]


def test_what_an_account_began_with_is_no_difference(seeded: World) -> None:
    """Though it was opened after the snapshot; what was changed since it was opened is one."""
    saved = seeded.snapshot()
    assert _agents(seeded).status_code == 200
    assert seeded.diff(saved) == []
    assert _agents(seeded, "DELETE", "/agent_1").status_code < 300
    assert [(change.id, change.table, change.change) for change in seeded.diff(saved) if change.table == "agents"] == [
        ("agent_1", "agents", "removed")
    ]
    opened = seeded.snapshot()
    seeded.reset()
    assert [(change.id, change.change) for change in seeded.diff(opened) if change.table == "agents"] == [("agent_1", "added")]


def test_worlds_can_be_copied_and_shown(world: World) -> None:
    """Without recursion, and without a provider that is called `__deepcopy__`."""
    twin = copy.copy(world)
    assert (twin.name, twin.demo.base_url) == (world.name, world.demo.base_url)
    assert repr(world) == f"<simulator.testing.client.World {world.name!r} of the scenario {world.scenario!r}>"
    assert not hasattr(World.__new__(World), "providers_")
    with pytest.raises(AttributeError, match="_nothing"):
        _ = world._nothing
    with pytest.raises((TypeError, AttributeError, pickle.PicklingError)):
        pickle.dumps(world.client)


def test_help_and_dir() -> None:
    """They show what a user needs."""
    text = pydoc.plain(pydoc.render_doc(package))
    assert "class Simulator" in text
    assert "__version__" in text or "VERSION" in text
    assert {"Simulator", "__version__"} <= set(dir(package))
    assert inspect.getdoc(World.requests)
    assert repr(Simulator()).startswith("<simulator.Simulator with 1 ")
