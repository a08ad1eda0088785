"""The worked example: an application whose tests pass, and would not if it were careless."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

EXAMPLE = Path(__file__).parent.parent.parent / "examples" / "client"


@pytest.fixture
def example(suite: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A copy of the example."""
    shutil.copytree(EXAMPLE, suite.path / "example", ignore=shutil.ignore_patterns("__pycache__", ".*"))
    monkeypatch.chdir(suite.path / "example")
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    return suite


def test_the_example_passes(example: pytest.Pytester) -> None:
    """As its README says, at both providers."""
    example.runpytest_subprocess("-p", "simulator", timeout=60).assert_outcomes(passed=16)


CARELESS = {
    "providers.py": [
        (', headers={"Idempotency-Key": order}', ""),
        ("self._bought(order) or self._provisioned(order)", "self._provisioned(order)"),
        ("if response.status_code != 404:", "if True:"),
    ],
    "retries.py": [("if response.status_code == 402:", "if False:")],
    "customers.py": [("{uuid4().hex[:12]}", "order")],
}
CAUGHT = [
    "test_a_lost_answer_does_not_buy_twice[cartesia]",
    "test_a_lost_answer_does_not_buy_twice[vantax]",
    "test_a_full_plan_is_not_tried_again[cartesia]",
    "test_a_full_plan_is_not_tried_again[vantax]",
    "test_a_number_is_released_although_the_answer_is_lost[cartesia]",
    "test_a_number_is_released_although_the_answer_is_lost[vantax]",
    "test_who_comes_back_the_same_day_gets_a_number_that_works[vantax]",
]


def test_a_careless_application_is_caught(example: pytest.Pytester) -> None:
    """Each precaution taken away makes the test fail that is about it, and the report tells why."""
    for name, changes in CARELESS.items():
        file = Path("frontdesk") / name
        text = file.read_text(encoding="utf-8")
        for careful, careless in changes:
            assert careful in text
            text = text.replace(careful, careless)
        file.write_text(text, encoding="utf-8")
    result = example.runpytest_subprocess("-p", "simulator", timeout=60)
    result.assert_outcomes(passed=16 - len(CAUGHT), failed=len(CAUGHT))
    result.stdout.fnmatch_lines_random([f"FAILED tests/test_customers.py::{each.replace('[', '[[]')}*" for each in CAUGHT])
    result.stdout.fnmatch_lines(
        ["  req-2 *POST*/cartesia/agents/phone-numbers/provision *201*by the rule 'lost answer' *reset"]
    )
