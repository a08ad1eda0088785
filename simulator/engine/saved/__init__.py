"""A world as one document, in JSON: written here, and read back by this process or the next one."""

from simulator.engine.saved.reading import WorldReader
from simulator.engine.saved.writing import CannotBeSaved, write

__all__ = ["CannotBeSaved", "WorldReader", "write"]
