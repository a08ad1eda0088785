"""Truedy: numbers found by search and bought one by one, answering and calling for different agents if so wished.

Source: https://docs.truedy.ai/guides/buying-phone-numbers, which outranks https://docs.truedy.ai/api-reference where the two
disagree.
"""

from simulator.providers.truedy import agents, assignments, numbers
from simulator.providers.truedy.provider import provider

__all__ = ["agents", "assignments", "numbers", "provider"]  # importing the modules registers their operations
