"""The clock in the console, and the acts of the outside world."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx

from simulator import Simulator
from tests.console.test_console import expect

if TYPE_CHECKING:
    from playwright.sync_api import Page


def test_the_clock(page: Page, simulator: Simulator) -> None:
    """It is frozen, and advanced."""
    page.get_by_role("tab", name="Clock").click()
    page.get_by_role("button", name="Freeze").click()
    expect(page.locator("#clock .time")).to_contain_text("frozen")
    before = simulator.client.call("GET", "/worlds/default/clock")["now"]
    page.locator("#amount").fill("1h")
    page.get_by_role("button", name="Advance", exact=True).click()
    expect(page.locator("#clock time")).not_to_have_attribute("datetime", before)
    assert simulator.client.call("GET", "/worlds/default/clock")["now"][11:13] != before[11:13]


def test_a_running_clock_is_seen_to_run(page: Page) -> None:
    """Without a request."""
    page.get_by_role("tab", name="Clock").click()
    before = page.locator("#clock .time time").text_content() or ""
    expect(page.locator("#clock .time time")).not_to_have_text(before)


def test_acts_of_the_outside_world(page: Page, simulator: Simulator) -> None:
    """What is planned, and when; what came of it; one is performed, and the clock advanced to another."""
    agent = {"id": "agt_1", "name": "Desk"}
    timeline = [
        {"at": "+25h", "act": {"subscription_lapsed": {"provider": "truedy"}}},
        {"at": "+10m", "act": {"agent_deleted": {"provider": "vantax", "id": "agt_1"}}},
    ]
    accounts = [{"keys": ["vx_live_demo"], "vantax": {"agents": [agent, {**agent, "id": "agt_2"}]}}]
    clock = {"start": "2026-03-01T00:00:00Z", "frozen": True}
    simulator.client.call("PUT", "/worlds/default", {"scenario": {"clock": clock, "accounts": accounts, "timeline": timeline}})
    page.get_by_role("tab", name="Clock").click()
    acts = page.get_by_role("region", name="Acts of the outside world").locator("tbody tr")
    expect(acts.nth(0)).to_contain_text("2026-03-01 00:10:00Z")
    expect(acts.nth(0)).to_contain_text("Somebody deletes an agent · vantax · agt_1")
    expect(acts.nth(0)).to_contain_text("planned, in 10 min")
    expect(acts.nth(1)).to_contain_text("planned, in 1 d 1 h")
    page.get_by_role("button", name="Advance to 2026-03-01T00:10").click()
    expect(acts.nth(0)).to_contain_text("the agent agt_1 of vantax was deleted")
    expect(acts.nth(1)).to_contain_text("planned, in 1 d")
    page.get_by_label("Act", exact=True).select_option(label="Somebody deletes an agent")
    page.get_by_label("Provider of the act").select_option("vantax")
    page.get_by_label("Which one").fill("agt_2")
    page.get_by_role("button", name="Let it happen").click()
    expect(page.locator("#notice")).to_contain_text("the agent agt_2 of vantax was deleted")
    expect(acts.nth(1)).to_contain_text("agt_2")
    page.get_by_role("button", name="Let it happen").click()
    expect(page.locator("#notice.error")).to_contain_text("vantax has no agent agt_2")
    assert [act["status"] for act in simulator.client.call("GET", "/worlds/default/acts")["acts"]] == [
        "pending",
        "done",
        "done",
    ]


def test_what_is_typed_stays(page: Page, http: httpx.Client) -> None:
    """While requests come in, and the view is drawn again."""
    page.get_by_role("tab", name="Clock").click()
    page.get_by_label("Act", exact=True).select_option(label="A subscription lapses")
    page.get_by_label("Which one").fill("sk_car_demo")
    page.get_by_label("Which one").blur()
    page.evaluate("document.querySelector('#clock form').dataset.old = 'yes'")
    http.get("/agents")
    expect(page.locator("#clock form[data-old]")).to_have_count(0)
    expect(page.get_by_label("Act", exact=True)).to_have_value("subscription_lapsed")
    expect(page.get_by_label("Which one")).to_have_value("sk_car_demo")
    expect(page.get_by_label("Which one")).to_have_attribute("placeholder", "Key; empty: all accounts")
