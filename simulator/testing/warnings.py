"""The warning of the pytest plugin and of worlds that are made by hand."""

from __future__ import annotations


class SimulatorWarning(UserWarning):
    """A test may not test what it seems to: a rule never fired, a field had no effect, requests are no longer recorded."""
