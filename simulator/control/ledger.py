"""The control operation on the ledger of a world."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from simulator.control.api import ControlCall
from simulator.engine.holding import Holding
from simulator.engine.ledger import Ledger, LedgerEntry, rented
from simulator.engine.masking import Mask, shorten
from simulator.engine.world import World
from simulator.provider import Reply, millis
from simulator.store.work import weigh

HELD = 2  # units of work to list what a number cost


def get_ledger(call: ControlCall) -> Reply:
    """Return what the accounts of a world bought, rented, called and sent, and the numbers that are rented still."""
    return Reply(ledger_body(call))


def ledger_body(call: ControlCall) -> dict[str, Any]:
    """Return what responses say of the ledger of a world; of one provider, where a parameter names one."""
    world, provider, mask = call.world, call.provider, call.context.mask
    services = call.context.registry.providers
    tables = [table for account in world.store.accounts.values() for table in account.tables.values()]
    weigh(HELD * len(world.holdings) + sum(map(len, tables)))
    ledger = Ledger(world, {name: service.provider for name, service in services.items()}, provider)
    limit = min(call.params["limit"], ledger.total)
    weigh(limit)
    return {
        "entries": [_entry(entry, mask) for entry in ledger.newest(limit)],
        "total": ledger.total,
        "spent": usd(ledger.spent),
        "currency": "USD",
        "rented": [line for line in still_rented(world, mask) if provider in (None, line["provider"])],
    }


def still_rented(world: World, mask: Mask) -> list[dict[str, Any]]:
    """Return the numbers that were bought and are rented still, the oldest first."""
    return [_rented(held, mask) for held in rented(world)]


def usd(amount: Decimal) -> str:
    """Return an amount with two decimals, or with more where it has more."""
    return f"{amount:.2f}" if amount == round(amount, 2) else f"{amount.normalize():f}"


def _entry(entry: LedgerEntry, mask: Mask) -> dict[str, Any]:
    return {
        "at": millis(entry.at),
        "kind": entry.kind,
        "provider": entry.provider,
        "account": shorten(entry.tenant),
        "subject": mask.text(entry.subject),
        "number": entry.number or None,
        "amount": usd(entry.amount),
        "evidence": entry.evidence,
        "source": entry.source or None,
        "request": entry.request or None,
    }


def _rented(held: Holding, mask: Mask) -> dict[str, Any]:
    return {
        "provider": held.provider,
        "account": shorten(held.tenant),
        "subject": mask.text(held.subject),
        "number": held.number,
        "since": millis(held.bought_at),
        "month": usd(held.price.month),
        "request": held.request,
    }


OPERATIONS = (get_ledger,)
