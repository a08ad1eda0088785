"""Worlds under all kinds of requests: a refusal leaves nothing, equal calls give equal bytes, a snapshot is a way back."""

from __future__ import annotations

import re
from functools import partial
from typing import Any, ClassVar

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from simulator import Simulator
from simulator.documents import read
from simulator.engine.world import World
from simulator.http.response import Response
from simulator.registry import built_in_registry, data_folder
from simulator.testing.client import Json
from tests.asking import Ask, example, opening
from tests.properties.asks import asks
from tests.properties.described import strangers
from tests.properties.states import everything, owned, records, taken
from tests.properties.trail import Trail

PROVIDERS = built_in_registry().providers
NAMES = sorted(PROVIDERS)
DEFAULT: Json = read(data_folder("scenarios") / "default.yaml").content
RESOURCES = [f"{name}.{resource}" for name, bound in PROVIDERS.items() for resource in bound.provider.lifecycles]
READS = {"after_reads": 2}

late = st.sampled_from(["immediate", "immediate", {"after": "30s"}, {"after": "30s"}, READS, "never"])
mishaps = st.sampled_from(
    [
        {"then": {"fault": "reset", "stage": "before"}, "probability": 0.2},
        {"then": {"fault": "truncate", "stage": "after_commit"}, "probability": 0.2},
        {"then": {"error": "LIMITED"}, "skip": 3, "times": 2},
        {"then": {"amend": {"headers": {"X-Odd": "1"}}, "delay": {"uniform": ["1ms", "9s"]}}, "probability": 0.5},
    ]
)
scenarios = st.fixed_dictionaries(
    {
        "lifecycles": st.fixed_dictionaries(dict.fromkeys(RESOURCES, late)),
        "rate_limits": st.sampled_from(["off", "on"]),
        "rules": st.lists(mishaps, max_size=1),
    }
)


def _seen(answer: Response) -> tuple[Any, ...]:
    """What a client sees, but for the ids of requests: these go on whatever becomes of a world."""
    headers = [each for each in answer.headers if each[0] not in ("X-Simulator-Request", "Content-Length")]
    body = re.sub(rb'"request":"req-\d+"', b"", answer.body)  # of the simulator's own answers, such as a 501
    return answer.status, headers, body, answer.delay, answer.fault


class Worlds(RuleBasedStateMachine):
    """Two worlds that are asked the same, of which one goes astray now and then, and one that nobody asks anything."""

    simulator = Simulator()
    name: ClassVar[str]  # of the provider that is asked most

    @initialize(told=scenarios, seed=st.integers(0, 9), other=st.sampled_from(NAMES))
    def begin(self, told: Json, seed: int, other: str) -> None:
        """Make the worlds alike, let every key open its account, and let there be something to ask for."""
        self.focus, self.told, self.trail = sorted({self.name, other}), told, Trail()
        clock = {"start": "2026-03-01T00:00:00Z", "frozen": True}
        scenario = {**DEFAULT, **told, "clock": clock, "rules": [*told["rules"], *DEFAULT["rules"]]}
        for name in ("here", "twin", "bystander"):
            self.simulator.world(scenario, name=name, seed=seed)
            self.open(name)
        self.furnish()
        self.before = everything(self.world("bystander"))

    def open(self, world: str) -> None:
        """Let every key open its account."""
        for name in self.focus:
            for asked in opening(PROVIDERS[name]):
                asked.of(self.simulator.app, world)

    def furnish(self) -> None:
        """Ask what the examples ask; where it is refused once more, as what was lacking may be there by then."""
        bound = PROVIDERS[self.name]
        wanted = [each for each in bound.spec.operations.values() if each.method != "DELETE"]
        for _ in range(2):
            answers = [self.both(example(bound, each, partial(self.newest, each.id))) for each in wanted]
            wanted = [each for each, answer in zip(wanted, answers, strict=True) if answer.status >= 400]

    def newest(self, operation: str, name: str) -> str | None:
        """What an operation could take there, as far as there is anything."""
        return next(reversed(self.trail.of(self.name, operation, name)), None)

    def world(self, name: str) -> World:
        """A world as it is inside."""
        world = self.simulator.app.worlds.get(name)
        assert world is not None
        return world

    def draw(self, data: st.DataObject) -> Ask:
        """Any request."""
        bound = PROVIDERS[data.draw(st.sampled_from(self.focus))]
        return data.draw(asks(bound, self.trail))

    @rule(data=st.data(), times=st.integers(1, 8))
    def ask(self, data: st.DataObject, times: int) -> None:
        """The same requests to both get the same bytes."""
        for _ in range(times):
            self.both(self.draw(data))

    def both(self, asked: Ask) -> Response:
        """Ask both."""
        answer = self.send(asked)
        assert _seen(answer) == _seen(asked.of(self.simulator.app, "twin"))
        if "X-Simulator-Rule" not in dict(answer.headers):
            self.trail.note(PROVIDERS[asked.provider], asked.operation, answer)
        return answer

    def send(self, asked: Ask) -> Response:
        """Send a request, and see what it changed."""
        before = records(self.world("here"))
        answer = asked.of(self.simulator.app, "here")
        told, after = dict(answer.headers), records(self.world("here"))
        assert "X-Simulator-Bug" not in told, answer.body
        if "X-Simulator-Rule" not in told:
            assert strangers(PROVIDERS[asked.provider], asked.operation, answer) == []
            assert answer.status < 400 or self.counts_reads(asked) or after == before
        changed = {name[:2] for name in after if isinstance(name, tuple) and after[name] != before.get(name)}
        assert len(changed) <= 1, "an account changes nothing in another's"
        held = [number for number in owned(self.world("here")) if number not in DEFAULT["inventory"]["always"]]
        assert held == taken(self.world("here")), "every number has one owner, or none if it is for sale"
        return answer

    def counts_reads(self, asked: Ask) -> bool:
        """Whether a read may change something though it is refused: that something settles after so many."""
        return any(name.startswith(asked.provider) and how == READS for name, how in self.told["lifecycles"].items())

    @rule(by=st.sampled_from(["1s", "29s", "30s", "1h"]))
    def wait(self, by: str) -> None:
        """The clock moves on in both."""
        here, twin = (self.simulator.client.call("POST", f"/worlds/{name}/clock", {"advance": by}) for name in ("here", "twin"))
        assert here == twin

    @rule(data=st.data(), steps=st.integers(1, 3), turn=st.sampled_from([None, "/reset", "/clear"]))
    def go_astray_and_come_back(self, data: st.DataObject, steps: int, turn: str | None) -> None:
        """Only one of them goes on for a while, and is brought back by a snapshot, as often as one likes: it is as it was."""
        before = everything(self.world("here"))
        client = self.simulator.client
        client.call("PUT", "/worlds/here/snapshots/before")
        for way in (turn, None):
            if way:
                client.call("POST", f"/worlds/here{way}")
                self.open("here")
            for _ in range(steps):
                self.send(self.draw(data))
                client.call("POST", "/worlds/here/clock", {"advance": "31s"})
            client.call("POST", "/worlds/here/snapshots/before/restore")
            assert everything(self.world("here")) == before

    @invariant()
    def both_hold_the_same(self) -> None:
        """What the two worlds hold does not differ, be it what no answer shows."""
        assert everything(self.world("here")) == everything(self.world("twin"))

    @invariant()
    def nobody_else_notices(self) -> None:
        """A world that is asked nothing stays as it was."""
        assert everything(self.world("bystander")) == self.before


@pytest.mark.filterwarnings("ignore:The world .* was made by the test and not checked")  # anything is asked here
@pytest.mark.parametrize("name", NAMES)
def test_worlds(name: str) -> None:
    """Whatever is asked, mostly of one provider."""
    run_state_machine_as_test(
        type("WorldsOfOne", (Worlds,), {"name": name}), settings=settings(max_examples=settings().max_examples // 2)
    )
