"""Events at a time that a client chooses, as opposed to the times of `lifecycles`."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from simulator.store.account import Account


def schedule(account: Account[Any], resource: str, subject: str, due: datetime) -> None:
    """Call the provider's event of a resource at a time on the world's clock; `Account.cancel` cancels it."""
    account.schedule(resource, subject, due)
