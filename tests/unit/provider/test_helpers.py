"""The functions of the kit that several providers share."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from simulator.provider import CallPlan, CreatedRecord, Table, between, by_minutes, is_e164, takes_by_status

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


class Visit(CreatedRecord, frozen=True):
    """A record with a status and a plan."""

    status: str = "created"
    plan: CallPlan = CallPlan()


@pytest.mark.parametrize(
    ("first", "last", "ids"),
    [(None, None, "210"), (1, None, "21"), (None, 1, "10"), (1, 1, "1"), (2, 1, "")],
)
def test_a_period_has_both_its_ends(first: int | None, last: int | None, ids: str) -> None:
    """The newest first; no bound selects everything."""
    table: Table[Visit] = Table("visits", [], record=Visit)
    for hour in range(3):
        table.put(Visit(id=str(hour), created_at=NOON + timedelta(hours=hour)))
    start, end = (None if hour is None else NOON + timedelta(hours=hour) for hour in (first, last))
    assert "".join(one.id for one in between(table.all(), lambda one: one.created_at, start, end)) == ids


def test_a_minute_that_has_begun_is_paid() -> None:
    """A call that was not answered, or is not over, costs nothing."""
    charges = [by_minutes(NOON, seconds, Decimal("0.10")) for seconds in (1, 60, 61)]
    assert [charge and (charge.at, str(charge.amount)) for charge in charges] == [
        (NOON, "0.10"),
        (NOON, "0.10"),
        (NOON, "0.20"),
    ]
    assert by_minutes(NOON, 0, Decimal(1)) is by_minutes(NOON, None, Decimal(1)) is by_minutes(None, 60, Decimal(1)) is None


def test_a_number_in_e164() -> None:
    """A plus sign and 7 to 15 digits of ASCII, the first of which is not 0."""
    assert is_e164("+14155550123")
    others = ("14155550123", "+0415555012", "+123456", "+1234567890123456", "+1415555012३", "+14155550123\n")
    assert [number for number in others if is_e164(number)] == []


def test_a_status_stands_for_a_stage_of_the_plan() -> None:
    """A status that is not named stands for the other stage."""
    takes, plan = takes_by_status("answered", created="unanswered"), CallPlan(duration=timedelta(minutes=3))
    waits = {status: takes(Visit(id="1", created_at=NOON, status=status, plan=plan)).time for status in ("created", "started")}
    assert waits == {"created": timedelta(seconds=5), "started": timedelta(minutes=3)}
