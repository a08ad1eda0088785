"""The short form of `scripts/hostile`: every attack, with small numbers."""

from __future__ import annotations

import os
import sys

import pytest

from tests.hostile.__main__ import markdown
from tests.hostile.bystander import Waited
from tests.hostile.run import Outcome, run
from tests.hostile.target import SHORT

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="it reads what the server holds from /proc")


@pytest.mark.skipif("SIMULATOR_TEST_COVERAGE" in os.environ, reason="a server that is measured takes twice as long")
@pytest.mark.timeout(900)  # it takes half a minute on two quiet cores
def test_nothing_is_lost() -> None:
    """Whatever is sent, the server stays up, others do not notice, memory comes back, and no secret shows."""
    outcomes = list(run(SHORT))
    assert [f"{each.tried}: {each.lost}" for each in outcomes if each.lost] == []
    assert len(outcomes) > 25


def test_the_table_of_the_docs() -> None:
    """As `--markdown` prints it, with a mark at what was lost."""
    outcomes = [
        Outcome("Keys | and passwords", "", Waited(9, 0.0124, 0.5), (50.4, 61, 55), ""),
        Outcome("Floods", "", Waited(0, 0, 0), (1, 2, 3), "the bystander waited"),
    ]
    assert markdown(outcomes).splitlines()[2:] == [
        r"| Keys \| and passwords | 12 ms | 500 ms | 50, 61, 55 |",
        "| Floods **(lost)** | 0 ms | 0 ms | 1, 2, 3 |",
    ]
