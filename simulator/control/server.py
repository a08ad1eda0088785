"""Control operations about the server: health, providers, specs, scenarios."""

from __future__ import annotations

from typing import Any

from simulator.catalog import nearest
from simulator.control.vocabulary import Errors, Operator, named, provider
from simulator.provider import Assumption, Bound, Call, Reply
from simulator.version import VERSION
from simulator.worlds import DEFAULT


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
    catalog, name = call.state.worlds.catalog, call.params["provider"]
    known = {**catalog.providers, provider.name: catalog.control}
    if name not in known:
        raise Errors.NOT_FOUND(f"no provider {name!r}{nearest(name, list(known))}")
    world = named(call).name if call.params["world"] else DEFAULT
    url = base_url(call, world, known[name])
    return Reply({**known[name].spec.content, "servers": [{"url": url}]})


@provider.operation("list_scenarios")
def list_scenarios(call: Call[Operator]) -> Reply:
    """Names and descriptions of the scenarios that ship with the simulator."""
    catalog = call.state.worlds.catalog
    found = [catalog.scenario(name) for name in catalog.scenario_names()]
    return Reply({"scenarios": [{"name": each.name, "description": each.description} for each in found]})


@provider.operation("get_scenario_schema")
def get_scenario_schema(call: Call[Operator]) -> Reply:
    """The JSON Schema of scenario files, for editors."""
    return Reply(call.state.worlds.catalog.scenarios.schema)


def base_url(call: Call[Operator], world: str, bound: Bound) -> str:
    """Where a provider answers in a world."""
    origin = call.exchange.request.origin
    if bound.name == provider.name:
        return f"{origin}{bound.spec.base_path}"
    prefix = "" if world == DEFAULT else f"/w/{world}"
    return f"{origin}{prefix}/{bound.name}{bound.spec.base_path}"


def _provider(bound: Bound) -> dict[str, Any]:
    operations = [
        {
            "id": each.id,
            "method": each.method,
            "path": each.path,
            "summary": each.summary,
            "evidence": each.evidence,
            "source": each.source,
        }
        for each in bound.spec.operations.values()
    ]
    errors = [
        {"name": name, "status": each.status, "code": each.code, "title": each.title, "evidence": each.evidence}
        for name, each in bound.provider.errors.items()
    ]
    return {
        "name": bound.name,
        "title": bound.spec.title,
        "host": bound.spec.host,
        "operations": operations,
        "errors": errors,
        "lifecycles": [f"{bound.name}.{resource}" for resource in bound.provider.events],
        "assumptions": [_assumption(bound, each) for each in bound.provider.assumptions.values()],
    }


def _assumption(bound: Bound, switch: Assumption) -> dict[str, Any]:
    return {
        "name": f"{bound.name}.{switch.name}",
        "values": switch.values,
        "default": switch.default,
        "about": switch.about,
        "evidence": switch.evidence,
        "source": switch.source,
    }
