"""Times in rules: absolute ones, and those that count from the start of the world."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from msgspec import UNSET

from simulator.scenario.format import ClockWindow
from simulator.store.clock import EARLIEST, LATEST, millis, parse_time
from simulator.store.duration import duration


class WorldTime(NamedTuple):
    """The time of a request in its world, and when the world began."""

    now: datetime
    started: datetime

    def __repr__(self) -> str:
        return millis(self.now)


def is_within(window: ClockWindow, time: WorldTime) -> bool:
    """Return whether a time is in a window; its end is not."""
    if window.since is not UNSET and time.now < moment(window.since, time.started):
        return False
    return window.until is UNSET or time.now < moment(window.until, time.started)


def moment(text: str, started: datetime) -> datetime:
    """Return the time that a text means in a world that began at some time.

    Raises:
        ValueError, OverflowError: it is none.
    """
    return started + duration(text[1:]) if text.startswith("+") else parse_time(text)


def window_fault(window: ClockWindow) -> str:
    """Return why no time can be in a window; empty if one can."""
    ends = [text for text in (window.since, window.until) if text is not UNSET]
    if not ends:
        return "expected from, to or both, such as {from: +10m, to: +20m}"
    for text in ends:
        if problem := time_fault(text):
            return problem
    are_alike = len(ends) == 2 and ends[0].startswith("+") == ends[1].startswith("+")
    if are_alike and moment(ends[0], EARLIEST) >= moment(ends[1], EARLIEST):
        return f"it ends at {ends[1]}, which is not after {ends[0]}"
    return ""


def time_fault(text: str) -> str:
    """Return why a text is no time in a world; empty if it is one."""
    try:
        at = moment(text, EARLIEST)
    except (ValueError, OverflowError) as error:
        return f"invalid time {text!r}: {error}"
    return "" if EARLIEST <= at < LATEST else f"invalid time {text!r}: expected a year from {EARLIEST:%Y} to {LATEST:%Y}"
