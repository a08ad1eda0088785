"""Vantax: numbers that an agency's sub-accounts rent, agents, contacts and calls. Source: https://docs.vantaxai.com/docs."""

from simulator.providers.vantax import agents, calendars, calls, contacts, conversations, inbound, knowledge, numbers, prices
from simulator.providers.vantax.account import provider

__all__ = ["agents", "calendars", "calls", "contacts", "conversations", "inbound", "knowledge", "numbers", "prices", "provider"]
