"""Cartesia: free US numbers within a plan's slots, numbers imported from Twilio and SIP trunks, agents, outbound calls.

Sources: https://docs.cartesia.ai/line/integrations/telephony/cartesia-numbers and https://docs.cartesia.ai/api-reference/agents.
"""

from simulator.providers.cartesia import (
    agents,
    batches,
    calls,
    metrics,
    numbers,
    prices,
    provider_accounts,
    recordings,
    tools,
    voices,
    webhooks,
)
from simulator.providers.cartesia.account import provider

__all__ = [
    "agents",
    "batches",
    "calls",
    "metrics",
    "numbers",
    "prices",
    "provider",
    "provider_accounts",
    "recordings",
    "tools",
    "voices",
    "webhooks",
]
