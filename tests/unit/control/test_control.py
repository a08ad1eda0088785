"""The control API under `/_simulator`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from simulator import Simulator, __version__
from tests.conftest import World
from tests.demo_provider import PROVIDERS

PROBLEM = "application/problem+json"


class Control:
    """The control API of a server."""

    def __init__(self, http: httpx.Client, url: str) -> None:
        self.http = http
        self.url = f"{url}/_simulator"

    def __call__(self, method: str, path: str, json: Any = None, **more: Any) -> httpx.Response:
        """Send a request, `json` as its body."""
        if json is not None:
            more["json"] = json
        return self.http.request(method, self.url + path, **more)


@pytest.fixture
def control(simulator: Simulator, http: httpx.Client) -> Control:
    """The control API of the live server."""
    return Control(http, simulator.url)


def test_health(control: Control) -> None:
    """A server that answers is ready, and says what it can play."""
    answer = control("GET", "/health").json()
    assert (answer["status"], answer["version"], "demo" in answer["providers"]) == ("ok", __version__, True)


def test_providers(control: Control) -> None:
    """Every provider tells its operations and errors, each with its evidence."""
    providers = {each["name"]: each for each in control("GET", "/providers").json()["providers"]}
    assert list(providers) == control("GET", "/health").json()["providers"]
    demo = providers["demo"]
    assert (demo["title"], demo["host"]) == ("Demo", "api.demo.example")
    (buy,) = [each for each in demo["operations"] if each["id"] == "buy_number"]
    assert (buy["method"], buy["path"], buy["evidence"]) == ("POST", "/v1/numbers", "documented")
    assert buy["source"].startswith("https://docs.demo.example/")
    (refused,) = [each for each in demo["errors"] if each["name"] == "US_ONLY"]
    assert (refused["status"], refused["code"], refused["evidence"]) == (400, None, "assumed")


@pytest.mark.parametrize(("query", "prefix"), [("", ""), ("?world=default", ""), ("?world=mine", "/w/mine")])
def test_a_spec_has_this_server_as_its_server(control: Control, simulator: Simulator, query: str, prefix: str) -> None:
    """A client made from the document reaches the simulator, and the world that was asked for, if there is one."""
    assert control("GET", "/specs/demo?world=nowhere").status_code == 404
    control("PUT", "/worlds/mine", {})
    document = control("GET", f"/specs/demo{query}").json()
    assert document["openapi"].startswith("3.1")
    assert document["servers"] == [{"url": f"{simulator.url}{prefix}/demo/v1"}]
    assert "/numbers" in document["paths"]


@pytest.mark.parametrize("name", ["cartesia", "_simulator"])
def test_every_operation_that_is_served_has_a_description(control: Control, name: str) -> None:
    """Linters ask for one; it is the operation's own, or its summary and the note on what is not documented."""
    document = control("GET", f"/specs/{name}").json()
    operations = [one for item in document["paths"].values() for method, one in item.items() if method != "parameters"]
    assert [one["operationId"] for one in operations if not one["description"]] == []
    assert all(one["description"].startswith(one["summary"]) for one in operations if one["operationId"] == "voices_list")


def test_the_control_api_describes_itself(control: Control) -> None:
    """Every route that its spec lists is there."""
    document = control("GET", "/specs/_simulator").json()
    assert document["servers"] == [{"url": control.url}]
    for path in document["paths"]:
        route = path.replace("{provider}", "demo").replace("{world}", "nowhere")
        assert "No such control route" not in control("TRACE", route).text


@pytest.mark.parametrize("token", ["", "secret"])
def test_the_spec_of_the_control_api_demands_the_token_that_it_needs(token: str) -> None:
    """A client that is made from it sends none where there is none; the health check never needs it."""
    with Simulator(admin_token=token, providers_folder=PROVIDERS) as guarded, httpx.Client() as http:
        control = Control(http, guarded.url)
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        document = control("GET", "/specs/_simulator", headers=headers).json()
        assert document["security"] == ([{"adminToken": []}] if token else [])
        assert document["paths"]["/health"]["get"]["security"] == []
        assert control("GET", "/worlds").status_code == (401 if token else 200)
        assert control("GET", "/worlds", headers=headers).status_code == 200


@pytest.mark.parametrize("path", ["/specs/demp", "/specs/demp?world=default"])
def test_an_unknown_spec_names_the_near_ones(control: Control, path: str) -> None:
    """A slip of the pen is told from a provider that is not simulated."""
    answer = control("GET", path)
    assert answer.status_code == 404
    assert "did you mean demo" in answer.json()["detail"]


def test_scenarios(control: Control) -> None:
    """Every scenario that ships here has a name and a description, and can be played."""
    scenarios = {each["name"]: each["description"] for each in control("GET", "/scenarios").json()["scenarios"]}
    assert "default" in scenarios
    assert all(scenarios.values())
    for name in scenarios:
        made = control("PUT", "/worlds/each-scenario", {"scenario": name})
        assert (made.status_code in (200, 201), made.json()["scenario"]) == (True, name)
    assert control("DELETE", "/worlds/each-scenario").status_code == 204


def test_a_world_from_beginning_to_end(control: Control) -> None:
    """It is made, replaced, listed, found and forgotten; its addresses and keys work."""
    made = control("PUT", "/worlds/one")
    assert (made.status_code, control("PUT", "/worlds/one", {}).status_code) == (201, 200)
    world = made.json()
    assert (world["name"], world["scenario"], world.pop("dropped")) == ("one", "default", [])
    demo = world["providers"]["demo"]
    agents = control.http.get(f"{demo['base_url']}/agents", headers={"Authorization": demo["keys"][0]})
    assert agents.status_code == 200

    world["requests"] |= {"total": 1, "held": 1}
    assert control("GET", "/worlds/one").json() == control("GET", "/worlds").json()["worlds"][-1] == world
    gone = control("DELETE", "/worlds/one")
    assert (gone.status_code, gone.content) == (204, b"")
    for method, path in (("GET", "/worlds/one"), ("DELETE", "/worlds/one"), ("POST", "/worlds/one/reset")):
        answer = control(method, path)
        assert answer.status_code == 404
        assert "PUT /_simulator/worlds/one makes one" in answer.json()["detail"]


def test_a_world_lists_addresses_and_keys_for_every_provider(control: Control, world: World) -> None:
    """A client needs no more than these two to begin."""
    assert list(world.providers) == control("GET", "/health").json()["providers"]
    for name, each in world.providers.items():
        assert each["base_url"].startswith(f"{world.url}/{name}")
        assert each["keys"]


def test_replacing_a_world_forgets_what_was_in_it(control: Control, world: World) -> None:
    """Putting it again begins it anew."""
    demo = world.api("demo", Authorization=world.providers["demo"]["keys"][0])
    first = demo("POST", "/numbers", {}).json()
    assert demo("POST", "/numbers", {}).json() != first
    assert control("PUT", f"/worlds/{world.name}").status_code == 200
    assert demo("POST", "/numbers", {}).json() == first


def test_resetting_a_world_forgets_what_was_in_it(control: Control, make_world: Callable[..., World]) -> None:
    """It keeps its scenario and seed, and the same calls give the same answers again."""
    world = make_world(seed=7)
    demo = world.api("demo", Authorization=world.providers["demo"]["keys"][0])
    first = demo("POST", "/numbers", {}).json()
    assert demo("POST", "/numbers", {}).json() != first
    reset = control("POST", f"/worlds/{world.name}/reset")
    assert (reset.status_code, reset.json()["seed"]) == (200, 7)
    assert demo("POST", "/numbers", {}).json() == first


def test_the_world_default_is_made_anew_when_deleted(control: Control, simulator: Simulator) -> None:
    """It is always there, and begins as it did at first, also after it was replaced."""
    assert control("PUT", "/worlds/default", {"scenario": {"description": "closed"}, "seed": 9}).status_code == 200
    assert control("GET", "/worlds/default").json()["description"] == "closed"
    assert control("DELETE", "/worlds/default").status_code == 204
    world = control("GET", "/worlds/default").json()
    assert (world["scenario"], world["seed"]) == ("default", 0)
    assert world["providers"]["demo"]["base_url"] == f"{simulator.url}/demo/v1"


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"scenario": "defualt"}, "did you mean default?"),
        ({"scenario": ""}, "unknown scenario ''"),
        ({"scenario": "../specs/demo"}, "unknown scenario"),
        ({"scenario": {"rules": [{}]}}, "scenario/rules/0: missing 'then'"),
        ({"scenario": {"description": "x", "sede": 1}}, "scenario/sede: unknown key 'sede'; expected one of"),
        ({"scenario": {"description": "x", "accounts": [{"keys": ["no"]}]}}, "scenario/accounts/0/keys: the key 'no'"),
        ({"scenario": 7}, "scenario"),
        ({"seed": "7"}, "seed"),
        ({"seed": -1}, "seed"),
        ({"seed": 2**53}, "seed"),
        ({"sede": 7}, "sede"),
        ([], "object"),
        (7, "object"),
    ],
)
def test_a_world_that_cannot_be_made_leaves_the_old_one(control: Control, world: World, body: Any, told: str) -> None:
    """The 422 names the place; what was in the world is still there."""
    demo = world.api("demo", Authorization=world.providers["demo"]["keys"][0])
    assert demo("POST", "/agents", {"name": "still here"}).status_code == 200
    answer = control("PUT", f"/worlds/{world.name}", body)
    assert (answer.status_code, answer.headers["Content-Type"]) == (422, PROBLEM)
    assert told in answer.json()["detail"]
    assert "still here" in demo("GET", "/agents").text


def test_a_client_cannot_read_files_of_the_server(control: Control, tmp_path: Any) -> None:
    """A scenario is named or sent; a path is neither, however sound the file."""
    path = tmp_path / "secret.yaml"
    path.write_text("description: secret", encoding="utf-8")
    answer = control("PUT", "/worlds/mine", {"scenario": str(path)})
    assert answer.status_code == 422
    assert "unknown scenario" in answer.json()["detail"]


@pytest.mark.parametrize("name", ["-x", ".x", "a b", "a%0Ab", "a%0A", "a%2Fb", "%C3%A4", "x" * 101])
def test_a_world_has_a_plain_name(control: Control, name: str) -> None:
    """It must fit into an address and a header as it is; the violation names the parameter."""
    answer = control("PUT", f"/worlds/{name}")
    assert (answer.status_code, answer.headers["Content-Type"]) == (422, PROBLEM)
    (violation,) = answer.json()["violations"]
    assert (violation["in"], violation["field"]) == ("path", "world")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/health", 403), ("PUT", "/worlds/page", 403), ("DELETE", "/worlds/default", 403), ("GET", "/nothing", 404)],
)
def test_pages_in_a_browser_are_refused(control: Control, method: str, path: str, status: int) -> None:
    """No site that a developer visits may steer the simulator."""
    answer = control(method, path, headers={"Origin": "https://evil.example"})
    assert (answer.status_code, answer.headers["Content-Type"]) == (status, PROBLEM)
    assert control("GET", "/worlds/page").status_code == 404


def test_refusals_are_problem_details(control: Control) -> None:
    """As RFC 9457 has them, with every violation."""
    answer = control("PUT", "/worlds/mine", {"seed": "x", "sede": 1})
    body = answer.json()
    assert {key: body[key] for key in ("type", "title", "status")} == {
        "type": "about:blank",
        "title": "Unprocessable Content",
        "status": 422,
    }
    assert {(each["in"], each["field"]) for each in body["violations"]} == {("body", "seed"), ("body", "sede")}
    malformed = control("PUT", "/worlds/mine", content=b"{", headers={"Content-Type": "application/json"})
    assert (malformed.status_code, malformed.headers["Content-Type"]) == (400, PROBLEM)


def test_unknown_routes_and_methods(control: Control) -> None:
    """A route that is not there is a 404; a method that it lacks, a 405 that names those it has."""
    for path in ("/nothing", "/worlds/", "/health/", "//health"):
        assert (control("GET", path).status_code, control("GET", path).headers["Content-Type"]) == (404, PROBLEM)
    for path, allow in (
        ("/health", "GET, HEAD, OPTIONS"),
        ("/worlds", "GET, HEAD, OPTIONS"),
        ("/worlds/default", "DELETE, GET, HEAD, OPTIONS, PUT"),
    ):
        answer = control("PATCH", path)
        assert (answer.status_code, answer.headers["Allow"], answer.headers["Content-Type"]) == (405, allow, PROBLEM)
        assert answer.json()["detail"] == f"expected one of {allow}, got 'PATCH'"


@pytest.fixture(scope="module")
def guarded() -> Iterator[Simulator]:
    """A server that wants an admin token."""
    with Simulator(admin_token="s3cret", providers_folder=PROVIDERS) as running:  # noqa: S106  (of this test)
        yield running


WRONG = ("s3cret", "Bearer s3cre", "Bearer s3cret2", "Bearer", "Basic s3cret", "Bearer Bearer s3cret")


@pytest.mark.parametrize("headers", [{}, {"X-Api-Key": "s3cret"}, *({"Authorization": each} for each in WRONG)])
def test_an_admin_token_closes_the_control_api(guarded: Simulator, http: httpx.Client, headers: dict[str, str]) -> None:
    """Without it, or with a wrong one, everything but the health check is refused and nothing is done."""
    control = Control(http, guarded.url)
    assert control("GET", "/health", headers=headers).status_code == 200
    for method, path in (("GET", "/providers"), ("PUT", "/worlds/mine"), ("DELETE", "/worlds/default"), ("GET", "/specs/demo")):
        answer = control(method, path, headers=headers)
        assert (answer.status_code, answer.headers["Content-Type"]) == (401, PROBLEM)
        assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert control("GET", "/worlds/mine", headers={"Authorization": "Bearer s3cret"}).status_code == 404


def test_the_admin_token_opens_the_control_api(guarded: Simulator, http: httpx.Client) -> None:
    """The word Bearer may be written in any case; providers do not ask for the token."""
    control = Control(http, guarded.url)
    for word in ("Bearer", "bearer"):
        assert control("GET", "/worlds", headers={"Authorization": f"{word} s3cret"}).status_code == 200
    key = {"Authorization": "demo_" + "1" * 32}
    assert http.get(f"{guarded.url}/demo/v1/agents", headers=key).status_code == 200
