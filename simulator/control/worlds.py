"""Control operations that make, reset, save and drop worlds."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from simulator.catalog import UnknownScenario
from simulator.control.server import base_url
from simulator.control.vocabulary import Errors, Operator, broken, named, provider
from simulator.documents import BrokenFile, Inline, parse
from simulator.provider import Call, Reply
from simulator.scenario import Scenario
from simulator.world import World

MAX_SNAPSHOTS = 100


@provider.operation("list_worlds")
def list_worlds(call: Call[Operator]) -> Reply:
    """Every world, the oldest first."""
    return Reply({"worlds": [_world(call, world) for world in call.state.worlds.all()]})


@provider.operation("get_world")
def get_world(call: Call[Operator]) -> Reply:
    """One world: where its providers answer, and to which keys."""
    return Reply(_world(call, named(call)))


@provider.operation("put_world")
def put_world(call: Call[Operator]) -> Reply:
    """Make a world, or replace it."""
    worlds, name = call.state.worlds, call.params["world"]
    existed = name in worlds
    try:
        scenario, seed = _wanted(call)
        world = worlds.make(name, scenario, seed, call.params["strict"])
    except (UnknownScenario, BrokenFile) as error:
        raise broken(error) from None
    dropped = worlds.make_room(name)
    return Reply({**_world(call, world), "dropped": dropped}, 200 if existed else 201)


def _wanted(call: Call[Operator]) -> tuple[str | Scenario | None, int | None]:
    """The scenario and the seed that a body asks for: by name, as an object, or as the text of a scenario file."""
    name, scenarios = call.params["world"], call.state.worlds.catalog.scenarios
    if call.exchange.media == "application/yaml":
        text = (call.exchange.raw or b"").decode()
        return scenarios.read(parse(text, "scenario"), f"uploaded for {name}"), None
    scenario = call.body.get("scenario")
    if isinstance(scenario, dict):
        scenario = scenarios.read(Inline("scenario", scenario), f"uploaded for {name}")
    return scenario, call.body.get("seed")


@provider.operation("delete_world")
def delete_world(call: Call[Operator]) -> Reply:
    """Forget a world and all that is in it; unless it is not clean, where that is wished."""
    world = named(call)
    wrong = ", ".join(_wrong(world)) if call.params["only_if_clean"] else ""
    if wrong:
        raise Errors.CONFLICT(f"{wrong}; the world is kept, GET /_simulator/worlds/{world.name}/requests tells more")
    call.state.worlds.drop(world.name)
    return Reply()


def _wrong(world: World) -> Iterator[str]:
    """What a test that used a world should be failed or warned for."""
    asked = world.journal.find()
    yield from _counted("faults of the simulator", [each.id for each in asked if each.bug])
    guesses = [each.id for each in asked if each.error == "GUESSED" and each.operation]
    yield from _counted("requests that a strict world did not answer", guesses)
    yield from _counted("requests that no spec knows", [each.id for each in asked if not (each.operation or each.rule)])
    yield from _counted("rules that never fired", [each.name for each in world.rules.idle()])


def _counted(what: str, names: list[str]) -> Iterator[str]:
    if names:
        yield f"{what}: {len(names)}, first {names[0]!r}"


@provider.operation("reset_world")
def reset_world(call: Call[Operator]) -> Reply:
    """Back to what the scenario says."""
    world = named(call)
    world.reset()
    return Reply(_world(call, world))


@provider.operation("clear_world")
def clear_world(call: Call[Operator]) -> Reply:
    """The scenario's accounts with nothing in them."""
    world = named(call)
    world.reset(empty=True)
    return Reply(_world(call, world))


@provider.operation("save_snapshot")
def save_snapshot(call: Call[Operator]) -> Reply:
    """Save a world under a name, or replace what was saved under it."""
    world, name = named(call), call.params["name"]
    existed = name in world.snapshots
    if not existed and len(world.snapshots) >= MAX_SNAPSHOTS:
        raise Errors.CONFLICT(f"this world has {MAX_SNAPSHOTS} snapshots; save over one of them")
    world.snapshots[name] = world.snapshot()
    return Reply({"name": name}, 200 if existed else 201)


@provider.operation("restore_snapshot")
def restore_snapshot(call: Call[Operator]) -> Reply:
    """Go back to what was saved; the journal goes on."""
    world, name = named(call), call.params["name"]
    if name not in world.snapshots:
        raise Errors.NOT_FOUND(f"no snapshot {name!r} of this world; there are: {', '.join(world.snapshots) or 'none'}")
    world.restore(world.snapshots[name])
    return Reply({"name": name})


def _world(call: Call[Operator], world: World) -> dict[str, Any]:
    scenario, providers = world.scenario, call.state.worlds.catalog.providers
    opened = {name: bound.provider.keys if scenario.open else () for name, bound in providers.items()}
    return {
        "name": world.name,
        "scenario": scenario.name,
        "description": scenario.description,
        "seed": world.seed,
        "providers": {
            name: {
                "base_url": base_url(call, world.name, bound),
                "keys": list(dict.fromkeys([*scenario.keys(name), *opened[name]])),
            }
            for name, bound in providers.items()
        },
        "snapshots": list(world.snapshots),
    }
