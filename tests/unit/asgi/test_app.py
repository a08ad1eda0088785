"""Which world and which provider a request reaches, by path, by header, by host, and what else is told."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from simulator import Simulator, __version__
from tests.conftest import World

KEY = {"Authorization": "demo_" + "1" * 32}
AGENTS = "/v1/agents"


def _names(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [each["name"] for each in answer.json()["agents"]]


@pytest.fixture
def marked(world: World) -> World:
    """A world in which an agent called Mark tells that it was reached."""
    answer = world.http.post(f"{world.url}/demo{AGENTS}", json={"name": "Mark"}, headers=KEY)
    assert answer.status_code == 200
    return world


def test_a_world_by_path(marked: World) -> None:
    """`/w/{world}/{provider}/…` reaches the world."""
    assert "Mark" in _names(marked.http.get(f"{marked.url}/demo{AGENTS}", headers=KEY))


def test_a_world_by_header(simulator: Simulator, marked: World) -> None:
    """`X-Simulator-World` reaches it too, whatever the header's case."""
    for name in ("X-Simulator-World", "x-simulator-world"):
        assert "Mark" in _names(marked.http.get(f"{simulator.url}/demo{AGENTS}", headers={**KEY, name: marked.name}))


def test_the_path_outranks_the_header(marked: World) -> None:
    """A client that says both reaches the world of its address."""
    assert "Mark" in _names(marked.http.get(f"{marked.url}/demo{AGENTS}", headers={**KEY, "X-Simulator-World": "default"}))


def test_neither_is_the_world_default(simulator: Simulator, marked: World) -> None:
    """It is there from the start, also under its name."""
    for prefix in ("", "/w/default"):
        assert "Mark" not in _names(marked.http.get(f"{simulator.url}{prefix}/demo{AGENTS}", headers=KEY))


@pytest.mark.parametrize("host", ["api.demo.example", "api.demo.example:443", "api.demo.example:8080", "Api.Demo.Example"])
def test_a_provider_by_its_real_host(simulator: Simulator, marked: World, host: str) -> None:
    """A client that was given a network alias instead of another base URL keeps the provider's own paths."""
    by_path = marked.http.get(f"{marked.url}{AGENTS}", headers={**KEY, "Host": host})
    by_header = marked.http.get(f"{simulator.url}{AGENTS}", headers={**KEY, "Host": host, "X-Simulator-World": marked.name})
    by_neither = marked.http.get(f"{simulator.url}{AGENTS}", headers={**KEY, "Host": host})
    assert ["Mark" in _names(answer) for answer in (by_path, by_header, by_neither)] == [True, True, False]


def test_the_control_api_answers_under_a_real_host(simulator: Simulator, http: httpx.Client) -> None:
    """An alias does not hide it."""
    answer = http.get(f"{simulator.url}/_simulator/health", headers={"Host": "api.demo.example"})
    assert answer.json()["status"] == "ok"


@pytest.mark.parametrize("name", ["nowhere", "", "a%20b", "%00", "ä"])
def test_an_unknown_world_says_how_to_make_one(simulator: Simulator, http: httpx.Client, name: str) -> None:
    """The 404 is the simulator's own, not one that a provider could send."""
    header: Any = {**KEY, "X-Simulator-World": name.encode()}
    for path, headers in ((f"/w/{name}/demo{AGENTS}", KEY), (f"/demo{AGENTS}", header)):
        answer = http.get(simulator.url + path, headers=headers)
        assert (answer.status_code, answer.headers["Content-Type"]) == (404, "application/problem+json")
        assert "no world" in answer.json()["detail"]
        assert "PUT /_simulator/worlds/" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("name", "told"), [("demp", "did you mean demo"), ("cartesa", "did you mean cartesia"), ("zzz", "expected one of cald, ")]
)
def test_an_unknown_provider_names_the_near_ones(simulator: Simulator, http: httpx.Client, name: str, told: str) -> None:
    """Or all of them, when none is near."""
    for path in (f"/{name}{AGENTS}", f"/w/default/{name}", f"/{name}/"):
        answer = http.post(simulator.url + path)
        assert (answer.status_code, answer.headers["Content-Type"]) == (404, "application/problem+json")
        assert f"no provider '{name}'" in answer.json()["detail"]
        assert told in answer.json()["detail"]


def test_worlds_never_see_each_other(make_world: Callable[..., World]) -> None:
    """What is made in one is not found in another, and a number sold in one is for sale in the other."""
    one, two = make_world(), make_world()
    demo_one, demo_two = (world.api("demo", **KEY) for world in (one, two))
    assert demo_one("POST", "/agents", {"name": "only here"}).status_code == 200
    bought = demo_one("POST", "/numbers", {}).json()
    assert "only here" not in _names(demo_two("GET", "/agents"))
    assert demo_two("DELETE", f"/numbers/{bought['id']}").status_code == 404
    assert demo_two("POST", "/numbers", {}).json()["number"] == bought["number"]


def test_the_front_page_shows_where_everything_answers(simulator: Simulator, http: httpx.Client) -> None:
    """`GET /` is text for a newcomer: each provider's address under this very host, and commands to paste."""
    page = http.get(simulator.url, headers={"Host": "simulator:9000"})
    assert (page.status_code, page.headers["Content-Type"]) == (200, "text/plain; charset=utf-8")
    assert f"provider-simulator {__version__} (scenario default) answers at http://simulator:9000" in page.text
    for name in http.get(f"{simulator.url}/_simulator/health").json()["providers"]:
        assert f"http://simulator:9000/{name}" in page.text
    assert "curl -X " in page.text


def test_a_browser_gets_the_same_as_a_page(simulator: Simulator, http: httpx.Client) -> None:
    """Everything that the text says, escaped, and nothing that runs or is fetched from elsewhere."""
    host = {"Host": "simulator:9000"}
    text = http.get(simulator.url, headers=host).text
    page = http.get(simulator.url, headers={**host, "Accept": "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8"})
    assert (page.status_code, page.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert page.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert page.headers["Vary"] == "Accept"
    assert "<script" not in page.text
    shown = html.unescape(re.sub(r"<[^>]*>", " ", page.text)).split()
    assert [word for word in text.split() if word not in shown] == []


def test_a_host_cannot_put_markup_into_the_page(simulator: Simulator, http: httpx.Client) -> None:
    """What the client says of itself is shown as text."""
    page = http.get(simulator.url, headers={"Accept": "text/html", "Host": "<b>x</b>"})
    assert (page.status_code, "<b>" in page.text) == (400, False)
    page = http.get(simulator.url, headers={"Accept": "text/html", "Host": "&lt;x'"})
    assert (page.status_code, "&lt;x'" in page.text) == (200, False)
    assert "&amp;lt;x&#x27;" in page.text or "&amp;lt;x&#39;" in page.text


def test_the_front_page_of_a_world(world: World) -> None:
    """The commands on it reach that world, and with the keys of its scenario."""
    text = world.http.get(world.url).text
    assert text.splitlines()[0].endswith(f"answers at {world.url}")
    assert f"{world.url}/demo/v1\n" in text
    assert f"/_simulator/worlds/{world.name}/requests" in text
    assert world.http.head(world.url).status_code == 200


@pytest.mark.parametrize(
    ("path", "told"),
    [
        (AGENTS, f"or /demo{AGENTS}?"),
        ("/v1/phone-numbers", "did you mean /chirp/v1/phone-numbers or /vantax/v1/phone-numbers?"),
        ("/w/default" + AGENTS, f"or /w/default/demo{AGENTS}?"),
        ("/health", "did you mean /_simulator/health?"),
        ("/simulator/health", "did you mean _simulator?"),
    ],
)
def test_a_path_that_is_known_elsewhere(simulator: Simulator, http: httpx.Client, path: str, told: str) -> None:
    """Who left out the provider's name is told where that very path leads."""
    assert told in http.get(simulator.url + path).json()["detail"]


def test_an_unknown_route_names_the_nearest(simulator: Simulator, http: httpx.Client) -> None:
    """A provider's own 404 says nothing of it, so a header of the simulator does; the control API has it too."""
    answer = http.get(f"{simulator.url}/demo/agents", headers=KEY)
    assert (answer.status_code, "detail" in answer.json()) == (404, False)
    assert answer.headers["X-Simulator-Nearest"].startswith("GET /v1/agents, ")
    assert "X-Simulator-Nearest" not in http.get(f"{simulator.url}/demo/{'x' * 40}", headers=KEY).headers
    for path, near in (("/_simulator", "/_simulator/worlds"), ("/_simulator/wrlds", "/_simulator/worlds")):
        answer = http.get(simulator.url + path)
        assert (answer.status_code, answer.headers["Content-Type"]) == (404, "application/problem+json")
        assert f"GET {near}" in answer.headers["X-Simulator-Nearest"].split(", ")


@pytest.mark.parametrize(("method", "path"), [("POST", "/"), ("DELETE", "/"), ("GET", "//"), ("GET", "//demo"), ("GET", "/w")])
def test_nothing_but_get_slash_is_the_front_page(simulator: Simulator, http: httpx.Client, method: str, path: str) -> None:
    """A client with a wrong address must not take the page for an answer."""
    answer = http.request(method, simulator.url + path)
    assert (answer.status_code, answer.headers["Content-Type"]) == (404, "application/problem+json")


def test_a_websocket_is_turned_away(simulator: Simulator, http: httpx.Client) -> None:
    """No provider here speaks it: the upgrade is ignored and the request answered as any other."""
    headers = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "x" * 22 + "==",
    }
    assert http.get(f"{simulator.url}/demo{AGENTS}", headers={**KEY, **headers}).status_code == 200
