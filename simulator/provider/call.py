"""The argument of an operation: decoded and valid input, the state of the account, and the world."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Generic, TypeVar

import msgspec

from simulator.http import Request
from simulator.provider.assumption import Value
from simulator.provider.pagination import AllPages, Pages
from simulator.provider.request_info import RequestInfo
from simulator.store.account import Account
from simulator.store.credentials import Credential
from simulator.store.environment import Environment

S = TypeVar("S")

NO_REQUEST = Request("", "", "", {}, b"")


class Call(msgspec.Struct, Generic[S], frozen=True):
    """One call of an operation.

    `params` are the path, query and header parameters by name, defaults filled in. `body` is the decoded body, {} where none
    was sent; in a POST its omitted members have the `default` of the spec. `sent` is the body as the client sent it.
    """

    request: RequestInfo
    params: dict[str, Any]
    body: Any
    sent: Any
    account: Account[S]
    state: S
    world: Environment
    credential: Credential  # the key by which the account was reached
    described: frozenset[str] = frozenset()  # the members of the body that the spec describes
    pages: Pages = AllPages()  # the provider's dialect

    @classmethod
    def without_request(cls, account: Account[S], at: datetime, operation_id: str = "") -> Call[S]:
        """Return the call of something that no client requested, such as an event: it has neither input nor a key."""
        provider: Any = account.provider  # the bound one, whose switches are those of its document
        no_credential: Any = None
        environment = account.world
        request = RequestInfo(
            request=NO_REQUEST,
            environment=environment,
            switches=provider.assumptions,
            at=at,
            headers={},
            operation_id=operation_id,
        )
        return cls(request, {}, {}, {}, account, account.state, environment, no_credential, pages=provider.pages)

    @property
    def now(self) -> datetime:
        """The time of the request on the world's clock."""
        return self.request.at

    def assumed(self, name: str) -> Value:
        """Return the value of a switch of the provider in this world.

        The response is graded no better than the switch, so read it only where the response depends on it.
        """
        return self.request.assumed(name)

    def defaults(self, operation_id: str) -> dict[str, Any]:
        """Return the defaults of an operation's body: what a client that sends {} gets."""
        provider: Any = self.account.provider  # the bound one, whose defaults are those of its document
        bodies: dict[str, dict[str, Any]] = provider.default_bodies
        return bodies[operation_id]
