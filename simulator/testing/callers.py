"""Which line of a test sent a request."""

from __future__ import annotations

import os
import sys
from collections import OrderedDict

MAX_LINES = 10_000  # requests that are remembered, the newest


class Callers:
    """The lines of tests that sent requests, by the ids of the requests; only of tests that pytest runs."""

    def __init__(self) -> None:
        self._lines: OrderedDict[str, str] = OrderedDict()

    def note(self, request_id: str) -> None:
        """Note that the caller sent a request; nothing is noted where no line of the running test is on the stack."""
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
