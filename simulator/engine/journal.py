"""The request log of a world: the newest requests, kept raw within a bound, and explained only when they are read."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import NamedTuple

import msgspec

from simulator.http import Request
from simulator.openapi.schema_validator import Violation
from simulator.provider import Assumption

OVERHEAD = 1024  # bytes of an entry beside its texts, roughly
CHANGE = 100  # bytes of a change, roughly
PART = 250  # bytes of a skipped rule or a violation beside its texts, roughly
SHARE = 16  # a part of a request takes at most 1/16 of the journal, so that it does not push out all others
LEAST_PART = 1024  # bytes of a part that are always kept


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
    changes: tuple[tuple[str, str, str], ...]  # table, id, what happened to it
    size: int  # bytes, roughly
    truncated: tuple[str, ...] = ()  # the parts that are not whole: path, query, headers, body, answer
    assumptions_used: tuple[Assumption, ...] = ()  # the switches on which the response depends
    rule: str = ""  # the id of the rule that fired; empty: none
    rule_name: str = ""
    skipped: tuple[tuple[str, str], ...] = ()  # rules that matched and were skipped, with the reason
    error: str = ""  # the name of the refusal; empty: none
    refusal: str = ""
    is_early: bool = False  # it was rejected before rules were tried
    body_evidence: str = ""  # of an error whose body has a weaker level than its status; empty for others
    violations: tuple[Violation, ...] = ()
    preference: str = ""  # what of the client's own Prefer header was applied
    unknown_fields: tuple[str, ...] = ()  # what the operation does not know, with the nearest known name
    repeats: str = ""  # the id of the request that a rule delivered once more as this one; empty: it came by itself
    fault: str = ""  # what happened on the wire; empty: the response was sent
    bug: str = ""  # how the simulator broke its own spec; empty: it did not

    @property
    def operation_name(self) -> str:
        """The operation as it is named everywhere, `provider.operation_id`; empty: no route."""
        return f"{self.provider}.{self.operation}" if self.operation else ""


class Excerpt(NamedTuple):
    """The requests after a position: how many of them are gone, the first of the others, and the position behind these."""

    missed: int
    entries: list[Entry]
    position: int


class Journal:
    """The newest requests of one world, as many as fit; the oldest are dropped, and counted.

    A position in a journal is the number of requests noted before it: it stays what it is, whatever is dropped or cleared.
    """

    def __init__(self, limit: int) -> None:
        """Hold about `limit` bytes; with 0 nothing is kept."""
        self._limit = limit
        self.max_part = max(limit // SHARE, LEAST_PART)  # bytes kept of a path, query, body or answer, and of all headers
        self._entries: deque[Entry] = deque()
        self._size = 0
        self._noted = 0  # since it was empty
        self.newest: Entry | None = None  # the request that was noted last, whether or not it is held
        self.cleared = 0  # the position behind the requests that were removed by `clear`
        self.cleared_at: datetime | None = None  # when that was, in real time
        self._listeners: list[Callable[[], None]] = []

    @property
    def noted(self) -> int:
        """How many requests were noted since it was empty."""
        return self._noted

    @property
    def dropped(self) -> int:
        """How many requests are gone."""
        return self._noted - len(self._entries)

    def note(self, entry: Entry) -> None:
        """Append a request that has been answered; `trim` makes room for it once it is permanent."""
        self.newest = entry
        if self._limit:
            self._entries.append(entry)
            self._size += entry.size
            self._noted += 1

    def trim(self) -> None:
        """Drop the oldest requests until the others fit."""
        while self._size > self._limit and self._entries:
            self._size -= self._entries.popleft().size
        for listener in self._listeners:
            listener()

    def notify(self) -> None:
        """Call the listeners, as they may read the journal again."""
        for listener in list(self._listeners):
            listener()

    def mark(self) -> tuple[Entry | None, int]:
        """Return what `go_back` needs."""
        return (self._entries[-1] if self._entries else None), self._noted

    def go_back(self, mark: tuple[Entry | None, int]) -> None:
        """Forget the request that was noted since a mark, if one was, however far that had come."""
        newest, self._noted = mark
        if self._entries and self._entries[-1] is not newest:
            self._entries.pop()
        self.count()

    def count(self) -> None:
        """Recompute the size, after an interruption."""
        self._size = sum(entry.size for entry in self._entries)

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
        rule_id: str | None = None,
    ) -> list[Entry]:
        """Return the requests that match every filter, the newest last; `rule` is the id or the name of a rule."""
        return [
            entry
            for entry in self._entries
            if (provider is None or entry.provider == provider)
            and (operation is None or operation == entry.operation_name)
            and (status is None or entry.status == status)
            and (matched is None or bool(entry.operation) == matched)
            and (rule is None or rule in (entry.rule, entry.rule_name))
            and (rule_id is None or rule_id == entry.rule)
        ]

    @property
    def position(self) -> int:
        """The position behind the newest request, which is the number of requests ever noted."""
        return self.cleared + self._noted

    @property
    def size(self) -> int:
        """How many bytes the requests take that are held, roughly."""
        return self._size

    @property
    def held(self) -> int:
        """How many requests are held."""
        return len(self._entries)

    @property
    def listeners(self) -> int:
        """How many functions are called after each change."""
        return len(self._listeners)

    @property
    def _start(self) -> int:
        """The position of the oldest request that is held."""
        return self.position - self.held

    def position_after(self, entry_id: str) -> int | None:
        """Return the position behind a request; None if the request is not held."""
        for index in range(self.held - 1, -1, -1):
            if self._entries[index].id == entry_id:
                return self._start + index + 1
        return None

    def after(self, position: int, limit: int) -> Excerpt:
        """Return at most `limit` requests from a position on."""
        first = min(max(position, self._start), self.position)
        entries = [self._entries[index - self._start] for index in range(first, min(first + limit, self.position))]
        return Excerpt(first - position, entries, first + len(entries))

    @contextmanager
    def listening(self, listener: Callable[[], None]) -> Iterator[None]:
        """Call a function after each change, also of the journals that take this one's place after `emptied`.

        It is called in the thread of the request, and must neither block nor raise.
        """
        self._listeners.append(listener)
        try:
            yield
        finally:
            self._listeners.remove(listener)

    def fill(self, entries: list[Entry], noted: int, cleared: int, cleared_at: datetime | None) -> None:
        """Take over the requests of another journal, the newest last, and its counts."""
        if self._limit:
            self._entries, self._noted = deque(entries), noted
        self.cleared, self.cleared_at = cleared, cleared_at
        self.newest = entries[-1] if entries else None
        self.count()
        self.trim()

    def clear(self) -> None:
        """Drop all requests; at once, whatever is raised meanwhile."""
        vars(self).update(vars(self.emptied()))

    def emptied(self) -> Journal:
        """Return an empty journal that continues this one, with its limit, position and listeners; itself if it is as new."""
        for listener in self._listeners:
            listener()
        if self.newest is None and not self.position:
            return self
        empty = Journal(self._limit)
        empty.cleared, empty._listeners = self.position, self._listeners
        empty.cleared_at = datetime.now(UTC) if self.position else None
        return empty
