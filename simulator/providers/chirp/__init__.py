"""Chirp: an organisation owns numbers, its apps share them, and every app has its own keys.

Source: https://docs.buildwithchirp.com/sms/managing-numbers and the API reference beside it.
"""

from simulator.providers.chirp import (
    apps,
    billing,
    calls,
    commands,
    inbound,
    keys,
    messages,
    numbers,
    playground,
    prices,
    recordings,
    webhooks,
)
from simulator.providers.chirp.account import provider

__all__ = [
    "apps",
    "billing",
    "calls",
    "commands",
    "inbound",
    "keys",
    "messages",
    "numbers",
    "playground",
    "prices",
    "provider",
    "recordings",
    "webhooks",
]
