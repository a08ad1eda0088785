"""The console in a browser: the log, explanations, control of a world, the keyboard, hostile data."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from bench.console import ROWS, ms_a_frame
from simulator import Simulator
from simulator.testing.client import World
from tests.console.conftest import KEY
from tests.unit.command import ROOT
from tests.unit.deliveries.conftest import NUMBER, scenario

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed: scripts/setup browser")

PROVISION = "/agents/phone-numbers/provision"
HOSTILE = "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script>"
LINES = """cells => cells.map((cell) => {
  const range = document.createRange();
  range.selectNodeContents(cell);
  return new Set([...range.getClientRects()].map((box) => box.top)).size;
})"""
VIEWS = ["requests", "state", "rules", "clock", "webhooks", "ledger", "snapshots", "worlds"]


def expect(locator: Any) -> Any:
    """Return Playwright's assertions, which wait."""
    return sync_api.expect(locator)


def rows(page: Page) -> Any:
    """Return the rows of the log."""
    return page.locator("#rows tr[data-id]")


def serious_findings(page: Page) -> list[str]:
    """Return what axe finds in a page that is serious."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed: scripts/setup browser")
    found = axe.Axe().run(page).response["violations"]
    return [
        f"{one['id']}: {node['html']}" for one in found if one["impact"] in ("serious", "critical") for node in one["nodes"]
    ]


def test_requests_appear_as_they_come(page: Page, http: httpx.Client) -> None:
    """The empty log tells why; then there is a row for each request, the newest last."""
    expect(page.locator("#empty")).to_contain_text("No request has reached the world default")
    http.get("/agents/phone-numbers")
    http.get("/agents/phone-numberz")
    expect(rows(page)).to_have_count(2)
    expect(rows(page).nth(1)).to_contain_text("/agents/phone-numberz")
    expect(page.locator("#count")).to_have_text("2 requests, 1 with problems")
    cut_off = "cells => cells.slice(0, 4).filter((cell) => cell.scrollWidth > cell.clientWidth).map((cell) => cell.textContent)"
    assert rows(page).first.locator("td").evaluate_all(cut_off) == []
    page.locator("#problems").check()
    expect(rows(page)).to_have_count(1)


def test_a_request_is_explained(page: Page, http: httpx.Client, simulator: Simulator) -> None:
    """Story, rule, evidence, unknown fields, changes, request and response."""
    http.post(PROVISION, json={"label": "Front desk", "colour": "red"})
    rows(page).first.click()
    detail = page.locator("#detail")
    expect(detail.locator("h2")).to_contain_text(f"POST {PROVISION} – 201")
    for text in ("Authenticated as account 'demo'", "Evidence", "colour", "added ap_", '"label": "Front desk"', "curl -X POST"):
        expect(detail).to_contain_text(text)
    page.keyboard.press("Escape")
    expect(detail).to_be_hidden()


def test_the_keyboard_is_enough(page: Page, http: httpx.Client) -> None:
    """Search, move, explain, switch views, ask for help."""
    for path in ("/agents", "/agents/phone-numbers", "/nothing"):
        http.get(path)
    expect(rows(page)).to_have_count(3)
    page.keyboard.press("/")
    page.keyboard.type("phone get")
    expect(rows(page)).to_have_count(1)
    page.keyboard.press("Escape")
    page.keyboard.press("ArrowDown")
    expect(page.locator("#detail h2")).to_contain_text("/agents/phone-numbers")
    page.locator("#search").fill("")
    page.locator("#log").focus()
    page.keyboard.press("ArrowUp")
    expect(page.locator("#detail h2")).to_contain_text("GET /agents – 200")
    page.keyboard.press("End")
    expect(page.locator("#detail h2")).to_contain_text("/nothing")
    page.keyboard.press("?")
    expect(page.locator("#help")).to_be_visible()
    assert serious_findings(page) == []
    page.keyboard.press("Escape")
    expect(page.locator("#help")).to_be_hidden()
    for number, view in enumerate(VIEWS, 1):
        page.keyboard.press(str(number))
        expect(page.locator(f"#{view}")).to_be_visible()
        assert page.locator("[role=tabpanel]:visible").count() == 1


def test_state_and_what_changed(page: Page, http: httpx.Client) -> None:
    """Tables with the records that differ from a snapshot."""
    http.get("/agents/phone-numbers")
    page.get_by_role("tab", name="State").click()
    page.get_by_role("button", name="Remember this state").click()
    expect(page.locator("#state")).to_contain_text("0 records differ")
    http.post(PROVISION, json={"label": "Front desk"})
    expect(page.locator("#state")).to_contain_text("1 records differ")
    expect(page.locator("#state tr.added")).to_contain_text("Front desk")
    page.get_by_role("button", name="Reset to the scenario").click()
    expect(page.locator("#state tr.added")).to_have_count(0)


def test_rules_are_added_edited_and_removed(page: Page, http: httpx.Client) -> None:
    """What the server refuses is shown, and the editor stays open."""
    page.get_by_role("tab", name="Rules").click()
    page.get_by_role("button", name="Add a rule …").click()
    editor = page.locator("#editor-text")
    editor.fill(json.dumps({"name": "full", "when": {"operation": "cartesia.provision"}, "then": {"error": "QUOTA_EXCEEDED"}}))
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("#editor-error")).to_contain_text("phone_numbers_provision")
    editor.fill(editor.input_value().replace("cartesia.provision", "cartesia.phone_numbers_provision"))
    page.get_by_role("button", name="Save", exact=True).click()
    assert http.post(PROVISION, json={"label": "Front desk"}).status_code == 402
    row = page.locator("#rules tr", has_text="full").first
    expect(row.locator("td").nth(1)).to_have_text("1")
    page.get_by_role("button", name="Edit full").click()
    editor.fill(editor.input_value().replace('"QUOTA_EXCEEDED"', '"NOT_THERE"'))
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("#editor-error")).to_contain_text("NOT_THERE")
    editor.fill(editor.input_value().replace('"NOT_THERE"', '"LIMITED"'))
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("#editor")).to_be_hidden()
    assert http.post(PROVISION, json={"label": "Front desk"}).status_code == 429
    page.get_by_role("button", name="Remove full").click()
    expect(page.locator("#rules tr", has_text="LIMITED")).to_have_count(0)
    assert http.post(PROVISION, json={"label": "Front desk"}).status_code == 201


def test_snapshots(page: Page, http: httpx.Client, simulator: Simulator) -> None:
    """Saved, compared with and restored."""
    page.get_by_role("tab", name="Snapshots").click()
    page.get_by_label("Name of the snapshot").fill("before")
    page.get_by_role("button", name="Save a snapshot").click()
    expect(page.locator("#snapshots")).to_contain_text("before")
    http.post(PROVISION, json={"label": "Front desk"})
    page.get_by_role("button", name="Restore before").click()
    expect(page.locator("#notice")).to_contain_text("Restored before")
    assert http.get("/agents/phone-numbers").json()["data"] == []


def test_webhooks_and_a_call_from_outside(page: Page, simulator: Simulator) -> None:
    """A call comes in, its webhooks are listed, and one is sent again."""
    simulator.client.call("PUT", "/worlds/default", {"scenario": scenario("https://app.example.com/hooks")})
    page.get_by_role("tab", name="Webhooks").click()
    expect(page.locator("#webhooks")).to_contain_text("No webhooks")
    page.get_by_label("To", exact=True).fill(NUMBER)
    page.get_by_role("button", name="Call in").click()
    expect(page.locator("#webhooks tbody tr")).to_have_count(4)
    expect(page.locator("#webhooks")).to_contain_text("truedy.call.ended")
    expect(page.locator("#webhooks")).to_contain_text("blocked")
    assert page.locator("#webhooks td:nth-child(3)").evaluate_all(LINES) == [1, 1, 1, 1]  # no word is broken
    page.get_by_role("button", name="Send dlv").first.click()
    expect(page.locator("#notice")).to_contain_text("Sent")


def test_the_ledger(page: Page, http: httpx.Client, simulator: Simulator) -> None:
    """What was bought, and what is still rented; until it is released."""
    page.get_by_role("tab", name="Ledger").click()
    expect(page.locator("#ledger")).to_contain_text("Nothing was bought, rented, called or sent.")
    vantax = {"Authorization": "Bearer vx_live_demo"}
    body = {"sub_account_id": "sub_8a1f4c2e", "country": "US", "area_code": "415"}
    bought = httpx.post(f"{simulator.url}/vantax/v1/phone-numbers", json=body, headers=vantax).json()["data"]
    entries = page.get_by_role("region", name="Ledger").locator("tbody tr")
    expect(entries.filter(has_text="purchase")).to_contain_text(bought["number"])
    expect(page.get_by_role("region", name="Rented numbers")).to_contain_text(bought["number"])
    expect(page.locator("#ledger .time")).to_have_text(
        f"{simulator.client.call('GET', '/worlds/default/ledger')['spent']} USD spent"
    )
    assert httpx.delete(f"{simulator.url}/vantax/v1/phone-numbers/{bought['id']}", headers=vantax).is_success
    expect(page.locator("#ledger")).to_contain_text("Numbers that are rented (0)")
    expect(entries.filter(has_text="release")).to_have_count(1)


def test_worlds(page: Page, simulator: Simulator) -> None:
    """One is chosen; names that are none are shown."""
    world = simulator.world(name="checkout")
    httpx.get(f"{simulator.url}/w/chekout/cald/x")
    page.get_by_role("tab", name="Worlds").click()
    expect(page.locator("#worlds")).to_contain_text("chekout")
    page.locator("#worlds").get_by_role("button", name="checkout", exact=True).click()
    httpx.get(f"{world.cartesia.base_url}/agents", headers=KEY)
    expect(rows(page)).to_have_count(1)
    page.reload()
    expect(page.locator("#world")).to_have_value("checkout")
    expect(rows(page)).to_have_count(1)


def test_hostile_data_is_text(page: Page, simulator: Simulator, http: httpx.Client) -> None:
    """In labels, paths, headers, rule names and the names of worlds."""
    number = http.post(PROVISION, json={"label": HOSTILE, HOSTILE: HOSTILE}, headers={"X-Hostile": HOSTILE})
    assert number.status_code == 201
    http.get(f"/agents/{HOSTILE}?{HOSTILE}")
    simulator.client.call(
        "POST", "/worlds/default/rules", {"name": HOSTILE[:60], "then": {"body": HOSTILE}, "times": 1, "when": {"path": "/x"}}
    )
    httpx.get(f"{simulator.url}/cartesia/x", headers={**KEY, "X-Simulator-World": HOSTILE})
    for index in range(2):
        rows(page).nth(index).click()
        expect(page.locator("#detail")).to_contain_text("<img src=x onerror=")
    for view in VIEWS[1:]:
        page.get_by_role("tab", name=view.capitalize()).click()
        if view in ("state", "rules", "worlds"):
            expect(page.locator(f"#{view}")).to_contain_text("<img src=x onerror=")
    assert page.locator("img, main script, iframe").count() == 0
    assert "owned" not in page.title()


def test_a_copied_test_passes(page: Page, http: httpx.Client, simulator: Simulator, tmp_path: Path) -> None:
    """It reproduces the state: the plan is full as of the second number."""
    http.post(PROVISION, json={"label": HOSTILE})
    assert http.post(PROVISION, json={"label": "Second"}).status_code == 402
    rows(page).nth(1).click()
    page.get_by_role("button", name="Copy as a pytest test").click()
    expect(page.locator("#notice")).to_contain_text("done")
    copied = page.evaluate("navigator.clipboard.readText()")
    (tmp_path / "test_copied.py").write_text(copied, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_copied.py"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)
    assert "1 passed" in done.stdout, done.stdout + copied
    page.get_by_role("button", name="Copy as a rule").click()
    expect(page.locator("#notice")).to_contain_text("Copy as a rule")
    rule = json.loads(page.evaluate("navigator.clipboard.readText()"))
    assert rule["then"] == {"error": "QUOTA_EXCEEDED"}
    assert simulator.client.call("POST", "/worlds/default/rules", rule)["id"]


def test_a_lost_connection_continues_without_a_gap(page: Page, http: httpx.Client, simulator: Simulator) -> None:
    """Requests that come meanwhile are there afterwards, once."""
    http.get("/agents")
    expect(rows(page)).to_have_count(1)
    simulator.close()
    expect(page.locator("#live")).to_have_text("reconnecting")
    world = World(simulator.client, simulator.client.call("GET", "/worlds/default"))
    with httpx.Client(transport=world.cartesia.transport, headers=KEY) as in_process:
        in_process.get("https://api.cartesia.ai/agents/phone-numbers")
    assert simulator.url
    expect(page.locator("#live")).to_have_text("live")
    expect(rows(page)).to_have_count(2)
    http.get("/agents")
    expect(rows(page)).to_have_count(3)


def test_ten_thousand_rows_scroll(page: Page) -> None:
    """However many there are, the document has only those that are visible; a frame costs 16 ms of CPU time at most."""
    assert ms_a_frame(page) <= 16
    assert page.evaluate("window.log.all.length") == ROWS
    assert page.locator("#rows tr").count() < 100
    page.evaluate("document.getElementById('log').scrollTop = 1e9")
    expect(page.locator(f"#rows tr[data-id=req-{ROWS - 1}]")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1200, 390])
def test_accessible(browser: Browser, simulator: Simulator, scheme: Any, width: int) -> None:
    """No finding of axe that is serious, in any view, in both colour schemes, at the width of a phone; nothing sticks out."""
    with httpx.Client(base_url=f"{simulator.url}/cartesia", headers=KEY) as client:
        client.post(PROVISION, json={"label": "Front desk", "colour": "red"})
        client.get("/agents/phone-numberz")
    simulator.client.call("PUT", "/worlds/default/snapshots/before")
    context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme, bypass_csp=True)
    page = context.new_page()
    page.goto(f"{simulator.url}/_simulator/")
    rows(page).first.click()
    page.locator("#detail").wait_for()
    for number, view in enumerate(VIEWS, 1):
        page.keyboard.press(str(number))
        page.locator(f"#{view}").wait_for()
        page.wait_for_timeout(300)
        assert serious_findings(page) == [], view
        assert page.evaluate("document.documentElement.scrollWidth") <= width, view
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_screenshots(browser: Browser, simulator: Simulator, scheme: Any, tmp_path: Path) -> None:
    """Those of docs/console.md; SIMULATOR_TEST_SCREENSHOTS names the folder where new ones are kept."""
    with httpx.Client(base_url=f"{simulator.url}/cartesia", headers=KEY) as client:
        client.get("/agents")
        client.post(PROVISION, json={"label": "Front desk", "colour": "red"})
        client.post(PROVISION, json={"label": "Second line"})
        client.get("/agents/phone-numberz")
    context = browser.new_context(viewport={"width": 1200, "height": 640}, color_scheme=scheme)
    page = context.new_page()
    page.goto(f"{simulator.url}/_simulator/")
    rows(page).nth(2).click()
    page.locator("#detail").wait_for()
    name = f"console-{scheme}.png"
    shot = Path(os.environ.get("SIMULATOR_TEST_SCREENSHOTS") or tmp_path) / name
    page.screenshot(path=shot)
    context.close()
    kept = ROOT / "docs" / "images" / name
    assert kept.read_bytes()[:8] == shot.read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
    assert kept.read_bytes()[16:24] == shot.read_bytes()[16:24]  # width and height
