"""A browser, where there is one, and a server of its own for each test."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from typing import TYPE_CHECKING

import httpx
import pytest

from simulator import Simulator
from tests.unit.command import free_port

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed: scripts/setup browser")

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
KEY = {"Authorization": "Bearer sk_car_demo", "Cartesia-Version": "2026-03-01"}


def browser_path() -> str | None:
    """Return the browser of the system; the variable SIMULATOR_TEST_BROWSER names another one."""
    named = os.environ.get("SIMULATOR_TEST_BROWSER")
    return named or next((path for path in map(shutil.which, BROWSERS) if path), None)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium, from the system's packages; it ends with the module, as Playwright's event loop runs in the test's thread."""
    path = browser_path()
    if path is None:
        pytest.skip(f"no browser: none of {', '.join(BROWSERS)} is installed (on Debian: apt install chromium)")
    with sync_api.sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield running
        running.close()


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    """A server; when it is started again it has the same port."""
    with Simulator(port=free_port()) as one:
        yield one


@pytest.fixture
def page(browser: Browser, simulator: Simulator) -> Iterator[Page]:
    """The console in a new window; errors of its scripts, and what the policy blocks, fail the test."""
    context = browser.new_context(viewport={"width": 1200, "height": 720}, timezone_id="UTC")
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    one = context.new_page()
    one.set_default_timeout(15_000)
    errors: list[str] = []
    one.on("pageerror", lambda error: errors.append(str(error)))
    one.on("console", lambda message: errors.append(message.text) if "Content Security Policy" in message.text else None)
    one.goto(f"{simulator.url}/_simulator/")
    one.wait_for_selector("#live.good")
    yield one
    context.close()
    assert errors == []


@pytest.fixture
def http(simulator: Simulator) -> Iterator[httpx.Client]:
    """A client of Cartesia."""
    with httpx.Client(base_url=f"{simulator.url}/cartesia", headers=KEY) as client:
        yield client
