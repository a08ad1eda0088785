"""A provider so small that a test sees all of it, for what no real provider does: break its own spec."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import httpx

from simulator.application import Application
from simulator.documents import parse
from simulator.openapi.spec import Spec
from simulator.provider import Account, Call, Error, Problem, Provider, Record, Reply, RequestInfo, Seed, bind
from simulator.registry import Registry, registry_with
from simulator.testing.transport import Transport

KEY = "toy_demo"
FOLDER = Path(__file__).parent
PROVIDERS = FOLDER / "folder"  # of the provider `demo`, which is served beside the built-in ones
SPEC = (FOLDER / "openapi.yaml").read_text(encoding="utf-8")


def demo_registry() -> Registry:
    """The built-in providers, and the provider `demo`."""
    return registry_with(PROVIDERS)


class Errors:
    """The refusals that the pipeline asks for, and one of the toy's own."""

    UNAUTHORIZED = Error(401, None, "No key")
    INVALID_KEY = Error(401, None, "Bad key")
    WRONG_KEY = Error(403, None, "Wrong key")
    NOT_FOUND = Error(404, None, "No route")
    METHOD_NOT_ALLOWED = Error(405, None, "No method")
    MALFORMED = Error(400, None, "Malformed")
    TOO_LARGE = Error(413, None, "Too large")
    INVALID = Error(422, None, "Invalid")
    LIMITED = Error(429, None, "Slow down")
    REUSED_KEY = Error(409, None, "Another body")
    NO_THING = Error(404, None, "No thing")


class Thing(Record, frozen=True):
    """What the toy keeps."""

    colour: str


class Box:
    """An account of the toy."""

    def __init__(self, account: Account[Box], seed: Seed) -> None:
        self.things = account.table("things", Thing)


ToyCall = Call[Box]
Handlers = Mapping[str, Callable[[ToyCall], Reply]]


def make(call: ToyCall) -> Reply:
    """Keep a thing, and take a number for it."""
    thing = Thing(id=call.world.ids.hex("thing", 4), colour=call.body.get("colour", "red"))
    call.state.things.put(thing)
    call.world.inventory.reserve_seeded(None)
    return Reply({"id": thing.id, "colour": thing.colour})


def list_all(call: ToyCall) -> Reply:
    """Every thing, and the number that would be sold next."""
    first = call.world.inventory.search("US").first()
    return Reply([*(each.colour for each in call.state.things.all()), first])


def drop(call: ToyCall) -> Reply:
    """Forget a thing."""
    if call.params["id"] not in call.state.things:
        raise Errors.NO_THING()
    call.state.things.remove(call.params["id"])
    return Reply()


def render(problem: Problem, request: RequestInfo) -> Reply:
    """The toy's error body."""
    return Reply({"error": problem.detail})


def provider(handlers: Handlers | None = None, **more: Any) -> Provider[Box]:
    """The toy, with some of its functions replaced."""
    settings: dict[str, Any] = {"errors": Errors, "render": render, "keys": [KEY], "example_operation": "list", **more}
    made: Provider[Box] = Provider("toy", state=Box, **settings)
    for name, handler in {"make": make, "list": list_all, "drop": drop, **(handlers or {})}.items():
        made.operation(name)(handler)
    return made


class Toy:
    """The toy behind the application, without a socket."""

    def __init__(self, handlers: Handlers | None = None, spec: str = SPEC, **more: Any) -> None:
        bound = bind(provider(handlers, **more), Spec(parse(spec, "toy.yaml")))
        self.app = Application(Registry({"toy": bound}, FOLDER / "scenarios"))

    def __call__(self, method: str, path: str, key: str = KEY, **more: Any) -> httpx.Response:
        """Send one request."""
        headers = {"Authorization": f"Bearer {key}", **more.pop("headers", {})}
        with httpx.Client(transport=Transport(self.app, "default"), trust_env=False) as client:
            return client.request(method, f"http://here/toy/v1{path}", headers=headers, **more)
