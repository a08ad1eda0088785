"""A copy of each provider's spec, to be edited."""

from __future__ import annotations

import logging

import pytest

from tests.drift.drafts import PROVIDERS, Draft


@pytest.fixture(params=PROVIDERS)
def draft(request: pytest.FixtureRequest) -> Draft:
    """A copy of each provider's spec."""
    return Draft(request.param)


@pytest.fixture(autouse=True)
def _quiet(caplog: pytest.LogCaptureFixture) -> None:
    """Keep the reports of the mistakes made here on purpose out of the output."""
    caplog.set_level(logging.CRITICAL, "simulator")
