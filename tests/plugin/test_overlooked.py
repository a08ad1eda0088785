"""What a test overlooks is a warning: worlds that it made and did not check, and requests that miss its world."""

from __future__ import annotations

from tests.plugin.conftest import Run

WARN = ("-W", "default::simulator.testing.plugin.SimulatorWarning")


def test_the_check_has_no_traceback_of_ours(run: Run) -> None:
    """The failure shows the line of the test, and the reason."""
    result = run("""
    def test_block(simulator):
        with simulator.world() as world:
            cartesia(world).get("/nothing")

    def test_check(simulator):
        world = simulator.world()
        cartesia(world).get("/nothing")
        world.check()
    """)
    result.assert_outcomes(failed=2)
    assert "def check" not in result.stdout.str()
    assert "client.py" not in result.stdout.str()


def test_a_world_that_the_test_did_not_check_warns(run: Run) -> None:
    """One that it made itself, and left with what should fail the test; whether or not it is still held."""
    result = run(
        """
    kept = []

    def test_left(simulator):
        cartesia(simulator.world(name="left")).get("/nothing")

    def test_kept(simulator):
        kept.append(simulator.world(name="kept"))
        cartesia(kept[-1]).get("/nothing")

    def test_clean(simulator):
        buy(simulator.world())

    def test_checked(simulator):
        world = simulator.world()
        cartesia(world).get("/nothing")
        with pytest.raises(AssertionError):
            world.check()

    def test_meant(simulator):
        cartesia(simulator.world(unmatched="ignore")).get("/nothing")

    def test_deleted(simulator):
        world = simulator.world()
        cartesia(world).get("/nothing")
        world.drop()

    @pytest.fixture
    def made(simulator):
        world = simulator.world()
        yield world
        with pytest.raises(AssertionError):
            world.check()

    def test_of_a_fixture(made):
        cartesia(made).get("/nothing")

    def test_of_another_simulator():
        from simulator import Simulator
        with Simulator() as other:
            cartesia(other.world(name="other")).get("/nothing")
    """,
        *WARN,
    )
    result.assert_outcomes(passed=8, warnings=3)
    for name in ("left", "kept", "other"):
        result.stdout.fnmatch_lines([f"*SimulatorWarning: The world {name} was made by the test and not checked, so*"])


def test_requests_that_miss_the_world_of_the_test_warn(run: Run) -> None:
    """The address of the simulator without a world leads to `default`, which nobody checks."""
    result = run(
        """
    def ask(simulator, path="/agents"):
        return httpx.get(f"{simulator.url}/cartesia{path}", headers=headers(simulator.client.world().cartesia))

    def test_astray(world, simulator):
        assert ask(simulator).status_code == 200

    def test_both(world, simulator):
        buy(world)
        ask(simulator, "/nothing")
        ask(simulator, "/nothing")

    def test_its_own(world):
        buy(world)

    def test_without_a_world_of_its_own(simulator):
        ask(simulator)

    def test_made_anew(world, simulator):
        with simulator.world(name="default"):
            ask(simulator)
    """,
        *WARN,
    )
    result.assert_outcomes(passed=5, warnings=2)
    result.stdout.fnmatch_lines(
        ["*SimulatorWarning: The request GET /cartesia/agents has reached the world `default` and not*"]
    )
    result.stdout.fnmatch_lines(["*SimulatorWarning: 2 requests, the last GET /cartesia/nothing, have reached the world*"])
