"""Schemathesis finds nothing: every spec and check, the same cases each time; `scripts/fuzz` tries many more, and by chance."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fuzz.run import PEERS, SPECS, fuzz

pytestmark = pytest.mark.fuzz

SHORT = ("--seed", "1", "--max-examples", "1")
PHASES = ("--phases", "examples,coverage,stateful")  # random single requests are left to `scripts/fuzz`,
REACH = ("--warnings", "missing_auth,method_not_allowed,unmatched_filter,unused_openapi_auth")  # and so is the reach of each


@pytest.mark.parametrize("name", SPECS)
def test_schemathesis_finds_nothing(name: str, tmp_path: Path) -> None:
    """Neither a failure, nor a sign that the keys or the configuration are wrong."""
    report = fuzz(name, tmp_path / name, *SHORT, *PHASES, *REACH)
    assert report.passed, report.output


@pytest.mark.parametrize("name", PEERS)
def test_nobody_reads_what_is_anothers(name: str, tmp_path: Path) -> None:
    """What one account is shown, another cannot get."""
    report = fuzz(name, tmp_path / name, *SHORT)
    assert report.passed, report.output
