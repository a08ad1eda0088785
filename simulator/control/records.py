"""Control operations that tell what happened: the journal, one request explained, the tables."""

from __future__ import annotations

from typing import Any

import msgspec

from simulator.clock import millis
from simulator.control.server import base_url
from simulator.control.vocabulary import Errors, Operator, named, provider
from simulator.explain import explain
from simulator.journal import Entry
from simulator.masking import Mask, shortened
from simulator.provider import Call, Reply
from simulator.tables import Table


@provider.operation("list_requests")
def list_requests(call: Call[Operator]) -> Reply:
    """What was asked of a world and how it was answered, the newest last."""
    journal, params = named(call).journal, call.params
    found = journal.find(params["provider"], params["operation"], params["status"], params["matched"])
    shown = found[max(0, len(found) - params["limit"]) :]
    mask = call.state.mask
    return Reply({"requests": [_line(entry, mask) for entry in shown], "total": len(found), "dropped": journal.dropped})


@provider.operation("forget_requests")
def forget_requests(call: Call[Operator]) -> Reply:
    """Empty the journal."""
    named(call).journal.clear()
    return Reply()


@provider.operation("explain_request")
def explain_request(call: Call[Operator]) -> Reply:
    """The story of one request."""
    world, state = named(call), call.state
    entry = world.journal.get(call.params["id"])
    if entry is None:
        hint = (
            f"; {world.journal.dropped} of the oldest were dropped to keep the journal small" if world.journal.dropped else ""
        )
        raise Errors.NOT_FOUND(f"no request {call.params['id']!r} in the journal of this world{hint}")
    bound = state.worlds.catalog.providers.get(entry.provider)
    url = call.exchange.request.origin + entry.request.path  # through the address by which the reader came
    if bound is not None:
        url = base_url(call, world.name, bound).removesuffix(bound.spec.base_path) + entry.path
    return Reply(explain(entry, world, bound, state.mask, url))


@provider.operation("get_state")
def get_state(call: Call[Operator]) -> Reply:
    """The tables of every account, the newest records first."""
    world, limit, wanted = named(call), call.params["limit"], call.params["provider"]
    accounts = [
        {
            "provider": name,
            "account": shortened(tenant),
            "tables": {table.name: _table(table, limit, call.state.mask) for table in account.tables.values()},
        }
        for (name, tenant), account in world.accounts.items()
        if wanted in (None, name)
    ]
    return Reply({"accounts": accounts})


def _table(table: Table[Any], limit: int, mask: Mask) -> dict[str, Any]:
    records = msgspec.json.encode(table.all().window(0, limit))
    return {"total": len(table), "records": mask.json(msgspec.json.decode(records))}


def _line(entry: Entry, mask: Mask) -> dict[str, Any]:
    return {
        "id": entry.id,
        "at": millis(entry.at),
        "provider": entry.provider or None,
        "operation": entry.operation or None,
        "method": entry.request.method,
        "path": mask.address(entry.path),
        "status": entry.status,
        "account": shortened(entry.tenant) or None,
        "error": entry.error or None,
        "rule": entry.rule_name or None,
        "fault": entry.fault or None,
        "bug": mask.text(entry.bug) or None,
    }
