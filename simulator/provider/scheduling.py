"""Events at a time that a client chooses, as opposed to the times of `lifecycles`."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from simulator.store.account import Account
from simulator.store.timers import Timer


def schedule(account: Account[Any], resource: str, subject: str, due: datetime) -> None:
    """Call the provider's event of a resource at a time on the world's clock; `Account.cancel` cancels it."""
    name = f"{account.provider.name} {account.tenant} {resource} {subject}"
    timer = Timer(id=name, provider=account.provider.name, tenant=account.tenant, resource=resource, subject=subject, due=due)
    account.world.timers.start(timer)
