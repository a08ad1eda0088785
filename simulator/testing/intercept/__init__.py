"""Interception: calls to the providers' real hosts end in a world, without a change to the client and without DNS."""

from simulator.testing.intercept.active import RequestStopped
from simulator.testing.intercept.interception import Interception

__all__ = ["Interception", "RequestStopped"]
