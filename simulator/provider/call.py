"""What an operation is given."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Generic, TypeVar

import msgspec

from simulator.provider.assumption import Assumptions, Value
from simulator.provider.request_info import RequestInfo
from simulator.store.account import Account
from simulator.store.credentials import Credential
from simulator.store.environment import Environment

S = TypeVar("S")


class Call(msgspec.Struct, Generic[S], frozen=True):
    """One call of an operation: decoded and valid input, the account's own state, the world around it."""

    request: RequestInfo
    params: dict[str, Any]  # path, query and header parameters by name, defaults filled in
    body: Any  # the decoded body; {} where none was sent
    account: Account[S]
    state: S
    world: Environment
    credential: Credential  # the key by which the account was reached
    assumptions: Assumptions

    @property
    def now(self) -> datetime:
        """The time of the request on the world's clock."""
        return self.request.at

    def assumed(self, name: str) -> Value:
        """Return the value of a switch; the response then depends on it, so ask only where it matters."""
        self.request.assumptions_used += (self.assumptions[name],)
        return self.assumptions.value(self.world, name)
