"""What worlds hold is limited by bytes; each limit says which it is and how to raise it."""

from __future__ import annotations

import gc
import json
import tracemalloc
from collections.abc import Callable
from typing import Any

import pytest

from simulator.application import Application, Settings
from simulator.control import rules
from simulator.engine import worlds
from simulator.engine.worlds import Bounds
from simulator.http import Request, Response, settled
from simulator.registry import built_in_registry

MEBIBYTE = 1 << 20
AGENT = {"name": "x", "voice_id": "x", "system_prompt": "x" * 50_000}
KEY = "truedy_" + "A" * 32


class Asked:
    """An application with limits."""

    def __init__(self, memory: int) -> None:
        self.application = Application(built_in_registry(), settings=Settings(bounds=Bounds(memory_bytes=memory)))

    def __call__(self, method: str, path: str, body: Any = None) -> Response:
        """Send a request and wait for the response."""
        raw = b"" if body is None else json.dumps(body).encode()
        headers = {"host": "localhost", "content-type": "application/json", "authorization": f"Bearer {KEY}"}
        path, _, query = path.partition("?")
        return settled(self.application.handle(Request(method, path, query, headers, raw)))

    def usage(self, name: str) -> int:
        """How much of a limit is used."""
        used: int = json.loads(self("GET", "/_simulator/health").body)["usage"][name]["used"]
        return used

    def detail(self, response: Response) -> str:
        """Return what is wrong."""
        text: str = json.loads(response.body)["detail"]
        return text

    def fill(self, world: str) -> int:
        """Create agents in a world until that is refused; return how many there are."""
        path = f"/w/{world}/truedy/api/public/v1/agents"
        for created in range(1000):
            response = self("POST", path, AGENT)
            if response.status != 201:
                assert response.status == 507, response.body
                assert f"the world {world} is full" in self.detail(response)
                assert "--max-memory" in self.detail(response)
                return created
        raise AssertionError("it is never full")


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worlds, "AGAIN", 0.0)


def test_a_world_is_full_by_the_bytes_of_its_records() -> None:
    """A quarter of the memory: then nothing is added, what is there can be read, and a reset empties it."""
    asked = Asked(32 * MEBIBYTE)
    created = asked.fill("default")
    assert 8 * MEBIBYTE / 100_000 - 40 < created <= 8 * MEBIBYTE / 50_000
    listed = asked("GET", "/truedy/api/public/v1/agents?limit=1")
    assert listed.status == 200
    assert asked.usage("largest_world_bytes") <= 10 * MEBIBYTE
    assert asked("POST", "/_simulator/worlds/default/reset").status == 200
    assert asked("POST", "/truedy/api/public/v1/agents", AGENT).status == 201


def test_what_is_deleted_makes_room() -> None:
    """Also in a world that is full."""
    asked = Asked(32 * MEBIBYTE)
    asked.fill("default")
    path = "/truedy/api/public/v1/agents"
    agents = [agent["id"] for agent in json.loads(asked("GET", f"{path}?limit=50").body)["data"]]
    for agent in agents[:40]:
        assert asked("DELETE", f"{path}/{agent}").status < 300
    assert asked("POST", path, AGENT).status == 201


def test_the_least_recently_used_worlds_make_room(caplog: pytest.LogCaptureFixture) -> None:
    """All worlds together take as much as the limit says; the log tells which were dropped, and why."""
    asked = Asked(12 * MEBIBYTE)
    for number in range(8):
        assert asked("PUT", f"/_simulator/worlds/w{number}", {}).status == 201
        asked.fill(f"w{number}")
        assert asked.usage("memory_bytes") <= 14 * MEBIBYTE
    names = [world["name"] for world in json.loads(asked("GET", "/_simulator/worlds").body)["worlds"]]
    assert names[0] == "default"
    assert names[-1] == "w7"
    assert len(names) < 6
    assert "all together take at most 12582912 bytes (--max-memory)" in caplog.text


def test_a_scenario_that_does_not_fit_is_refused() -> None:
    """With the limit, and nothing is created."""
    asked = Asked(4 * MEBIBYTE)
    scenario = {"open": True, "accounts": [{"keys": ["vx_live_a"], "vantax": {"numbers": [{"count": 3000}]}}]}
    refused = asked("PUT", "/_simulator/worlds/big", {"scenario": scenario})
    assert refused.status == 409
    assert "a quarter of --max-memory; use less, or raise that limit; nothing was created" in asked.detail(refused)
    assert asked("GET", "/_simulator/worlds/big").status == 404


def test_snapshots_share_what_did_not_change() -> None:
    """So a hundred of one state take little more than one, and those of many states have a limit."""
    asked = Asked(64 * MEBIBYTE)
    scenario = {"open": True, "accounts": [{"keys": ["vx_live_a"], "vantax": {"numbers": [{"count": 5000}]}}]}
    assert asked("PUT", "/_simulator/worlds/big", {"scenario": scenario}).status == 201
    body = {"sub_account_id": "sub_8a1f4c2e", "country": "US", "area_code": "415"}
    for number in range(5):
        assert asked("PUT", f"/_simulator/worlds/big/snapshots/same{number}").status == 201
    assert 1_000_000 <= asked.usage("snapshot_bytes") < 1_100_000
    statuses = []
    for number in range(20):
        headers = {"host": "x", "content-type": "application/json", "authorization": "Bearer vx_live_a"}
        raw = json.dumps(body).encode()
        bought = asked.application.handle(Request("POST", "/w/big/vantax/v1/phone-numbers", "", headers, raw))
        assert bought.status == 201
        refused = asked("PUT", f"/_simulator/worlds/big/snapshots/other{number}")
        statuses.append(refused.status)
    assert statuses == [201] * 7 + [409] * 13
    assert "an eighth of --max-memory; replace one of them, or raise that limit" in asked.detail(refused)


def test_rules_that_are_added_have_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """By the bytes of their requests; one that is removed makes room."""
    monkeypatch.setattr(rules, "MAX_RULE_BYTES", 100_000)
    asked = Asked(64 * MEBIBYTE)
    rule = {"when": {"provider": "vantax"}, "then": {"status": 500, "body": "x" * 30_000}, "times": 1}
    added = [asked("POST", "/_simulator/worlds/default/rules", rule) for _ in range(4)]
    assert [one.status for one in added] == [201, 201, 201, 409]
    assert "bytes, at most 100000 are allowed; remove one first" in asked.detail(added[3])
    assert 90_000 < asked.usage("rule_bytes") < 100_000
    assert asked("DELETE", "/_simulator/worlds/default/rules/" + json.loads(added[0].body)["id"]).status == 204
    assert asked("POST", "/_simulator/worlds/default/rules", rule).status == 201


def test_requests_at_gates_are_limited_by_bytes() -> None:
    """Of one world, and of all together; those that wait stay, and what is released makes room."""
    asked = Asked(32 * MEBIBYTE)
    rule = {"when": {"operation": "truedy.create_agent"}, "then": {"hold": "until-released"}}
    paths = [f"/w/{world}/truedy/api/public/v1/agents" for world in "abcdef"]
    for world in "abcdef":
        assert asked("PUT", f"/_simulator/worlds/{world}").status == 201
        assert asked("POST", f"/_simulator/worlds/{world}/rules", rule).status == 201

    def hold(path: str) -> str:
        """Hold requests at the gate of a world until one is refused; return why."""
        while (response := asked("POST", path, AGENT)).after is not None:
            assert asked.usage("held_requests") < 100, "it is never full"
        assert response.status == 503
        return asked.detail(response)

    why = hold(paths[0])
    assert "at gates of this world would take" in why
    assert f"at most {MEBIBYTE} are allowed, 1/32 of --max-memory" in why
    assert MEBIBYTE / 2 < asked.usage("held_bytes") <= MEBIBYTE
    reasons = [hold(path) for path in paths[1:]]
    assert "at gates of all worlds would take" in reasons[-1]
    assert f"at most {4 * MEBIBYTE} are allowed, 1/8 of --max-memory" in reasons[-1]
    [gate] = json.loads(asked("GET", "/_simulator/worlds/a/gates").body)["gates"]
    assert asked("POST", f"/_simulator/worlds/a/gates/{gate['id']}/release", {"open": True}).status == 200
    assert asked.usage("held_bytes") < 4 * MEBIBYTE - MEBIBYTE / 2
    assert "at gates of this world would take" in hold(paths[-1])


BUY = {"sub_account_id": "sub_8a1f4c2e", "country": "US", "number_pattern": "+1**********"}


def _taken(grow: Callable[[], object]) -> tuple[int, int]:
    """Return the bytes that Python's objects take afterwards, and at most meanwhile."""
    gc.collect()
    tracemalloc.start(1)
    try:
        grow()
        gc.collect()
        return tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()


def test_a_world_with_a_number_takes_little() -> None:
    """Tables that are empty, and what is the same in all worlds, take nothing: 1,000 worlds shall take less than 28 MiB."""
    application = Application(built_in_registry())
    head = {"host": "localhost", "content-type": "application/json", "authorization": "Bearer vx_live_demo"}

    def buy(world: str) -> None:
        for method, path, body in (
            ("PUT", f"/_simulator/worlds/{world}", b""),
            ("POST", f"/w/{world}/vantax/v1/phone-numbers", json.dumps(BUY).encode()),
        ):
            response = settled(application.handle(Request(method, path, "", head, body)))
            assert response.status == 201, response.body

    buy("first")  # which compiles what all share
    taken, _ = _taken(lambda: list(map(buy, map("w{}".format, range(20)))))
    assert taken / 20 < 28_000


def test_a_seeded_number_takes_little() -> None:
    """Also while the account is opened: Python does not give back what that takes for a moment."""
    asked = Asked(1 << 30)

    def hold(count: int) -> None:
        account = {"keys": ["vx_live_demo"], "vantax": {"numbers": [{"count": count}]}}
        assert asked("PUT", "/_simulator/worlds/held", {"scenario": {"accounts": [account]}}).status < 300

    hold(1)
    taken, most = _taken(lambda: hold(5_000))
    assert (taken / 5_000 < 335, most / 5_000 < 450) == (True, True), (taken, most)
