"""Clients that are gone before a fault breaks their connection."""

from __future__ import annotations

import json
import socket
import threading
import time
from contextlib import closing
from typing import Any, get_args
from urllib.parse import urlsplit

import pytest

from simulator.application import Application
from simulator.registry import built_in_registry
from simulator.scenario.format import Fault
from simulator.server.run import BackgroundServer, address, listen
from simulator.testing.client import Client
from simulator.testing.control_transport import InProcess
from tests.unit.deliveries.conftest import CALL, KEY, scenario


@pytest.mark.parametrize("loop", ["uvloop", "asyncio"])
@pytest.mark.parametrize("fault", get_args(Fault))
def test_a_client_that_leaves_before_the_fault_is_no_error(caplog: pytest.LogCaptureFixture, fault: str, loop: str) -> None:
    """Its request waits for a webhook; there is no connection left that the fault could break."""
    application = Application(built_in_registry())
    listener = listen("127.0.0.1", 0)
    called, release = threading.Event(), threading.Event()

    def hang(_: Any) -> None:
        called.set()
        release.wait(30)

    broken = {"when": {"operation": "truedy.create_call"}, "then": {"fault": fault, "stage": "after_commit"}}
    with closing(application), closing(BackgroundServer(application, listener, loop=loop)) as server:
        world = Client(InProcess(application, lambda: address(listener))).world(
            scenario("https://app.example.com/hooks", rules=[broken])
        )
        world.webhooks.to(hang)
        target, body = urlsplit(f"{world.truedy.base_url}/calls"), json.dumps(CALL)
        with socket.create_connection((target.hostname, target.port), 30) as leaving:
            head = f"POST {target.path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {KEY}\r\n"
            leaving.sendall(f"{head}Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode())
            assert called.wait(30)
        while server.connections:
            time.sleep(0.01)
        release.set()
    assert caplog.text == ""
