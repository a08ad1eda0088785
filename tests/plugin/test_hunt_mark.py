"""`@pytest.mark.simulator(hunt=…)`: the test itself is the client."""

from __future__ import annotations

import pytest

from tests.plugin.conftest import Run

TESTS = """
LIST = "/agents/phone-numbers"
ENTERPRISE = {"open": True, "accounts": [{"cartesia": {"plan": "enterprise", "slots": 5}}]}
ONCE = {"once": BUY, "deepest": 1}

@pytest.mark.simulator(hunt=ONCE, scenario=ENTERPRISE)
def test_blind(world):
    try:
        buy(world)
    except httpx.TransportError:
        buy(world)

@pytest.mark.simulator(hunt=ONCE | {"faults": ["refused", "lost-answer"], "budget": 6})
async def test_looks(world):
    address = world.cartesia
    async with httpx.AsyncClient(transport=address.transport, base_url=address.base_url, headers=headers(address)) as client:
        for _ in range(5):
            await asyncio.sleep(3600)
            try:
                held = await client.get(LIST)
                if held.status_code != 200:
                    continue
                if held.json()["data"] or (await client.post(LIST + "/provision", json={"label": "x"})).status_code == 201:
                    return
            except httpx.TransportError:
                pass

@pytest.mark.simulator(hunt=True)
class TestAsserts:
    def test_status(self, world):
        assert buy(world).status_code == 201

@pytest.mark.simulator(hunt={"dipest": 3})
def test_misspelt(world):
    pass

@pytest.mark.simulator(hunt="yes")
def test_yes(world):
    pass
"""


def test_a_test_is_run_under_schedules_of_faults(run: Run) -> None:
    """It fails with the story, or the summary has the bound."""
    result = run(TESTS, "-o", "asyncio_mode=auto")
    result.assert_outcomes(passed=1, failed=2, errors=2)
    result.stdout.fnmatch_lines([
        "at most one number for one intent: 2 numbers are rented: *",
        "*pytest 'test_it.py::test_blind' --simulator-replay 'cartesia.phone_numbers_provision#1:lost-answer'*",
    ])  # fmt: skip
    result.stdout.fnmatch_lines(["the client's own assertions: *503*", "*TestAsserts::test_status' --simulator-replay*"])
    result.stdout.fnmatch_lines(["*hunt takes once, deepest, budget, *, and not 'dipest'"])
    result.stdout.fnmatch_lines(["*hunt is 'yes', expected True or the options of world.hunt as a dict"])
    result.stdout.fnmatch_lines([
        "simulator: hunted test_it.py::test_looks: * schedules, up to 1 fault of 2 kinds over 2 requests: held; not tried: *",
    ])  # fmt: skip


COROUTINE = """
runs = []

@pytest.fixture
def anyio_backend():
    return "asyncio"

ACCOUNT = {{"cartesia": {{"plan": "enterprise", "slots": 5}}}}

@pytest.mark.{mark}
@pytest.mark.simulator(hunt={{"once": BUY, "deepest": 1}}, scenario={{"open": True, "accounts": [ACCOUNT]}})
async def test_blind(world):
    runs.append(1)
    address = world.cartesia
    async with httpx.AsyncClient(transport=address.transport, base_url=address.base_url, headers=headers(address)) as client:
        for attempt in range(3):
            try:
                response = await client.post("/agents/phone-numbers/provision", json={{"label": "x"}})
                return
            except httpx.TransportError:
                await asyncio.sleep(attempt)

def test_runs():
    assert len(runs) > 2
"""


def test_a_schedule_is_repeated_from_the_command_line(run: Run) -> None:
    """One run of the client, with the faults that it names."""
    schedule = "cartesia.phone_numbers_provision#1:lost-answer"
    result = run(TESTS, "-k", "blind", "--simulator-replay", schedule)
    result.assert_outcomes(failed=1, deselected=4)
    result.stdout.fnmatch_lines([f"The client breaks under {schedule}:", "Only this schedule was run. To repeat it:"])


@pytest.mark.parametrize("mark", ["anyio", "asyncio"])
def test_a_coroutine_is_hunted_whatever_else_runs_it(run: Run, mark: str) -> None:
    """Other plugins would run it once, without any fault, and it would pass."""
    result = run(COROUTINE.format(mark=mark))
    result.assert_outcomes(failed=1, passed=1)
    result.stdout.fnmatch_lines(["at most one number for one intent: 2 numbers are rented: *"])
