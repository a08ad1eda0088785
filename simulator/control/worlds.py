"""Control operations that make, reset, save and delete worlds."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from simulator.control.api import ControlCall
from simulator.control.errors import Errors, invalid
from simulator.control.ledger import still_rented
from simulator.control.requests import BYTES, LINE, request_line
from simulator.control.rules import read_rules, rule_with_nearest
from simulator.documents import BrokenFile, InlineDocument, nearest, parse
from simulator.engine.explain import weigh_candidates
from simulator.engine.masking import shorten
from simulator.engine.memory import snapshot_bytes
from simulator.engine.rules import saved_rules
from simulator.engine.verdict import Finding, Kind
from simulator.engine.world import MAX_SNAPSHOTS, Snapshot, World
from simulator.engine.worlds import WorldTooLarge
from simulator.provider import Reply, millis
from simulator.registry import UnknownScenario
from simulator.scenario.model import Scenario
from simulator.store.account import Account
from simulator.store.work import weigh

MAX_IDLE = 20  # rules that never fired and are explained
UPLOADED = 8  # bytes in memory of a byte of an uploaded scenario, roughly
SNAPSHOTS_FULL = (
    "the snapshots of this world would take {} bytes, at most {} are allowed, an eighth of --max-memory; "
    "replace one of them, or raise that limit"
)
WORLD = 25  # units of work to show a world
COPIED = 100  # records whose places are copied in a unit of work
COMPARED = 20  # times that is slower to compare them
SUMMARIES: dict[Kind, str] = {
    "bug": "simulator bugs",
    "unmatched": "requests that match no route",
    "not_simulated": "requests to operations that are not simulated",
    "guessed": "requests that a strict world rejected",
    "preference": "requests with a Prefer header that cannot be honoured",
    "unknown_fields": "requests with fields that are not in the spec",
}


def list_worlds(call: ControlCall) -> Reply:
    """Return every world, the oldest first, and the names that requests addressed although no world has them."""
    worlds = call.context.worlds
    weigh(WORLD * len(worlds.all()))
    unknown = [call.context.mask.text(name) for name in worlds.unknown()]
    return Reply({"worlds": [world_body(call, world) for world in worlds.all()], "unknown": unknown})


def get_world(call: ControlCall) -> Reply:
    """Return one world with the base URLs and keys of its providers."""
    return Reply(world_body(call, call.world))


def put_world(call: ControlCall) -> Reply:
    """Create a world, or replace it."""
    worlds, name = call.context.worlds, call.params["world"]
    existed = name in worlds
    try:
        scenario, seed = _scenario(call)
        scenario = scenario or worlds.starting()
        call.refuse_faults(scenario.rules)
        world = worlds.make(name, scenario, seed, call.params["strict"])
        world.owner = call.params["owner"] or ""
    except (UnknownScenario, BrokenFile) as error:
        raise invalid(error) from None
    except WorldTooLarge as error:
        raise Errors.CONFLICT(f"{error}; nothing was created") from None
    world.upload_bytes = UPLOADED * len(call.request.raw or b"") if scenario.uploaded else 0
    dropped = worlds.make_room(name)
    return Reply({**world_body(call, world), "dropped": dropped}, 200 if existed else 201)


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
    """Delete a world; with `only_if_clean`, only if a test that used it should pass."""
    world = _owned(call)
    if call.params["only_if_clean"]:
        _weigh_verdict(world)
        _require_clean(call, world)
    call.context.worlds.drop(world.name)
    return Reply()


def _owned(call: ControlCall) -> World:
    """Return the world of the path, if it is still the one that the caller made.

    Raises:
        Problem: NOT_FOUND, if there is none of this name, or it was replaced.
    """
    world, owner = call.world, call.params["owner"]
    if owner not in (None, world.owner):
        raise Errors.NOT_FOUND(f"the world {world.name!r} is not the one of the owner {owner!r}: it has been replaced since")
    return world


def _require_clean(call: ControlCall, world: World) -> None:
    """Require that nothing of a world should fail a test or warn: no request, no rule, and no number where leaks count.

    Raises:
        Problem: CONFLICT, with everything that a client in any language needs to print.
    """
    counted = {"unmatched", "not_simulated", "guessed", "preference", "bug"}
    if call.params["unknown_fields"] == "fail":
        counted.add("unknown_fields")
    findings = [finding for finding in world.verdict.findings() if finding.kind in counted]
    idle = world.idle_rules()
    leaks = still_rented(world, call.context.mask) if call.params["leaks"] == "fail" else []
    if not findings and not idle and not leaks:
        return
    summary = [f"{SUMMARIES[finding.kind]}: {finding.total}, first {finding.first[0].id!r}" for finding in findings]
    summary += [f"rules that never fired: {len(idle)}, first {idle[0].rule.name!r}"] if idle else []
    summary += [f"numbers still rented: {len(leaks)}, first {leaks[0]['number']}"] if leaks else []
    raise Errors.CONFLICT(
        f"{'; '.join(summary)}; the world is kept, see GET /_simulator/worlds/{world.name}/requests",
        findings=[_finding(call, world, finding) for finding in findings],
        idle_rules=_idle(call, world),
        rented=leaks,
    )


def _finding(call: ControlCall, world: World, finding: Finding) -> dict[str, Any]:
    requests = []
    for entry in finding.first:
        service = call.context.registry.providers.get(entry.provider)
        nearest = service.spec.nearest(entry.request.method, entry.path) if service and not entry.operation else []
        requests.append({**request_line(entry, call.context.mask), "nearest_routes": nearest})
    return {"kind": finding.kind, "count": finding.total, "requests": requests}


def reset_world(call: ControlCall) -> Reply:
    """Reset a world to its scenario."""
    world = call.world
    world.reset()
    return Reply(world_body(call, world))


def clear_world(call: ControlCall) -> Reply:
    """Remove all records of the scenario's accounts."""
    world = call.world
    world.reset(empty=True)
    return Reply(world_body(call, world))


def save_snapshot(call: ControlCall) -> Reply:
    """Save a snapshot of a world, or replace it."""
    world, name = call.world, call.params["name"]
    existed = name in world.snapshots
    if not existed and len(world.snapshots) >= MAX_SNAPSHOTS:
        raise Errors.CONFLICT(f"this world has {MAX_SNAPSHOTS} snapshots; replace one of them")
    _weigh_tables(world.store.accounts.values())
    snapshots, limit = {**world.snapshots, name: world.snapshot()}, call.context.worlds.bounds.snapshot_bytes
    size = snapshot_bytes(snapshots.values())
    if size > limit:
        raise Errors.CONFLICT(SNAPSHOTS_FULL.format(size, limit))
    world.snapshots, world.snapshot_bytes = snapshots, size
    return Reply({"name": name}, 200 if existed else 201)


def restore_snapshot(call: ControlCall) -> Reply:
    """Restore a snapshot, with other rules if there are any; the journal is kept unless it is to be emptied."""
    world, name = call.world, call.params["name"]
    saved, sent = _snapshot(call, world), len(call.request.raw or b"")
    given = call.body.get("rules")
    written = {f"rules[{index}]": rule for index, rule in enumerate(given or ())}
    rules = read_rules(call, written, saved_rules(saved.rules), sent) if written else given
    _weigh_tables(world.store.accounts.values())
    _weigh_saved(saved)
    added = world.restore(saved, rules, sent, forget_requests=call.body.get("forget_requests", False))
    return Reply({"name": name, "rules": [rule.id for rule in added]})


def diff_snapshot(call: ControlCall) -> Reply:
    """Return the records that differ from a snapshot."""
    world = call.world
    saved = _snapshot(call, world)
    _weigh_tables(world.store.accounts.values(), COMPARED)
    _weigh_saved(saved, COMPARED)
    differences = list(world.store.diff(saved.state))
    names = ("provider", "account", "table", "id", "change")
    shown = [dict(zip(names, difference, strict=True)) for difference in differences[: call.params["limit"]]]
    mask = call.context.mask
    changes = [{**change, "account": shorten(change["account"]), "id": mask.text(change["id"])} for change in shown]
    return Reply({"changes": changes, "total": len(differences)})


def _weigh_saved(saved: Snapshot, times: int = 1) -> None:
    """Announce the work of copying or comparing what a snapshot holds."""
    weigh(len(saved.state.accounts))
    weigh(times * sum(len(table.rows) for _, tables in saved.state.accounts.values() for table in tables.values()) // COPIED)


def _weigh_tables(accounts: Collection[Account[Any]], times: int = 1) -> None:
    """Announce the work of copying the lists of all tables, or, with more `times`, of comparing them."""
    weigh(len(accounts))
    tables = [table for account in accounts for table in account.tables.values()]
    weigh(len(tables) + times * sum(map(len, tables)) // COPIED)


def _snapshot(call: ControlCall, world: World) -> Snapshot:
    """Return the snapshot that the path names.

    Raises:
        Problem: NOT_FOUND, with those that there are.
    """
    name = call.params["name"]
    if name not in world.snapshots:
        raise Errors.NOT_FOUND(
            f"unknown snapshot {name!r}{nearest(name, world.snapshots, f'GET /_simulator/worlds/{world.name}')}"
        )
    return world.snapshots[name]


def get_verdict(call: ControlCall) -> Reply:
    """Return what a test that used a world should fail or be warned for."""
    world = _owned(call)
    _weigh_verdict(world)
    findings = [_finding(call, world, finding) for finding in world.verdict.findings()]
    return Reply({"findings": findings, "idle_rules": _idle(call, world)})


def _weigh_verdict(world: World) -> None:
    """Announce the work of showing requests, and of looking for the nearest one of each rule that never fired."""
    entries = [entry for finding in world.verdict.findings() for entry in finding.first]
    weigh(sum(LINE + (len(entry.path) + len(entry.refusal)) // BYTES for entry in entries))
    weigh_candidates(min(len(world.idle_rules()), MAX_IDLE), world)


def _idle(call: ControlCall, world: World) -> list[dict[str, Any]]:
    """Return the first rules of the test that never fired, each with the nearest request."""
    idle, mask = world.idle_rules()[:MAX_IDLE], call.context.mask
    return [{**rule_with_nearest(rule, world, mask), "removed": removed} for rule, removed in idle]


def world_body(call: ControlCall, world: World) -> dict[str, Any]:
    """Return what responses say of a world: the base URLs and keys of its providers."""
    scenario, journal, providers = world.scenario, world.journal, call.context.registry.providers
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
                "hosts": service.spec.hosts,
            }
            for name, service in providers.items()
        },
        "snapshots": list(world.snapshots),
        "requests": {
            "total": journal.position,
            "held": journal.held,
            "cleared_at": millis(journal.cleared_at) if journal.cleared_at else None,
        },
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
