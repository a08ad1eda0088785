"""Numbers that tests leave rented: `leaks="fail"`, and the summary of the session."""

from __future__ import annotations

import pytest

from simulator import Simulator
from tests.lab.shop import buy
from tests.plugin.conftest import Run

LEAK = r"still rented:\n  vantax \+1\d+, 1.00 USD a month, bought at tests/plugin/test_leaks.py:\d+"

TESTS = """
import pytest

def test_keeps(world):
    buy(world)

@pytest.mark.simulator(leaks="fail")
def test_leaks(world):
    buy(world)

@pytest.mark.simulator(leaks="fail")
def test_releases(world):
    number = buy(world).json()["id"]
    cartesia(world).delete(f"/agents/phone-numbers/{number}")

@pytest.mark.simulator(leaks="ignore")
def test_intends_it(world):
    buy(world)

@pytest.mark.simulator(leaks="no")
def test_errs(world):
    pass
"""


def test_a_leak_fails_where_the_marker_says_so_and_the_summary_names_the_lines(run: Run) -> None:
    """The lines are those of the tests, or the nearest ones of their file."""
    result = run(TESTS)
    result.assert_outcomes(passed=4, errors=2)
    result.stdout.fnmatch_lines([
        "*ERROR at teardown of test_leaks*",
        "Numbers were bought and are still rented:",
        "  cartesia +1*, 0.00 USD a month, bought at test_it.py:*",
        'Release them; or if that is intended, @pytest.mark.simulator(leaks="ignore").',
    ])  # fmt: skip
    result.stdout.fnmatch_lines(["simulator: numbers still rented: 1, bought at test_it.py:[0-9]*"])
    result.stdout.fnmatch_lines(["*leaks is 'no', expected 'report' or 'fail' or 'ignore'"])


def test_a_run_without_leaks_says_nothing(run: Run) -> None:
    """The summary has a line only where there is something to say."""
    result = run("""
def test_nothing(world):
    cartesia(world).get("/agents/phone-numbers")
""")  # fmt: skip
    result.assert_outcomes(passed=1)
    result.stdout.no_fnmatch_line("*still rented*")


def test_a_world_made_by_hand_takes_the_option(simulator: Simulator) -> None:
    """A world in a with block is checked at its end."""
    with pytest.raises(AssertionError, match=LEAK), simulator.world(leaks="fail") as world:
        buy(world, "vantax")
    with simulator.world() as world:
        buy(world, "vantax")
    with pytest.raises(ValueError, match="leaks is 'no', expected 'fail' or 'ignore'"):
        simulator.world(leaks="no")  # type: ignore[arg-type]
