"""A world that is moved to another process by its document: whatever is asked, it goes on byte for byte."""

from __future__ import annotations

import json
from functools import partial
from typing import Any, ClassVar

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from simulator import Simulator
from simulator.documents import read
from simulator.http import Request, settled
from simulator.http.response import Response
from simulator.registry import built_in_registry, data_folder
from simulator.testing.client import Json
from tests.asking import Ask, example, opening
from tests.properties.asks import asks
from tests.properties.states import everything
from tests.properties.test_worlds import scenarios
from tests.properties.trail import Trail

PROVIDERS = built_in_registry().providers
NAMES = sorted(PROVIDERS)
DEFAULT: Json = read(data_folder("scenarios") / "default.yaml").content
CLOCK = {"start": "2026-03-01T00:00:00Z", "frozen": True}
DOCUMENT = "/_simulator/worlds/w/snapshot"


def document(simulator: Simulator) -> bytes:
    """The world's document."""
    answer = settled(simulator.app.handle(Request("GET", DOCUMENT, "", {"host": "in-process"}, b"")))
    assert answer.status == 200, answer.body
    return answer.body


def lasting(written: bytes) -> Json:
    """A document without what is no part of a snapshot, and so differs once one is restored, and without real time."""
    content: Json = json.loads(written)
    content.get("journal", {}).pop("cleared_at", None)
    for account in content["state"].get("accounts", ()):
        account.pop("used", None)
    for lost in content.get("rule_history", {}).get("lost", ()):  # rules that a restore has set back, and that still count
        lost.pop("fitted", None)
        lost.pop("fired", None)
    return content


class Moved(RuleBasedStateMachine):
    """Two worlds that are asked the same, of which one moves from simulator to simulator."""

    name: ClassVar[str]  # of the provider that is asked most

    @initialize(scenario=scenarios, seed=st.integers(0, 9), other=st.sampled_from(NAMES))
    def begin(self, scenario: Json, seed: int, other: str) -> None:
        """Make the worlds alike, open the accounts, and ask what the examples ask."""
        self.focus, self.trail = sorted({self.name, other}), Trail()
        self.stays, self.moves = Simulator(), Simulator()
        content = {**DEFAULT, **scenario, "clock": CLOCK, "rules": [*scenario["rules"], *DEFAULT["rules"]]}
        for simulator in (self.stays, self.moves):
            simulator.client.call("PUT", "/worlds/w", {"scenario": content, "seed": seed})
        for name in self.focus:
            for ask in opening(PROVIDERS[name]):
                self.both(ask)
        bound = PROVIDERS[self.name]
        for operation in [one for one in bound.spec.operations.values() if one.method != "DELETE"]:
            self.both(example(bound, operation, partial(self.newest, operation.id)))

    def newest(self, operation: str, name: str) -> str | None:
        """What an operation could take there, as far as there is anything."""
        return next(reversed(self.trail.of(self.name, operation, name)), None)

    def both(self, ask: Ask) -> Response:
        """Ask both: the same bytes, the id of the request and all other headers included."""
        answer = ask.of(self.stays.app, "w")
        assert ask.of(self.moves.app, "w") == answer
        if "X-Simulator-Rule" not in dict(answer.headers):
            self.trail.note(PROVIDERS[ask.provider], ask.operation, answer)
        return answer

    def control(self, method: str, path: str, body: Any = None) -> None:
        """Ask the control API of both."""
        here, there = (one.client.call(method, f"/worlds/w{path}", body) for one in (self.stays, self.moves))
        assert here == there

    @rule(data=st.data(), times=st.integers(1, 6))
    def ask(self, data: st.DataObject, times: int) -> None:
        """Any requests."""
        for _ in range(times):
            bound = PROVIDERS[data.draw(st.sampled_from(self.focus))]
            self.both(data.draw(asks(bound, self.trail)))

    @rule(by=st.sampled_from(["1s", "29s", "1h"]))
    def wait(self, by: str) -> None:
        """The clock moves on: what was under way goes on in the other process too."""
        self.control("POST", "/clock", {"advance": by})

    @rule(name=st.sampled_from(["one", "two"]))
    def save(self, name: str) -> None:
        """Snapshots move along."""
        self.control("PUT", f"/snapshots/{name}")

    @rule(name=st.sampled_from(["one", "two"]))
    def go_back(self, name: str) -> None:
        """To a snapshot that the other process made."""
        if name in self.stays.client.call("GET", "/worlds/w")["snapshots"]:
            self.control("POST", f"/snapshots/{name}/restore")

    @rule(way=st.sampled_from(["/reset", "/clear"]))
    def begin_anew(self, way: str) -> None:
        """By the scenario, which moves along."""
        for simulator in (self.stays, self.moves):
            simulator.client.call("POST", f"/worlds/w{way}")

    @rule(times=st.integers(1, 2))
    def move(self, times: int) -> None:
        """To a new simulator, by the document alone."""
        self.control("POST", "/outbox/deliver")  # a thread does it else, whenever it comes to that
        written = document(self.moves)
        for _ in range(times):
            self.moves.close()
            self.moves = Simulator()
            answer = settled(
                self.moves.app.handle(
                    Request("PUT", DOCUMENT, "", {"host": "in-process", "content-type": "application/json"}, written)
                )
            )
            assert answer.status == 201, answer.body
            assert document(self.moves) == written
        assert lasting(document(self.moves)) == lasting(document(self.stays))
        world, twin = self.moves.app.worlds.peek("w"), self.stays.app.worlds.peek("w")
        assert world is not None
        assert twin is not None
        assert {**everything(world), "replays": None} == {**everything(twin), "replays": None}  # the JSON of these is the same

    def teardown(self) -> None:
        """What the control API says of both is the same in the end."""
        if not hasattr(self, "stays"):
            return
        try:
            self.move(times=1)
            for path in ("/requests", "/outbox", "/ledger", "/rules", "/clock"):
                self.control("GET", path)
        finally:
            self.stays.close()
            self.moves.close()


@pytest.mark.parametrize("name", NAMES)
def test_a_world_goes_on_in_the_next_process(name: str) -> None:
    """Whatever is asked, mostly of one provider."""
    run_state_machine_as_test(
        type("MovedOne", (Moved,), {"name": name}), settings=settings(max_examples=settings().max_examples // 2)
    )
