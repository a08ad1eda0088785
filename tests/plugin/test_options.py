"""Where the plugin is told which server to use, what it costs when nobody uses it, and how it is kept out."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from simulator import Simulator
from tests.plugin.conftest import SETTINGS, Run

WHERE = "def test_where(simulator, world): assert simulator.url == {!r} and buy(world).status_code == 201"
NOBODY = "http://127.0.0.1:1"


@pytest.fixture(scope="module")
def guarded() -> Iterator[Simulator]:
    """A server that wants an admin token."""
    with Simulator(admin_token="s3cret") as running:  # noqa: S106  (of this test)
        yield running


@pytest.mark.parametrize("by", ["option", "environment", "ini"])
def test_a_server_and_its_token_are_named_in_three_ways(
    run: Run, guarded: Simulator, monkeypatch: pytest.MonkeyPatch, by: str
) -> None:
    """On the command line, in the environment, in the ini file."""
    options = [f"--simulator-url={guarded.url}", "--simulator-admin-token=s3cret"] if by == "option" else []
    if by == "environment":
        monkeypatch.setenv("SIMULATOR_URL", guarded.url)
        monkeypatch.setenv("SIMULATOR_ADMIN_TOKEN", "s3cret")
    if by == "ini":
        run.suite.makeini(f"{SETTINGS}simulator_url = {guarded.url}\nsimulator_admin_token = s3cret\n")
    result = run(WHERE.format(guarded.url), *options)
    result.assert_outcomes(passed=1)
    assert "s3cret" not in result.stdout.str()


@pytest.mark.parametrize("by", ["option", "environment", "ini"])
def test_a_token_from_a_file(run: Run, guarded: Simulator, monkeypatch: pytest.MonkeyPatch, by: str) -> None:
    """As secrets are mounted; what is wrong with the file is said in a line."""
    file = run.suite.path / "token"
    file.write_text("s3cret\n", encoding="utf-8")
    monkeypatch.setenv("SIMULATOR_URL", guarded.url)
    options = [f"--simulator-admin-token-file={file}"] if by == "option" else []
    if by == "environment":
        monkeypatch.setenv("SIMULATOR_ADMIN_TOKEN_FILE", str(file))
    if by == "ini":
        run.suite.makeini(f"{SETTINGS}simulator_admin_token_file = {file}\n")
    run(WHERE.format(guarded.url), *options).assert_outcomes(passed=1)
    if by == "option":
        both = run(WHERE.format(guarded.url), *options, "--simulator-admin-token=s3cret")
        both.stdout.fnmatch_lines("*--simulator-admin-token and --simulator-admin-token-file are mutually exclusive*")
        file.write_text("s3cret s3cret", encoding="utf-8")
        result = run(WHERE.format(guarded.url), *options)
        result.stdout.fnmatch_lines(f"*--simulator-admin-token-file: {file} contains more than one word, expected one token*")


def test_the_command_line_outranks_the_environment_and_that_the_ini_file(
    run: Run, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An empty option brings the tests back into this process."""
    run.suite.makeini(f"{SETTINGS}simulator_url = {NOBODY}\n")
    monkeypatch.setenv("SIMULATOR_URL", simulator.url)
    run(WHERE.format(simulator.url)).assert_outcomes(passed=1)
    monkeypatch.setenv("SIMULATOR_URL", NOBODY)
    run(WHERE.format(simulator.url), f"--simulator-url={simulator.url}").assert_outcomes(passed=1)
    run("def test_here(world): assert buy(world).status_code == 201", "--simulator-url=").assert_outcomes(passed=1)


def test_a_server_that_cannot_be_used_is_told_in_a_line(run: Run, guarded: Simulator) -> None:
    """One that does not answer, one that wants another token, an address that is none."""
    cases = {
        (NOBODY,): f"no simulator can be used at {NOBODY} (--simulator-url): *refused*",
        (
            guarded.url,
        ): "*: Authorization: Bearer <the admin token> is required; see --simulator-admin-token-file and SIMULATOR_ADMIN_TOKEN",
        (
            guarded.url,
            "--simulator-admin-token=no",
        ): "*: This is not the admin token; see --simulator-admin-token-file and SIMULATOR_ADMIN_TOKEN",
        ("localhost:8080",): "*'localhost:8080' is not a base URL, expected one like http://127.0.0.1:8080",
        ("http://127.0.0.1:8080/cartesia",): "*'http://127.0.0.1:8080/cartesia' is not a base URL, *",
    }
    for (url, *more), told in cases.items():
        result = run("def test_it(world): pass", f"--simulator-url={url}", *more)
        result.assert_outcomes(errors=1)
        result.stdout.fnmatch_lines([told])
        assert "plugin.py" not in result.stdout.str()


def test_a_server_that_falls_silent_does_not_break_the_report(run: Run) -> None:
    """A test whose server has died fails once, with what is known, and the run goes on."""
    result = run("""
    from simulator import Simulator
    from simulator.testing.client import Client

    @pytest.fixture
    def server():
        with Simulator() as running:
            yield running

    @pytest.fixture
    def simulator(server):
        client = Client.connect(server.url)
        yield client
        client.close()

    def test_it(world, server):
        server.close()
        assert buy(world).status_code == 201

    def test_next():
        pass
    """)
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["the world test-it-* does not answer: *refused*"])


HEAVY = [
    "h11",
    "msgspec",
    "yaml",
    "jsonschema_rs",
    "httpx",
    "http.client",
    "simulator.testing.client",
    "simulator.testing.simulator",
]
LOADED = f"""
import sys

def test_it(pytestconfig):
    assert pytestconfig.pluginmanager.has_plugin("simulator")
    assert [name for name in {HEAVY} if name in sys.modules] == []
"""


@pytest.fixture
def alone(suite: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A run in which no plugin is loaded that is not asked for."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    suite.makeini("[pytest]")
    return suite


def test_loading_costs_nothing(alone: pytest.Pytester) -> None:
    """A run that uses no fixture of the plugin loads nothing of the simulator, nor of what that is made of."""
    alone.makepyfile(LOADED)
    alone.runpytest_subprocess("-p", "simulator").assert_outcomes(passed=1)


def test_the_plugin_can_be_kept_out(alone: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is not there where nothing is loaded by itself; and where it is, `-p no:simulator` keeps it out."""
    alone.makepyfile("def test_it(world): pass")
    outcomes = [alone.runpytest_inprocess()]
    monkeypatch.delenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD")
    alone.makeini(SETTINGS)
    outcomes.append(alone.runpytest_inprocess("-p", "no:simulator"))
    for result in outcomes:
        result.assert_outcomes(errors=1)
        result.stdout.fnmatch_lines(["*fixture 'world' not found"])


def test_pytest_tells_what_there_is(suite: pytest.Pytester) -> None:
    """`--fixtures`, `--markers` and `--help` say enough to begin with."""
    told = suite.runpytest_inprocess("--fixtures").stdout
    told.fnmatch_lines_random(["world -- *", "    Return a new world: `world.cartesia.base_url`, *"])
    told.fnmatch_lines_random(["simulator [[]session scope[]] -- *", "    Return the simulator of the test run: *"])
    suite.runpytest_inprocess("--markers").stdout.fnmatch_lines(["@pytest.mark.simulator(scenario=None, seed=None, *"])
    told = suite.runpytest_inprocess("--help").stdout
    told.fnmatch_lines(["provider simulator:", "  --simulator-url=URL *", "*(also SIMULATOR_URL, *"])
