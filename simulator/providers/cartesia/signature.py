"""How a receiver knows that a webhook comes from Cartesia, and how often it is sent.

Source: https://docs.cartesia.ai/agents/webhooks. There is no signature: the secret itself is in a header. That a 5xx and
silence are answered with retries is inferred from public receivers; their number, the pauses and the time to answer are
assumed, and so is that any other refusal is final.
"""

from __future__ import annotations

from collections.abc import Mapping

from simulator.provider import Outgoing

EVENTS = ("call_started", "call_turn", "call_completed", "call_failed", "post_call_analysis")
RETRIES = ("10s", "1m", "10m")  # four attempts in all
TIMEOUT = 10.0  # seconds
ENDS = frozenset(range(300, 500))  # statuses after which nothing is sent again


def sign(outgoing: Outgoing) -> Mapping[str, str]:
    """Return the header with the secret of the registration."""
    return {"X-Webhook-Secret": outgoing.secret}
