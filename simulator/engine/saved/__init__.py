"""A world as one document, in JSON: written here, and read back by this process or the next one.

Most servers neither write nor read one: the rest of the package is brought in when something of it is first looked up.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from simulator.engine.saved.reading import WorldReader
    from simulator.engine.saved.writing import CannotBeSaved, write

__all__ = ["CannotBeSaved", "WorldReader", "write"]


def __getattr__(name: str) -> Any:
    if name == "WorldReader":
        from simulator.engine.saved import reading  # noqa: PLC0415

        return reading.WorldReader
    if name in __all__:
        from simulator.engine.saved import writing  # noqa: PLC0415

        return getattr(writing, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
