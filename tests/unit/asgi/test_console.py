"""The console over HTTP: its files, its policy, who may act through it, and that none of it is simulated traffic."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urljoin

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount

from simulator import asgi, create_app
from simulator.application import Application, Settings
from simulator.asgi.console import Mode
from simulator.registry import built_in_registry
from simulator.server.run import BackgroundServer, address, listen

FOLDER = Path(asgi.__file__).parent
PAGE, RULES, CLOCK = "/_simulator/", "/_simulator/worlds/default/rules", "/_simulator/worlds/default/clock"
LOG = "/_simulator/worlds/default/requests"
BROWSER = {"Accept": "text/html"}
RULE = {"when": {"operation": "cald.buy_phone_number"}, "then": {"status": 503}}


class Served:
    """A server with a console."""

    def __init__(self, mode: Mode, token: str = "") -> None:
        listener = listen("127.0.0.1", 0)
        self.url = address(listener)
        application = Application(built_in_registry(), settings=Settings(admin_token=token))
        self.server = BackgroundServer(application, listener, console=mode)
        self.client = httpx.Client(base_url=self.url)

    def close(self) -> None:
        """End it."""
        self.client.close()
        self.server.close()


def served(mode: Mode, token: str = "") -> Iterator[Served]:
    """Serve while a test uses it."""
    one = Served(mode, token)
    yield one
    one.close()


@pytest.fixture(scope="module")
def on() -> Iterator[Served]:
    """A server as it is by default."""
    yield from served("on")


@pytest.fixture(scope="module")
def read_only() -> Iterator[Served]:
    """A server whose console changes nothing."""
    yield from served("read-only")


@pytest.fixture(scope="module")
def off() -> Iterator[Served]:
    """A server without a console."""
    yield from served("off")


@pytest.fixture(scope="module")
def guarded() -> Iterator[Served]:
    """A server with an admin token."""
    yield from served("on", "sesame")


def test_the_front_page_leads_to_it(on: Served) -> None:
    """From `/` for browsers and for everyone else; the page without its last slash is redirected."""
    assert f'href="{on.url}{PAGE}"' in on.client.get("/", headers=BROWSER).text
    assert f"{on.url}{PAGE}" in on.client.get("/").text
    assert on.client.get("/_simulator", headers=BROWSER).headers["location"] == PAGE
    assert on.client.get("/_simulator").status_code == 404
    assert on.client.get(PAGE).status_code == on.client.head(PAGE).status_code == 200


def test_everything_that_the_page_loads_is_here_and_small(on: Served) -> None:
    """No foreign origin; six files of 80 KB at most."""
    page = on.client.get(PAGE)
    files = {urljoin(PAGE, name): b"" for name in re.findall(r'(?:src|href)="(static/[^"]+)"', page.text)}
    for name in list(files):
        response = on.client.get(name)
        assert response.status_code == 200
        files[name] = response.content
        files |= {urljoin(name, other): on.client.get(urljoin(name, other)).content for other in imports(response.text)}
    assert not re.findall(r"https?://(?!html\.spec)", page.text + b"".join(files.values()).decode())
    assert 4 <= len(files) <= 5
    assert len(page.content) + sum(map(len, files.values())) <= 80 * 1024


def imports(script: str) -> list[str]:
    """Return what a script imports."""
    return re.findall(r'^import .* from "([^"]+)";', script, re.MULTILINE)


def test_nothing_is_inline(on: Served) -> None:
    """The policy allows scripts and styles of this server alone, and the page has no others."""
    page = on.client.get(PAGE)
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert not re.search(r"<script(?![^>]*src=)|<style| style=| on[a-z]+=|javascript:", page.text)


@pytest.mark.parametrize("file", ["api.js", "console.js", "log.js", "panels.js"])
def test_no_script_makes_markup_of_text(file: str) -> None:
    """What a client put into a world can only become text."""
    script = (FOLDER / "static" / file).read_text(encoding="utf-8")
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|new Function|DOMParser|srcdoc", script)


def test_none_of_it_reaches_a_journal(on: Served) -> None:
    """Neither the page, its files and its requests, nor the icon that browsers want."""
    on.client.delete(LOG)
    for path in ("/", PAGE, "/_simulator/static/console.css", "/favicon.ico", LOG, "/_simulator/worlds"):
        assert on.client.get(path).is_success
    assert on.client.get(LOG).json()["requests"] == []
    at_the_provider = {"Host": "api.cartesia.ai"}
    assert on.client.get("/favicon.ico", headers=at_the_provider).status_code == 404
    assert on.client.get(LOG).json()["total"] == 1


def test_the_console_may_act(on: Served) -> None:
    """A page of this server, as browsers send it, may do what curl may do."""
    own = {"Origin": on.url}
    added = on.client.post(RULES, json=RULE, headers=own)
    assert added.status_code == 201
    assert on.client.delete(f"{RULES}/{added.json()['id']}", headers=own).status_code == 204
    assert on.client.post(CLOCK, json={"advance": "1s"}, headers=own).status_code == 200


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:1", "http://127.0.0.1"])
def test_no_other_page_may_act(on: Served, origin: str) -> None:
    """Not even one of another port of this machine."""
    assert on.client.post(RULES, json=RULE, headers={"Origin": origin}).status_code == 403


def test_a_name_that_others_resolve_is_no_proof(on: Served, guarded: Served) -> None:
    """A foreign page whose name leads here has our Host as its origin; only a token, which it lacks, lets such a name act."""
    rebound = {"Origin": "http://rebound.example", "Host": "rebound.example"}
    assert on.client.post(RULES, json=RULE, headers=rebound).status_code == 403
    assert guarded.client.post(RULES, json=RULE, headers=rebound).status_code == 401
    own = {**rebound, "Authorization": "Bearer sesame"}
    assert guarded.client.post(RULES, json=RULE, headers=own).status_code == 201


def test_acting_needs_the_token(guarded: Served) -> None:
    """The page is there without it, and nothing else."""
    assert guarded.client.get(PAGE).status_code == 200
    assert guarded.client.post(CLOCK, json={"advance": 1}, headers={"Origin": guarded.url}).status_code == 401


def test_read_only(read_only: Served) -> None:
    """The page knows it, and its requests are refused; clients that are no pages are unaffected."""
    assert 'data-mode="read-only"' in read_only.client.get(PAGE).text
    assert read_only.client.post(RULES, json=RULE, headers={"Origin": read_only.url}).status_code == 403
    assert read_only.client.post(RULES, json=RULE).status_code == 201


def test_off(off: Served) -> None:
    """There is no page and no link to one; the front page and the control API are unaffected."""
    assert off.client.get(PAGE).status_code == off.client.get("/_simulator").status_code == 404
    assert off.client.post(RULES, json=RULE, headers={"Origin": off.url}).status_code == 403
    for accept in ("text/html", "*/*"):
        assert PAGE + '"' not in off.client.get("/", headers={"Accept": accept}).text
        assert "Console" not in off.client.get("/", headers={"Accept": accept}).text


def test_mounted() -> None:
    """Below a path of another application all addresses stay right."""

    async def look() -> None:
        app = Starlette(routes=[Mount("/sim", create_app(console="read-only"))])
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            assert f'href="http://localhost/sim{PAGE}"' in (await client.get("/sim/", headers=BROWSER)).text
            assert (await client.get("/sim/_simulator", headers=BROWSER)).headers["location"] == f"/sim{PAGE}"
            page = await client.get(f"/sim{PAGE}")
            assert page.status_code == 200
            for name in [*re.findall(r'(?:src|href)="(static/[^"]+)"', page.text), "worlds", "../"]:
                assert (await client.get(urljoin(f"/sim{PAGE}", name))).status_code == 200

    asyncio.run(look())


def test_modes() -> None:
    """Any other is refused with those that exist."""
    with pytest.raises(ValueError, match="expected one of on, read-only, off"):
        create_app(console="of")  # type: ignore[arg-type]


def test_why_a_world_is_empty(on: Served) -> None:
    """The control API tells: never addressed, addressed by a name that is none, emptied."""
    on.client.put("/_simulator/worlds/quiet", json={})
    on.client.get("/w/quite/cald/client/api/v1/agents")
    worlds = on.client.get("/_simulator/worlds").json()
    assert next(one for one in worlds["worlds"] if one["name"] == "quiet")["requests"] == {
        "total": 0,
        "held": 0,
        "cleared_at": None,
    }
    assert "quite" in worlds["unknown"]
    on.client.get("/w/quiet/cald/client/api/v1/agents")
    on.client.post("/_simulator/worlds/quiet/reset")
    about = on.client.get("/_simulator/worlds/quiet").json()["requests"]
    assert (about["total"], about["held"]) == (1, 0)
    assert about["cleared_at"] is not None
