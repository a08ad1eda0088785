"""How webhooks are signed and repeated.

Source: https://docs.truedy.ai/guides/securing-webhooks; the pauses are assumed: a first one of 30 seconds, doubled each time.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping

from simulator.provider import Outgoing

RETRIES = tuple(f"{30 * 2**attempt}s" for attempt in range(9))  # ten attempts in all


def sign(outgoing: Outgoing) -> Mapping[str, str]:
    """Return timestamp and signature: HMAC-SHA256 of `<timestamp>.<raw body>` with the webhook's secret."""
    timestamp = str(int(outgoing.at.timestamp()))
    message = timestamp.encode() + b"." + outgoing.body
    signature = hmac.digest(outgoing.secret.encode(), message, "sha256").hex()
    return {"X-Truedy-Timestamp": timestamp, "X-Truedy-Signature": signature}
