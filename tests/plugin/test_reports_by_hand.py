"""A failing test reports the worlds that were made by hand as it reports the fixture's."""

from __future__ import annotations

from tests.plugin.conftest import Run


def test_a_failing_test_reports_its_worlds(run: Run) -> None:
    """Made in a block, without one, in a fixture of a wider scope; not those with which it has nothing to do."""
    result = run("""
    @pytest.fixture(scope="module")
    def shared(simulator):
        with simulator.world(name="shared") as world:
            yield world

    @pytest.fixture(scope="module")
    def other(simulator):
        with simulator.world(name="other") as world:
            yield world

    @pytest.fixture
    def client(shared):
        return cartesia(shared)

    def test_passes(shared, other):
        assert buy(shared).status_code == 201
        assert buy(other).status_code == 201

    def test_block(simulator):
        with simulator.world(name="block") as world:
            assert buy(world).status_code == 402

    def test_without_a_block(simulator):
        world = simulator.world(name="no-block")
        assert buy(world).status_code == 402

    def test_client(client):
        assert client.get("/agents/phone-numbers").status_code == 402

    def test_unused(shared):
        assert False
    """)
    result.assert_outcomes(passed=1, failed=4)
    output = result.stdout.str()
    assert [output.count(f"\nworld {name}, scenario default:") for name in ("block", "no-block", "shared", "other")] == [
        1,
        1,
        2,
        0,
    ]
    result.stdout.fnmatch_lines(
        ["*- simulator -*", "world block, *", "  req-* POST   /cartesia/agents/phone-numbers/provision  201*"]
    )


def test_each_failing_world_is_reported(run: Run) -> None:
    """Of several that fail in the same teardown, whatever another plugin makes of the group of errors."""
    result = run("""
    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(item, call):
        report = yield
        if report.failed:
            report.longrepr = "shortened"
        return report

    def _world(scope, name):
        @pytest.fixture(scope=scope)
        def made(simulator):
            with simulator.world(name=name) as world:
                yield world
        return made

    one, two, three = _world("module", "one"), _world("module", "two"), _world("session", "three")

    @pytest.fixture(scope="session", autouse=True)
    def plugin(pytestconfig):
        import sys
        pytestconfig.pluginmanager.register(sys.modules[__name__])

    def test_it(one, two, three):
        for world in (one, two, three):
            cartesia(world).get("/agent/phone-numbers")
    """)
    result.assert_outcomes(passed=1, errors=1)
    output = result.stdout.str()
    for name in ("one", "two", "three"):
        assert output.count(f"\nworld {name}, scenario default:") == 1
    assert output.count("The client called endpoints that are not in the provider's spec:") == 3
