"""What was asked of a world and how it was answered: kept raw, within a bound, and explained only when it is read."""

from __future__ import annotations

from collections import deque
from datetime import datetime
from typing import TYPE_CHECKING

import msgspec

from simulator.tables import Change

if TYPE_CHECKING:
    from simulator.exchange import Exchange
    from simulator.provider import Violation

OVERHEAD = 1024  # bytes that an entry takes beside its texts, roughly


class Entry(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """One request and its answer."""

    id: str
    at: datetime
    method: str
    address: str  # the path as the client sent it, world and provider included
    path: str  # the provider's own path
    query: str
    headers: str  # one a line
    raw: bytes | None
    provider: str  # empty: there is none of the name that the path begins with
    operation: str  # empty: no route
    tenant: str
    key: str
    status: int
    answer: bytes
    evidence: str
    rule: str  # the id of the rule that decided; empty: none
    rule_name: str
    fault: str  # what happened on the wire; empty: the answer was sent
    error: str  # the name of the refusal; empty: none
    refusal: str
    violations: tuple[Violation, ...]
    bug: str  # how the simulator broke its own spec; empty: it did not
    passed: tuple[tuple[str, str], ...]
    changes: tuple[tuple[str, str, str], ...]  # table, id, what happened to it

    @classmethod
    def of(cls, provider: str, exchange: Exchange, status: int, answer: bytes, fault: str = "", bug: str = "") -> Entry:
        """The entry of a request that has been answered."""
        request, verdict, problem = exchange.request, exchange.verdict, exchange.problem
        return cls(
            id=exchange.id,
            at=exchange.at,
            method=request.method,
            address=request.path,
            path=exchange.path,
            query=request.query,
            headers="\n".join([f"{name}: {value}" for name, value in request.headers.items()]),
            raw=request.raw,
            provider=provider,
            operation=exchange.operation.id if exchange.operation else "",
            tenant=exchange.account.tenant if exchange.account else "",
            key=exchange.grant.key if exchange.grant else exchange.key,
            status=status,
            answer=answer,
            evidence=exchange.evidence,
            rule=verdict.rule.id if verdict.rule else "",
            rule_name=verdict.rule.name if verdict.rule else "",
            fault=fault,
            error=problem.error.name if problem else "",
            refusal=problem.detail if problem else "",
            violations=tuple(problem.violations) if problem else (),
            bug=bug,
            passed=verdict.passed,
            changes=tuple([(change.place.name, str(change.key), _verb(change)) for change in exchange.changes]),
        )

    @property
    def size(self) -> int:
        """Bytes, roughly."""
        texts = len(self.raw or b"") + len(self.answer) + len(self.headers) + 2 * len(self.path) + len(self.query)
        return texts + OVERHEAD


class Journal:
    """The newest requests of one world, as many as fit; the oldest go first, and their number is kept."""

    def __init__(self, limit: int) -> None:
        """Hold about `limit` bytes."""
        self._limit = limit
        self._entries: deque[Entry] = deque()
        self._size = 0
        self.dropped = 0

    def __len__(self) -> int:
        return len(self._entries)

    def add(self, entry: Entry) -> None:
        """Note a request."""
        self._entries.append(entry)
        self._size += entry.size
        while self._size > self._limit and self._entries:
            self._size -= self._entries.popleft().size
            self.dropped += 1

    def get(self, entry_id: str) -> Entry | None:
        """The request of this id, if it is still held."""
        return next((entry for entry in reversed(self._entries) if entry.id == entry_id), None)

    def find(
        self, provider: str | None = None, operation: str | None = None, status: int | None = None, matched: bool | None = None
    ) -> list[Entry]:
        """The requests that fit, the newest last."""
        return [
            entry
            for entry in self._entries
            if (provider is None or entry.provider == provider)
            and (operation is None or operation in (entry.operation, f"{entry.provider}.{entry.operation}"))
            and (status is None or entry.status == status)
            and (matched is None or bool(entry.operation) == matched)
        ]

    def clear(self) -> None:
        """Forget all requests."""
        self._entries.clear()
        self._size = 0
        self.dropped = 0


def _verb(change: Change) -> str:
    if not change.before:
        return "added"
    return "changed" if change.after else "removed"
