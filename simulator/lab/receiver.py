"""The receiver of webhooks under test: it gets those of one run at a time, in this process or at its URL."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Lead = Callable[[Any], list[BaseException]]  # hands the webhooks of the world to a target; returns what that will have raised


class Receiver:
    """An ASGI application, a function, the URL of a receiver elsewhere, or what makes one of these from the store of a run."""

    def __init__(self, target: Callable[..., Any] | str, lead: Lead, *, is_made: bool) -> None:
        """Take `target`, or with `is_made` what it makes of a store; the URL of one that runs may be given all the same."""
        self._target, self._lead, self._is_made = target, lead, is_made
        self._is_led = False
        self.url = ""  # where the receiver of this run is; empty if it is in this process
        self.raised: list[BaseException] = []  # in the last run

    def begin(self, store: Any) -> None:
        """Begin a run.

        Raises:
            RuntimeError: the receiver is in this process, and the simulator is not.
        """
        made = self._target(store) if self._is_made and callable(self._target) else self._target
        if isinstance(made, str):
            self.url, self.raised = made, []
        else:
            self.raised, self._is_led = self._lead(made), True

    def end(self) -> None:
        """End the hunt."""
        if self._is_led:
            self._lead(None)
