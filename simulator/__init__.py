"""A stateful, in-memory simulator of phone-number providers for voice and messaging agents.

PYTEST_DONT_REWRITE: a filter for the plugin's warning imports this before pytest could rewrite it, of which pytest would warn.
"""

from __future__ import annotations

TYPE_CHECKING = False  # what type checkers take for true; `typing` itself would take longer to import than all of this
if TYPE_CHECKING:
    from typing import Any

    from simulator.testing.simulator import Simulator
    from simulator.version import VERSION as __version__

__all__ = ["Simulator", "__version__"]


def __getattr__(name: str) -> Any:
    """What is here, imported when it is first asked for, so that `import simulator` costs nothing."""
    if name == "Simulator":
        from simulator.testing.simulator import Simulator  # noqa: PLC0415

        return Simulator
    if name == "__version__":
        from simulator.version import VERSION  # noqa: PLC0415

        return VERSION
    raise AttributeError(f"module 'simulator' has no attribute {name!r}")
