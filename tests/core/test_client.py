"""The client of the control API, and the simulator that it steers: in this process or elsewhere, with the same words."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from simulator import Simulator
from simulator.client import Client, ControlError, Local, World
from simulator.provider import Reply
from tests.core.toy import Toy

BUY = "cartesia.phone_numbers_provision"


@pytest.fixture(params=["in process", "remote"])
def client(request: pytest.FixtureRequest, simulator: Simulator) -> Iterator[Client]:
    """A client in this process, and one over HTTP."""
    if request.param == "in process":
        yield simulator.client
        return
    client = Client.connect(simulator.url)
    yield client
    client.close()


def buy(world: World, label: str = "x", key: str = "") -> int:
    """The status of a purchase."""
    headers = {"Authorization": f"Bearer {key or world.cartesia.api_key}", "Cartesia-Version": "2026-03-01"}
    with httpx.Client(transport=world.cartesia.transport, headers=headers) as http:
        return http.post("https://api.cartesia.ai/agents/phone-numbers/provision", json={"label": label}).status_code


def test_worlds_of_two_clients_never_meet(client: Client, simulator: Simulator) -> None:
    """Whoever shares a server with others need not think of names."""
    with closing(Client.connect(simulator.url)) as other, client.world() as one, other.world() as two:
        assert one.name != two.name


def test_a_scenario_may_be_a_file(client: Client, tmp_path: Path) -> None:
    """It is sent as it stands, so that its faults are told with their lines; its seed is its own."""
    file = tmp_path / "mine.yaml"
    file.write_text("description: mine\nopen: true\nseed: 5\n", encoding="utf-8")
    with client.world(file) as world:
        assert (world.description, buy(world)) == ("mine", 201)
    with pytest.raises(ValueError, match=r"mine\.yaml says its own seed"):
        client.world(file, seed=1)
    file.write_text("description: mine\nopn: true\n", encoding="utf-8")
    with pytest.raises(ControlError, match=r"scenario:2: .*did you mean 'open'"):
        client.world(file)


def test_a_rule_tells_what_came_nearest(client: Client) -> None:
    """Of the requests that it did not decide the one with the most that fits, the newest of equals, and what did not fit."""
    with client.world() as world:
        rule = world.rule(name="lost", when={"operation": BUY, "body": {"label": "a"}}, then={"fault": "reset"})
        assert world.explain_rule(rule)["nearest"] is None
        buy(world, key="wrong")
        first = world.explain_rule(rule)
        assert (first["name"], first["fitted"], first["fired"]) == ("lost", 0, 0)
        assert first["nearest"]["why"] == "the body is {'label': 'x'}, the rule wants {'label': 'a'}"
        buy(world, label="b")
        nearest = world.explain_rule(rule)["nearest"]
        assert (nearest["id"], nearest["method"], nearest["path"]) == ("req-2", "POST", "/agents/phone-numbers/provision")
        assert nearest["why"] == "the body is {'label': 'b'}, the rule wants {'label': 'a'}"
        with pytest.raises(ControlError, match="no rule 'rule-99'"):
            world.explain_rule("rule-99")


def test_a_rule_tells_why_it_let_a_request_pass(client: Client) -> None:
    """It skips some; another decided; the request was refused first; it came too early."""
    with client.world() as world:
        buy(world)
        early = world.rule(when={"operation": BUY}, then={"fault": "reset"})
        assert world.explain_rule(early)["nearest"]["why"] == "the request came before the rule was added"
        world.remove_rule(early)
        skipping = world.rule(when={"operation": BUY}, then={"error": "LIMITED"}, skip=1)
        buy(world)
        assert world.explain_rule(skipping)["nearest"]["why"] == "it skips 1, this was number 1"
        second = world.rule(when={"operation": BUY, "method": "POST"}, then={"error": "LIMITED"})
        third = world.rule(when={"operation": BUY}, then={"error": "UNAVAILABLE"})
        buy(world)
        assert world.explain_rule(second)["nearest"] | {"id": ""} == {
            "id": "",
            "method": "POST",
            "path": "/agents/phone-numbers/provision",
            "why": "another rule decided before it",
        }
        assert world.explain_rule(third)["fired"] == 1


def test_a_refused_request_never_reached_the_rules(client: Client) -> None:
    """A wrong key is judged before."""
    with client.world() as world:
        rule = world.rule(when={"operation": BUY}, then={"fault": "reset"})
        buy(world, key="wrong")
        assert world.explain_rule(rule)["nearest"]["why"] == "the request was refused before rules were tried"


def test_a_fault_of_the_simulator_stands_in_the_journal(tmp_path: Path) -> None:
    """With what it was; other requests have none."""
    toy = Toy(tmp_path, {"make": lambda call: Reply({"id": "1"})})
    toy("GET", "/things")
    toy("POST", "/things", json={})
    world = World(Client(Local(toy.app, str)), Client(Local(toy.app, str)).call("GET", "/worlds/default"))
    fine, broken = world.requests()
    assert (fine["bug"], broken["status"], broken["error"]) == (None, 500, None)
    assert broken["bug"].startswith("The simulator failed at POST /v1/things: SpecBroken: make answers 201 off its schema")
    assert f"The simulator is at fault here, not the client: {broken['bug']}." in world.explain(broken["id"])["story"]


def test_a_server_starts_when_its_address_is_asked_for() -> None:
    """Not before, once only, and again after it was closed."""
    simulator = Simulator()
    world, before = simulator.world(), threading.active_count()
    assert buy(world) == 201
    assert threading.active_count() == before
    assert httpx.get(f"{world.cartesia.base_url}/api-status", timeout=5).url.port == httpx.URL(simulator.url).port
    assert threading.active_count() == before + 1
    simulator.close()
    simulator.close()
    assert threading.active_count() == before
    with simulator:
        assert httpx.get(f"{simulator.url}/_simulator/health").status_code == 200


def test_an_address_that_is_taken_is_an_error() -> None:
    """For who wants this very one; who asks in passing has transports."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        simulator = Simulator(port=taken.getsockname()[1])
        with pytest.raises(OSError, match="in use"), simulator:
            pass
        assert simulator.url == "http://in-process.invalid"
        assert buy(simulator.world()) == 201


@pytest.mark.parametrize("url", ["", "localhost:8080", "ftp://localhost", "http://", "http://localhost/cartesia"])
def test_an_address_that_is_none_is_refused(url: str) -> None:
    """Before anything is sent there."""
    with pytest.raises(ValueError, match=r"is no base URL, expected one like http://127\.0\.0\.1:8080"):
        Client.connect(url)


def test_a_connection_that_the_server_closed_is_made_anew() -> None:
    """A client that pauses does not notice; one whose server is gone does, each time anew."""
    with Simulator() as simulator:
        port = httpx.URL(simulator.url).port
        client = Client.connect(simulator.url)
        assert client.health()["status"] == "ok"
    with Simulator(port=port or 0):
        assert client.health()["status"] == "ok"
    for _ in range(2):
        with pytest.raises(ConnectionError):
            client.health()
    client.close()
