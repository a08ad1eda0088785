"""Changes that an operation made, so that a failed one can be undone and a response explained."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from typing import Any, Protocol

import msgspec


class Undoable(Protocol):
    """A store whose changes can be undone."""

    name: str
    visible: bool

    def put_back(self, key: Any, before: Any) -> None:
        """Undo one change."""


class Change(msgspec.Struct, frozen=True, gc=False):
    """One change that an operation made: the value of `key` in `place` before and after."""

    place: Undoable
    key: Any
    before: Any
    after: Any

    @property
    def verb(self) -> str:
        """What happened to the key."""
        return "added" if not self.before else "changed" if self.after else "removed"


class Log(Protocol):
    """Where a store notes its changes."""

    def append(self, change: Change, /) -> None:
        """Note a change."""


NO_LOG: Log = deque[Change](maxlen=0)  # keeps nothing


def undo(changes: list[Change]) -> None:
    """Undo all changes, the last one first; what was interrupted can be undone again."""
    while changes:
        change = changes[-1]
        change.place.put_back(change.key, change.before)
        changes.pop()


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the ids of the rows of a table that differ in their records, each with what happened to it."""
    for key in before:
        if key not in after:
            yield key, "removed"
    for key, row in after.items():
        if key not in before:
            yield key, "added"
        elif row.record != before[key].record:
            yield key, "changed"
