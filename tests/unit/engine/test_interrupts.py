"""Atomic, whatever is raised: a request that is interrupted has never come, or is complete; nothing in between."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any

import pytest

from simulator.application import Application
from simulator.engine import conformance
from simulator.engine.world import World
from simulator.http import Request, Response
from simulator.openapi.contract import OffSpec
from simulator.registry import built_in_registry
from tests.asking import Ask, example

PURCHASES = {
    "cald": "buy_phone_number",
    "cartesia": "phone_numbers_provision",
    "chirp": "purchase_phone_number",
    "truedy": "purchase_number",
    "vantax": "purchase_phone_number",
}
APP = "app_2DbBs7GWhGvVNJGrDXr5RG0mBWI"
SCENARIO = {
    "description": "Counts of every kind: rate limits, a rule that skips, a purchase that settles after three reads",
    "open": True,
    "clock": {"start": "2026-03-01T00:00:00Z", "frozen": True},
    "accounts": [{"chirp": {"apps": [{"id": APP}]}}],
    "rate_limits": "on",
    "lifecycles": {"truedy.number": {"after_reads": 3}},
    "rules": [{"when": {"provider": "vantax"}, "skip": 1, "times": 1, "then": {"amend": {"headers": {"X-Late": "1"}}}}],
}


class Interrupt(BaseException):
    """Like a KeyboardInterrupt, or what pytest-timeout raises in a signal handler."""


class Interrupter:
    """Raises an exception before the n-th line of the simulator that is run."""

    def __init__(self, line: int, error: Callable[[], BaseException] = Interrupt) -> None:
        self.left = line
        self.error = error

    def __call__(self, frame: Any, event: str, argument: Any) -> Any:
        """Trace a call or a line."""
        if "/simulator/" not in frame.f_code.co_filename or frame.f_code.co_name in ("abandon", "forget_newest", "newest"):
            return None
        if event == "line":
            self.left -= 1
            if self.left == 0:
                raise self.error()
        return self

    def run(self, call: Callable[[], Response]) -> Response | None:
        """Call; return None if it was interrupted."""
        before = sys.gettrace()
        sys.settrace(self)
        try:
            return call()
        except Interrupt:
            return None
        finally:
            sys.settrace(before)


def application() -> tuple[Application, World]:
    """An application, and in it a world that can tell of every count."""
    app = Application(built_in_registry())
    headers = {"host": "localhost", "content-type": "application/json"}
    app.handle(Request("PUT", "/_simulator/worlds/w", "", headers, json.dumps({"scenario": SCENARIO}).encode()))
    world = app.worlds.get("w")
    assert world is not None
    return app, world


def everything(world: World) -> Any:
    """All that a request can change in a world."""
    saved = world.snapshot()
    accounts = {
        key: {name: list(table.all()) for name, table in account.tables.items()}
        for key, (account, _) in saved.state.accounts.items()
    }
    return (
        accounts,
        list(world.store.environment.credentials.all()),
        list(world.store.environment.timers.table.all()),
        list(world.replays.all()),
        saved.state.inventory,
        saved.state.ids,
        saved.windows,
        [(rule.fitted, rule.fired) for rule in world.rules],
        [entry.id for entry in world.journal.find()],
        world.verdict.findings(),
    )


def purchase(provider: str) -> Ask:
    """The purchase of a number, as the spec's example has it, with an idempotency key where there are any."""
    bound = built_in_registry().providers[provider]
    request = example(bound, bound.spec.operations[PURCHASES[provider]])
    return request._replace(headers=(*request.headers, ("idempotency-key", "once")))


@pytest.mark.parametrize("provider", PURCHASES)
def test_a_purchase_that_is_interrupted_anywhere(provider: str) -> None:
    """Before each of its lines in turn; the next purchase is the first, down to its ids."""
    app, world = application()
    expected_app, _ = application()
    request = purchase(provider)
    expected = request.of(expected_app, "w")
    assert expected.status < 300
    before, line = everything(world), 0
    while True:
        line += 1
        response = Interrupter(line).run(lambda: request.of(app, "w"))
        if response is not None:
            break
        after = everything(world)
        if after != before:  # complete already: only the way back was interrupted
            assert len(world.journal.find()) == 1
            world.reset()
            before = everything(world)
    assert line > 200
    assert (response.status, response.body) == (expected.status, expected.body)


def test_a_read_that_is_counted_and_interrupted() -> None:
    """A read counts for what settles after so many, also where it is refused; not where it is interrupted."""
    app, world = application()
    assert purchase("truedy").of(app, "w").status < 300
    bound = built_in_registry().providers["truedy"]
    request = example(bound, bound.spec.operations["list_numbers"])
    for reads in range(1, 4):
        before, line = everything(world), 0
        while len(world.journal.find()) == reads:  # the purchase, and the reads before this one
            assert everything(world) == before
            line += 1
            Interrupter(line).run(lambda: request.of(app, "w"))
        assert line > 100
        (number,) = json.loads(world.journal.find()[-1].response_body)["data"]
        assert (number["status"] == "pending") == (reads < 3)


def test_an_exception_of_a_signal_handler_is_no_bug() -> None:
    """A TimeoutError passes, as the simulator never waits for anything."""
    app, world = application()
    with pytest.raises(TimeoutError):
        Interrupter(150, TimeoutError).run(lambda: purchase("vantax").of(app, "w"))
    assert world.journal.find() == []


@pytest.mark.parametrize("stop", [KeyboardInterrupt, SystemExit, GeneratorExit])
def test_what_ends_a_program_passes(stop: type[BaseException], monkeypatch: pytest.MonkeyPatch) -> None:
    """It is not answered as a 500, and the lock is free again."""
    app, world = application()
    with monkeypatch.context() as patch:

        def interrupted(*_: Any) -> None:
            raise stop

        patch.setattr(conformance, "check", interrupted)
        with pytest.raises(stop):
            purchase("vantax").of(app, "w")
    assert world.journal.find() == []
    assert purchase("vantax").of(app, "w").status == 201


def test_an_off_spec_reply_is_not_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    """For its idempotency key: the client that repeats the request buys."""
    app, world = application()
    with monkeypatch.context() as patch:

        def off_spec(*_: Any) -> None:
            raise OffSpec("as a test wants it")

        patch.setattr(conformance, "check", off_spec)
        assert purchase("vantax").of(app, "w").status == 500
    assert list(world.replays.all()) == []
    assert purchase("vantax").of(app, "w").status == 201
    assert len(list(world.replays.all())) == 1


@pytest.mark.parametrize("operation", ["reset", "clear", "snapshots/a/restore"])
def test_a_world_is_reset_or_it_is_not(operation: str) -> None:
    """Control operations of many steps are interrupted between any two of them."""
    line = 0
    while True:
        app, world = application()
        headers = {"host": "localhost", "content-type": "application/json"}
        app.handle(Request("PUT", "/_simulator/worlds/w/snapshots/a", "", headers, b""))
        purchase("vantax").of(app, "w")
        bought = everything(world)[:6]
        line += 7
        post = Request("POST", f"/_simulator/worlds/w/{operation}", "", headers, b"")
        response = Interrupter(line).run(lambda app=app, post=post: app.handle(post))  # type: ignore[misc]  # bound now
        empty = [(type(part), len(part)) for part in everything(world)[:6]]
        if response is not None:
            assert response.status < 300
            break
        assert everything(world)[:6] == bought or empty[3] == (list, 0)
        assert purchase("vantax").of(app, "w").status == 201
