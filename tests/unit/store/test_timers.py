"""Timers fire once, when they are due, in order; those that were cancelled, undone or started again do not fire early."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from simulator.store.changes import Change, undo
from simulator.store.timers import Timer, Timers

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def after(seconds: int) -> datetime:
    """Return a time so many seconds after noon."""
    return NOON + timedelta(seconds=seconds)


def timer(name: str, seconds: int | None = None) -> Timer:
    """Return a timer that is due so many seconds after noon."""
    due = None if seconds is None else after(seconds)
    return Timer(id=name, provider="demo", tenant="t", resource="order", subject=name, due=due)


@pytest.fixture
def changes() -> list[Change]:
    """The undo log that the timers write to."""
    return []


@pytest.fixture
def timers(changes: list[Change]) -> Timers:
    """No timers yet."""
    return Timers(changes)


def fired(timers: Timers, seconds: int) -> list[tuple[str, datetime]]:
    """Return the ids of the timers that are due by then, and when they were."""
    return [(timer.id, due) for timer, due in timers.pop_due(after(seconds))]


def test_timers_fire_in_the_order_in_which_they_are_due(timers: Timers) -> None:
    """Timers that are due together fire in the order in which they were started."""
    for name, seconds in (("late", 30), ("first", 10), ("second", 10), ("never", None)):
        timers.start(timer(name, seconds))
    assert fired(timers, 9) == []
    assert fired(timers, 30) == [("first", after(10)), ("second", after(10)), ("late", after(30))]
    assert fired(timers, 99) == []
    assert [kept.id for kept in timers.all()] == ["never"]


def test_a_timer_that_is_started_again_fires_at_its_new_time(timers: Timers) -> None:
    """Whether that is later or earlier, it fires once."""
    timers.start(timer("later", 10))
    timers.start(timer("later", 30))
    timers.start(timer("earlier", 30))
    timers.start(timer("earlier", 20))
    assert fired(timers, 10) == []
    assert fired(timers, 20) == [("earlier", after(20))]
    assert fired(timers, 30) == [("later", after(30))]
    assert fired(timers, 99) == []


def test_a_timer_that_was_cancelled_does_not_fire(timers: Timers) -> None:
    """Nor does it when another is due at the same time."""
    timers.start(timer("cancelled", 10))
    timers.start(timer("kept", 10))
    timers.cancel("cancelled")
    assert fired(timers, 10) == [("kept", after(10))]


def test_undoing_a_second_start_brings_the_first_back(timers: Timers, changes: list[Change]) -> None:
    """A refused request that started a timer again leaves the old one as it was."""
    timers.start(timer("one", 10))
    changes.clear()
    timers.start(timer("one", 30))
    timers.start(timer("other", 10))
    undo(changes)
    assert fired(timers, 10) == [("one", after(10))]
    assert fired(timers, 99) == []


def test_a_snapshot_keeps_what_is_due(timers: Timers) -> None:
    """Timers that fired since are due again, and those that were started since are gone."""
    timers.start(timer("one", 10))
    saved = timers.save()
    assert fired(timers, 10) == [("one", after(10))]
    timers.start(timer("since", 10))
    timers.load(saved)
    assert not timers.is_idle
    assert fired(timers, 10) == [("one", after(10))]
    assert timers.is_idle


def test_what_fails_leaves_the_others_due(timers: Timers) -> None:
    """They fire when the clock is next looked at, in their order, before those that were started since."""
    for number in range(100):
        timers.start(timer(f"call {number}", 10))
    for one, _ in timers.pop_due(after(10)):
        if one.id == "call 39":
            timers.start(timer("since", 10))
            break  # as the exception of an event does
    assert timers.next_due() == after(10)
    assert [name for name, _ in fired(timers, 10)] == [*(f"call {number}" for number in range(40, 100)), "since"]


def test_many_timers_keep_the_order_with_those_that_start_meanwhile(timers: Timers) -> None:
    """However many are due at once, what one of them starts fires at its place among the others, and later ones wait."""
    for number in range(200):
        timers.start(timer(f"call {number}", (number * 7) % 200))
    order = []
    for one, due in timers.pop_due(after(150)):
        order.append((due, one.id))
        if one.id.startswith("call"):
            timers.start(timer(one.id.replace("call", "end of"), int((due - NOON).total_seconds()) + 10))
    assert [due for due, _ in order] == sorted(due for due, _ in order)
    assert [name for _, name in order if name.startswith("call")] == [f"call {second * 143 % 200}" for second in range(151)]
    assert {name for _, name in order if name.startswith("end")} == {f"end of {second * 143 % 200}" for second in range(141)}
    assert timers.next_due() == after(151)
    assert len(fired(timers, 999)) == 49 + 10  # the other calls, and the ends of the last ones
