"""One clock: whatever a response says of the time is the time of its world; ids of requests are unique over the server."""

from __future__ import annotations

from collections.abc import Callable
from email.utils import parsedate_to_datetime
from typing import Any

import httpx
import pytest

from simulator.testing.transport import Transport
from tests.conftest import World
from tests.unit.server.conftest import Served

START = "2031-05-06T07:08:09Z"
SCENARIO: dict[str, Any] = {
    "description": "x",
    "open": True,
    "clock": {"start": START, "frozen": True},
    "rate_limits": "on",
    "rules": [
        {"when": {"provider": "demo", "method": "DELETE"}, "then": {"delay": "10ms"}},
        {"when": {"provider": "chirp"}, "then": {"error": "LIMITED"}},
    ],
}
DEMO = {"Authorization": "demo_00000000000000000000000000000000"}


def dates(response: httpx.Response) -> list[str]:
    """The Date headers of a response."""
    return response.headers.get_list("Date")


@pytest.mark.parametrize("method", ["GET", "HEAD", "DELETE"])
@pytest.mark.parametrize("path", ["agents", "nothing"])
def test_the_date_is_the_worlds(simulator: Served, make_world: Callable[..., World], method: str, path: str) -> None:
    """Once, on every lane: also where a delay takes the ASGI path, and for what no spec knows."""
    world = make_world(SCENARIO)
    url = f"{world.api('demo').base_url}/{path}"
    response = world.http.request(method, url, headers=DEMO)
    assert dates(response) == ["Tue, 06 May 2031 07:08:09 GMT"]
    with httpx.Client(transport=Transport(simulator.application, world.name)) as client:
        assert dates(client.request(method, url, headers=DEMO)) == dates(response)


@pytest.mark.parametrize("path", ["/", "/_simulator/health", "/_simulator/static/console.css", "/demo"])
def test_everything_else_has_a_date_too(simulator: Served, http: httpx.Client, path: str) -> None:
    """Once: that of the machine."""
    assert len(dates(http.get(simulator.url + path))) == 1


def test_a_rate_limit_fits_the_date(make_world: Callable[..., World]) -> None:
    """The window ends where `Date` and `Retry-After` say."""
    chirp = make_world(SCENARIO).api("chirp", Authorization="Bearer sk_admin_demo")
    refused = chirp("GET", "/v1/organization/phone-numbers")
    now = parsedate_to_datetime(refused.headers["Date"]).timestamp()
    assert refused.status_code == 429, refused.text
    assert int(refused.headers["X-RateLimit-Reset"]) - now == int(refused.headers["Retry-After"]) > 0


def test_request_ids_are_unique_over_the_server(make_world: Callable[..., World]) -> None:
    """Worlds count together, and a reset does not begin anew."""
    worlds = [make_world(), make_world()]
    ids = []
    for _ in range(2):
        for world in worlds:
            ids.append(world.api("demo", **DEMO)("GET", "/agents").headers["X-Simulator-Request"])
            world.http.post(f"{world.control}/reset")
    assert len(set(ids)) == 4


def test_seeded_accounts_are_there_before_the_first_request(make_world: Callable[..., World]) -> None:
    """As the scenario lists them."""
    account = {"keys": list(DEMO.values()), "demo": {"agents": [{"id": "agt_front"}]}}
    world = make_world({"description": "x", "accounts": [account]})
    (seen,) = world.http.get(f"{world.control}/state").json()["accounts"]
    assert seen["tables"]["agents"]["total"] == 1
