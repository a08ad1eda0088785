"""Tests in strict worlds: one that leans on a guess fails, and says on which."""

from __future__ import annotations

import pytest

from tests.plugin.conftest import Run

TESTS = """
def vantax(world, path, **body):
    headers = {"Authorization": f"Bearer {world.vantax.api_key}"}
    client = httpx.Client(transport=world.vantax.transport, base_url=world.vantax.base_url, headers=headers)
    return client.post(path, json=body) if body else client.get(path)

def purchase(world):
    return vantax(world, "/phone-numbers", sub_account_id="sub_8a1f4c2e", area_code="415")
"""


def test_a_test_that_leans_on_a_guess_fails(run: Run) -> None:
    """Once it is over, also where the client made nothing of the 501; what could be accepted is there to be copied."""
    result = run(TESTS + """
@pytest.mark.simulator(strict="documented")
def test_it(world):
    purchase(world)
    assert buy(world).status_code == 201
""")  # fmt: skip
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines([
        "*ERROR at teardown of test_it*",
        "The client depends on behaviour below the evidence level that this world requires:",
        "  req-* *POST*/vantax/v1/phone-numbers*vantax.purchase_phone_number would return 201: *",
        "To accept them, set in the scenario: strict: {grade: …, accept: [[]vantax.purchase_phone_number[]]}.",
        "*- simulator -*",
        "  req-* *POST*/vantax/v1/phone-numbers*501*GUESSED",
        "  req-* *POST*/cartesia/agents/phone-numbers/provision*201",
    ])  # fmt: skip


def test_the_report_of_a_failure_tells_the_guess(run: Run) -> None:
    """A client that expects another status fails by itself; the story of the request is in the report."""
    result = run(TESTS + """
@pytest.mark.simulator(strict="documented")
def test_it(world):
    assert purchase(world).status_code == 201
""")  # fmt: skip
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        ["The story of req-*, *", "*Rejected with error GUESSED: This world requires documented behaviour; *"]
    )


def test_what_is_documented_passes(run: Run) -> None:
    """And so does what the mark, or a scenario of its own, lets through; unknown routes are another matter."""
    run(TESTS + """
KNOWN = {"grade": "documented", "accept": ["vantax.purchase_phone_number"]}

@pytest.mark.simulator(strict="documented")
def test_documented(world):
    assert buy(world).status_code == 201

@pytest.mark.simulator(strict="inferred")
def test_inferred(world):
    assert purchase(world).status_code == 201

@pytest.mark.simulator(scenario={"description": "x", "open": True, "strict": KNOWN})
def test_accepted(world):
    assert purchase(world).status_code == 201

@pytest.mark.simulator(strict="documented", unmatched="ignore")
def test_unknown(world):
    assert cartesia(world).get("/nowhere").status_code == 501
""").assert_outcomes(passed=4)  # fmt: skip


def test_the_whole_run_can_be_strict(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """By an option, the environment or the ini file; a mark says otherwise for its test, a scenario file obeys too."""
    text = (
        TESTS
        + """
def test_guess(world):
    purchase(world)

@pytest.mark.simulator(strict="inferred")
def test_mark(world):
    purchase(world)

@pytest.mark.simulator(scenario="mine.yaml")
def test_file(world):
    purchase(world)
"""
    )
    (run.suite.path / "mine.yaml").write_text("description: x\nopen: true\n", encoding="utf-8")
    run(text, "--simulator-strict", "documented").assert_outcomes(passed=3, errors=2)
    run(text).assert_outcomes(passed=3)
    monkeypatch.setenv("SIMULATOR_STRICT", "documented")
    run(text).assert_outcomes(passed=3, errors=2)
