"""A stateful, in-memory simulator of phone-number providers for voice and messaging agents.

PYTEST_DONT_REWRITE: a filter for the plugin's warning imports this before pytest could rewrite it, of which pytest would warn.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simulator.version import VERSION as __version__

if TYPE_CHECKING:
    from simulator.inprocess import Simulator

__all__ = ["Simulator", "__version__"]


def __getattr__(name: str) -> Any:
    """`Simulator`, imported when it is first asked for, so that `import simulator` costs nothing."""
    if name == "Simulator":
        from simulator.inprocess import Simulator  # noqa: PLC0415

        return Simulator
    raise AttributeError(f"module 'simulator' has no attribute {name!r}")
