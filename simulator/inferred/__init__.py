"""Providers from a spec alone: an OpenAPI document of others, read as a provider of the author's kit.

Where none is added, a server needs only to know that: `load` brings in the rest of the package when it is first looked up.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from simulator.inferred.loading import load

__all__ = ["load"]


def __getattr__(name: str) -> Any:
    if name == "load":
        from simulator.inferred.loading import load  # noqa: PLC0415

        return load
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
