"""The same tests in this process and against a running server, in parallel, asynchronous, without a network."""

from __future__ import annotations

import pytest

from simulator import Simulator
from tests.plugin.conftest import Run

WAYS = """
@pytest.fixture(params=["transport", "socket"])
def way(request, world):
    return {"transport": world.cartesia.transport} if request.param == "transport" else {}

@pytest.mark.parametrize("turn", range(3))
def test_sync(world, way, turn):
    with httpx.Client(base_url=world.cartesia.base_url, headers=headers(world.cartesia), **way) as client:
        statuses = [client.post("/agents/phone-numbers/provision", json={"label": "x"}).status_code for _ in range(2)]
    assert statuses == [201, 402]
    assert len(world.requests(operation=BUY)) == 2

async def asked(world, way):
    async with httpx.AsyncClient(base_url=world.cartesia.base_url, headers=headers(world.cartesia), **way) as client:
        answers = await asyncio.gather(*[client.post("/agents/phone-numbers/provision", json={"label": "x"}) for _ in range(2)])
    assert sorted(answer.status_code for answer in answers) == [201, 402]

@pytest.mark.asyncio
@pytest.mark.parametrize("turn", range(2))
async def test_asyncio(world, way, turn):
    await asked(world, way)

@pytest.mark.anyio
@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_anyio(world, way, anyio_backend):
    await asked(world, way)

def test_loops(world, way):
    async def once():
        async with httpx.AsyncClient(base_url=world.cartesia.base_url, headers=headers(world.cartesia), **way) as client:
            return (await client.get("/agents/phone-numbers")).status_code
    assert [asyncio.run(once()) for _ in range(3)] == [200, 200, 200]

@pytest.mark.simulator(scenario={"description": "big", "open": True, "accounts": [{"cartesia": {"plan": "scale"}}]})
def test_threads(world, way):
    def work():
        with httpx.Client(base_url=world.cartesia.base_url, headers=headers(world.cartesia), **way) as client:
            statuses.extend(client.post("/agents/phone-numbers/provision", json={"label": "x"}).status_code for _ in range(3))
    statuses = []
    threads = [threading.Thread(target=work) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (statuses.count(201), statuses.count(402)) == (10, 5)
    assert len({request.id for request in world.requests()}) == 15

def test_unknown(world, way):
    with httpx.Client(base_url=world.cartesia.base_url, **way) as client:
        client.get("/agent/numbers")
"""
PASSED, ERRORS = 18, 2


def test_all_ways_in_this_process(run: Run) -> None:
    """Sync, asyncio, anyio and threads, with a socket and without."""
    result = run(WAYS)
    result.assert_outcomes(passed=PASSED, errors=ERRORS)
    result.stdout.fnmatch_lines(["  req-* *GET*/cartesia/agent/numbers *404 *nearest: *"])


def test_all_ways_on_a_running_server(run: Run, simulator: Simulator) -> None:
    """The very same tests, of which none leaves a world behind."""
    before = _worlds(simulator)
    result = run(WAYS, f"--simulator-url={simulator.url}/")
    result.assert_outcomes(passed=PASSED, errors=ERRORS)
    result.stdout.fnmatch_lines([f"simulator: {simulator.url}/", "  req-* *GET*/cartesia/agent/numbers *404 *nearest: *"])
    assert _worlds(simulator) == before


def _worlds(simulator: Simulator) -> list[str]:
    return [each["name"] for each in simulator.client.call("GET", "/worlds")["worlds"]]


@pytest.mark.parametrize("where", ["here", "there"])
def test_all_ways_in_parallel(run: Run, simulator: Simulator, where: str) -> None:
    """Under xdist each process has a simulator of its own, or all share one server; each test has its world."""
    options = ["-n2"] + ([f"--simulator-url={simulator.url}"] if where == "there" else [])
    run.apart(WAYS, *options).assert_outcomes(passed=PASSED, errors=ERRORS)


def test_without_a_network(run: Run) -> None:
    """Where no socket can be had the transport answers all the same, and no server is started."""
    run.suite.makeconftest("""
    import socket
    import pytest

    @pytest.fixture(autouse=True)
    def offline(monkeypatch):
        def refuse(*_, **__):
            raise RuntimeError("a test tried to use a socket")
        monkeypatch.setattr(socket, "socket", refuse)
    """)
    result = run("""
    BEFORE = threading.active_count()

    def test_here(world, caplog):
        assert buy(world).status_code == 201
        assert world.cartesia.base_url == f"http://in-process.invalid/w/{world.name}/cartesia"
        assert "only the transports answer: a test tried to use a socket" in caplog.text
        assert threading.active_count() == BEFORE

    def test_the_real_address(world):
        with httpx.Client(transport=world.cartesia.transport, headers=headers(world.cartesia)) as client:
            assert client.get("https://api.cartesia.ai/agents/phone-numbers").status_code == 200
    """)
    result.assert_outcomes(passed=2)


def test_no_server_is_started_for_transports(run: Run) -> None:
    """It starts with the first test that asks for an address."""
    result = run("""
    BEFORE = threading.active_count()

    def test_transport(world):
        with httpx.Client(transport=world.cartesia.transport, headers=headers(world.cartesia)) as client:
            assert client.get("https://api.cartesia.ai/agents/phone-numbers").status_code == 200
        assert threading.active_count() == BEFORE

    def test_socket(world):
        assert httpx.get(world.cartesia.base_url + "/agents/phone-numbers", headers=headers(world.cartesia)).status_code == 200
        assert threading.active_count() == BEFORE + 1
    """)
    result.assert_outcomes(passed=2)
