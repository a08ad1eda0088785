"""What a world has recorded, for assertions."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, overload

from simulator.testing.control_transport import Json
from simulator.testing.warnings import SimulatorWarning


@dataclass(frozen=True)
class RecordedRequest:
    """One request and its response. Keys and secrets are shortened."""

    id: str
    at: datetime  # on the clock of the world
    provider: str | None  # None: the path names no provider
    operation: str | None  # provider.operation_id; None: no route
    method: str
    path: str  # the provider's own
    query: str
    headers: dict[str, str]  # names in lower case
    body: Any  # decoded JSON, or text; None without a body
    status: int
    response: Any  # decoded JSON, or text; None without a body
    error: str | None  # its name
    rule: str | None  # the name, or the id, of the rule that decided
    evidence: str
    unknown_fields: tuple[str, ...]
    account: str | None
    fault: str | None  # what happened to the response on the wire
    bug: str | None
    detail: str | None  # its text
    truncated: tuple[str, ...] = ()  # parts of which the request log keeps only the first bytes: headers, body, response, …
    repeats: str | None = None  # the id of the request that a rule delivered once more as this one

    @classmethod
    def of(cls, line: Json) -> RecordedRequest:
        """Return a request as the control API lists it with `details`."""
        members = {key: value for key, value in line.items() if key != "answer"}
        members["at"] = datetime.fromisoformat(line["at"])
        members["unknown_fields"] = tuple(line["unknown_fields"])
        members["truncated"] = tuple("response" if part == "answer" else part for part in line.get("truncated", ()))
        return cls(**members, response=line["answer"])

    def __hash__(self) -> int:  # of what distinguishes it: headers and bodies have no hash
        return hash((self.id, self.at))

    def __str__(self) -> str:
        rule = f" by the rule {self.rule!r}" if self.rule else ""
        return f"{self.id} {self.method} {self.path} {self.status}{f' {self.error}' if self.error else ''}{rule}"


class Requests(Sequence[RecordedRequest]):
    """The requests that match a filter, the oldest first; `dropped` counts those that the journal no longer has."""

    def __init__(self, listed: Json, world: str) -> None:
        """Take the list of the control API; warn if requests are gone, as a count could then be wrong."""
        self._requests = [RecordedRequest.of(line) for line in listed["requests"]]
        self.dropped: int = listed["dropped"] + listed["total"] - len(self._requests)
        if self.dropped:
            text = f"{self._gone()} from the journal of {world}, so what its requests() counts may be too few"
            warnings.warn(SimulatorWarning(text), stacklevel=4)

    def __len__(self) -> int:
        return len(self._requests)

    @overload
    def __getitem__(self, index: int) -> RecordedRequest: ...
    @overload
    def __getitem__(self, index: slice) -> list[RecordedRequest]: ...
    def __getitem__(self, index: int | slice) -> RecordedRequest | list[RecordedRequest]:
        return self._requests[index]

    def __eq__(self, other: object) -> bool:
        return self._requests == list(other) if isinstance(other, (list, Requests)) else NotImplemented

    __hash__ = None  # type: ignore[assignment]  # as a list has none

    def __repr__(self) -> str:
        lines = [f"  {request}" for request in self._requests] or ["  none"]
        gone = [f"  {self._gone()}, and may have matched"] if self.dropped else []
        return "\n".join([f"{len(self)} requests:", *lines, *gone])

    def one(self) -> RecordedRequest:
        """Return the only request.

        Raises:
            AssertionError: there is none, there are several, or some are no longer in the request log.
        """
        if len(self) != 1 or self.dropped:
            raise AssertionError(f"expected exactly one request, and there are {self!r}")
        return self._requests[0]

    @property
    def last(self) -> RecordedRequest:
        """The newest request.

        Raises:
            AssertionError: there is none.
        """
        if not self._requests:
            raise AssertionError(f"expected a request, and there are {self!r}")
        return self._requests[-1]

    def _gone(self) -> str:
        return f"{self.dropped} older requests are gone" if self.dropped > 1 else "1 older request is gone"


@dataclass(frozen=True)
class Difference:
    """A record that was added, changed or removed."""

    provider: str
    account: str
    table: str
    id: str
    change: str
