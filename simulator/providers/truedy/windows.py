"""When a batch call may call: at which hours of which days, in its time zone (api-reference/batch-calls/create-batch-call)."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo

from simulator.providers.truedy.records import BatchCall

DAY = timedelta(days=1)


def zone_of(name: str) -> tzinfo | None:
    """Return a time zone by its IANA name; None for one that does not exist."""
    try:
        return UTC if name == "UTC" else ZoneInfo(name)
    except (ValueError, OSError, LookupError):  # the name of a folder, or none at all
        return None


def opening(batch: BatchCall, at: datetime) -> datetime:
    """Return the time itself if a batch call may call then, or else the time from which it may; hours can span midnight."""
    local = at.astimezone(zone_of(batch.timezone) or UTC)
    opens, closes = (time.fromisoformat(text) if text else time() for text in (batch.start_time, batch.end_time))
    for number in range(-1, 8):
        day = local.date() + number * DAY
        first = datetime.combine(day, opens, local.tzinfo)
        last = datetime.combine(day if closes > opens else day + DAY, closes, local.tzinfo)
        if (not batch.working_days or day.isoweekday() in batch.working_days) and at < last:
            return max(at, first.astimezone(UTC))
    return at


def next_day(batch: BatchCall, at: datetime) -> datetime:
    """Return the time at which the day after `at` begins in the time zone of a batch call."""
    local = at.astimezone(zone_of(batch.timezone) or UTC)
    return datetime.combine(local.date() + DAY, time(), local.tzinfo).astimezone(UTC)
