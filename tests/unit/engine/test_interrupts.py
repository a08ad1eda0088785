"""Atomic, whatever is raised: a request that is interrupted has never come, or is complete; nothing in between."""

from __future__ import annotations

import json
import signal
import sys
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from simulator.application import Application, Settings
from simulator.engine import conformance
from simulator.engine.world import World
from simulator.engine.worlds import Bounds
from simulator.http import Request, Response
from simulator.openapi.contract import OffSpec
from simulator.registry import built_in_registry
from tests.asking import PURCHASES, Ask, example

APP = "app_2DbBs7GWhGvVNJGrDXr5RG0mBWI"
SCENARIO = {
    "description": "Counts of every kind: rate limits, a rule that skips, a purchase that settles after three reads",
    "open": True,
    "clock": {"start": "2026-03-01T00:00:00Z", "frozen": True},
    "accounts": [{"chirp": {"apps": [{"id": APP}]}}],
    "rate_limits": "on",
    "lifecycles": {"truedy.number": {"after_reads": 3}},
    "rules": [
        {"when": {"provider": "vantax"}, "skip": 1, "times": 1, "then": {"amend": {"headers": {"X-Late": "1"}}}},
        {"when": {"provider": "chirp"}, "probability": 0.5, "then": {"amend": {"headers": {"X-Luck": "1"}}}},
        {"when": {"provider": "cald"}, "then": {"delay": {"uniform": ["1ms", "9ms"]}}},
    ],
}


STEP = 5  # lines from one interruption to the next; the tests of one kind begin at different lines


class Interrupt(BaseException):
    """Like a KeyboardInterrupt, or what pytest-timeout raises in a signal handler."""


class Interrupter:
    """Raises an exception before the n-th line of the simulator that is run."""

    def __init__(self, line: int, error: Callable[[], BaseException] = Interrupt) -> None:
        self.left = line
        self.error = error

    def __call__(self, frame: Any, event: str, argument: Any) -> Any:
        """Trace a call or a line; where the lock is given back, no signal can come between."""
        if frame.f_code is Application.handle.__code__:
            return None
        if "/simulator/" not in frame.f_code.co_filename or frame.f_code.co_name in ("abandon", "go_back", "count", "load"):
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
        world.store.environment.timers.all(),
        list(world.replays.all()),
        saved.state.inventory,
        saved.state.ids,
        saved.windows,
        [(rule.id, rule.fitted, rule.fired) for rule in world.rules],
        world.rules.chance.getstate(),
        [entry.id for entry in world.journal.find()],
        world.journal.dropped,
        world.verdict.findings(),
        sorted(world.snapshots),
        (saved.state.now, saved.state.frozen),
    )


def purchase(provider: str) -> Ask:
    """The purchase of a number, as the spec's example has it, with an idempotency key where there are any."""
    bound = built_in_registry().providers[provider]
    request = example(bound, bound.spec.operations[PURCHASES[provider]])
    headers = (*request.headers, ("idempotency-key", "once"))
    return request._replace(headers=headers, body={**request.body, "surprise": 1})  # which the verdict counts


@pytest.mark.parametrize("provider", PURCHASES)
def test_a_purchase_that_is_interrupted_anywhere(provider: str) -> None:
    """Before one of five lines in turn; the next purchase is the first, down to its ids."""
    app, world = application()
    expected_app, _ = application()
    request = purchase(provider)
    expected = request.of(expected_app, "w")
    assert expected.status < 300
    before, line = everything(world), 1 + list(PURCHASES).index(provider) % STEP
    while True:
        line += STEP
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
        before, line = everything(world), reads - STEP
        while len(world.journal.find()) == reads:  # the purchase, and the reads before this one
            assert everything(world) == before
            line += STEP
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


CONTROL = {
    "reset": ("POST", "/reset", None),
    "clear": ("POST", "/clear", None),
    "restore": ("POST", "/snapshots/a/restore", None),
    "begin a trial": (
        "POST",
        "/snapshots/a/restore",
        {"rules": [{"when": {"operation": "vantax.purchase_phone_number"}, "then": {"status": 503}}], "forget_requests": True},
    ),
    "save": ("PUT", "/snapshots/b", None),
    "clock": ("POST", "/clock", {"freeze": False, "set": "2026-03-01T00:00:00Z", "advance": "90s"}),
    "freeze": ("POST", "/clock", {"freeze": True, "advance": "90s"}),
    "add a rule": ("POST", "/rules", {"when": {"operation": "vantax.purchase_phone_number"}, "then": {"status": 503}}),
    "remove a rule": ("DELETE", "/rules/rule-1", None),
    "remove all rules": ("DELETE", "/rules", None),
    "forget requests": ("DELETE", "/requests", None),
    "replace": ("PUT", "", {"scenario": "cartesia/plan-full"}),
    "delete": ("DELETE", "", None),
}


def used() -> tuple[Application, World]:
    """A world with a purchase that has not settled, a snapshot from before it, and a request that the verdict counts."""
    app, world = application()
    control(app, "PUT", "/snapshots/a")
    assert purchase("vantax").of(app, "w").status == 201
    assert purchase("truedy").of(app, "w").status < 300
    return app, world


def control(app: Application, method: str, path: str, body: Any = None) -> Response:
    """Send a control request about the world."""
    headers = {"host": "localhost", "content-type": "application/json"}
    return app.handle(Request(method, f"/_simulator/worlds/w{path}", "", headers, json.dumps(body).encode() if body else b""))


def shown(app: Application) -> Any:
    """All that can change in the world, and which worlds there are."""
    world = app.worlds.get("w")
    return [one.name for one in app.worlds.all()], world and (world.scenario.name, _timeless(world))


def _timeless(world: World) -> Any:
    *rest, (now, frozen) = everything(world)
    return rest, now if frozen else (now.year, now.month), frozen


@pytest.mark.parametrize("operation", CONTROL)
def test_a_control_request_is_done_or_it_is_not(operation: str) -> None:
    """It is interrupted before one of four lines in turn: nothing is left half done, and the exception passes."""
    whole, _ = used()
    before = shown(whole)
    assert control(whole, *CONTROL[operation]).status < 300
    after = shown(whole)
    assert before != after
    app, line = used()[0], list(CONTROL).index(operation) % 4
    while True:
        line += 4
        response = Interrupter(line).run(partial(control, app, *CONTROL[operation]))
        if response is not None:
            break
        now = shown(app)
        assert now in (before, after), f"half done before line {line}"
        if now == after:
            app, _ = used()
    assert response.status < 300
    assert shown(app) == after
    assert line > 50


class Late(Exception):
    """The time is up."""


@pytest.mark.parametrize("error", [TimeoutError, Late, AssertionError, RuntimeError])
def test_the_exception_of_a_signal_handler_passes(error: type[Exception]) -> None:
    """As a test's timeout raises it, of whatever class; it is no fault of the simulator, in no request."""
    app, world = application()

    def on_alarm(_: int, frame: Any) -> None:
        raise error("the test takes too long")

    class Alarm(Interrupter):
        def __call__(self, frame: Any, event: str, argument: Any) -> Any:
            if "/simulator/" not in frame.f_code.co_filename or frame.f_code is Application.handle.__code__:
                return None
            if event == "line":
                self.left -= 1
                if self.left == 0:
                    sys.settrace(None)
                    on_alarm(signal.SIGALRM, frame)
            return self

    for line in range(2, 120, 7):
        with pytest.raises(error, match="the test takes too long"):
            Alarm(line).run(lambda: purchase("vantax").of(app, "w"))
        with pytest.raises(error, match="the test takes too long"):
            Alarm(line).run(lambda: control(app, "POST", "/clock", {"advance": "1s"}))
    assert world.journal.find() == []


def test_a_signal_is_no_fault_of_the_simulator() -> None:
    """A real one, in the middle of many requests."""

    def on_alarm(*_: Any) -> None:
        raise Late

    def go_on() -> None:
        while True:
            assert control(app, "POST", "/clock", {"advance": "1s"}).status == 200
            assert purchase("vantax").of(app, "w").status != 500

    app, world = application()
    before = signal.signal(signal.SIGALRM, on_alarm)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.05)
        with pytest.raises(Late):
            go_on()
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert [entry for entry in world.journal.find() if entry.bug] == []


def test_a_full_journal_that_is_interrupted() -> None:
    """Its count of what is gone goes on being right, and nothing is gone for a request that never came."""
    app = Application(built_in_registry(), settings=Settings(bounds=Bounds(journal_bytes=8000)))
    world, request = app.worlds.get("default"), purchase("vantax")
    assert world is not None

    def count() -> int:
        assert sum(entry.size for entry in world.journal.find()) <= 8000
        return len(world.journal.find()) + world.journal.dropped

    for _ in range(9):
        request.of(app, "default")
    assert (count(), world.journal.dropped > 0) == (9, True)
    line, response = 0, None
    while response is None:
        line += 1
        before, held = count(), world.journal.find()
        response = Interrupter(line).run(lambda: request.of(app, "default"))
        assert count() in (before, before + 1)
        assert world.journal.find() == held or count() == before + 1
    assert line > 200
