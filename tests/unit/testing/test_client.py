"""The client of the control API: the same words for a simulator in this process and for one on a server."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from simulator import Simulator, __version__
from simulator.testing.client import Client, ControlError, World
from tests.demo_provider import PROVIDERS

SCENARIO = {
    "description": "mine",
    "seed": 7,
    "open": True,
    "clock": {"start": "2026-03-01T00:00:00Z", "frozen": True},
    "lifecycles": {"demo.number": {"after": "30s"}},
}


@pytest.fixture(params=["in process", "remote"])
def client(request: pytest.FixtureRequest, simulator: Simulator) -> Iterator[Client]:
    """A client of the live server, by a call or over HTTP."""
    if request.param == "in process":
        yield simulator.client
        return
    connected = Client.connect(simulator.url)
    yield connected
    connected.close()


@pytest.fixture
def world(client: Client) -> Iterator[World]:
    """A world of an inline scenario."""
    with client.world(SCENARIO, unmatched="ignore") as made:
        yield made


def _demo(world: World, method: str, path: str, **more: Any) -> httpx.Response:
    headers = {"Authorization": world.demo.api_key}
    return httpx.request(method, world.demo.base_url + path, headers=headers, **more)


def test_an_unknown_attribute_of_a_world(world: World) -> None:
    """A typo in a provider or in a method is answered with the nearest of both."""
    for name, nearest in (("cartesai", "did you mean 'cartesia'"), ("advnce", "did you mean 'advance'"), ("qqq", "cald, ")):
        with pytest.raises(AttributeError, match=f"World has no attribute or provider '{name}'; .*{nearest}"):
            getattr(world, name)


def test_an_unknown_attribute_of_a_provider(world: World) -> None:
    """The error names what there is."""
    for name, nearest in (("url", "base_url"), ("key", "api_key"), ("qqq", "base_url or api_key or keys or transport or name")):
        with pytest.raises(AttributeError, match=rf"world.demo has no attribute '{name}'; did you mean {nearest}\?"):
            getattr(world.demo, name)


def test_a_rule_is_a_mapping(world: World) -> None:
    """The error shows how to write what was probably meant."""
    with pytest.raises(TypeError, match=r"then is 'OUT', expected a mapping such as \{'error': 'OUT'\}"):
        world.rule(then="OUT")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"when is 'demo.list', expected a mapping such as \{'operation': 'demo.list'\}"):
        world.rule(when="demo.list", then={"status": 503})  # type: ignore[arg-type]


def test_a_scenario_file_that_does_not_exist(client: Client) -> None:
    """The error says that it is the scenario that is missing."""
    with pytest.raises(FileNotFoundError, match=r"the scenario cannot be read: No such file or directory: 'nowhere\.yaml'$"):
        client.world(Path("nowhere.yaml"))


def test_a_file_is_given_as_a_path(client: Client) -> None:
    """A text is the name of a scenario, also where the server has the file."""
    with pytest.raises(
        ValueError, match=r"'mine.yaml' is a file, expected the name .*; for a file pass pathlib.Path\('mine.yaml'\)"
    ):
        client.world("mine.yaml")


def test_a_receiver_of_webhooks_can_be_called(simulator: Simulator) -> None:
    """The error is raised by the call that is wrong, not by the first webhook."""
    with (
        simulator.world() as made,
        pytest.raises(TypeError, match="3 is not a receiver; expected an ASGI application, a function"),
    ):
        made.webhooks.to(3)  # type: ignore[arg-type]


def test_a_request_of_another_world(client: Client) -> None:
    """Its id is unique over the server, so the explanation says where it is."""
    with client.world(SCENARIO, name="first") as first, client.world(SCENARIO, name="second") as second:
        made = _demo(first, "GET", "/agents").headers["X-Simulator-Request"]
        with pytest.raises(
            ControlError, match=f"no request '{made}' in the request log of the world 'second'; the world 'first' has"
        ):
            client.call("GET", f"/worlds/{second.name}/requests/{made}")


def test_what_the_server_offers(client: Client) -> None:
    """Its version, its providers and its scenarios."""
    assert (client.health()["version"], client.health()["status"]) == (__version__, "ok")
    assert [each["name"] for each in client.providers()] == client.health()["providers"]
    assert "cartesia/plan-full" in client.scenarios()
    assert all(client.scenarios().values())


def test_a_world_from_beginning_to_end(client: Client) -> None:
    """It has a name of its own, and where each provider answers; after the block it is gone."""
    with client.world(SCENARIO) as world, client.world("demo/one-agent", name="named", seed=3) as other:
        assert (world.description, other.name, other.scenario) == ("mine", "named", "demo/one-agent")
        assert world.name != other.name
        assert set(world.providers) == set(client.health()["providers"])
        assert world.demo.base_url == f"{client.url}/w/{world.name}/demo/v1"
        assert (world.demo.name, world.demo.api_key) == ("demo", world.demo.keys[0])
        assert _demo(world, "GET", "/agents").status_code == 200
        with pytest.raises(AttributeError, match="no attribute or provider 'demp'; did you mean 'demo'"):
            _ = world.demp
    with pytest.raises(ControlError, match="no world") as gone:
        world.requests()
    assert gone.value.status == 404


def test_a_world_of_a_file(client: Client, tmp_path: Path) -> None:
    """Sent as text, so that a fault is told with its line."""
    path = tmp_path / "mine.yaml"
    path.write_text("description: From a file\nopen: true\n", encoding="utf-8")
    with client.world(path) as world:
        assert world.description == "From a file"
    path.write_text("description: x\nsede: 1\n", encoding="utf-8")
    with pytest.raises(ControlError, match="scenario:2: unknown key 'sede'") as refused:
        client.world(path)
    assert refused.value.status == 422


def test_a_closed_world_without_keys(client: Client) -> None:
    """Asking for a key says why there is none."""
    with client.world({"description": "closed", "open": False}) as world, pytest.raises(LookupError, match="no key for demo"):
        _ = world.demo.api_key


def test_the_journal(world: World) -> None:
    """Filtered, explained, forgotten."""
    _demo(world, "GET", "/agents")
    _demo(world, "GET", "/nothing")
    assert [each.operation for each in world.requests()] == ["demo.list_agents", None]
    assert len(world.requests("demo", "demo.list_agents", 200, matched=True)) == 1
    assert len(world.requests(matched=False)) == 1
    assert world.requests(status=500) == []
    assert "Matched operation demo.list_agents." in world.explain(world.requests()[0].id)["story"]
    world.forget_requests()
    assert world.requests() == []
    with pytest.raises(ControlError, match="no request 'req-1'"):
        world.explain("req-1")


def test_rules(world: World) -> None:
    """Added, listed, explained, removed."""
    rule = world.rule(then={"status": 418}, when={"provider": "demo"}, times=1, skip=1, name="teapot")
    other = world.rule(then={"status": 419}, probability=1e-9)
    assert [each["id"] for each in world.rules()] == [rule, other]
    assert [_demo(world, "GET", "/agents").status_code for _ in range(3)] == [200, 418, 200]
    assert world.rules()[0]["fired"] == 1
    assert world.explain_rule(other)["nearest"]["why"].startswith("it fires with probability 1e-09")
    world.remove_rule(rule)
    assert [each["id"] for each in world.rules()] == [other]
    world.remove_rules()
    assert world.rules() == []
    with pytest.raises(ControlError, match="demo has no error 'NOPE'"):
        world.rule(then={"error": "NOPE"}, when={"provider": "demo"})


def test_time(world: World) -> None:
    """Advanced, frozen, let go."""
    number = _demo(world, "POST", "/numbers", json={}).json()["id"]
    assert [each["subject"] for each in world.clock()["pending"]] == [number]
    assert world.advance("29s") == []
    assert [each["subject"] for each in world.advance("1s")] == [number]
    world.freeze("2027-01-01T00:00:00Z")
    assert world.clock()["now"] == "2027-01-01T00:00:00.000Z"
    world.unfreeze()
    assert not world.clock()["frozen"]
    world.freeze()
    assert world.clock()["frozen"]


def test_going_back(world: World) -> None:
    """Snapshots, reset, clear; the state tells the difference."""

    def agents() -> int:
        return sum(account["tables"]["agents"]["total"] for account in world.state("demo"))

    _demo(world, "POST", "/agents", json={"name": "one"})
    saved, named = world.snapshot(), world.snapshot("named")
    assert named == "named"
    _demo(world, "POST", "/agents", json={"name": "two"})
    assert agents() == 2
    for name in (saved, named, saved):
        world.restore(name)
        assert agents() == 1
    world.reset()
    assert agents() == 0
    world.clear()
    assert {account["provider"] for account in world.state()} <= {"demo"}
    with pytest.raises(ControlError, match="unknown snapshot 'other'; expected one of"):
        world.restore("other")


def test_a_refusal_says_why(client: Client) -> None:
    """The text is the server's, the status is at hand."""
    with pytest.raises(ControlError, match="unknown scenario 'defualt'; did you mean default") as refused:
        client.world("defualt")
    assert refused.value.status == 422


def test_every_word_is_typed_and_explained() -> None:
    """Each public method says what it takes, gives and does."""
    for kind in (Client, World):
        for name, member in inspect.getmembers(kind, inspect.isfunction):
            if not name.startswith("_"):
                assert member.__doc__, name
                assert "return" in member.__annotations__, name


def test_nobody_there() -> None:
    """A server that does not run is an OSError, as of any socket; what is no address is told at once."""
    with pytest.raises(OSError, match="refused"):
        Client.connect("http://127.0.0.1:1").health()
    with pytest.raises(ValueError, match="is not a base URL, expected one like http"):
        Client.connect("127.0.0.1:8080")


def test_a_token_need_not_be_told_twice() -> None:
    """Whoever makes a simulator with an admin token in the own process steers it without further ado."""
    simulator = Simulator(admin_token="t0ken", providers_folder=PROVIDERS)  # noqa: S106  (of a server that nobody reaches)
    with simulator.world(name="mine") as world:
        assert world.requests() == []
