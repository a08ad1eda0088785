"""Schemathesis finds nothing: every spec, check and phase, the same cases each time; `scripts/fuzz` runs longer."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from tests.fuzz.run import PEERS, SPECS, Report, fuzz

pytestmark = pytest.mark.fuzz

SHORT = ("--seed", "1", "--max-examples", "8")


@pytest.fixture(scope="module")
def runs(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Future[Report]]]:
    """The runs that are asked for, two at a time."""
    items = [item for item in request.session.items if isinstance(item, pytest.Function) and item.module is request.module]
    names = [str(item.callspec.params["name"]) for item in items]
    with ThreadPoolExecutor(2) as pool:
        yield {name: pool.submit(fuzz, name, tmp_path_factory.mktemp("fuzz") / name, *SHORT) for name in names}


@pytest.mark.parametrize("name", SPECS)
def test_schemathesis_finds_nothing(name: str, runs: dict[str, Future[Report]]) -> None:
    """Neither a failure, nor a sign that an operation was out of reach."""
    report = runs[name].result()
    assert report.passed, report.output


@pytest.mark.parametrize("name", PEERS)
def test_nobody_reads_what_is_anothers(name: str, runs: dict[str, Future[Report]]) -> None:
    """What one account is shown, another cannot get."""
    report = runs[name].result()
    assert report.passed, report.output
