"""A gate that a test has put before an operation."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import dataclass
from datetime import datetime
from time import monotonic
from typing import Any
from urllib.parse import quote

from simulator.testing.control_transport import Json
from simulator.testing.rule_handle import RuleHandle

FIRST_PAUSE, LONGEST_PAUSE = 0.001, 0.02  # seconds between two looks at a gate


@dataclass(frozen=True)
class HeldRequest:
    """A request that waits at a gate. Keys and secrets are shortened."""

    id: str
    at: datetime  # on the clock of the world
    provider: str
    operation: str | None  # provider.operation_id; None: no route
    method: str
    path: str  # the provider's own
    query: dict[str, Any]
    key: str
    headers: dict[str, str]  # names in lower case
    body: Any

    @classmethod
    def of(cls, listed: Json) -> HeldRequest:
        """Return a request as the control API lists it."""
        return cls(**{**listed, "at": datetime.fromisoformat(listed["at"])})

    def __hash__(self) -> int:
        return hash(self.id)

    def __str__(self) -> str:
        return f"{self.id} {self.method} {self.path}"


class Gate(RuleHandle):
    """Requests to an operation wait here until the test releases them."""

    def __enter__(self) -> Gate:
        return self

    def __exit__(self, *_: object) -> None:
        self.remove()

    @property
    def waiting(self) -> list[HeldRequest]:
        """The requests that wait, in the order in which they came."""
        return [HeldRequest.of(listed) for listed in self._look()["waiting"]]

    def wait(self, count: int = 1, *, timeout: float = 5) -> list[HeldRequest]:
        """Wait until so many requests wait, and return them in the order in which they came.

        Raises:
            TimeoutError: they do not within `timeout` seconds; the text names those that wait, and those that left.
        """
        looks = _Looks(self, count, timeout)
        while (waiting := looks.next()) is None:
            threading.Event().wait(looks.pause)  # in real time, also where `time.sleep` is replaced
        return waiting

    async def wait_async(self, count: int = 1, *, timeout: float = 5) -> list[HeldRequest]:
        """Wait as `wait` does, and let the tasks of the event loop go on meanwhile.

        Raises:
            TimeoutError: as for `wait`.
        """
        looks = _Looks(self, count, timeout)
        while (waiting := looks.next()) is None:
            await asyncio.sleep(looks.pause)
        return waiting

    def release(self, *requests: HeldRequest | str) -> list[tuple[str, int]]:
        """Release requests in this order, or all that wait in the order in which they came.

        Each takes effect before the next one is released. Returns ids and statuses of the responses.

        Raises:
            ControlError: one of them does not wait, such as one whose client has disconnected.
        """
        named = [request if isinstance(request, str) else request.id for request in requests]
        return self._release({"requests": named} if requests else {})

    def open(self) -> list[tuple[str, int]]:
        """Release all that wait, and let all further requests pass."""
        return self._release({"open": True})

    def _release(self, body: Json) -> list[tuple[str, int]]:
        released = self._call("POST", f"/gates/{quote(self.id)}/release", body)["released"]
        return [(one["id"], one["status"]) for one in released]

    def _look(self) -> Json:
        gates: list[Json] = self._call("GET", "/gates")["gates"]
        return next((gate for gate in gates if gate["id"] == self.id), {"waiting": [], "left": []})


class _Looks:
    """Looks at a gate, less and less often, until enough requests wait or the time is up."""

    def __init__(self, gate: Gate, count: int, timeout: float) -> None:
        self._gate, self._count, self._timeout = gate, count, timeout
        self._end = monotonic() + timeout
        self.pause = FIRST_PAUSE / 2

    def next(self) -> list[HeldRequest] | None:
        """Return the requests if enough wait.

        Raises:
            TimeoutError: the time is up.
        """
        gate = self._gate._look()
        if len(gate["waiting"]) >= self._count:
            return [HeldRequest.of(listed) for listed in gate["waiting"]]
        if monotonic() >= self._end:
            raise TimeoutError(self._text(gate))
        self.pause = min(self.pause * 2, LONGEST_PAUSE)
        return None

    def _text(self, gate: Json) -> str:
        waiting = ", ".join(str(HeldRequest.of(listed)) for listed in gate["waiting"]) or "none"
        left = "".join(f"; {one['id']} left: {one['why']}" for one in gate["left"])
        return f"expected {self._count} requests at {self._gate!r} within {self._timeout:g} s; waiting: {waiting}{left}"
