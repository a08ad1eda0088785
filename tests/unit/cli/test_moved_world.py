"""A world that goes on in another process: by its document over HTTP, for every provider."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

import httpx
import pytest

from simulator.documents import read
from simulator.http.response import Response
from simulator.registry import built_in_registry, data_folder
from simulator.testing.client import Client
from tests.asking import Ask, example, opening
from tests.conftest import World
from tests.properties.trail import Trail
from tests.providers.outcomes import ACCOUNTS, HEADERS, OTHER, Line
from tests.receiver import Receiver, receiving
from tests.unit.command import Serving, end

PROVIDERS = built_in_registry().providers
DEFAULT: dict[str, Any] = read(data_folder("scenarios") / "default.yaml").content
HOST = {"Host": "simulator.test"}  # the same for both servers, as answers may name it


@pytest.fixture(scope="module")
def servers() -> Iterator[tuple[Serving, Serving]]:
    """Two simulators, each in a process of its own."""
    both = Serving("--port", "0"), Serving("--port", "0")
    with contextlib.ExitStack() as stack:
        for one in both:
            stack.enter_context(one.process)
            stack.callback(end, one.process)
        yield both


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Listens for webhooks."""
    with receiving() as one:
        yield one


class Customer:
    """Uses a world over HTTP, by the examples of a spec, and remembers what answers name."""

    def __init__(self, http: httpx.Client, url: str, provider: str) -> None:
        self.http, self.url, self.bound = http, url, PROVIDERS[provider]
        self.trail = Trail()

    def send(self, url: str, ask: Ask) -> httpx.Response:
        """Send a request to a server."""
        headers = {**HOST, **dict(ask.headers), "X-Simulator-World": "w"}
        address = f"{url}/{ask.provider}{ask.path}" + (f"?{ask.query}" if ask.query else "")
        if ask.encoded is None:
            return self.http.request(ask.method, address, headers=headers, json=ask.body)
        media, raw = ask.encoded
        return self.http.request(ask.method, address, headers={**headers, "Content-Type": media}, content=raw)

    def use(self, ask: Ask) -> httpx.Response:
        """Send a request to the first server, and remember what the answer names."""
        answer = self.send(self.url, ask)
        self.note(ask, answer)
        return answer

    def note(self, ask: Ask, answer: httpx.Response) -> None:
        """Remember what an answer names, unless a rule has changed it."""
        if "X-Simulator-Rule" in answer.headers:
            return
        headers = [("Content-Type", answer.headers.get("Content-Type", ""))]
        self.trail.note(self.bound, ask.operation, Response(answer.status_code, headers, answer.content))

    def examples(self, *, deleting: bool = False) -> Iterator[Ask]:
        """The request of every operation, those that remove something last, with what there is."""
        operations = sorted(self.bound.spec.operations.values(), key=lambda one: one.method == "DELETE")
        for operation in operations:
            if deleting or operation.method != "DELETE":
                ask = example(self.bound, operation, partial(self.newest, operation.id))
                yield ask._replace(headers=(*ask.headers, ("Idempotency-Key", operation.id)))

    def newest(self, operation: str, name: str) -> str | None:
        """What an operation could take."""
        return next(reversed(self.trail.of(self.bound.name, operation, name)), None)


def control(http: httpx.Client, url: str, method: str, path: str, body: Any = None) -> Any:
    """Ask the control API."""
    answer = http.request(method, f"{url}/_simulator/worlds/w{path}", json=body)
    assert answer.is_success, answer.text
    return answer.json()


def seen(answer: httpx.Response) -> tuple[int, list[tuple[str, str]], bytes]:
    """Everything that a client sees."""
    return answer.status_code, answer.headers.multi_items(), answer.content


def scenario(provider: str, receiver: Receiver) -> dict[str, Any]:
    """A frozen world with rate limits and a receiver of webhooks, in which rules come into play by count and by chance."""
    rules = [
        {"name": "lost", "when": {"provider": provider}, "then": {"error": "LIMITED"}, "skip": 20, "every": 7, "times": 20},
        {"name": "chance", "when": {"provider": provider}, "then": {"amend": {"headers": {"X-Odd": "1"}}}, "probability": 0.5},
        {"name": "late", "when": {"event": f"{provider}.*"}, "then": {"delivery": "late", "delay": "10m"}, "times": 3},
    ]
    clock = {"start": "2026-03-01T00:00:00Z", "frozen": True}
    own = json.loads(json.dumps(ACCOUNTS[0]))
    own["cald"]["agents"][0]["webhook_url"] = receiver.url
    own["cartesia"]["webhooks"] = [{"id": "agent_webhook_1", "url": receiver.url}]
    own["cartesia"]["agents"][0]["webhook_id"] = "agent_webhook_1"
    own["chirp"]["apps"][0]["webhooks"] = [{"url": receiver.url}]
    own["truedy"]["webhooks"] = [{"url": receiver.url}]
    own["vantax"]["webhooks"] = [{"url": receiver.url}]
    accounts = {"open": True, "accounts": [own, *DEFAULT["accounts"]]}
    return {**DEFAULT, **accounts, "clock": clock, "rate_limits": "on", "rules": [*rules, *DEFAULT["rules"]]}


@pytest.mark.parametrize("provider", sorted(PROVIDERS))
def test_a_world_goes_on_byte_for_byte_in_another_process(
    servers: tuple[Serving, Serving], http: httpx.Client, receiver: Receiver, provider: str
) -> None:
    """Numbers are bought, calls ring, rules are half used, webhooks wait: all that follows is the same in both processes."""
    here, there = (one.url for one in servers)
    made = control(http, here, "PUT", "", {"scenario": scenario(provider, receiver), "seed": 3})
    world = World("w", here, f"{here}/_simulator/worlds/w", http, made["providers"], Client.connect(here))
    line = Line(world, provider)
    line.place(OTHER)
    control(http, here, "POST", "/clock", {"advance": "1m"})  # the call is over, and its webhook waits
    call = line.place(OTHER)
    customer = Customer(http, here, provider)
    for ask in opening(PROVIDERS[provider]):
        customer.use(ask)
    for _ in range(2):
        for ask in customer.examples():
            customer.use(aimed(ask, receiver))
    control(http, here, "PUT", "/snapshots/before")
    control(http, here, "POST", "/clock", {"advance": "2s"})
    rules = control(http, here, "GET", "/rules")["rules"]
    assert rules[0]["fired"] > 0
    assert rules[1]["fired"] > 0
    pending = [timer["subject"] for timer in control(http, here, "GET", "/clock")["pending"]]
    assert call.rpartition("/")[2] in pending  # the call rings, or waits in the queue until it does
    deliveries = control(http, here, "GET", "/outbox")["deliveries"]
    assert any(one["status"] == "pending" for one in deliveries)

    document = http.get(f"{here}/_simulator/worlds/w/snapshot")
    assert document.status_code == 200
    moved = http.put(
        f"{there}/_simulator/worlds/w/snapshot", content=document.content, headers={"Content-Type": "application/json"}
    )
    assert moved.is_success, moved.text
    assert http.get(f"{there}/_simulator/worlds/w/snapshot").content == document.content
    shown = Ask(provider, "", "GET", PROVIDERS[provider].spec.base_path + call, "", calling(provider), None)
    compare(customer, (here, there), receiver, shown, ("3s", "10m"))
    for server in (here, there):
        control(http, server, "POST", "/snapshots/before/restore")
    compare(customer, (here, there), receiver, shown, ("3s",))


def aimed(ask: Ask, receiver: Receiver) -> Ask:
    """A request whose URLs lead to the receiver."""

    def replaced(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: replaced(member) for name, member in value.items()}
        if isinstance(value, list):
            return [replaced(member) for member in value]
        return receiver.url if isinstance(value, str) and value.startswith("https://") else value

    return ask._replace(body=replaced(ask.body))


def calling(provider: str) -> tuple[tuple[str, str], ...]:
    """The headers of the account that has placed the call."""
    return tuple((name.replace("_", "-"), value) for name, value in HEADERS[provider].items())


def compare(customer: Customer, servers: tuple[str, str], receiver: Receiver, call: Ask, advances: Sequence[str]) -> None:
    """Everything that is asked of both servers from now on is answered alike, and the same webhooks come from both."""
    here, there = servers
    for advance in advances:
        for ask in [aimed(one, receiver) for one in customer.examples(deleting=advance == "10m")]:
            answer = customer.send(here, ask)
            assert seen(customer.send(there, ask)) == seen(answer), ask
            customer.note(ask, answer)
        assert seen(customer.send(there, call)) == seen(customer.send(here, call))
        came = []
        for server in servers:
            receiver.payloads()
            control(customer.http, server, "POST", "/clock", {"advance": advance})
            control(customer.http, server, "POST", "/outbox/deliver")
            came.append(sorted(map(str, receiver.payloads())))
        assert came[0] == came[1]
    for path in (
        "/state",
        "/requests?details=true",
        "/outbox",
        "/ledger",
        "/verdict",
        "/rules",
        "/clock",
        "/snapshots/before/diff",
    ):
        assert control(customer.http, here, "GET", path) == control(customer.http, there, "GET", path), path
