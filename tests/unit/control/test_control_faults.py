"""A fault of the simulator in its own control API is an error of the simulator, and never looks like one of the request."""

from __future__ import annotations

import json
import logging

import pytest

from simulator.application import Application
from simulator.control.control import HANDLERS, check_handlers
from simulator.documents import BrokenFile, read
from simulator.http import Request, Response, settled
from simulator.openapi.spec import Spec
from simulator.provider import Reply
from simulator.registry import built_in_registry, data_folder

KEY = "sk_car_abcdefghijklmnop"


def health(app: Application) -> Response:
    """Ask the control API whether the server is well."""
    return settled(app.handle(Request("GET", "/_simulator/health", "", {"host": "localhost"}, b"")))


def broken(call: object) -> Reply:
    """Fail, with a key in the message."""
    raise KeyError(KEY)


def off_spec(call: object) -> Reply:
    """Return what the spec does not describe."""
    return Reply({"status": "unheard of"})


@pytest.mark.parametrize(
    ("handler", "problem"), [(broken, "KeyError: 'sk_car_abcde…'"), (off_spec, "OffSpec: ")], ids=["raises", "off spec"]
)
def test_a_handler_that_fails(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, handler: object, problem: str
) -> None:
    """500 with X-Simulator-Bug and the error, whose keys are masked; the traceback is in the log."""
    app = Application(built_in_registry())
    monkeypatch.setitem(HANDLERS, "health", handler)
    with caplog.at_level(logging.ERROR, "simulator"):
        response = health(app)
    assert (response.status, dict(response.headers)["X-Simulator-Bug"]) == (500, "1")
    text = json.loads(response.body)["simulator_bug"]
    assert text.startswith("The simulator failed at GET /_simulator/health: ")
    assert problem in text
    assert KEY not in text
    assert "the simulator broke its own spec" in caplog.text


def test_operations_and_handlers_are_the_same_set(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else the server does not start."""
    monkeypatch.setitem(HANDLERS, "helth", HANDLERS["health"])
    monkeypatch.delitem(HANDLERS, "health")
    with pytest.raises(BrokenFile) as raised:
        check_handlers(Spec(read(data_folder("specs") / "_simulator.yaml")))
    assert "operation 'health' has no handler in the control API" in str(raised.value)
    assert "a handler for 'helth', which is not an operation of the spec" in str(raised.value)
