"""What came of the acts of a scenario's timeline."""

from __future__ import annotations

from datetime import datetime

from simulator.store.tables import Record


class Played(Record, frozen=True, gc=False):
    """An act that was due; its id is its place in the timeline."""

    at: datetime
    effect: str  # in words, or why it had none
    had_effect: bool = True
