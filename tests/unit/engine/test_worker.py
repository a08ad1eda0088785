"""The thread for long requests keeps a world no longer than it must."""

from __future__ import annotations

import pytest

from simulator.application import Application
from simulator.engine import worker, worlds
from simulator.engine.worker import Worker
from simulator.http import Request, Response
from simulator.registry import built_in_registry

SHORT = 0.001  # seconds
PURCHASE = b'{"sub_account_id": "sub_8a1f4c2e", "country": "US", "area_code": "415"}'
HEADERS = {"host": "x", "content-type": "application/json", "authorization": "Bearer vx_live_demo"}


class Time:
    """Time that passes only when one looks at it."""

    def __init__(self) -> None:
        self.now = 0.0
        self.rests: list[float] = []

    def monotonic(self) -> float:
        """Return the time, half of a short request later each time."""
        self.now += SHORT / 2
        return self.now

    def sleep(self, seconds: float) -> None:
        """Rest."""
        self.rests.append(seconds)


def test_short_requests_are_answered_without_a_rest_after_each(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else as many new ones come as are answered, and a world is never answered at once again."""
    time = Time()
    monkeypatch.setattr(worker, "time", time)
    answering = Worker(lambda request: Response(200, [], b""))
    jobs = [answering.add(Request("GET", "/", "", {}, b""), None) for _ in range(50)]
    assert [job.result(60) for job in jobs if job is not None] == [Response(200, [], b"")] * 50
    answering.close()
    assert 0 < len(time.rests) <= 10
    assert min(time.rests) >= worker.SPELL


def test_a_world_that_grows_within_its_room_is_answered_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """However much it grows: only where it has to be measured, or others have to be dropped, does that take long."""
    monkeypatch.setattr(worlds, "STEP", 1)
    application = Application(built_in_registry())
    for _ in range(5):
        response = application.handle(Request("POST", "/vantax/v1/phone-numbers", "", HEADERS, PURCHASE))
        assert (response.status, response.after) == (201, None)
    application.close()
