"""The fixtures `simulator` and `world`, and what the mark says of a world."""

from __future__ import annotations

import pytest

from tests.plugin.conftest import Run


def test_a_test_has_a_world_of_its_own(run: Run) -> None:
    """What one test buys the next one does not have, and when the run is over no world is left."""
    result = run("""
    seen = set()

    @pytest.mark.parametrize("number", range(3))
    def test_buy(world, simulator, number):
        assert buy(world).status_code == 201
        assert buy(world).status_code == 402
        assert world.name not in seen
        seen.add(world.name)

    def test_the_others_are_gone(simulator):
        assert len(seen) == 3
        assert [each["name"] for each in simulator.client.call("GET", "/worlds")["worlds"]] == ["default"]
    """)
    result.assert_outcomes(passed=4)


def test_an_address_has_all_that_a_client_needs(run: Run) -> None:
    """`base_url` for a socket, `transport` without one, and keys that work."""
    result = run("""
    @pytest.mark.parametrize("name", ["cald", "cartesia", "chirp", "truedy", "vantax"])
    def test_address(world, simulator, name):
        address = getattr(world, name)
        assert address.base_url.startswith(f"{simulator.url}/w/{world.name}/{name}")
        assert address.api_key == address.keys[0]
        assert repr(address).startswith(f"ProviderAddress(name={name!r}, keys=")

    def test_socket(world):
        url = world.cartesia.base_url + "/agents/phone-numbers"
        assert httpx.get(url, headers=headers(world.cartesia)).json() == {"data": [], "has_more": False}

    def test_unknown(world):
        with pytest.raises(AttributeError, match="no attribute or provider 'cartesa'; did you mean 'cartesia'"):
            world.cartesa
    """)
    result.assert_outcomes(passed=7)


def test_the_mark_says_what_a_world_starts_as(run: Run) -> None:
    """A scenario by its name, inline or in a file beside the test; a seed; a clock that stands."""
    run.suite.path.joinpath("mine.yaml").write_text("description: mine\nopen: true\nclock: {frozen: true}\n", encoding="utf-8")
    result = run("""
    from pathlib import Path

    @pytest.mark.simulator(scenario="cartesia/plan-full")
    def test_name(world):
        assert (world.scenario, buy(world).status_code) == ("cartesia/plan-full", 402)

    @pytest.mark.simulator(scenario={"description": "inline", "accounts": [{"keys": ["sk_car_x"], "cartesia": {}}]})
    def test_inline(world):
        assert (world.description, world.cartesia.api_key) == ("inline", "sk_car_x")
        with pytest.raises(LookupError, match="no key for vantax"):
            world.vantax.api_key

    @pytest.mark.parametrize("file", [pytest.param(each, marks=pytest.mark.simulator(scenario=each)) for each in
                                      ("mine.yaml", Path("mine.yaml"), Path("mine.yaml").absolute())])
    def test_file(world, file):
        assert (world.description, world.clock()["frozen"]) == ("mine", True)

    @pytest.mark.simulator(scenario="mine.yaml", frozen=False)
    def test_thawed(world):
        assert not world.clock()["frozen"]

    @pytest.mark.simulator(frozen=True)
    def test_frozen(world):
        assert world.clock()["frozen"]
        before = world.clock()["now"]
        world.advance("30s")
        assert world.clock()["now"] > before

    @pytest.mark.parametrize("turn", [pytest.param(each, marks=pytest.mark.simulator(seed=each)) for each in (1, 2, 1)])
    def test_seed(world, turn, ids={}):
        bought = buy(world).json()["id"]
        assert ids.setdefault(turn, bought) == bought
        assert len(set(ids.values())) == len(ids)
    """)
    result.assert_outcomes(passed=10)


def test_the_nearest_mark_counts(run: Run) -> None:
    """Marks of the module, the class and the test are read together, each argument from the nearest that has it."""
    result = run("""
    pytestmark = pytest.mark.simulator(scenario="cartesia/plan-full", frozen=True)

    @pytest.mark.simulator(scenario="vantax/plan-full")
    class TestIt:
        def test_class(self, world):
            assert (world.scenario, world.clock()["frozen"]) == ("vantax/plan-full", True)

        @pytest.mark.simulator(scenario="chirp/outage", frozen=False)
        def test_method(self, world):
            assert (world.scenario, world.clock()["frozen"]) == ("chirp/outage", False)

    def test_module(world):
        assert (world.scenario, world.clock()["frozen"]) == ("cartesia/plan-full", True)
    """)
    result.assert_outcomes(passed=3)


MISTAKES = {
    "unmatchd='ignore'": "@pytest.mark.simulator takes scenario, *, hunt, and not unmatchd; did you mean unmatched[?]",
    "'cartesia/plan-full'": "@pytest.mark.simulator takes named arguments only (scenario, seed, *), got 'cartesia/plan-full'",
    "unmatched='skip'": "@pytest.mark.simulator: unmatched is 'skip', expected 'fail' or 'ignore'",
    "frozen='no'": "@pytest.mark.simulator: frozen is 'no', expected True or False or None",
    "hosts=['gw.example']": "cannot create a world for this test: hosts: * is not a mapping; expected one such as *",
    "intercept='yes'": "@pytest.mark.simulator: intercept is 'yes', expected True or False or 'refuse'",
    "hosts={'gw.example': 'cartesa'}": "cannot create a world *: hosts: no provider 'cartesa'; did you mean cartesia?",
    "hosts={'https://gw.example': 'cald'}": "*: hosts: 'https://gw.example' is not a host name; expected one such as *",
    "scenario='cartesia/planfull'": "cannot create a world for this test: unknown scenario 'cartesia/planfull'; did you mean*",
    "scenario='none.yaml'": "cannot create a world for this test: *No such file*none.yaml*",
    "scenario={'description': 'x', 'opn': True}": "cannot create a world for this test: *'opn'*did you mean 'open'?*",
    "strict='very'": 'cannot create a world for this test: strict: expected one of documented, inferred, got "very"',
    "scenario='mine.yaml', seed=1": "cannot create a world for this test: *mine.yaml says its own seed*",
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_in_a_mark_is_told_in_a_line(run: Run, mistake: str) -> None:
    """No traceback of the plugin's: what is wrong, and what was expected."""
    result = run(f"""
    @pytest.mark.simulator({mistake})
    def test_it(world):
        pass
    """)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines([MISTAKES[mistake]])
    assert "plugin.py" not in result.stdout.str()


def test_a_test_may_make_further_worlds(run: Run) -> None:
    """Of another scenario, or for several tests together."""
    result = run("""
    @pytest.fixture(scope="module")
    def shared(simulator):
        with simulator.world("cartesia/plan-full") as world:
            yield world

    @pytest.mark.parametrize("turn", [1, 2])
    def test_shared(shared, world, turn):
        assert buy(world).status_code == 201
        assert buy(shared).status_code == 402
        assert len(shared.requests()) == turn
    """)
    result.assert_outcomes(passed=2)


def test_a_world_can_be_steered(run: Run) -> None:
    """Rules, snapshots, journal, tables and reset, as `simulator.client` has them."""
    result = run("""
    def test_steer(world):
        saved = world.snapshot()
        world.rule(name="late", when={"operation": BUY}, then={"error": "QUOTA_EXCEEDED"}, times=1)
        assert [buy(world).status_code for _ in range(2)] == [402, 201]
        assert [request.rule for request in world.requests("cartesia", status=402)] == ["late"]
        (account,) = world.state("cartesia")
        assert account["tables"]["numbers"]["total"] == 1
        world.restore(saved)
        (account,) = world.state("cartesia")
        assert (account["opened"], account["tables"]["numbers"]["total"]) == (False, 0)
        world.reset()
        assert world.requests() == []
    """)
    result.assert_outcomes(passed=1)


def test_a_test_may_drop_its_world(run: Run) -> None:
    """There is nothing left to judge, and nothing to drop."""
    run("def test_it(world): world.drop()").assert_outcomes(passed=1)
