"""Tools for tests: the in-process simulator, a client of the control API, httpx transports, and the pytest plugin."""

from simulator.testing.outcome import OK

__all__ = ["OK"]
