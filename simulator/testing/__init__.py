"""Tools for tests: the in-process simulator, a client of the control API, httpx transports, and the pytest plugin."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simulator.testing.outcome import OK

if TYPE_CHECKING:
    from simulator.testing.provider_contract import ProviderContract

__all__ = ["OK", "ProviderContract"]


def __getattr__(name: str) -> Any:
    """Import the suite on first use: pytest loads this package at its start, and need not load the engine for it."""
    if name == "ProviderContract":
        from simulator.testing.provider_contract import ProviderContract  # noqa: PLC0415

        return ProviderContract
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
