"""The two messages, request and response, as plain data."""

from simulator.http.request import Request
from simulator.http.response import Held, Queued, Response, settled

__all__ = ["Held", "Queued", "Request", "Response", "settled"]
