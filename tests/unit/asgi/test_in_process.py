"""The application called without a socket: by httpx, by Starlette's TestClient, by schemathesis, mounted in others."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
import schemathesis
from fastapi import FastAPI
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from simulator import create_app
from simulator.asgi import SimulatorApp, create_app_from_environment
from simulator.asgi.adapter import headers_of

KEY = {"Authorization": "caldLive" + "1" * 32}
AGENTS = "/cald/client/api/v1/agents"


@pytest.fixture
def app() -> SimulatorApp:
    """A new application."""
    return create_app()


def test_httpx(app: SimulatorApp) -> None:
    """As `httpx.ASGITransport` calls it, a delay and a client without patience included."""

    async def main() -> None:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://t") as client:
            assert (await client.get(AGENTS, headers=KEY)).status_code == 200
            assert (await client.get("/")).text.splitlines()[0].endswith("answers at http://t")
            assert (await client.head("/")).content == b""
            assert (await client.get(AGENTS, headers={**KEY, "Prefer": "delay=50ms"})).status_code == 200
            rule = {"then": {"fault": "reset"}}
            assert (await client.post("/_simulator/worlds/default/rules", json=rule)).status_code == 409

    asyncio.run(main())


def test_the_test_client_of_starlette(app: SimulatorApp) -> None:
    """With lifespan, and a WebSocket that is closed before it is accepted."""
    with TestClient(app) as client:
        assert client.get(AGENTS, headers=KEY).json()["agents"][0]["name"] == "Front desk"
        assert client.post(AGENTS, content=b"x" * 1_100_000, headers=KEY).status_code == 413
        assert client.get(f"{AGENTS}/a%2Fb", headers=KEY).status_code == 404
        with pytest.raises(WebSocketDisconnect), client.websocket_connect(AGENTS):
            pass


@pytest.mark.parametrize("provider", ["cald", "_simulator"])
def test_schemathesis(app: SimulatorApp, provider: str) -> None:
    """`from_asgi` loads the spec, and its example calls are answered as the spec says."""
    schema: Any = schemathesis.openapi.from_asgi(f"/_simulator/specs/{provider}", app)
    operation = schema["/health" if provider == "_simulator" else "/agents"]["GET"]
    answer = operation.Case().call(headers=KEY)
    assert answer.status_code == 200
    operation.validate_response(answer)


def _fastapi(app: SimulatorApp) -> FastAPI:
    outer = FastAPI()
    outer.mount("/sim", app)
    return outer


MOUNTED: dict[str, Callable[[SimulatorApp], Any]] = {
    "starlette": lambda app: Starlette(routes=[Mount("/sim", app=app)]),
    "starlette, twice": lambda app: Starlette(routes=[Mount("/sim", app=Starlette(routes=[Mount("/in", app=app)]))]),
    "fastapi": _fastapi,
    "fastapi behind a proxy": _fastapi,
}
PREFIXES = {"starlette": "/sim", "starlette, twice": "/sim/in", "fastapi": "/sim", "fastapi behind a proxy": "/proxied/sim"}


@pytest.mark.parametrize("how", MOUNTED)
def test_mounted_in_another_application(app: SimulatorApp, how: str) -> None:
    """Every address that it names carries the path under which it is mounted, and works."""
    prefix = PREFIXES[how]
    client = TestClient(MOUNTED[how](app), base_url="http://t", root_path=prefix.removesuffix("/sim") if "proxy" in how else "")
    assert client.get(prefix + AGENTS, headers=KEY).status_code == 200
    assert client.get(f"{prefix}{AGENTS}/a%2Fb", headers=KEY).status_code == 404
    world = client.put(f"{prefix}/_simulator/worlds/mine", json={}).json()
    base_url = world["providers"]["cald"]["base_url"]
    assert base_url == f"http://t{prefix}/w/mine/cald/client/api/v1"
    listed = client.get(f"{base_url}/agents", headers=KEY)
    assert listed.status_code == 200
    spec = client.get(f"{prefix}/_simulator/specs/cald").json()
    assert spec["servers"] == [{"url": f"http://t{prefix}/cald/client/api/v1"}]
    assert f"answers at http://t{prefix}\n" in client.get(f"{prefix}/").text
    assert f"answers at http://t{prefix}/w/mine\n" in client.get(f"{prefix}/w/mine").text
    page = client.get(f"{prefix}/", headers={"Accept": "text/html"}).text
    style = f"{prefix}/_simulator/static/console.css"
    assert f'href="{style}"' in page
    assert client.get(style).status_code == 200
    explained = client.get(f"{prefix}/_simulator/worlds/mine/requests/{listed.headers['X-Simulator-Request']}").json()
    assert f"http://t{prefix}/w/mine/cald" in explained["curl"]


def test_a_simulator_of_some_providers() -> None:
    """The others are not there; scenarios that name them can be used all the same."""
    with TestClient(create_app(providers=["cald"], admin_token="secret")) as client:  # noqa: S106
        assert client.get("/_simulator/health").json()["providers"] == ["cald"]
        assert client.get(AGENTS, headers=KEY).status_code == 200
        assert client.get("/vantax/v1/phone-numbers").status_code == 404
        assert client.get("/_simulator/worlds").status_code == 401
    with pytest.raises(ValueError, match="unknown provider 'calt'; did you mean cald"):
        create_app(providers=["calt"])


def test_settings_from_the_environment() -> None:
    """A blank variable is unset, and what is no number is refused."""
    settings = {"SIMULATOR_SCENARIO": "cald/slow", "SIMULATOR_MAX_WORLDS": " ", "SIMULATOR_ADMIN_TOKEN": "t", "OTHER": "x"}
    app = create_app_from_environment(settings)
    assert app.application.worlds.first.name == "cald/slow"
    with pytest.raises(ValueError, match="SIMULATOR_MAX_WORLDS: not a valid number: '0'"):
        create_app_from_environment({"SIMULATOR_MAX_WORLDS": "0"})


def test_repeated_headers_are_joined() -> None:
    """RFC 9110, 5.3; cookies as RFC 6265, 5.4 has them."""
    pairs = [(b"x-a", b"1"), (b"x-a", b" 2 "), (b"cookie", b"a=b"), (b"cookie", b"c=d"), (b"y", b"\xe4")]
    assert headers_of(pairs) == {"x-a": "1, 2", "cookie": "a=b; c=d", "y": "ä"}


def test_the_worlds_of_a_folder(tmp_path: Path) -> None:
    """SIMULATOR_SAVE_WORLDS and SIMULATOR_LOAD_WORLDS keep what a server holds until the next one starts."""
    folders = {"SIMULATOR_SAVE_WORLDS": str(tmp_path), "SIMULATOR_LOAD_WORLDS": str(tmp_path)}
    with TestClient(create_app_from_environment(folders)) as client:
        made = client.post(AGENTS, json={"name": "Night desk"}, headers=KEY)
        assert made.status_code < 300, made.text
        held = [agent["name"] for agent in client.get(AGENTS, headers=KEY).json()["agents"]]
    assert [path.name for path in tmp_path.iterdir()] == ["default.json"]
    with TestClient(create_app_from_environment(folders)) as client:
        assert [agent["name"] for agent in client.get(AGENTS, headers=KEY).json()["agents"]] == held


def test_a_folder_of_worlds_that_does_not_exist(tmp_path: Path) -> None:
    """The variable is named."""
    with pytest.raises(ValueError, match=r"SIMULATOR_LOAD_WORLDS: .*none is not a folder"):
        create_app_from_environment({"SIMULATOR_LOAD_WORLDS": str(tmp_path / "none")})
