"""Worlds that are made by hand fail and warn a test as the fixture does; a mark without the fixture is not overlooked."""

from __future__ import annotations

import importlib
from typing import Any

import pytest

from simulator import Simulator
from simulator.testing.client import Client, ControlError, World
from simulator.testing.warnings import SimulatorWarning
from tests.plugin.conftest import Run

WARN = ("-W", "default::simulator.testing.plugin.SimulatorWarning")


def test_a_block_ends_with_the_check(run: Run) -> None:
    """With the text of the fixture, and the journal; unless the test fails anyway, or says that it is meant."""
    result = run("""
    def test_unmatched(simulator):
        with simulator.world("cartesia/plan-full") as world:
            cartesia(world).get("/agent/phone-numbers")

    def test_fails_anyway(simulator):
        with pytest.raises(ZeroDivisionError), simulator.world() as world:
            cartesia(world).get("/agent/phone-numbers")
            1 / 0

    def test_meant(simulator):
        with simulator.world(unmatched="ignore") as world:
            cartesia(world).get("/agent/phone-numbers")

    def test_fine(simulator):
        with simulator.world() as world:
            assert buy(world).status_code == 201

    def test_deleted(simulator):
        with simulator.world() as world:
            world.drop()
    """)
    result.assert_outcomes(passed=4, failed=1)
    result.stdout.fnmatch_lines([
        "E*AssertionError: The client called endpoints that are not in the provider's spec:",
        "E*req-1 *GET*/cartesia/agent/phone-numbers *404*nearest: GET /agents/phone-numbers*",
        "E*world world-*, scenario cartesia/plan-full: *",
        "E*req-1 *GET*/cartesia/agent/phone-numbers*404*no such route",
    ])  # fmt: skip


def test_unknown_fields_are_as_in_the_marker(run: Run) -> None:
    """A warning by default, a failure if they should be one."""
    result = run(
        """
    def ask(world):
        cartesia(world).post("/agents/phone-numbers/provision", json={"label": "x", "lable": "y"})

    @pytest.mark.parametrize("what", ["fail", "warn", "ignore"])
    def test_it(simulator, what):
        with simulator.world(unknown_fields=what) as world:
            ask(world)
    """,
        *WARN,
    )
    result.assert_outcomes(passed=2, failed=1, warnings=1)
    result.stdout.fnmatch_lines(["*AssertionError: The client sent fields that the operation does not know:", "*lable*label*"])


def test_worlds_of_a_wider_scope_and_of_given(run: Run) -> None:
    """A module's world, one of a hypothesis test that resets it before each example, and one of unittest."""
    importlib.import_module("hypothesis")  # or the run would load it again, which takes ten times as long as its tests
    result = run("""
    import unittest
    from hypothesis import given, settings, strategies as st
    from simulator import Simulator

    @pytest.fixture(scope="module")
    def shared(simulator):
        with simulator.world() as world:
            yield world

    @settings(max_examples=5, deadline=None)
    @given(st.integers(0, 9))
    def test_given(shared, number):
        shared.reset()
        if number == 0:
            cartesia(shared).get("/agent/phone-numbers")

    class TestIt(unittest.TestCase):
        def setUp(self):
            self.world = self.enterContext(Simulator().world())

        def test_it(self):
            cartesia(self.world).get("/agent/phone-numbers")
            with self.assertRaisesRegex(AssertionError, "endpoints that are not in the provider's spec"):
                self.world.check()
            self.world.drop()
    """)
    result.assert_outcomes(passed=2, errors=1)
    result.stdout.fnmatch_lines(
        ["*ERROR at teardown of *", "*The client called endpoints that are not in the provider's spec:"]
    )


def test_a_rule_of_the_tests_own_scenario_that_never_fired_warns(run: Run) -> None:
    """Like one that was added; a rule of a scenario that is there for others does not."""
    result = run(
        """
    MINE = {"description": "x", "open": True, "rules": [
        {"name": "mine", "when": {"operation": BUY}, "then": {"fault": "reset"}}]}

    @pytest.mark.simulator(scenario=MINE)
    def test_fixture(world):
        pass

    def test_block(simulator):
        with simulator.world(MINE):
            pass

    @pytest.mark.simulator(scenario="cartesia/lost-answer")
    def test_catalogue(world):
        pass
    """,
        *WARN,
    )
    result.assert_outcomes(passed=3, warnings=2)
    result.stdout.fnmatch_lines(["*SimulatorWarning: The rule 'mine' never fired: there was no request."])


def test_a_mark_without_the_fixture_warns(run: Run) -> None:
    """The scenario that it names has nothing to do with the test; a class or a module may have it for others."""
    result = run(
        """
    @pytest.mark.simulator(scenario="cartesia/plan-full")
    def test_without(simulator):
        pass

    @pytest.mark.simulator(scenario="cartesia/plan-full")
    def test_later(request):
        assert buy(request.getfixturevalue("world")).status_code == 402

    @pytest.mark.simulator(scenario="cartesia/plan-full")
    class TestIt:
        def test_without(self):
            pass

        def test_with(self, world):
            assert buy(world).status_code == 402
    """,
        *WARN,
    )
    result.assert_outcomes(passed=4, warnings=1)
    result.stdout.fnmatch_lines(
        ["*SimulatorWarning: @pytest.mark.simulator has no effect: the test does not use the fixture `world`*"]
    )


@pytest.mark.parametrize("remote", [False, True])
def test_a_check_leaves_the_world(simulator: Simulator, remote: bool) -> None:
    """It can be repeated, and what is wrong stays wrong after a reset."""
    client = Client.connect(simulator.url) if remote else simulator.client
    world: World = client.world()
    world.check()
    world.rule(then={"status": 500}, when={"provider": "cald"}, name="odd")
    with pytest.warns(SimulatorWarning, match="The rule 'odd' never fired"):
        world.check()
    world.reset()
    with pytest.warns(SimulatorWarning, match="The rule 'odd' never fired before the world was reset"):
        world.check()
    assert world.requests() == []
    world.drop()
    world.check()
    with pytest.raises(ControlError, match="no world"):
        world.requests()
    if remote:
        client.close()


def test_a_world_that_the_test_drops_is_judged_as_it_was(run: Run) -> None:
    """To clean up is no way to a green test."""
    result = run(
        """
    def test_fixture(world):
        cartesia(world).get("/agent/phone-numbers")
        world.drop()

    def test_block(simulator):
        with simulator.world() as world:
            cartesia(world).get("/agent/phone-numbers")
            world.drop()

    def test_fields(world):
        cartesia(world).post("/agents/phone-numbers/provision", json={"label": "x", "lable": "y"})
        world.drop()

    def test_clean(world):
        assert buy(world).status_code == 201
        world.drop()
    """,
        *WARN,
    )
    result.assert_outcomes(passed=3, failed=1, errors=1, warnings=1)
    result.stdout.fnmatch_lines(
        ["The client called endpoints that are not in the provider's spec:", "*SimulatorWarning: *lable*"]
    )
    assert "Traceback" not in result.stdout.str()


@pytest.mark.parametrize("anew", [False, True])
@pytest.mark.parametrize("remote", [False, True])
def test_a_world_that_is_gone_fails_its_check(simulator: Simulator, remote: bool, anew: bool) -> None:
    """As nobody can tell any more what the client did in it; another world of its name says nothing of it, and stays."""
    client = Client.connect(simulator.url) if remote else simulator.client
    world: World = client.world()
    client.call("PUT" if anew else "DELETE", f"/worlds/{world.name}")
    with pytest.raises(
        AssertionError, match="cannot be checked, as the simulator has no such world: another client deleted or replaced it"
    ):
        world.check()
    with pytest.raises(ControlError):
        world.drop()
    assert (world.name in simulator.app.worlds) is anew
    if remote:
        client.close()


def test_a_world_that_is_gone_fails_the_test(run: Run) -> None:
    """Deleted, or made anew under its name."""
    result = run("""
    import pytest

    @pytest.mark.parametrize("method", ["DELETE", "PUT"])
    def test_it(world, method):
        world.client.call(method, f"/worlds/{world.name}")
    """)
    result.assert_outcomes(passed=2, errors=2)
    result.stdout.fnmatch_lines(["The world test-it-* cannot be checked, as the simulator has no such world: *"] * 2)


def test_an_interception_that_is_never_begun_fails_the_test(run: Run) -> None:
    """Its requests would go to the real provider."""
    result = run("""
    def test_fixture(world):
        world.intercept()

    def test_block(simulator):
        with simulator.world() as world:
            world.intercept()
    """)
    result.assert_outcomes(passed=1, failed=1, errors=1)
    result.stdout.fnmatch_lines(["world.intercept() was called but never entered, so no request was redirected: *"])


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"unmatched": "ignored"}, "unmatched is 'ignored', expected 'fail' or 'ignore'"),
        ({"unknown_fields": "error"}, "unknown_fields is 'error', expected 'warn' or 'fail' or 'ignore'"),
        ({"hosts": ["gateway.example"]}, "hosts: .* is not a mapping; expected one such as"),
    ],
)
def test_options_are_checked(simulator: Simulator, options: dict[str, Any], text: str) -> None:
    """As those of the marker are."""
    before = len(simulator.app.worlds.all())
    with pytest.raises(ValueError, match=text):
        simulator.world(**options)
    assert len(simulator.app.worlds.all()) == before
