"""A provider: its operations, its errors, and how its responses are wrapped."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Generic, TypeVar

from simulator.provider.assumption import Assumption, Assumptions, Value
from simulator.provider.call import Call
from simulator.provider.errors import Error, Errors, Problem
from simulator.provider.reply import Reply
from simulator.provider.request_info import RequestInfo
from simulator.store.account import Account
from simulator.store.environment import Environment
from simulator.store.seed import Seed

S = TypeVar("S")

Handler = Callable[[Call[S]], Reply]
Event = Callable[[Account[S], str, datetime], None]  # the account, the id of the subject, when it was due
Render = Callable[[Problem, RequestInfo], Reply]
Succeed = Callable[[Reply, RequestInfo], Reply]
Prepare = Callable[[RequestInfo], None]


def as_is(reply: Reply, request: RequestInfo) -> Reply:
    """Return the reply unchanged: the envelope of a provider that has none."""
    return reply


class Provider(Generic[S]):
    """A provider: its operations by the ids of its spec, its errors, and the two places where its bodies are wrapped."""

    def __init__(
        self,
        name: str,
        *,
        state: Callable[[Account[S], Any], S],
        errors: type[Errors],
        render: Render,
        succeed: Succeed = as_is,
        seed: type[Seed] = Seed,
        keys: Sequence[str] = (),
        example_operation: str = "",
        prepare: Prepare | None = None,
        assumptions: Sequence[Assumption] = (),
    ) -> None:
        """Describe the provider.

        `state` opens an account from its `seed`; `render` turns a refusal into the provider's error body and `succeed` wraps
        every other body; `keys` work in every open world; `example_operation` is the one that the banner shows; `prepare`
        completes a request before it is parsed; `assumptions` are the switches that a scenario may set.
        """
        self.name, self.state, self.seed = name, state, seed
        self.errors_by_name = {name: error for name, error in vars(errors).items() if isinstance(error, Error)}
        self.errors: type[Errors] = errors
        self.render, self.succeed, self.prepare = render, succeed, prepare
        self.keys, self.example_operation = tuple(keys), example_operation
        self.assumptions = Assumptions(name, assumptions)
        self.handlers: dict[str, Handler[S]] = {}
        self.events: dict[str, Event[S]] = {}

    def assumed(self, world: Environment, name: str) -> Value:
        """Return the value of a switch in a world: that of its scenario, or the default."""
        return self.assumptions.value(world, name)

    def event(self, resource: str) -> Callable[[Event[S]], Event[S]]:
        """Register what happens when a resource that was begun with `Account.begin` is finished; `lifecycles` say when."""

        def register(event: Event[S]) -> Event[S]:
            self.events[resource] = event
            return event

        return register

    def operation(self, operation_id: str) -> Callable[[Handler[S]], Handler[S]]:
        """Register the function that performs an operation of the spec."""

        def register(handler: Handler[S]) -> Handler[S]:
            if operation_id in self.handlers:
                raise LookupError(f"{self.name}: operation {operation_id!r} has two handlers")
            self.handlers[operation_id] = handler
            return handler

        return register
