"""Hours of the day in a time zone, at which a provider does something, such as calling."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime, time, timedelta, tzinfo
from typing import NamedTuple
from zoneinfo import ZoneInfo

DAY = timedelta(days=1)


def zone_of(name: str) -> tzinfo | None:
    """Return a time zone by its IANA name; None for one that does not exist."""
    try:
        return UTC if name == "UTC" else ZoneInfo(name)
    except (ValueError, OSError, LookupError):  # the name of a folder, or none at all
        return None


class Hours(NamedTuple):
    """The hours from `opens` to `closes`, `HH:MM`, on some days of the week, 1 for Monday; they can span midnight."""

    zone: str = "UTC"
    opens: str | None = None
    closes: str | None = None
    days: Collection[int] | None = None

    def next(self, at: datetime) -> datetime:
        """Return the time itself if it is within the hours, or else the time at which they next begin."""
        local = at.astimezone(zone_of(self.zone) or UTC)
        opens, closes = (time.fromisoformat(text) if text else time() for text in (self.opens, self.closes))
        for number in range(-1, 8):
            day = local.date() + number * DAY
            first = datetime.combine(day, opens, local.tzinfo)
            last = datetime.combine(day if closes > opens else day + DAY, closes, local.tzinfo)
            if (not self.days or day.isoweekday() in self.days) and at < last:
                return max(at, first.astimezone(UTC))
        return at

    def end_of_day(self, at: datetime) -> datetime:
        """Return the time at which the next day begins."""
        local = at.astimezone(zone_of(self.zone) or UTC)
        return datetime.combine(local.date() + DAY, time(), local.tzinfo).astimezone(UTC)
