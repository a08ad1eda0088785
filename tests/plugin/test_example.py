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
    example.runpytest_inprocess("-p", "simulator").assert_outcomes(passed=16)


TRUSTING = [  # that every answer arrives, and that every refusal passes
    ("providers.py", ', headers={"Idempotency-Key": order}', ""),
    ("providers.py", "self._bought(order) or self._provisioned(order)", "self._provisioned(order)"),
    ("providers.py", "if response.status_code != 404:", "if True:"),
    ("retries.py", "if response.status_code == 402:", "if False:"),
]
FORGETFUL = [("customers.py", "{uuid4().hex[:12]}", "order")]  # of who has been here before
BOTH = ("cartesia", "vantax")
CAUGHT = {
    "test_a_lost_answer_does_not_buy_twice": BOTH,
    "test_a_full_plan_is_not_tried_again": BOTH,
    "test_a_number_is_released_although_the_answer_is_lost": BOTH,
}


@pytest.mark.parametrize(
    ("changes", "caught"),
    [(TRUSTING, CAUGHT), (FORGETFUL, {"test_who_comes_back_the_same_day_gets_a_number_that_works": ("vantax",)})],
    ids=["trusting", "forgetful"],
)
def test_a_careless_application_is_caught(
    example: pytest.Pytester, changes: list[tuple[str, str, str]], caught: dict[str, tuple[str, ...]]
) -> None:
    """Each precaution that is taken away makes the tests fail that are about it, and no others."""
    for name, careful, careless in changes:
        file = Path("frontdesk") / name
        text = file.read_text(encoding="utf-8")
        assert careful in text
        file.write_text(text.replace(careful, careless), encoding="utf-8")
    failed = [f"{name}[{provider}]" for name, providers in caught.items() for provider in providers]
    result = example.runpytest_inprocess("-p", "simulator")
    result.assert_outcomes(passed=16 - len(failed), failed=len(failed))
    result.stdout.fnmatch_lines_random([f"FAILED tests/test_customers.py::{each.replace('[', '[[]')}*" for each in failed])
    result.stdout.fnmatch_lines(["*- simulator -*", "world test-*: An account at each provider with room for five numbers"])
