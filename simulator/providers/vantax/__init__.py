"""Vantax: numbers that an agency's sub-accounts rent, and their agents. Source: https://docs.vantaxai.com/docs."""

from simulator.providers.vantax import agency, agents, numbers
from simulator.providers.vantax.account import provider

__all__ = ["agency", "agents", "numbers", "provider"]
