"""Schemathesis finds nothing: every spec, every check, every phase, the same cases each time. `scripts/fuzz` goes on for longer."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from simulator.catalog import folder
from tests.fuzz.run import SPECS, Report, fuzz

SHORT = ("--seed", "1", "--max-examples", "8")


@pytest.fixture(scope="module")
def runs(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Future[Report]]]:
    """A run for each spec that is tested, two at a time, those of the largest specs first."""
    items = [item for item in request.session.items if isinstance(item, pytest.Function) and item.module is request.module]
    specs = {item.callspec.params["spec"] for item in items}
    specs = sorted(specs, key=lambda spec: -(folder("specs") / f"{spec}.yaml").stat().st_size)
    with ThreadPoolExecutor(2) as pool:
        yield {spec: pool.submit(fuzz, spec, tmp_path_factory.mktemp("fuzz") / spec, *SHORT) for spec in specs}


@pytest.mark.parametrize("spec", SPECS)
def test_schemathesis_finds_nothing(spec: str, runs: dict[str, Future[Report]]) -> None:
    """Neither a failure, nor a sign that an operation was out of reach."""
    report = runs[spec].result()
    assert report.passed, report.output
