"""The scenario `examples` holds what the examples of the specs name, so that the requests of an imported collection succeed."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from urllib.parse import quote, urlencode

import pytest

from simulator.application import Application
from simulator.http import Request, Response, settled
from simulator.openapi.curl import encoded_example, example_text
from simulator.openapi.operation import Operation, Parameter
from simulator.provider.bound import BoundProvider
from simulator.registry import built_in_registry
from tests.asking import credential

REGISTRY = built_in_registry()
WORLD = "/_simulator/worlds/examples"

# What one example wants and another excludes: refused as the provider documents it.
REFUSED = {
    "cald.delete_agent": 400,  # a campaign uses the agent
    "cartesia.phone_numbers_delete": 400,  # the number is assigned, as the older way to dial needs it
    "cartesia.providers_create": 409,  # the account is linked, as the import needs it
    "cartesia.calls_list": 400,  # neither an agent nor a batch is required by itself
    "cartesia.calls_cancel": 400,  # the call is over, so that it has a recording
    "chirp.assign_phone_number": 409,  # the app has the number, from which it texts
    "chirp.assign_app_phone_number": 409,
    "chirp.simulate_inbound_sms": 403,  # the playground takes keys of test apps
    "truedy.release_number": 422,  # the agent calls from it
    "truedy.pause_batch_call": 422,  # the batch call is a draft, so that it can be changed
    "truedy.resume_batch_call": 422,
    "vantax.detach_knowledge_base": 404,  # the agent has none yet
}


@pytest.fixture(scope="module")
def app() -> Application:
    """A simulator without a socket."""
    return Application(REGISTRY)


def sent(
    app: Application, bound: BoundProvider, operation: Operation, scenario: str, optional: Sequence[Parameter] = ()
) -> Iterator[Response]:
    """Send each example of an operation to a fresh world of the scenario, with those of some optional parameters."""
    keys = [key for key in bound.provider.keys for scheme in operation.schemes[:1] if scheme.pattern.fullmatch(key)]
    path, headers = operation.path, dict(credential(bound, key) for key in keys[:1])
    query: dict[str, str] = {}
    for parameter in operation.parameters:
        if parameter.where == "path":
            path = path.replace(f"{{{parameter.name}}}", quote(example_text(parameter), safe=""))
        elif parameter.required or parameter in optional:
            (query if parameter.where == "query" else headers)[parameter.name] = example_text(parameter)
    for example in (operation.body.examples if operation.body else None) or [None]:
        made = {"host": "in-process", "content-type": "application/json"}
        settled(app.handle(Request("PUT", WORLD, "", made, json.dumps({"scenario": scenario}).encode())))
        media, raw = encoded_example(operation, example)
        told = {"host": "in-process", "x-simulator-world": "examples", "content-type": media, **headers}
        yield settled(app.handle(Request(operation.method, f"/{bound.name}{path}", urlencode(query), told, raw)))
        settled(app.handle(Request("DELETE", WORLD, "", made, b"")))


@pytest.mark.parametrize("scenario", ["examples"])
@pytest.mark.parametrize("provider", sorted(REGISTRY.providers))
def test_every_example_succeeds(app: Application, provider: str, scenario: str) -> None:
    """Or is refused for the documented reason that is listed above, which none is that succeeds."""
    bound = REGISTRY.providers[provider]
    for operation in bound.spec.operations.values():
        if operation.simulated:
            name = f"{provider}.{operation.id}"
            responses = [*sent(app, bound, operation, scenario)]
            refused = {response.status for response in responses if response.status >= 300}
            assert refused == ({REFUSED[name]} if name in REFUSED else set()), f"{name}: {responses[0].body.decode()}"


@pytest.mark.parametrize("provider", sorted(REGISTRY.providers))
def test_every_example_succeeds_with_the_examples_of_optional_parameters(app: Application, provider: str) -> None:
    """As an imported collection has them switched on: one by one, and all together."""
    bound = REGISTRY.providers[provider]
    tried = 0
    for operation in bound.spec.operations.values():
        given = [one for one in operation.parameters if not one.required and one.where != "path" and one.example != one.name]
        for optional in [[one] for one in given] + [given] if operation.simulated else ():
            name = f"{provider}.{operation.id}"
            statuses = {response.status for response in sent(app, bound, operation, "examples", optional)}
            refused = {status for status in statuses if status >= 300}
            assert refused <= ({REFUSED[name]} if name in REFUSED else set()), f"{name} {[one.name for one in optional]}"
            tried += 1
    assert tried > 0 or provider == "cald", "Cald documents no optional parameter with an example"
