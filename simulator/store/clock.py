"""A world's own time: the wall clock, shifted, or standing still."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

EARLIEST, LATEST = (
    datetime(1970, 1, 1, tzinfo=UTC),
    datetime(4000, 1, 1, tzinfo=UTC),
)  # far enough from where Python's time ends


def parse_time(text: str) -> datetime:
    """Return the time of a text in RFC 3339, in UTC.

    Raises:
        ValueError, OverflowError: Python cannot represent it, such as a leap second.
    """
    return datetime.fromisoformat(text.upper()).astimezone(UTC)


class Clock:
    """Tells the time of one world, in UTC."""

    def __init__(self, start: datetime | None = None, frozen: bool = False) -> None:
        """Begin at `start` (now, if not given) and stand there if `frozen`, else go on at the pace of the wall clock."""
        wall = datetime.now(UTC)
        self._ahead = (start or wall) - wall
        self._frozen_at = (start or wall) if frozen else None

    def restore(self, at: datetime, frozen: bool) -> None:
        """Go on at `at`, or stand there if `frozen`."""
        self._frozen_at = at if frozen else None
        self._ahead = at - datetime.now(UTC)

    @property
    def frozen(self) -> bool:
        """Whether the clock stands still."""
        return self._frozen_at is not None

    def now(self) -> datetime:
        """The time."""
        return self._frozen_at or datetime.now(UTC) + self._ahead

    def freeze(self, frozen: bool = True) -> None:
        """Stop the clock where it is, or let it go on from there."""
        now = self.now()
        self._ahead = now - datetime.now(UTC)
        self._frozen_at = now if frozen else None

    def set(self, at: datetime) -> None:
        """Move the clock to a time."""
        self._ahead = at - datetime.now(UTC)
        self._frozen_at = at if self.frozen else None

    def advance(self, by: timedelta) -> None:
        """Move the clock on."""
        self.set(self.now() + by)


def seconds(at: datetime) -> str:
    """`2026-01-14T10:30:00Z`: RFC 3339 in UTC, whole seconds."""
    return at.isoformat()[:19] + "Z"


def millis(at: datetime) -> str:
    """`2026-01-14T10:30:00.123Z`: RFC 3339 in UTC, milliseconds."""
    return f"{at.isoformat(timespec='milliseconds')[:23]}Z"
