"""What was asked of a world and how it was answered: kept raw, within a bound, and explained only when it is read."""

from __future__ import annotations

from collections import deque
from datetime import datetime
from typing import TYPE_CHECKING, Any

import msgspec

from simulator.rules import NO_VERDICT
from simulator.tables import Change

if TYPE_CHECKING:
    from simulator.assumption import Assumption
    from simulator.exchange import Exchange, Request
    from simulator.provider import Violation

OVERHEAD = 1024  # bytes that an entry takes beside its texts, roughly


class Entry(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """One request and its answer."""

    id: str
    at: datetime
    request: Request
    path: str  # the provider's own path
    provider: str  # empty: there is none of the name that the path begins with
    operation: str  # empty: no route
    tenant: str
    key: str
    status: int
    answer: bytes
    evidence: str
    changes: tuple[tuple[str, str, str], ...]  # table, id, what happened to it
    size: int  # bytes, roughly
    leans_on: tuple[Assumption, ...] = ()  # what the documentation leaves open and the answer depends on
    rule: str = ""  # the id of the rule that decided; empty: none
    rule_name: str = ""
    passed: tuple[tuple[str, str], ...] = ()
    error: str = ""  # the name of the refusal; empty: none
    refusal: str = ""
    violations: tuple[Violation, ...] = ()
    fault: str = ""  # what happened on the wire; empty: the answer was sent
    bug: str = ""  # how the simulator broke its own spec; empty: it did not

    @classmethod
    def of(cls, provider: str, exchange: Exchange, status: int, answer: bytes, **more: Any) -> Entry:
        """The entry of a request that has been answered; `more` are the members that most entries have not."""
        if exchange.problem or exchange.verdict is not NO_VERDICT:
            more |= _why(exchange)
        return cls(
            id=exchange.id,
            at=exchange.at,
            request=exchange.request,
            path=exchange.path,
            provider=provider,
            operation=exchange.operation.id if exchange.operation else "",
            tenant=exchange.account.tenant if exchange.account else "",
            key=exchange.grant.key if exchange.grant else exchange.key,
            status=status,
            answer=answer,
            evidence=exchange.evidence,
            changes=tuple([_told(each) for each in exchange.changes]),
            size=OVERHEAD + len(answer) + exchange.request.size,
            leans_on=exchange.leans_on,
            **more,
        )


def _why(exchange: Exchange) -> dict[str, Any]:
    """What a refusal, or a rule, adds to an entry."""
    verdict, problem = exchange.verdict, exchange.problem
    why: dict[str, Any] = {"passed": verdict.passed}
    if verdict.rule is not None:
        why |= {"rule": verdict.rule.id, "rule_name": verdict.rule.name}
    if problem is not None:
        why |= {"error": problem.error.name, "refusal": problem.detail, "violations": problem.violations}
    return why


class Journal:
    """The newest requests of one world, as many as fit; the oldest go first, and their number is kept."""

    def __init__(self, limit: int) -> None:
        """Hold about `limit` bytes; nothing is noted where that is 0."""
        self._limit = limit
        self._entries: deque[Entry] = deque()
        self._size = 0
        self.dropped = 0

    def note(self, provider: str, exchange: Exchange, status: int, answer: bytes, **more: Any) -> None:
        """Note a request that has been answered; `more` are the members of its entry that most have not."""
        if not self._limit:
            return
        entry = Entry.of(provider, exchange, status, answer, **more)
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


def _told(change: Change) -> tuple[str, str, str]:
    """A change by table, id and what happened."""
    verb = "added" if not change.before else "changed" if change.after else "removed"
    return change.place.name, change.key, verb
