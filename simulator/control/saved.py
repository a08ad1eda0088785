"""Control operations on a world as one document."""

from __future__ import annotations

from simulator.control.api import ControlCall
from simulator.control.errors import Errors, invalid
from simulator.control.worlds import world_body
from simulator.documents import BrokenFile
from simulator.engine.saved import CannotBeSaved, write
from simulator.engine.worlds import WorldTooLarge
from simulator.provider import Reply
from simulator.store.work import weigh

BYTES = 1000  # of records that are a unit of work to write
NAME = "snapshot"  # of the document in errors


def export_world(call: ControlCall) -> Reply:
    """Return a world as one document."""
    weigh(call.world.store.bytes // BYTES)
    try:
        return Reply(write(call.world))
    except CannotBeSaved as error:
        raise Errors.CONFLICT(str(error)) from None


def import_world(call: ControlCall) -> Reply:
    """Create a world from its document, or replace it."""
    worlds, name = call.context.worlds, call.params["world"]
    existed = name in worlds
    try:
        world = worlds.read(call.body, NAME, name)
    except BrokenFile as error:
        raise invalid(error) from None
    call.refuse_faults(rule.definition for rule in world.rules)
    if call.params["owner"] is not None:
        world.owner = call.params["owner"]
    try:
        worlds.add(world)
    except WorldTooLarge as error:
        raise Errors.CONFLICT(f"{error}; nothing was created") from None
    if world.has_webhooks:
        call.context.courier.send_due(world)
    dropped = worlds.make_room(name)
    return Reply({**world_body(call, world), "dropped": dropped}, 200 if existed else 201)


OPERATIONS = (export_world, import_world)
