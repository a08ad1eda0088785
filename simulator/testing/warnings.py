"""The warning that the pytest plugin gives."""

from __future__ import annotations

import pytest


class SimulatorWarning(pytest.PytestWarning):
    """A rule that a test added never fired: the test does not test what it seems to."""
