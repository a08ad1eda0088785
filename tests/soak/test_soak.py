"""The short form of `scripts/soak`."""

from __future__ import annotations

import sys

import pytest

from tests.soak.run import soak

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="it reads what the server holds from /proc")


def test_all_accounts_agree() -> None:
    """Nothing is sold twice, no quota is exceeded, and tables, ledger, journal and the clients' own ledgers agree."""
    report = soak(2, processes=2, connections=6)
    assert report.problems == []
    assert min(report.counts[name] for name in ("unknown", "bought", "released")) > 0
    assert report.restored > 0
