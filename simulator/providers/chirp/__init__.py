"""Chirp: an organisation owns numbers, its apps share them, and each app has keys of its own.

Source: https://docs.buildwithchirp.com/sms/managing-numbers and the API reference beside it.
"""

from simulator.providers.chirp import (
    apps,
    billing,
    calling,
    calls,
    keys,
    messages,
    numbers,
    organization,
    playground,
    recordings,
    webhooks,
)
from simulator.providers.chirp.account import provider

__all__ = [
    "apps",
    "billing",
    "calling",
    "calls",
    "keys",
    "messages",
    "numbers",
    "organization",
    "playground",
    "provider",
    "recordings",
    "webhooks",
]
