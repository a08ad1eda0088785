"""Control operations that make, reset, save and delete worlds."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from simulator.control.api import ControlCall
from simulator.control.errors import Errors, invalid
from simulator.documents import BrokenFile, InlineDocument, parse
from simulator.engine.world import World
from simulator.provider import Reply
from simulator.registry import UnknownScenario
from simulator.scenario.model import Scenario

MAX_SNAPSHOTS = 100


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
        world = worlds.make(name, scenario, seed, call.params["strict"])
    except (UnknownScenario, BrokenFile) as error:
        raise invalid(error) from None
    dropped = worlds.make_room(name)
    return Reply({**_world(call, world), "dropped": dropped}, 200 if existed else 201)


def _scenario(call: ControlCall) -> tuple[str | Scenario | None, int | None]:
    """Return the scenario and the seed of a body: by name, as an object, or as the text of a scenario file."""
    name, scenarios = call.params["world"], call.context.registry.scenarios
    if call.media == "application/yaml":
        return scenarios.read(parse(call.body, "scenario"), f"uploaded for {name}"), None
    scenario = call.body.get("scenario")
    if isinstance(scenario, dict):
        scenario = scenarios.read(InlineDocument("scenario", scenario), f"uploaded for {name}")
    return scenario, call.body.get("seed")


def delete_world(call: ControlCall) -> Reply:
    """Delete a world and all that is in it; with `only_if_clean`, only if a test that used it should pass."""
    world = call.world
    problems = ", ".join(_problems(world)) if call.params["only_if_clean"] else ""
    if problems:
        raise Errors.CONFLICT(f"{problems}; the world is kept, see GET /_simulator/worlds/{world.name}/requests")
    call.context.worlds.drop(world.name)
    return Reply()


def _problems(world: World) -> Iterator[str]:
    """Yield what a test that used a world should fail or be warned for."""
    entries = world.journal.find()
    yield from _counted("faults of the simulator", [entry.id for entry in entries if entry.bug])
    guesses = [entry.id for entry in entries if entry.error == "GUESSED" and entry.operation]
    yield from _counted("requests that a strict world refused as guesses", guesses)
    yield from _counted("requests that match no spec", [entry.id for entry in entries if not (entry.operation or entry.rule)])
    yield from _counted("rules that never fired", [rule.name for rule in world.rules.idle()])


def _counted(what: str, names: list[str]) -> Iterator[str]:
    if names:
        yield f"{what}: {len(names)}, first {names[0]!r}"


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
    if name not in world.snapshots:
        raise Errors.NOT_FOUND(f"no snapshot {name!r} of this world; it has {', '.join(world.snapshots) or 'none'}")
    world.restore(world.snapshots[name])
    return Reply({"name": name})


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
)
