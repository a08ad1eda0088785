"""A page of another origin calls a provider, in Chromium."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING, Any

from simulator import Simulator

if TYPE_CHECKING:
    from playwright.sync_api import Browser

FETCH = """
async ([url, method, headers, body]) => {
  try {
    const response = await fetch(url, {method, headers, body});
    return [response.status, response.headers.get("X-Simulator-Request"), await response.text()];
  } catch (error) {
    return [0, null, String(error)];
  }
}
"""
KEY = {"Authorization": "caldLive" + "1" * 32}


class _EmptyPage(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Be silent."""


@contextmanager
def _site() -> Iterator[str]:
    """A server of an empty page; gives its origin."""
    with HTTPServer(("127.0.0.1", 0), _EmptyPage) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join(10)


def _fetch(browser: Browser, origin: str, *arguments: Any) -> tuple[int, str | None, str]:
    """Call `fetch` in a new window with a page of an origin; status 0 is an error that the page sees."""
    context = browser.new_context()
    try:
        page = context.new_page()
        page.set_default_timeout(15_000)
        page.goto(origin)
        status, request, text = page.evaluate(FETCH, list(arguments))
        return status, request, text
    finally:
        context.close()


def test_a_page_buys_a_number(browser: Browser, simulator: Simulator) -> None:
    """With a preflight for key and JSON; the page reads status, body and headers. Of another origin it reads nothing."""
    with _site() as allowed, _site() as other:
        world = simulator.world({"open": True, "cors": [allowed]}, unmatched="ignore")
        url = f"{world.cald.base_url}/phonenumbers"
        buy = (url, "POST", {**KEY, "Content-Type": "application/json"}, json.dumps({"country": "US", "areaCode": "415"}))
        status, request, text = _fetch(browser, allowed, *buy)
        assert (status, request) == (200, world.requests().one().id), text
        assert _fetch(browser, other, *buy)[0] == 0
        assert _fetch(browser, allowed, f"{world.cald.base_url}/agents", "GET", {"Authorization": "wrong"})[0] == 401
        assert [record.status for record in world.requests()] == [200, 401]
        assert _fetch(browser, allowed, f"{simulator.url}/_simulator/worlds", "GET", {})[0] == 0


def test_any_page_where_every_origin_is_allowed(browser: Browser, simulator: Simulator) -> None:
    """`*` covers methods, keys and headers."""
    with _site() as origin:
        world = simulator.world({"open": True, "cors": ["*"]}, unmatched="ignore")
        for method, status in (("GET", 200), ("PATCH", 405), ("DELETE", 405)):
            found, request, text = _fetch(
                browser, origin, f"{world.cald.base_url}/agents", method, {**KEY, "X-Of-The-Page": "1"}
            )
            assert (found, request) == (status, world.requests().last.id), text
