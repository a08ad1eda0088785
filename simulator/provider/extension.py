"""A little Python on top of a provider that a spec alone describes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from simulator.provider.call import Call
from simulator.provider.provider import Provider

Handler = Callable[[Call[Any]], Any]


class Decided(dict[str, Any]):
    """A body, and the members of the record that a function decides."""

    def __init__(self, body: dict[str, Any], members: dict[str, Any]) -> None:
        super().__init__(body)
        self.members = members


class Extension:
    """Operations that are performed by functions, in a provider whose others are inferred from its spec.

    Args:
        errors: The errors that the functions raise; those of the pipeline may be among them.
    """

    def __init__(self, *, errors: type | None = None) -> None:
        self.errors = errors
        self._handlers: dict[str, Handler] = {}
        self._inferred: dict[str, Handler] = {}

    def operation(self, operation_id: str) -> Callable[[Handler], Handler]:
        """Register the function that performs an operation of the spec.

        Raises:
            LookupError: the operation has a function already.
        """

        def register(handler: Handler) -> Handler:
            if operation_id in self._handlers:
                raise LookupError(f"operation {operation_id!r} has two handlers")
            self._handlers[operation_id] = handler
            return handler

        return register

    def inferred(self, call: Call[Any], **members: Any) -> Any:
        """Perform the operation of a call as the spec alone describes it, and return its answer.

        `members` are what the record gets beside the body, such as a number: also those that no client may write.
        """
        if members:
            body, sent = (Decided(given if isinstance(given, dict) else {}, members) for given in (call.body, call.sent))
            call = msgspec.structs.replace(call, body=body, sent=sent)
        return self._inferred[call.request.operation_id](call)

    def apply(self, provider: Provider[Any]) -> None:
        """Replace the operations of a provider for which there are functions."""
        for operation_id, handler in self._handlers.items():
            if operation_id in provider.handlers:
                self._inferred[operation_id] = provider.handlers[operation_id]
            provider.handlers[operation_id] = handler
