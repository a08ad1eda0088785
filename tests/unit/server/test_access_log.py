"""A line of the log for each request: who it reached, how it ended, and nothing secret."""

from __future__ import annotations

import json
import os
import re
from functools import partial
from typing import Any

import pytest

from simulator.application import Application
from simulator.engine.masking import Mask
from simulator.http import Request, settled
from simulator.server.access_log import AccessLog
from simulator.server.log_writer import LogWriter
from tests.demo_provider import demo_registry

KEY = "demo_" + "1" * 32
TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
BUY = "/demo/v1/numbers"


def _send(application: Application, method: str, path: str, body: Any = None, **headers: str) -> None:
    raw = b"" if body is None else json.dumps(body).encode()
    head = {"host": "localhost", "content-type": "application/json", "authorization": KEY, **headers}
    settled(application.handle(Request(method, path, "", head, raw)))


def _logged(log_format: str, *requests: tuple[Any, ...], **headers: str) -> list[str]:
    """Return the lines that requests to a new application leave."""
    application = Application(demo_registry())
    reader, descriptor = os.pipe()
    writer = LogWriter(descriptor)
    log = AccessLog(Mask(application.registry.providers.values()), log_format)
    application.observe(partial(writer.write_later, log.line))
    for request in requests:
        _send(application, *request, **headers)
    writer.close()
    os.close(descriptor)
    with os.fdopen(reader, encoding="utf-8") as file:
        return file.read().splitlines()


RULE = {"name": "a full plan", "when": {"operation": "demo.buy_number"}, "then": {"error": "US_ONLY"}}


def test_a_line_of_json() -> None:
    """What was called, how it ended and why, for a machine."""
    requests = [("PUT", "/_simulator/worlds/w", {"scenario": {"rules": [RULE]}}), ("POST", f"/w/w{BUY}", {})]
    control, bought = map(json.loads, _logged("json", *requests, traceparent=TRACE))
    assert (control["operation"], control["status"], control["world"]) == ("_simulator.put_world", 201, None)
    assert bought.pop("time")[10] == "T"
    assert 0 < bought.pop("ms") < 10_000
    assert bought == {
        "level": "info",
        "event": "request",
        "id": "req-1",
        "world": "w",
        "provider": "demo",
        "traceparent": TRACE,
        "operation": "demo.buy_number",
        "status": 400,
        "error": "US_ONLY",
        "rule": "a full plan",
    }


def test_a_line_of_text() -> None:
    """The same for people; what has no operation is shown by its path."""
    lines = _logged("text", ("GET", "/demo/v1/agents"), ("GET", "/demo/x"), ("GET", "/w/nowhere/demo/x"), ("GET", "/x"))
    shown = [line.split(" ", 1)[1].rsplit(" ", 2)[0] for line in lines]
    assert shown == [
        "req-1 demo.list_agents 200 world=default",
        "req-2 GET /demo/x 404 world=default error=NOT_FOUND",
        "req-3 GET /w/nowhere/demo/x 404 world=nowhere",
        "req-4 GET /x 404 world=default error=NOT_FOUND",
    ]
    assert all(line.endswith(" ms") for line in lines)


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_requests_that_end_alike_have_lines_of_their_own(log_format: str) -> None:
    """Each with its id and its path, and with what another one before it did not have."""
    scenario = {"open": True, "rules": [{**RULE, "times": 1}]}
    asked = [("GET", "/demo/v1/agents")] * 2 + [("GET", "/demo/x"), ("GET", "/demo/y")]
    requests = [("PUT", "/_simulator/worlds/w", {"scenario": scenario}), *asked, *[("POST", f"/w/w{BUY}", {})] * 2]
    lines = [re.sub(r"[0-9:TZ.-]{12,}|[0-9.]+ ms|\"ms\":[0-9.]+", "", line) for line in _logged(log_format, *requests)]
    assert len(set(lines)) == 7
    for number, line in enumerate(lines[1:], 1):
        assert line.count(f"req-{number}") == 1
    assert ["a full plan" in line for line in lines] == [False] * 5 + [True, False]
    assert [name for name in ("/demo/x", "/demo/y") if name in lines[3] + lines[4]] == ["/demo/x", "/demo/y"]


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_no_line_shows_a_secret_or_is_two_lines(log_format: str) -> None:
    """Wherever a client, or a scenario, puts a key."""
    rule = {**RULE, "name": f"for {KEY}\nand more"}
    lines = _logged(
        log_format,
        ("PUT", "/_simulator/worlds/w", {"scenario": {"rules": [rule]}}),
        ("POST", f"/w/w{BUY}", {}),
        ("GET", f"/demo/{KEY}"),
        ("GET", f"/{KEY}/x"),
        ("GET", f"/w/{KEY}/demo/x"),
        ("GET", "/demo/demo_%31" + "1" * 31),
        ("GET", "/" + "x" * 50_000),
        traceparent=f"{TRACE} {KEY}",
    )
    assert len(lines) == 7
    assert "1" * 14 not in "".join(lines)
    assert max(map(len, lines)) < 1000


def test_health_checks_are_logged_only_if_they_fail() -> None:
    """A container is asked once a second."""
    assert _logged("text", ("GET", "/_simulator/health"), ("HEAD", "/_simulator/health")) == []
    (line,) = _logged("text", ("GET", "/_simulator/health"), host="evil.com")
    assert "_simulator.health 403" in line


@pytest.mark.parametrize("stage", ["before", "after_commit"])
def test_a_held_request_is_logged_when_it_is_released(stage: str) -> None:
    """With its own operation and rule, although another one was noted meanwhile."""
    hold = {"name": "gate", "when": {"operation": "demo.buy_number"}, "then": {"hold": "until-released", "stage": stage}}
    lines = _logged(
        "json",
        ("PUT", "/_simulator/worlds/w", {"scenario": {"rules": [hold]}}),
        ("POST", f"/w/w{BUY}", {"prefix": "+1415"}),
        ("GET", "/w/w/demo/v1/agents"),
        ("POST", "/_simulator/worlds/w/gates/rule-1/release", {}),
    )
    logged = [json.loads(line) for line in lines]
    assert [line["id"] for line in logged] == ["control-1", "req-2", "req-1", "control-2"]
    assert (logged[2]["operation"], logged[2]["rule"], logged[2]["status"]) == ("demo.buy_number", "gate", 200)
    assert logged[2]["ms"] > 0
