"""The receiver of webhooks under test: it gets those of one run at a time, without a socket."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Lead = Callable[[Any], list[BaseException]]  # hands the webhooks of the world to a target; returns what that will have raised


class Receiver:
    """An ASGI application or a function, or what makes one from the store of a run."""

    def __init__(self, target: Callable[..., Any], lead: Lead, *, is_made: bool) -> None:
        """Take `target`, or with `is_made` what it makes of a store."""
        self._target, self._lead, self._is_made = target, lead, is_made
        self.raised: list[BaseException] = []  # in the last run

    def begin(self, store: Any) -> None:
        """Begin a run.

        Raises:
            RuntimeError: the simulator is not in this process.
        """
        self.raised = self._lead(self._target(store) if self._is_made else self._target)

    def end(self) -> None:
        """End the hunt."""
        self._lead(None)
