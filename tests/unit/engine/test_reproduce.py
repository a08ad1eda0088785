"""A test that the control API writes: it runs as it stands, and ends where the request ended."""

from __future__ import annotations

import re
from pathlib import Path

import httpx
import pytest

from simulator import Simulator
from simulator.testing.client import World
from tests.documentation import run_pytest

PROVISION = "/agents/phone-numbers/provision"


def written(world: World, request_id: str) -> str:
    """Return the test for a request."""
    source: str = world.client.call("GET", f"/worlds/{world.name}/requests/{request_id}/test")["test"]
    return source


def run(source: str, folder: Path) -> str:
    """Run a test in an empty folder; return what it printed."""
    (folder / "test_written.py").write_text(source, encoding="utf-8")
    return run_pytest(folder)[0]


def client(world: World, **headers: str) -> httpx.Client:
    """Return a client of Cartesia."""
    own = {"Authorization": f"Bearer {world.cartesia.api_key}", "Cartesia-Version": "2026-03-01"}
    return httpx.Client(base_url="https://api.cartesia.ai", transport=world.cartesia.transport, headers={**own, **headers})


def test_the_state_is_built_up_again(tmp_path: Path) -> None:
    """Rules, changes and time lead to the same response; what has no part in it is left out."""
    world = Simulator().world("cartesia/numbers-settle-late", seed=7)
    world.freeze()
    world.rule(when={"operation": "cartesia.phone_numbers_list"}, then={"error": "LIMITED"}, times=1, name="once")
    with client(world) as http:
        http.get("/agents")
        http.get("/agents/phone-numbers")
        number = http.post(PROVISION, json={"label": 'Front "desk" \\ \N{SNOWMAN} {x}'}).json()
        world.advance("31s")
        response = http.get(f"/agents/phone-numbers/{number['id']}?expand=a%20b")
        assert response.status_code == 200
    source = written(world, response.headers["X-Simulator-Request"])
    assert source.count("httpx.request(") == 3
    assert "world.advance(31.0)" in source
    assert "sk_car" not in source
    broken = source.replace("world.advance(31.0)", "")
    assert "1 passed" in run(source, tmp_path)
    assert "assert 404 == 200" in run(broken, tmp_path)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 201),
        ({"Authorization": "Bearer sk_car_unknown_"}, 401),
        ({"Authorization": ""}, 401),
        ({"Prefer": "error=QUOTA_EXCEEDED"}, 402),
    ],
)
def test_the_request_itself(tmp_path: Path, headers: dict[str, str], status: int) -> None:
    """With its headers, and with a wrong key if it had one."""
    world = Simulator().world({"description": "Closed", "accounts": [{"keys": ["sk_car_closed"], "cartesia": {}}]})
    with client(world, **headers) as http:
        response = http.post(PROVISION, json={"label": "Front desk"})
    assert response.status_code == status
    source = written(world, response.headers["X-Simulator-Request"])
    scenario = 'SCENARIO = {"accounts": [{"keys": ["sk_car_closed"], "cartesia": {}}], "description": "Closed"}'
    source, count = re.subn(r"SCENARIO = \{\}.*", scenario, source)
    assert count == 1
    assert "1 passed" in run(source, tmp_path)


def test_a_broken_connection(tmp_path: Path) -> None:
    """The test expects it."""
    with Simulator() as server:
        world = server.world()
        world.rule(
            when={"operation": "cartesia.phone_numbers_provision"}, then={"fault": "reset", "stage": "after_commit"}, times=1
        )
        with client(world) as http, pytest.raises(httpx.TransportError):
            http.post(PROVISION, json={"label": "Front desk"})
        source = written(world, world.requests().last.id)
    assert "with pytest.raises(httpx.TransportError):" in source
    assert "1 passed" in run(source, tmp_path)


def test_a_request_that_is_not_there() -> None:
    """404 from the control API, as for its explanation."""
    world = Simulator().world(unmatched="ignore")
    response = httpx.Client(transport=world.cald.transport).get(f"http://x/_simulator/worlds/{world.name}/requests/req-99/test")
    assert response.status_code == 404
