"""The control API under `/_simulator`: worlds, scenarios, providers and specs. Its spec is `specs/_simulator.yaml`."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from typing import Any

from simulator import spec
from simulator.catalog import UnknownScenario, folder, nearest
from simulator.documents import BrokenFile, Inline
from simulator.pipeline import Answer, answer, encode
from simulator.provider import Bound, Call, Error, Exchange, Problem, Provider, Reply, Request
from simulator.scenario import Scenario
from simulator.spec import Operation
from simulator.version import VERSION
from simulator.world import World
from simulator.worlds import DEFAULT, Worlds


class Errors:
    """What the control API refuses."""

    UNAUTHORIZED = Error(401, None, "Unauthorized", "Authorization: Bearer <the admin token> is required")
    INVALID_KEY = Error(401, None, "Unauthorized", "This is not the admin token")
    WRONG_KEY = INVALID_KEY
    FROM_A_PAGE = Error(403, None, "Forbidden", "Pages in a browser must not steer the simulator: Origin is refused")
    NOT_FOUND = Error(404, None, "Not Found", "No such control route; GET /_simulator/specs/_simulator lists them")
    METHOD_NOT_ALLOWED = Error(405, None, "Method Not Allowed", "The Allow header names the methods of this path")
    MALFORMED = Error(400, None, "Bad Request")
    TOO_LARGE = Error(413, None, "Content Too Large")
    INVALID = Error(422, None, "Unprocessable Content")
    LIMITED = Error(429, None, "Too Many Requests")
    REUSED_KEY = Error(409, None, "Conflict")
    NO_WORLD = Error(404, None, "Not Found")
    NO_SCENARIO = Error(422, None, "Unprocessable Content")


def render(problem: Problem, exchange: Exchange) -> Reply:
    """Problem details as RFC 9457 has them."""
    body: dict[str, Any] = {"type": "about:blank", "title": problem.error.title, "status": problem.status}
    body["detail"] = problem.detail
    if problem.violations:
        body["violations"] = [{"in": each.where, "field": each.field, "message": each.message} for each in problem.violations]
    return Reply(body, media="application/problem+json")


@dataclass(frozen=True)
class Operator:
    """The state that control operations work on."""

    worlds: Worlds
    token: str


def _guard(exchange: Exchange, operation: Operation, bound: Bound) -> None:
    """Refuse browsers, and want the admin token where one is set and the operation asks for it."""
    if "origin" in exchange.headers:
        raise Errors.FROM_A_PAGE()
    exchange.account = exchange.world.account(bound.provider, "operator")
    token: str = exchange.account.state.token
    if not token or not operation.schemes:
        return
    key = operation.schemes[0].read(exchange.headers)
    if key is None:
        raise Errors.UNAUTHORIZED(headers={"WWW-Authenticate": "Bearer"})
    if not hmac.compare_digest(key.encode(), token.encode()):
        raise Errors.INVALID_KEY(headers={"WWW-Authenticate": "Bearer"})


provider: Provider[Operator] = Provider(
    "_simulator", state=lambda account, seed: seed, errors=Errors, render=render, identify=_guard
)


class Control:
    """The control API of one application, and the world in which it answers: its only account holds the other worlds."""

    def __init__(self, worlds: Worlds, token: str) -> None:
        self.bound = provider.bind(spec.load(folder("specs") / "_simulator.yaml"))
        operator: Any = Operator(worlds, token)
        self.world = World("_simulator", Scenario("control", template={"_simulator": operator}), {})

    def answer(self, request: Request) -> Answer:
        """Answer a control request."""
        return answer(self.bound, Exchange(self.world, request, request.path))

    def refuse(self, request: Request, reason: str) -> Answer:
        """The answer to a request that reaches no world or no provider."""
        exchange = Exchange(self.world, request, request.path)
        problem = Errors.NOT_FOUND(reason)
        reply = render(problem, exchange)
        reply.status = problem.status
        return encode(exchange, reply, problem.error.evidence)


@provider.operation("health")
def health(call: Call[Operator]) -> Reply:
    """Ready: specs and scenario are loaded, or there would be nothing to answer."""
    return Reply({"status": "ok", "version": VERSION, "providers": list(call.state.worlds.catalog.providers)})


@provider.operation("list_providers")
def list_providers(call: Call[Operator]) -> Reply:
    """Operations, errors and evidence of each provider."""
    return Reply({"providers": [_provider(bound) for bound in call.state.worlds.catalog.providers.values()]})


@provider.operation("get_spec")
def get_spec(call: Call[Operator]) -> Reply:
    """The OpenAPI document, with this server as its server."""
    providers = call.state.worlds.catalog.providers
    name = call.params["provider"]
    if name == provider.name:
        content = spec.load(folder("specs") / "_simulator.yaml").content
        return Reply({**content, "servers": [{"url": f"{call.exchange.request.origin}/_simulator"}]})
    if name not in providers:
        raise Errors.NOT_FOUND(f"no provider {name!r}{nearest(name, list(providers))}")
    content = providers[name].spec.content
    return Reply({**content, "servers": [{"url": _base_url(call, call.params["world"] or DEFAULT, providers[name])}]})


@provider.operation("list_scenarios")
def list_scenarios(call: Call[Operator]) -> Reply:
    """Names and descriptions of the scenarios that ship with the simulator."""
    catalog = call.state.worlds.catalog
    found = [catalog.scenario(name) for name in catalog.scenario_names()]
    return Reply({"scenarios": [{"name": each.name, "description": each.description} for each in found]})


@provider.operation("list_worlds")
def list_worlds(call: Call[Operator]) -> Reply:
    """Every world, the oldest first."""
    return Reply({"worlds": [_world(call, world) for world in call.state.worlds.all()]})


@provider.operation("get_world")
def get_world(call: Call[Operator]) -> Reply:
    """One world: where its providers answer, and to which keys."""
    return Reply(_world(call, _named(call)))


@provider.operation("put_world")
def put_world(call: Call[Operator]) -> Reply:
    """Make a world, or replace it."""
    worlds, name, body = call.state.worlds, call.params["world"], call.body
    existed = name in worlds
    try:
        scenario = body.get("scenario")
        if isinstance(scenario, dict):
            scenario = worlds.catalog.scenarios.read(Inline("scenario", "", scenario), f"inline of {name}")
        world = worlds.make(name, scenario, body.get("seed"))
    except (UnknownScenario, BrokenFile) as error:
        raise Errors.NO_SCENARIO(str(error)) from None
    return Reply(_world(call, world), 200 if existed else 201)


@provider.operation("delete_world")
def delete_world(call: Call[Operator]) -> Reply:
    """Forget a world and all that is in it."""
    call.state.worlds.drop(_named(call).name)
    return Reply()


@provider.operation("reset_world")
def reset_world(call: Call[Operator]) -> Reply:
    """Back to what the scenario says."""
    world = _named(call)
    world.reset()
    return Reply(_world(call, world))


def _named(call: Call[Operator]) -> World:
    name = call.params["world"]
    world = call.state.worlds.get(name)
    if world is None:
        raise Errors.NO_WORLD(f"no world {name!r}; PUT /_simulator/worlds/{name} makes one")
    return world


def _base_url(call: Call[Operator], world: str, bound: Bound) -> str:
    prefix = "" if world == DEFAULT else f"/w/{world}"
    return f"{call.exchange.request.origin}{prefix}/{bound.name}{bound.spec.base_path}"


def _world(call: Call[Operator], world: World) -> dict[str, Any]:
    scenario, providers = world.scenario, call.state.worlds.catalog.providers
    keys = {name: [*scenario.keys(name), *(bound.provider.keys if scenario.open else ())] for name, bound in providers.items()}
    return {
        "name": world.name,
        "scenario": scenario.name,
        "description": scenario.description,
        "seed": world.seed,
        "providers": {
            name: {"base_url": _base_url(call, world.name, bound), "keys": keys[name]} for name, bound in providers.items()
        },
    }


def _provider(bound: Bound) -> dict[str, Any]:
    return {
        "name": bound.name,
        "title": bound.spec.title,
        "host": bound.spec.host,
        "operations": [
            {
                "id": each.id,
                "method": each.method,
                "path": each.path,
                "summary": each.summary,
                "evidence": each.evidence,
                "source": each.source,
            }
            for each in bound.spec.operations.values()
        ],
        "errors": [
            {"name": each.name, "status": each.status, "code": each.code, "title": each.title, "evidence": each.evidence}
            for each in bound.provider.errors.values()
        ],
    }
