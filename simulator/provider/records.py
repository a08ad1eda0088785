"""Records with the times that most providers show."""

from __future__ import annotations

from datetime import datetime

from simulator.store.records import Record


class CreatedRecord(Record, frozen=True, kw_only=True):
    """A record that shows when it was created; `Resource` fills the time in."""

    created_at: datetime


class TimestampedRecord(CreatedRecord, frozen=True, kw_only=True):
    """A record that also shows when it last changed; `Resource` fills the times in."""

    updated_at: datetime
