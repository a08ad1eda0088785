"""The names that a user's settings of pytest may refer to; the plugin itself is the module `pytest_provider_simulator`."""

from __future__ import annotations

from simulator.testing.warnings import SimulatorWarning

__all__ = ["SimulatorWarning"]
