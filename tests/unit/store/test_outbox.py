"""The outbox of a world has room for some thousand webhooks; what is over makes room first."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any

import pytest

from simulator.store import outbox as module
from simulator.store.outbox import Delivery, Outbox

AT = datetime(2026, 3, 1, tzinfo=UTC)


def delivery(number: int, **more: Any) -> Delivery:
    """A webhook that is due."""
    made = {"provider": "truedy", "tenant": "x", "event": "call.ended", "receiver": "hook", "url": "https://receiver.test"}
    fields: dict[str, Any] = {**made, "secret": "", "headers": (), "body": b"{}", "made_at": AT, "due": AT, **more}
    return Delivery(id=f"dlv_{number}", **fields)


def names(outbox: Outbox) -> list[str]:
    """The ids of what it holds, the oldest first."""
    return [one.id for one in outbox.all()][::-1]


def test_what_is_over_makes_room_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """The oldest of it, and only without any the oldest that waits for an attempt."""
    monkeypatch.setattr(module, "MAX_DELIVERIES", 4)
    outbox = Outbox([])
    for number in range(4):
        outbox.put(delivery(number))
    outbox.change(delivery(2), due=None, status="delivered")
    outbox.change(delivery(1), due=None, status="delivered")
    seen = []
    for number in range(4, 8):
        outbox.put(delivery(number))
        seen.append(names(outbox))
    assert seen == [
        ["dlv_0", "dlv_2", "dlv_3", "dlv_4"],
        ["dlv_0", "dlv_3", "dlv_4", "dlv_5"],
        ["dlv_3", "dlv_4", "dlv_5", "dlv_6"],
        ["dlv_4", "dlv_5", "dlv_6", "dlv_7"],
    ]
    assert outbox.next_due() == AT


@pytest.mark.parametrize("due", [AT, None])
def test_a_full_outbox_takes_webhooks_as_fast_as_an_empty_one(due: datetime | None) -> None:
    """Whether those in it are over or wait: nobody looks at all of them for each new one."""
    outbox = Outbox([])

    def put(start: int) -> float:
        begun = time.process_time()
        for number in range(start, start + 2000):
            outbox.put(delivery(number, due=due))
        return time.process_time() - begun

    times = [put(start) for start in range(0, 3 * module.MAX_DELIVERIES, 2000)]
    assert len(outbox.all()) == module.MAX_DELIVERIES
    assert min(times[-5:]) < 10 * min(times[:5])
