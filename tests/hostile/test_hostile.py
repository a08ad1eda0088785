"""The short form of `scripts/hostile`: every attack, with small numbers."""

from __future__ import annotations

import sys

import pytest

from tests.hostile.run import run
from tests.hostile.target import SHORT

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="it reads what the server holds from /proc")


@pytest.mark.timeout(900)  # it takes half a minute on two quiet cores
def test_nothing_is_lost() -> None:
    """Whatever is sent, the server stays up, others do not notice, memory comes back, and no secret shows."""
    outcomes = list(run(SHORT))
    assert [f"{each.tried}: {each.lost}" for each in outcomes if each.lost] == []
    assert len(outcomes) > 25
