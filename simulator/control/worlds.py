"""Control operations that make, reset, save and delete worlds."""

from __future__ import annotations

from typing import Any

from simulator.control.api import ControlCall
from simulator.control.errors import Errors, invalid
from simulator.control.requests import request_line
from simulator.control.rules import rule_with_nearest
from simulator.documents import BrokenFile, InlineDocument, parse
from simulator.engine.masking import shorten
from simulator.engine.verdict import Finding, Kind
from simulator.engine.world import Snapshot, World
from simulator.provider import Reply
from simulator.registry import UnknownScenario
from simulator.scenario.model import Scenario

MAX_SNAPSHOTS = 100
MAX_IDLE = 20  # rules that never fired and are explained
SUMMARIES: dict[Kind, str] = {
    "bug": "faults of the simulator",
    "unmatched": "requests that match no spec",
    "not_simulated": "requests to operations that are not simulated",
    "guessed": "requests that a strict world refused as guesses",
    "preference": "requests with a Prefer header that asks for what there is not",
    "unknown_fields": "requests with fields that the operation does not know",
}


def list_worlds(call: ControlCall) -> Reply:
    """Return every world, the oldest first."""
    return Reply({"worlds": [_world(call, world) for world in call.context.worlds.all()]})


def get_world(call: ControlCall) -> Reply:
    """Return one world: where its providers answer, and to which keys."""
    return Reply(_world(call, call.world))


def put_world(call: ControlCall) -> Reply:
    """Make a world, or replace it."""
    worlds, name = call.context.worlds, call.params["world"]
    existed = name in worlds
    try:
        scenario, seed = _scenario(call)
        call.refuse_faults((scenario or worlds.first).rules)
        world = worlds.make(name, scenario, seed, call.params["strict"])
    except (UnknownScenario, BrokenFile) as error:
        raise invalid(error) from None
    dropped = worlds.make_room(name)
    return Reply({**_world(call, world), "dropped": dropped}, 200 if existed else 201)


def _scenario(call: ControlCall) -> tuple[Scenario | None, int | None]:
    """Return the scenario and the seed of a body: by name, as an object, or as the text of a scenario file."""
    name, scenarios = call.params["world"], call.context.registry.scenarios
    if call.media == "application/yaml":
        return scenarios.read(parse(call.body, "scenario"), f"uploaded for {name}", uploaded=True), None
    scenario = call.body.get("scenario")
    if isinstance(scenario, dict):
        scenario = scenarios.read(InlineDocument("scenario", scenario), f"uploaded for {name}", uploaded=True)
    elif isinstance(scenario, str):
        scenario = call.context.registry.scenario(scenario)
    return scenario, call.body.get("seed")


def delete_world(call: ControlCall) -> Reply:
    """Delete a world and all that is in it; with `only_if_clean`, only if a test that used it should pass."""
    world = call.world
    if call.params["only_if_clean"]:
        _require_clean(call, world)
    call.context.worlds.drop(world.name)
    return Reply()


def _require_clean(call: ControlCall, world: World) -> None:
    """Refuse to go on if a test that used a world should fail or be warned.

    Raises:
        Problem: CONFLICT, with everything that a client in any language needs to print.
    """
    counted = {"unmatched", "not_simulated", "guessed", "preference", "bug"}
    if call.params["unknown_fields"] == "fail":
        counted.add("unknown_fields")
    findings = [finding for finding in world.verdict.findings() if finding.kind in counted]
    idle = world.rules.idle()
    if not findings and not idle:
        return
    summary = [f"{SUMMARIES[finding.kind]}: {finding.total}, first {finding.first[0].id!r}" for finding in findings]
    summary += [f"rules that never fired: {len(idle)}, first {idle[0].name!r}"] if idle else []
    raise Errors.CONFLICT(
        f"{'; '.join(summary)}; the world is kept, see GET /_simulator/worlds/{world.name}/requests",
        findings=[_finding(call, world, finding) for finding in findings],
        idle_rules=_idle(call, world),
    )


def _finding(call: ControlCall, world: World, finding: Finding) -> dict[str, Any]:
    requests = []
    for entry in finding.first:
        service = call.context.registry.providers.get(entry.provider)
        nearest = service.spec.nearest(entry.request.method, entry.path) if service and not entry.operation else []
        requests.append({**request_line(entry, call.context.mask), "nearest_routes": nearest})
    return {"kind": finding.kind, "count": finding.total, "requests": requests}


def reset_world(call: ControlCall) -> Reply:
    """Go back to what the scenario describes."""
    world = call.world
    world.reset()
    return Reply(_world(call, world))


def clear_world(call: ControlCall) -> Reply:
    """Keep the scenario's accounts, with nothing in them."""
    world = call.world
    world.reset(empty=True)
    return Reply(_world(call, world))


def save_snapshot(call: ControlCall) -> Reply:
    """Save a world under a name, or replace what was saved under it."""
    world, name = call.world, call.params["name"]
    existed = name in world.snapshots
    if not existed and len(world.snapshots) >= MAX_SNAPSHOTS:
        raise Errors.CONFLICT(f"this world has {MAX_SNAPSHOTS} snapshots; save over one of them")
    world.snapshots[name] = world.snapshot()
    return Reply({"name": name}, 200 if existed else 201)


def restore_snapshot(call: ControlCall) -> Reply:
    """Go back to what was saved; the journal goes on."""
    world, name = call.world, call.params["name"]
    world.restore(_snapshot(call, world))
    return Reply({"name": name})


def diff_snapshot(call: ControlCall) -> Reply:
    """Return the records that differ from a snapshot."""
    world = call.world
    differences = list(world.store.diff(_snapshot(call, world).state))
    names = ("provider", "account", "table", "id", "change")
    shown = [dict(zip(names, difference, strict=True)) for difference in differences[: call.params["limit"]]]
    mask = call.context.mask
    changes = [{**change, "account": shorten(change["account"]), "id": mask.text(change["id"])} for change in shown]
    return Reply({"changes": changes, "total": len(differences)})


def _snapshot(call: ControlCall, world: World) -> Snapshot:
    """Return the snapshot that the path names.

    Raises:
        Problem: NOT_FOUND, with those that there are.
    """
    name = call.params["name"]
    if name not in world.snapshots:
        raise Errors.NOT_FOUND(f"no snapshot {name!r} of this world; it has {', '.join(world.snapshots) or 'none'}")
    return world.snapshots[name]


def get_verdict(call: ControlCall) -> Reply:
    """Return what a test that used a world should fail or be warned for."""
    world = call.world
    findings = [_finding(call, world, finding) for finding in world.verdict.findings()]
    return Reply({"findings": findings, "idle_rules": _idle(call, world)})


def _idle(call: ControlCall, world: World) -> list[dict[str, Any]]:
    """Return the first rules of the test that never fired, each with the nearest request."""
    return [rule_with_nearest(rule, world, call.context.mask) for rule in world.rules.idle()[:MAX_IDLE]]


def _world(call: ControlCall, world: World) -> dict[str, Any]:
    scenario, providers = world.scenario, call.context.registry.providers
    open_keys = {name: service.provider.keys if scenario.open else () for name, service in providers.items()}
    return {
        "name": world.name,
        "scenario": scenario.name,
        "description": scenario.description,
        "seed": world.seed,
        "providers": {
            name: {
                "base_url": call.base_url(world.name, service),
                "keys": list(dict.fromkeys([*scenario.keys(name), *open_keys[name]])),
            }
            for name, service in providers.items()
        },
        "snapshots": list(world.snapshots),
    }


OPERATIONS = (
    list_worlds,
    get_world,
    put_world,
    delete_world,
    reset_world,
    clear_world,
    save_snapshot,
    restore_snapshot,
    diff_snapshot,
    get_verdict,
)
