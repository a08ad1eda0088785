"""Requests that wait at gates, in the console: they are announced, shown, and released in the order of the user."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING

import httpx
import pytest

from simulator import Simulator
from tests.console.test_console import PROVISION, expect, rows, serious_findings

if TYPE_CHECKING:
    from playwright.sync_api import Page

PATIENCE = 30


@pytest.fixture
def held(page: Page, http: httpx.Client, simulator: Simulator) -> Iterator[dict[str, Future[httpx.Response]]]:
    """Two purchases that wait at a gate, by their labels."""
    rule = {"name": "race", "when": {"operation": "cartesia.phone_numbers_provision"}, "then": {"hold": "until-released"}}
    gate = simulator.client.call("POST", "/worlds/default/rules", rule)["id"]
    with ThreadPoolExecutor(2) as pool:
        futures = {}
        for count, label in enumerate(("First", "Second"), 1):
            futures[label] = pool.submit(http.post, PROVISION, json={"label": label}, timeout=PATIENCE)
            expect(page.locator("#held-count")).to_contain_text("waits at a gate" if count == 1 else "2 requests wait at gates")
        try:
            yield futures
        finally:
            simulator.client.call("POST", f"/worlds/default/gates/{gate}/release", {"open": True})


def test_held_requests_are_released_one_by_one(page: Page, held: dict[str, Future[httpx.Response]]) -> None:
    """The second first; each is in the log once it is performed. Then the gate is opened, and nothing waits."""
    expect(rows(page)).to_have_count(0)
    page.get_by_role("button", name="Show", exact=True).click()
    waiting = page.get_by_role("region", name="Requests at race").locator("tbody tr")
    expect(waiting).to_have_count(2)
    assert serious_findings(page) == []
    waiting.filter(has_text="Second").get_by_role("button", name="Release").click()
    assert held["Second"].result(PATIENCE).status_code == 201
    expect(waiting).to_have_count(1)
    assert not held["First"].done()
    page.get_by_role("button", name="Open race").click()
    assert held["First"].result(PATIENCE).status_code == 402  # the plan had one slot
    expect(page.locator("#rules")).to_contain_text("Open: requests pass.")
    page.keyboard.press("1")
    expect(page.locator("#held")).to_be_hidden()
    expect(rows(page)).to_have_count(2)


def test_a_page_that_is_opened_later_sees_them(page: Page, held: dict[str, Future[httpx.Response]]) -> None:
    """As one whose connection broke."""
    page.reload()
    expect(page.locator("#held-count")).to_have_text("2 requests wait at gates")
    page.get_by_role("button", name="Show", exact=True).click()
    page.get_by_role("button", name="Release all at race").click()
    assert sorted(one.result(PATIENCE).status_code for one in held.values()) == [201, 402]
