"""Control operations on the server: health, providers, specs, scenarios."""

from __future__ import annotations

from typing import Any

from simulator.control.api import NAME, ControlCall
from simulator.control.errors import Errors
from simulator.documents import nearest
from simulator.engine.metrics import MEDIA
from simulator.engine.worlds import DEFAULT
from simulator.openapi.head import METHODS
from simulator.provider import Assumption, BoundProvider, Reply
from simulator.registry import VERSION


def health(call: ControlCall) -> Reply:
    """Report that specs and scenario are loaded, before which nothing answers, and how much of each limit is used."""
    providers, usage = list(call.context.registry.providers), call.context.worlds.usage()
    for name, gauge in call.context.gauges.items():
        used, limit = gauge()
        usage[name] = {"used": used, "limit": limit}
    return Reply({"status": "ok", "version": VERSION, "providers": providers, "usage": usage})


def get_metrics(call: ControlCall) -> Reply:
    """Return the metrics, if they are on."""
    if call.context.metrics is None:
        raise Errors.NOT_FOUND(
            "metrics are off; start the server with --metrics or SIMULATOR_METRICS=on, or pass metrics=True to create_app"
        )
    return Reply(call.context.metrics.text(call.context.worlds), media=MEDIA)


def list_providers(call: ControlCall) -> Reply:
    """Return operations, errors and evidence of all providers."""
    return Reply({"providers": [_provider(service) for service in call.context.registry.providers.values()]})


def get_spec(call: ControlCall) -> Reply:
    """Return an OpenAPI document with this server as its server; that of the control API asks for the token that it needs.

    An operation without a description is described by its summary and its note, which tools show only as a description.
    """
    providers, name = call.context.registry.providers, call.params["provider"]
    if name == NAME:
        content = call.context.spec.content
        security = content["security"] if call.context.guarded else []
        servers = [{"url": call.request.origin + call.context.spec.base_path}]
        return Reply({**content, "servers": servers, "security": security, "paths": _described(content)})
    if name not in providers:
        raise Errors.NOT_FOUND(f"no provider {name!r}{nearest(name, [*providers, NAME], 'GET /_simulator/providers')}")
    world = call.world.name if call.params["world"] else DEFAULT
    service = providers[name]
    servers = [{"url": call.base_url(world, service)}]
    content = service.spec.content
    return Reply({**content, "servers": servers, "paths": _described(content)})


def _described(content: dict[str, Any]) -> dict[str, Any]:
    """Return the paths of a document in which every operation has a description."""
    paths: dict[str, Any] = {}
    for path, item in content["paths"].items():
        paths[path] = dict(item)
        for method in [method for method in METHODS if method in item]:
            operation = item[method]
            summary = operation.get("summary", operation["operationId"])
            words = [f"{summary.rstrip('.')}.", operation.get("x-note", "")]
            paths[path][method] = {"description": " ".join(filter(None, words)), **operation}
    return paths


def list_scenarios(call: ControlCall) -> Reply:
    """Return names and descriptions of the scenarios."""
    descriptions = call.context.registry.scenario_descriptions()
    return Reply({"scenarios": [{"name": name, "description": text} for name, text in descriptions.items()]})


def get_scenario_schema(call: ControlCall) -> Reply:
    """Return the JSON Schema of scenario files, for editors."""
    return Reply(call.context.registry.scenarios.schema)


def _provider(service: BoundProvider) -> dict[str, Any]:
    operations = [
        {
            "id": operation.id,
            "method": operation.method,
            "path": operation.path,
            "summary": operation.summary,
            "evidence": operation.evidence,
            "source": operation.source,
        }
        for operation in service.spec.operations.values()
    ]
    errors = [
        {"name": name, "status": error.status, "code": error.code, "title": error.title, "evidence": error.evidence}
        for name, error in service.provider.errors_by_name.items()
    ]
    return {
        "name": service.name,
        "title": service.spec.title,
        "host": service.spec.host,
        "operations": operations,
        "errors": errors,
        "events": list(service.provider.webhooks.events) if service.provider.webhooks else [],
        "lifecycles": [f"{service.name}.{resource}" for resource in service.provider.lifecycles],
        "assumptions": [_assumption(service, assumption) for assumption in service.provider.assumptions.values()],
    }


def _assumption(service: BoundProvider, assumption: Assumption) -> dict[str, Any]:
    return {
        "name": f"{service.name}.{assumption.name}",
        "values": assumption.values,
        "default": assumption.default,
        "about": assumption.about,
        "evidence": assumption.evidence,
        "source": assumption.source,
    }


OPERATIONS = (health, get_metrics, list_providers, get_spec, list_scenarios, get_scenario_schema)
