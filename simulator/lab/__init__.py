"""The lab: it runs a client again and again under schedules of faults, to find the one that breaks it.

It knows worlds only by their control API, and nothing of the libraries that send the client's requests.
"""

from simulator.lab.client import Signals
from simulator.lab.hunt import Hunt, HuntFailed, HuntInconclusive, HuntReport
from simulator.lab.story import Place

__all__ = ["Hunt", "HuntFailed", "HuntInconclusive", "HuntReport", "Place", "Signals"]
