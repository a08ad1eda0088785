"""What the libraries that send requests to a simulator tell of each: the line of the test that sent it, and the lab."""

from __future__ import annotations

import os
import sys
from collections import OrderedDict
from collections.abc import Iterable

from simulator.lab import Signals

MAX_LINES = 10_000  # requests that are remembered, the newest
REQUEST_ID = "x-simulator-request"
RULE = "x-simulator-rule"


class Callers:
    """The lines of tests that sent requests, by the ids of the requests; only of tests that pytest runs."""

    def __init__(self) -> None:
        self.signals = Signals()
        self._lines: OrderedDict[str, str] = OrderedDict()

    def sending(self, headers: Iterable[str]) -> None:
        """Note that a request with headers of these names, in any case, is about to be sent.

        Raises:
            BaseException: a hunt has stopped the client.
        """
        if self.signals.is_active:
            self.signals.sending(headers)

    def answered(self, method: str, headers: Iterable[tuple[str, str]], *, in_process: bool) -> None:
        """Note a response, with the line of the running test where the request may have bought something.

        Raises:
            BaseException: a hunt stops the client here.
        """
        if self.signals.is_active:
            named = {name.lower(): value for name, value in headers}
            self.signals.answered(named.get(RULE, ""), in_process=in_process)
        elif method == "POST":
            self._note(next((value for name, value in headers if name.lower() == REQUEST_ID), ""))

    def _note(self, request_id: str) -> None:
        path = os.environ.get("PYTEST_CURRENT_TEST", "").partition("::")[0]
        frame = sys._getframe(1) if path else None
        while frame is not None:
            if frame.f_code.co_filename.replace(os.sep, "/").endswith(f"/{path}"):
                self._lines[request_id] = f"{path}:{frame.f_lineno}"
                break
            frame = frame.f_back
        while len(self._lines) > MAX_LINES:
            self._lines.popitem(last=False)

    def line(self, request_id: str) -> str:
        """Return the line that sent a request, such as `tests/test_shop.py:41`; empty if it is not known."""
        return self._lines.get(request_id, "")
