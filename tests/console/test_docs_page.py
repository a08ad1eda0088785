"""The API docs in a browser: the spec of each provider, tried against a world."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from simulator import Simulator
from tests.console.test_console import expect

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page


@pytest.fixture
def docs(browser: Browser, simulator: Simulator) -> Iterator[Page]:
    """A new window; errors of scripts, what the policy blocks, and requests to other origins fail the test."""
    context = browser.new_context(viewport={"width": 1200, "height": 900})
    page = context.new_page()
    page.set_default_timeout(30_000)
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda message: errors.append(message.text) if "Content Security Policy" in message.text else None)
    page.on("request", lambda request: None if request.url.startswith((simulator.url, "data:")) else errors.append(request.url))
    yield page
    context.close()
    assert errors == []


def test_an_operation_is_tried(docs: Page, simulator: Simulator) -> None:
    """With a key of the world that is chosen; the id of the request leads to the console. Another spec takes its place."""
    with simulator.world("cartesia/plan-full", unmatched="ignore") as world:
        docs.goto(f"{simulator.url}/_simulator/docs?provider=cartesia&world={world.name}")
        operation = docs.locator("[id$=phone_numbers_provision]")
        operation.locator(".opblock-summary").click()
        operation.locator("button.execute").click()
        expect(operation.locator(".live-responses-table .response-col_status").last).to_contain_text("402")
        (request,) = world.requests()
        assert (request.operation, request.error) == ("cartesia.phone_numbers_provision", "QUOTA_EXCEEDED")
        expect(docs.locator("#last")).to_have_text(f"Last request: {request.id}")
        assert docs.locator("#last a").get_attribute("href") == f"./#world={world.name}&request={request.id}"
        docs.select_option("#provider", "cald")
        expect(docs.locator("#viewer .info .title")).to_contain_text("Cald")
        expect(docs.locator("#viewer select").first).to_contain_text(f"/w/{world.name}/cald/client/api/v1")
        docs.goto(f"{simulator.url}/_simulator/#world={world.name}&request={request.id}")
        expect(docs.locator("#detail h2")).to_contain_text("– 402")
