"""The clock of a world: the wall clock with an offset, or a frozen time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import formatdate
from functools import lru_cache

import msgspec

# Far enough from the limits of `datetime` that adding a duration cannot overflow.
EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
LATEST = datetime(4000, 1, 1, tzinfo=UTC)


def parse_time(text: str) -> datetime:
    """Parse a time in RFC 3339 and return it in UTC.

    Raises:
        ValueError, OverflowError: Python cannot represent it, such as a leap second.
    """
    return datetime.fromisoformat(text.upper()).astimezone(UTC)


class Clock:
    """The clock of one world, in UTC."""

    def __init__(self, start: datetime | None = None, frozen: bool = False) -> None:
        """Start at `start` (default: now) and stay there if `frozen`; otherwise run at the pace of the wall clock."""
        wall = datetime.now(UTC)
        self._offset = (start or wall) - wall
        self._frozen_at = (start or wall) if frozen else None

    def save(self) -> tuple[timedelta, datetime | None]:
        """Return what `load` needs."""
        return self._offset, self._frozen_at

    def load(self, saved: tuple[timedelta, datetime | None]) -> None:
        """Go on as if nothing had changed since `save`."""
        self._offset, self._frozen_at = saved

    def restore(self, at: datetime, frozen: bool) -> None:
        """Continue at `at`, or stay there if `frozen`."""
        self._frozen_at = at if frozen else None
        self._offset = at - datetime.now(UTC)

    @property
    def is_real(self) -> bool:
        """Whether it is the wall clock: it has been neither set nor frozen."""
        return self._frozen_at is None and not self._offset

    def set_real(self) -> None:
        """Go on as the wall clock."""
        self.load((timedelta(), None))

    @property
    def frozen(self) -> bool:
        """Whether the clock is frozen."""
        return self._frozen_at is not None

    def now(self) -> datetime:
        """Return the current time."""
        return self._frozen_at or datetime.now(UTC) + self._offset

    def freeze(self, frozen: bool = True) -> None:
        """Freeze the clock at the current time, or unfreeze it there."""
        now = self.now()
        self._offset = now - datetime.now(UTC)
        self._frozen_at = now if frozen else None

    def set(self, at: datetime) -> None:
        """Set the clock to a time."""
        self._offset = at - datetime.now(UTC)
        self._frozen_at = at if self.frozen else None

    def advance(self, by: timedelta) -> None:
        """Advance the clock by a duration."""
        self.set(self.now() + by)


def seconds(at: datetime) -> str:
    """Format a time in RFC 3339 with whole seconds, such as `2026-01-14T10:30:00Z`."""
    return _rfc3339(at)[:19] + "Z"


def http_date(at: datetime) -> str:
    """Format a time as the headers of HTTP have it (RFC 9110, 5.6.7), such as `Sun, 06 Nov 1994 08:49:37 GMT`."""
    return _http_date(int(at.timestamp()))


@lru_cache(64)
def _http_date(second: int) -> str:
    return formatdate(second, usegmt=True)


def millis(at: datetime) -> str:
    """Format a time in RFC 3339 with milliseconds, such as `2026-01-14T10:30:00.123Z`."""
    return f"{_rfc3339(at)[:19]}.{at.microsecond // 1000:03d}Z"


def _rfc3339(at: datetime) -> str:
    """Format a time as msgspec does, in a fifth of the time that `isoformat` takes."""
    try:
        text: str = msgspec.to_builtins(at)
    except TypeError:  # a subclass, as freezegun has it
        text = at.isoformat()
    return text
