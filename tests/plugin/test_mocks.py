"""Other libraries that stand between a client and the network, in the same suite, and the line that each may need."""

from __future__ import annotations

import importlib

import pytest

from simulator import Simulator
from tests.plugin.conftest import Run

PLUGINS = ("-prespx.plugin", "-ppytest_recording.plugin", "-ppytest_socket", "-ppytest_timeout")
LIBRARIES = (
    "aiohttp",
    "pytest_recording.plugin",
    "pytest_socket",
    "pytest_timeout",
    "requests",
    "responses",
    "respx.plugin",
    "vcr",
)


@pytest.fixture(scope="module", autouse=True)
def _loaded() -> None:
    """Load the libraries before the runs: what a run inside of this one is the first to import is forgotten after it."""
    for name in LIBRARIES:
        importlib.import_module(name)


@pytest.fixture(params=["in process", "remote"])
def where(request: pytest.FixtureRequest, simulator: Simulator) -> list[str]:
    """The options of a run with a simulator of its own, and of one against a server."""
    return [f"--simulator-url={simulator.url}"] if request.param == "remote" else []


HEAD = """
import requests
from urllib.parse import urlsplit
URL = "https://api.cartesia.ai/agents/phone-numbers"

def listed(world, get, url=URL):
    before = len(world.requests())
    assert get(url, headers=headers(world.cartesia)).status_code == 200
    assert len(world.requests()) == before + 1
"""

RESPX = """
import respx

def test_the_address_of_the_simulator(world, respx_mock):
    respx_mock.get("https://example.com/").respond(204)
    respx_mock.route(host="127.0.0.1").pass_through()
    assert httpx.get("https://example.com/").status_code == 204
    listed(world, httpx.get, world.cartesia.base_url + "/agents/phone-numbers")

@respx.mock(assert_all_called=False)
def test_a_transport(world, respx_mock):
    if LINE:
        respx_mock.route(host="127.0.0.1").pass_through()
    with httpx.Client(transport=world.cartesia.transport) as client:
        listed(world, client.get)

@pytest.mark.simulator(intercept=True)
@respx.mock(assert_all_called=False)
def test_interception(world, respx_mock):
    respx_mock.get("https://example.com/").respond(204)
    if LINE:
        respx_mock.route(host="127.0.0.1").pass_through()
    assert httpx.get("https://example.com/").status_code == 204
    listed(world, httpx.get)

def test_without_that_line(world, respx_mock):
    with pytest.raises(AssertionError, match="not mocked"):
        httpx.get(world.cartesia.base_url + "/agents/phone-numbers")
"""


def test_respx(run: Run, where: list[str]) -> None:
    """It stands before every connection of httpx; in this process a transport needs none."""
    run.with_plugins(f"{HEAD}LINE = {bool(where)}\n{RESPX}", *PLUGINS, *where).assert_outcomes(passed=4)


RESPONSES = """
import responses

@responses.activate
def test_the_address_of_the_simulator(world):
    responses.add_passthru(world.cartesia.base_url)
    responses.get("https://example.com/", status=204)
    assert requests.get("https://example.com/").status_code == 204
    listed(world, requests.get, world.cartesia.base_url + "/agents/phone-numbers")

@pytest.mark.simulator(intercept=True)
@responses.activate
def test_interception(world):
    responses.add_passthru("https://api.cartesia.ai")
    responses.get("https://example.com/", status=204)
    assert requests.get("https://example.com/").status_code == 204
    listed(world, requests.get)
    listed(world, httpx.get)

@responses.activate
def test_without_that_line(world):
    with pytest.raises(requests.ConnectionError, match="doesn't match any"):
        requests.get(world.cartesia.base_url)
"""


def test_responses(run: Run, where: list[str]) -> None:
    """It stands before requests, and knows nothing of httpx."""
    run.with_plugins(HEAD + RESPONSES, *PLUGINS, *where).assert_outcomes(passed=3)


VCR = """
import aiohttp

@pytest.fixture(scope="module")
def vcr_config():
    return {"ignore_localhost": True, "ignore_hosts": ["api.cartesia.ai"], "record_mode": "none"}

def get_with_aiohttp(url, headers):
    async def get():
        async with aiohttp.ClientSession() as session, session.get(url, headers=headers) as response:
            response.status_code = response.status
            return response
    return asyncio.run(get())

GETS = [requests.get, httpx.get, get_with_aiohttp]

@pytest.mark.vcr
@pytest.mark.parametrize("get", GETS)
def test_the_address_of_the_simulator(world, get):
    listed(world, get, world.cartesia.base_url + "/agents/phone-numbers")

@pytest.mark.vcr
def test_a_transport(world):
    with httpx.Client(transport=world.cartesia.transport) as client:
        listed(world, client.get)

@pytest.mark.vcr
@pytest.mark.simulator(intercept=True)
@pytest.mark.parametrize("get", GETS)
def test_interception(world, get):
    listed(world, get)

@pytest.mark.vcr
@pytest.mark.parametrize("get", GETS)
def test_interception_in_a_block(world, get):
    with world.intercept():
        listed(world, get)

def test_no_cassette_was_written(request):
    assert not (request.path.parent / "cassettes").exists()
"""


def test_vcr(run: Run, where: list[str]) -> None:
    """It stands before every library; its configuration names what it must neither record nor replay."""
    run.with_plugins(HEAD + VCR, *PLUGINS, *where).assert_outcomes(passed=11)


SOCKETS = """
def test_a_transport(world):
    with httpx.Client(transport=world.cartesia.transport) as client:
        listed(world, client.get)

@pytest.mark.simulator(intercept=True)
def test_interception_of_httpx(world):
    listed(world, httpx.get)

@pytest.mark.simulator(intercept=True)
def test_interception_of_requests(world):
    listed(world, requests.get)

def test_the_address_of_the_simulator(world):
    listed(world, requests.get, world.cartesia.base_url + "/agents/phone-numbers")
"""


@pytest.mark.parametrize("option", ["--allow-hosts=127.0.0.1", "--allow-hosts=localhost,127.0.0.1"])
def test_pytest_socket(run: Run, where: list[str], option: str) -> None:
    """The simulator is on this machine, or on the host that is allowed."""
    run.with_plugins(HEAD + SOCKETS, *PLUGINS, *where, option).assert_outcomes(passed=4)


def test_pytest_socket_that_allows_nothing(run: Run) -> None:
    """Then httpx needs no socket; for requests the error says what to allow, and the test does not pass."""
    result = run.with_plugins(HEAD + SOCKETS, *PLUGINS, "--disable-socket")
    result.assert_outcomes(passed=2, failed=2)
    result.stdout.fnmatch_lines(
        ["*only httpx can reach the simulator*with pytest-socket, allow this machine: --allow-hosts=127.0.0.1*"]
    )


def test_pytest_socket_that_allows_nothing_and_a_server(run: Run, simulator: Simulator) -> None:
    """One line that says what to allow."""
    result = run.with_plugins(HEAD + SOCKETS, *PLUGINS, "--disable-socket", f"--simulator-url={simulator.url}")
    result.assert_outcomes(errors=4)
    result.stdout.fnmatch_lines(
        [f"no simulator can be used at {simulator.url} (--simulator-url): *; with pytest-socket: --allow-hosts=127.0.0.1"]
    )
    assert "Traceback" not in result.stdout.str()


TIMEOUT = """
@pytest.mark.timeout(1, method="signal", func_only=True)
def test_it(world):
    while True:
        buy(world)
        world.advance("1s")

def test_others_go_on(world):
    assert buy(world).status_code == 201
"""


def test_pytest_timeout(run: Run, where: list[str]) -> None:
    """It fails the test that takes too long, wherever it is at the time, and no other."""
    result = run.with_plugins(HEAD + TIMEOUT, *PLUGINS, *where)
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["*Timeout*"])
    assert "the simulator broke its own spec" not in result.stdout.str()
