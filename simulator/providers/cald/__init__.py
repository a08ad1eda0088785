"""Cald: numbers bought by prefix, agents that answer and call, campaigns. Source: https://docs.cald.ai/api-reference/endpoint."""

from simulator.providers.cald import agents, calls, campaigns, numbers, prices, voices
from simulator.providers.cald.account import provider

__all__ = ["agents", "calls", "campaigns", "numbers", "prices", "provider", "voices"]
