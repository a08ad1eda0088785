"""A recording of a real provider, held against the simulator: a verdict for each exchange, and on our assumptions."""

from simulator.lab.comparison.compare import Comparison, NothingToCompare, compare

__all__ = ["Comparison", "NothingToCompare", "compare"]
