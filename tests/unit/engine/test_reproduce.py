"""A test that the control API writes: it runs as it stands, and ends where the request ended."""

from __future__ import annotations

import re
from functools import cache

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


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What pytest prints of the tests below, run as they were written: all in one run, each in a file of its own."""
    folder = tmp_path_factory.mktemp("written")
    for name, source in sources().items():
        (folder / f"test_{name}.py").write_text(source, encoding="utf-8")
    return run_pytest(folder, "-rA")[0]


def passed(printed: str) -> set[str]:
    """Return the names of the tests that passed."""
    return set(re.findall(r"^PASSED test_(\w+)\.py::", printed, re.MULTILINE))


def client(world: World, **headers: str) -> httpx.Client:
    """Return a client of Cartesia."""
    own = {"Authorization": f"Bearer {world.cartesia.api_key}", "Cartesia-Version": "2026-03-01"}
    return httpx.Client(base_url="https://api.cartesia.ai", transport=world.cartesia.transport, headers={**own, **headers})


def write_a_late_number() -> str:
    """Return the test for a response that rules, changes and time lead to."""
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
    return written(world, response.headers["X-Simulator-Request"])


ADVANCE = "world.advance(31.0)"
HEADERS: dict[str, tuple[dict[str, str], int]] = {  # of a request, and the status of its response
    "plain": ({}, 201),
    "unknown_key": ({"Authorization": "Bearer sk_car_unknown_"}, 401),
    "no_key": ({"Authorization": ""}, 401),
    "preferred": ({"Prefer": "error=QUOTA_EXCEEDED"}, 402),
}


def write_a_purchase(headers: dict[str, str], status: int) -> str:
    """Return the test for a purchase, in a scenario that is put in its place."""
    world = Simulator().world({"description": "Closed", "accounts": [{"keys": ["sk_car_closed"], "cartesia": {}}]})
    with client(world, **headers) as http:
        response = http.post(PROVISION, json={"label": "Front desk"})
    assert response.status_code == status
    source = written(world, response.headers["X-Simulator-Request"])
    scenario = 'SCENARIO = {"accounts": [{"keys": ["sk_car_closed"], "cartesia": {}}], "description": "Closed"}'
    source, count = re.subn(r"SCENARIO = \{\}.*", scenario, source)
    assert count == 1
    return source


def write_a_broken_connection() -> str:
    """Return the test for a request whose connection is reset."""
    with Simulator() as server:
        world = server.world()
        world.rule(
            when={"operation": "cartesia.phone_numbers_provision"}, then={"fault": "reset", "stage": "after_commit"}, times=1
        )
        with client(world) as http, pytest.raises(httpx.TransportError):
            http.post(PROVISION, json={"label": "Front desk"})
        return written(world, world.requests().last.id)


@cache
def sources() -> dict[str, str]:
    """The tests that are run, by name."""
    late = write_a_late_number()
    return {
        "late": late,
        "too_early": late.replace(ADVANCE, ""),
        "broken": write_a_broken_connection(),
        **{name: write_a_purchase(*case) for name, case in HEADERS.items()},
    }


def test_the_state_is_built_up_again(printed: str) -> None:
    """Rules, changes and time lead to the same response; what has no part in it is left out."""
    source = sources()["late"]
    assert source.count("httpx.request(") == 3
    assert ADVANCE in source
    assert "sk_car" not in source
    assert "late" in passed(printed)
    assert "FAILED test_too_early.py::" in printed
    assert "assert 404 == 200" in printed


@pytest.mark.parametrize("name", HEADERS)
def test_the_request_itself(printed: str, name: str) -> None:
    """With its headers, and with a wrong key if it had one."""
    assert name in passed(printed)


def test_a_broken_connection(printed: str) -> None:
    """The test expects it."""
    assert "with pytest.raises(httpx.TransportError):" in sources()["broken"]
    assert "broken" in passed(printed)


def test_a_request_that_is_not_there() -> None:
    """404 from the control API, as for its explanation."""
    world = Simulator().world(unmatched="ignore")
    response = httpx.Client(transport=world.cald.transport).get(f"http://x/_simulator/worlds/{world.name}/requests/req-99/test")
    assert response.status_code == 404
