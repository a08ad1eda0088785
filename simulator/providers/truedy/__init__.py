"""Truedy: numbers that a search finds and that are bought one by one, and the agents that answer and call.

Source: https://docs.truedy.ai/guides/buying-phone-numbers, which outranks https://docs.truedy.ai/api-reference where the two
disagree.
"""

from simulator.providers.truedy import agents, assignments, batch_calls, calls, contacts, equipment, imports, numbers, prices
from simulator.providers.truedy.account import provider

__all__ = ["agents", "assignments", "batch_calls", "calls", "contacts", "equipment", "imports", "numbers", "prices", "provider"]
