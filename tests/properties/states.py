"""What a world holds, in a form that can be compared: with itself before and after, and with another world."""

from __future__ import annotations

from typing import Any

from simulator.engine.world import World
from simulator.numbering import MAGIC_NUMBERS
from simulator.numbering.plan import whole_plan


def records(world: World) -> dict[Any, Any]:
    """What operations change: every record of every table in its order, keys, timers, and which numbers are taken."""
    return {
        "keys": list(world.store.environment.credentials.all()),
        "timers": world.store.environment.timers.all(),
        "inventory": world.store.environment.inventory.save(),
        **{
            (*account, name): list(table.all())
            for account, opened in world.store.accounts.items()
            for name, table in opened.tables.items()
        },
    }


def everything(world: World) -> dict[Any, Any]:
    """All that a snapshot saves: what operations change, and what goes on beside it."""
    saved = world.snapshot()
    accounts = {name: state for name, (_, state) in saved.state.accounts.items()}
    rules = [(rule.id, rule.fitted, rule.fired) for rule in world.rules]
    beside = {"replays": saved.replays, "windows": saved.windows, "rules": (world.rules.chance.getstate(), rules)}
    return {**saved.state._asdict(), "accounts": accounts, **beside, **records(world)}


def owned(world: World) -> list[str]:
    """The numbers that accounts hold, sorted, each as often as it is held; one of Chirp's playground is on no market."""
    tables = [table for account in world.store.accounts.values() for name, table in account.tables.items() if "numbers" in name]
    fields = ("number", "phone_number")
    rented = [record for table in tables for record in table.all() if not getattr(record, "is_playground", False)]
    held = [getattr(record, field) for record in rented for field in fields if hasattr(record, field)]
    return sorted(held)


def taken(world: World) -> list[str]:
    """The numbers that are off the market, sorted, but for the magic ones, which never are on it."""
    plan = world.scenario.plan or whole_plan()
    used, released, elsewhere = world.store.environment.inventory.save()
    numbers = [*[plan.number(position) for position in used if position not in released], *elsewhere]
    return sorted(number for number in numbers if number not in MAGIC_NUMBERS)
