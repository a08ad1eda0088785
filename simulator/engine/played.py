"""The effects of acts: those of a scenario's timeline, and those that were performed at once."""

from __future__ import annotations

from datetime import datetime

from simulator.scenario.format import Act
from simulator.store.records import Record


class Played(Record, frozen=True, gc=False):
    """An act that happened; its id is its place in the timeline, or `now-1` and so on for one that was performed at once."""

    at: datetime
    effect: str  # in words, or why it had none
    had_effect: bool = True
    act: Act | None = None  # None: that of the timeline
    position: int = 0  # in the journal, of one that was performed at once
