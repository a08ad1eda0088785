"""The request log of a world: the newest requests, kept raw within a bound, and explained only when they are read."""

from __future__ import annotations

from collections import deque
from datetime import datetime

import msgspec

from simulator.http import Request
from simulator.openapi.schema_validator import Violation
from simulator.provider import Assumption

OVERHEAD = 1024  # bytes of an entry beside its texts, roughly


class Entry(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """One request and its response."""

    id: str
    at: datetime
    request: Request
    path: str  # the provider's own path
    provider: str  # empty: the path names no provider
    operation: str  # empty: no route
    tenant: str
    key: str
    status: int
    response_body: bytes
    evidence: str
    body_evidence: str  # of a refusal whose body is founded worse than its status; empty: it is not
    changes: tuple[tuple[str, str, str], ...]  # table, id, what happened to it
    size: int  # bytes, roughly
    assumptions_used: tuple[Assumption, ...] = ()  # the switches on which the response depends
    rule: str = ""  # the id of the rule that fired; empty: none
    rule_name: str = ""
    skipped: tuple[tuple[str, str], ...] = ()  # rules that matched and were skipped, with the reason
    error: str = ""  # the name of the refusal; empty: none
    refusal: str = ""
    violations: tuple[Violation, ...] = ()
    preference: str = ""  # what of the client's own Prefer header was applied
    unknown_fields: tuple[str, ...] = ()  # what the operation does not know, with the nearest known name
    fault: str = ""  # what happened on the wire; empty: the response was sent
    bug: str = ""  # how the simulator broke its own spec; empty: it did not

    @property
    def operation_name(self) -> str:
        """The operation as it is named everywhere, `provider.operation_id`; empty: no route."""
        return f"{self.provider}.{self.operation}" if self.operation else ""


class Journal:
    """The newest requests of one world, as many as fit; the oldest are dropped, and counted."""

    def __init__(self, limit: int) -> None:
        """Hold about `limit` bytes; with 0 nothing is kept."""
        self._limit = limit
        self.max_body = limit // 16  # bytes kept of a body: one request must not push all others out
        self._entries: deque[Entry] = deque()
        self._size = 0
        self.dropped = 0

    def note(self, entry: Entry) -> None:
        """Append a request that has been answered."""
        if not self._limit:
            return
        self._entries.append(entry)
        self._size += entry.size
        while self._size > self._limit and self._entries:
            self._size -= self._entries.popleft().size
            self.dropped += 1

    def get(self, entry_id: str) -> Entry | None:
        """Return the request of this id, if it is still held."""
        return next((entry for entry in reversed(self._entries) if entry.id == entry_id), None)

    def find(
        self,
        provider: str | None = None,
        operation: str | None = None,
        status: int | None = None,
        matched: bool | None = None,
        rule: str | None = None,
    ) -> list[Entry]:
        """Return the requests that match every filter, the newest last."""
        return [
            entry
            for entry in self._entries
            if (provider is None or entry.provider == provider)
            and (operation is None or operation == entry.operation_name)
            and (status is None or entry.status == status)
            and (matched is None or bool(entry.operation) == matched)
            and (rule is None or rule in (entry.rule, entry.rule_name))
        ]

    @property
    def newest(self) -> Entry | None:
        """The request that was noted last, None where none is held."""
        return self._entries[-1] if self._entries else None

    def forget_newest(self) -> None:
        """Drop the request that was noted last."""
        self._size -= self._entries.pop().size

    def clear(self) -> None:
        """Drop all requests."""
        self._entries.clear()
        self._size = 0
        self.dropped = 0
