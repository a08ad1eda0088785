"""A stateful, in-memory simulator of phone-number providers for voice and messaging agents.

`Simulator` and `__version__` are imported when they are first used: `Simulator` takes half a second to import, which must not
delay test runs in which pytest loads the plugin but no test uses it.

PYTEST_DONT_REWRITE: a warning filter may import this package before pytest can rewrite its assertions, and pytest would warn.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from simulator.asgi import create_app
    from simulator.registry import VERSION as __version__
    from simulator.testing.simulator import Simulator

__all__ = ["Simulator", "__version__", "create_app"]


def __dir__() -> list[str]:
    """List what can be imported, whether or not it has been."""
    return [*globals(), *__all__]


def __getattr__(name: str) -> Any:
    """Import a public name on first use: the command line and the start of pytest do not need the engine (100 ms)."""
    if name == "Simulator":
        from simulator.testing.simulator import Simulator  # noqa: PLC0415

        return Simulator
    if name == "create_app":
        from simulator.asgi import create_app  # noqa: PLC0415

        return create_app
    if name == "__version__":
        from simulator.registry import VERSION  # noqa: PLC0415

        return VERSION
    raise AttributeError(f"module 'simulator' has no attribute {name!r}")
