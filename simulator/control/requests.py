"""Control operations on what happened: the request log, one request explained, the tables."""

from __future__ import annotations

from typing import Any

import msgspec

from simulator.control.api import ControlCall
from simulator.control.errors import Errors
from simulator.engine.explain import explain
from simulator.engine.journal import Entry
from simulator.engine.masking import Mask, shorten
from simulator.provider import Reply, Table, millis


def list_requests(call: ControlCall) -> Reply:
    """Return the request log of a world, the newest last."""
    journal, params = call.world.journal, call.params
    entries = journal.find(params["provider"], params["operation"], params["status"], params["matched"])
    shown = entries[max(0, len(entries) - params["limit"]) :]
    mask = call.context.mask
    return Reply(
        {"requests": [request_line(entry, mask) for entry in shown], "total": len(entries), "dropped": journal.dropped}
    )


def forget_requests(call: ControlCall) -> Reply:
    """Empty the request log."""
    call.world.journal.clear()
    return Reply()


def explain_request(call: ControlCall) -> Reply:
    """Return everything that is known of one request."""
    world, mask = call.world, call.context.mask
    entry = world.journal.get(call.params["id"])
    if entry is None:
        dropped = world.journal.dropped
        hint = f"; {dropped} of the oldest were dropped to keep the journal small" if dropped else ""
        raise Errors.NOT_FOUND(f"no request {call.params['id']!r} in the journal of this world{hint}")
    service = call.context.registry.providers.get(entry.provider)
    url = call.request.origin + entry.request.path  # the address by which the reader came
    if service is not None:
        url = call.base_url(world.name, service).removesuffix(service.spec.base_path) + entry.path
    return Reply(explain(entry, world, service, mask, url))


def get_state(call: ControlCall) -> Reply:
    """Return the tables of every account, the newest records first."""
    limit, provider = call.params["limit"], call.params["provider"]
    mask = call.context.mask
    accounts = [
        {
            "provider": name,
            "account": shorten(tenant),
            "tables": {table.name: _table(table, limit, mask) for table in account.tables.values()},
        }
        for (name, tenant), account in call.world.store.accounts.items()
        if provider in (None, name)
    ]
    return Reply({"accounts": accounts})


def _table(table: Table[Any], limit: int, mask: Mask) -> dict[str, Any]:
    records = msgspec.json.encode(table.all().window(0, limit))
    return {"total": len(table), "records": mask.json(msgspec.json.decode(records))}


def request_line(entry: Entry, mask: Mask) -> dict[str, Any]:
    """Return one request as the request log shows it."""
    return {
        "id": entry.id,
        "at": millis(entry.at),
        "provider": entry.provider or None,
        "operation": entry.operation or None,
        "method": entry.request.method,
        "path": mask.address(entry.path),
        "status": entry.status,
        "account": shorten(entry.tenant) or None,
        "error": entry.error or None,
        "rule": entry.rule_name or None,
        "fault": entry.fault or None,
        "bug": mask.text(entry.bug) or None,
        "detail": mask.text(entry.refusal) or None,
        "evidence": entry.evidence,
        "unknown_fields": [mask.text(field) for field in entry.unknown_fields],
    }


OPERATIONS = (list_requests, forget_requests, explain_request, get_state)
