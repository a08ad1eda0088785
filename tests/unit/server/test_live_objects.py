"""Objects that a full garbage collection walks, while all requests wait: few for each connection and each account."""

from __future__ import annotations

import contextlib
import gc
import json
import socket
import time
from urllib.parse import urlsplit

import pytest

from simulator.application import Application
from simulator.http import Request
from simulator.registry import built_in_registry
from simulator.server.run import BackgroundServer, address, listen

MANY = 100


def _live() -> int:
    gc.collect()
    return len(gc.get_objects())


def test_a_connection_that_says_nothing_has_few() -> None:
    """There may be thousands; what reads a request is made when one comes."""
    listener = listen("127.0.0.1", 0)
    host, port = urlsplit(address(listener)).hostname, urlsplit(address(listener)).port
    with (
        contextlib.closing(BackgroundServer(Application(built_in_registry()), listener)) as server,
        contextlib.ExitStack() as opened,
    ):
        for count in (10, MANY):
            before = _live()
            for _ in range(count):
                opened.enter_context(socket.create_connection((host, port), 30))
            while server.connections < count:
                time.sleep(0.01)
            time.sleep(0.1)
        assert _live() - before < 20 * MANY  # of which the test has one for each


ACCOUNTS = {
    "cald": ("/cald/client/api/v1/agents", "caldLive{:032x}", 15),
    "cartesia": ("/cartesia/agents/phone-numbers", "Bearer sk_car_t{}", 15),
    "chirp": ("/chirp/v1/sms", "Bearer sk_live_app_t{}", 22),
    "truedy": ("/truedy/api/public/v1/agents", "Bearer truedy_{:032}", 8),
    "vantax": ("/vantax/v1/phone-numbers", "Bearer vx_live_t{}", 24),
}


@pytest.mark.parametrize("provider", ACCOUNTS)
def test_an_account_has_few(provider: str) -> None:
    """An open world has thousands, each with a dozen tables and indexes, which are not among them."""
    path, key, most = ACCOUNTS[provider]
    with contextlib.closing(Application(built_in_registry())) as application:
        for numbers in (range(MANY), range(MANY, 2 * MANY)):
            before = _live()
            for number in numbers:
                headers = {"host": "x", "authorization": key.format(number), "cartesia-version": "2026-03-01"}
                application.handle(Request("GET", path, "", headers, b""))
        assert _live() - before < most * MANY
        worlds = application.handle(Request("GET", "/_simulator/health", "", {"host": "x"}, b""))
        assert json.loads(worlds.body)["usage"]["accounts"]["used"] == 2 * MANY
