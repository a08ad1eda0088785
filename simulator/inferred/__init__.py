"""Providers from a spec alone: an OpenAPI document of others, read as a provider of the author's kit.

A server without such providers does not need most of this package: `load` imports it on first use.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from simulator.inferred.loading import load

__all__ = ["load"]


def __getattr__(name: str) -> Any:
    """Import `load` on first use."""
    if name == "load":
        from simulator.inferred.loading import load  # noqa: PLC0415

        return load
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
