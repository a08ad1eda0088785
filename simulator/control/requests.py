"""Control operations on what happened: the request log, one request explained, the tables."""

from __future__ import annotations

from typing import Any

import msgspec

from simulator.control.api import PROVIDERS_LIST, ControlCall
from simulator.control.errors import Errors, require_known
from simulator.control.ledger import ledger_body
from simulator.engine.authentication import usual_tenants
from simulator.engine.explain import explain, sent_body
from simulator.engine.journal import Entry
from simulator.engine.masking import Mask, remove_secrets, shorten
from simulator.engine.reproduce import pytest_test
from simulator.engine.world import World
from simulator.provider import Reply, Table, millis
from simulator.store.work import ACCOUNT, weigh

# Units of work: to show a request, a rule beside a request, a record or a table; and the bytes of a request that are a unit.
LINE, RULE, SHOWN, BYTES = 4, 20, 5, 64


def list_requests(call: ControlCall) -> Reply:
    """Return the request log of a world, the newest last."""
    journal, params, mask = call.world.journal, call.params, call.context.mask
    _require_known_filters(call)
    names = ("provider", "operation", "status", "matched", "rule", "rule_id")
    entries = journal.find(**{name: params[name] for name in names})
    shown = entries[max(0, len(entries) - params["limit"]) :]
    weigh(sum(LINE + (entry.size if params["details"] else len(entry.path) + len(entry.refusal)) // BYTES for entry in shown))
    show = request_details if params["details"] else request_line
    ledger = {"ledger": ledger_body(call)} if params["ledger"] else {}
    requests = [show(entry, mask) for entry in shown]
    return Reply({"requests": requests, "total": len(entries), "dropped": journal.dropped, **ledger})


def _require_known_filters(call: ControlCall) -> None:
    """Require that a request can have the values of the filters.

    Raises:
        Problem: INVALID, with the nearest values.
    """
    params, providers, provider, rules = call.params, call.context.registry.providers, call.provider, call.world.rules
    if params["operation"] is not None:
        chosen = [providers[provider]] if provider else providers.values()
        operations = [f"{one.name}.{name}" for one in chosen for name in one.spec.operations]
        require_known("operation", params["operation"], operations, PROVIDERS_LIST)
    listed_by = f"GET /_simulator/worlds/{call.world.name}/rules"
    rule, rule_id = params["rule"], params["rule_id"]
    if rule is not None and not call.world.journal.find(rule=rule):  # A rule that was removed may have decided.
        require_known("rule", rule, dict.fromkeys(name for one in rules for name in (one.id, one.name)), listed_by)
    if rule_id is not None and not call.world.journal.find(rule_id=rule_id):
        require_known("rule", rule_id, [one.id for one in rules], listed_by)


def forget_requests(call: ControlCall) -> Reply:
    """Empty the request log."""
    call.world.journal.clear()
    return Reply()


def explain_request(call: ControlCall) -> Reply:
    """Return everything that is known of one request."""
    world, mask, entry = call.world, call.context.mask, _entry(call)
    service = call.context.registry.providers.get(entry.provider)
    weigh(len(world.rules) * RULE + entry.size // BYTES)
    url = call.request.origin + entry.request.path  # the address by which the reader came
    if service is not None:
        url = call.base_url(world.name, service).removesuffix(service.spec.base_path) + entry.path
    return Reply(explain(entry, world, service, mask, url))


def write_test(call: ControlCall) -> Reply:
    """Return a pytest test that repeats what led to the response to one request."""
    weigh(call.world.journal.held)
    return Reply({"test": pytest_test(_entry(call), call.world, call.context.registry.providers, call.context.mask)})


def _entry(call: ControlCall) -> Entry:
    """Return the request that the path names.

    Raises:
        Problem: NOT_FOUND, with the number of those that were dropped.
    """
    journal, entry_id = call.world.journal, call.params["id"]
    entry = journal.get(entry_id)
    if entry is None:
        raise Errors.NOT_FOUND(f"no request {entry_id!r} in the request log of the world {call.world.name!r}{_hint(call)}")
    return entry


def _hint(call: ControlCall) -> str:
    """Return where a request is that a world does not have, or why it may be gone."""
    if (gate := call.world.gates.holding(call.params["id"])) is not None:
        return f"; it waits at the gate {call.context.mask.text(gate.rule.name)!r}, and is there when it is released"
    other = next((world for world in call.context.worlds.all() if world.journal.get(call.params["id"])), None)
    if other is not None:
        return f"; the world {other.name!r} has it"
    dropped = call.world.journal.dropped
    return f"; {dropped} of the oldest were dropped to keep the log small; --journal-bytes keeps more" if dropped else ""


def get_state(call: ControlCall) -> Reply:
    """Return the tables of every account, the newest records first; of a template before its first request, too."""
    limit, provider, mask, world = call.params["limit"], call.provider, call.context.mask, call.world
    opened = set(world.store.accounts)
    templates = _templates(call, world)
    weigh(_records(world, limit) + sum(ACCOUNT + world.scenario.seed_of(*place).size() for place in templates))
    with world.preview(templates):
        accounts = [
            {
                "provider": name,
                "account": shorten(tenant),
                "opened": (name, tenant) in opened,
                "tables": {table.name: _table(table, limit, mask) for table in account.tables.values()},
            }
            for (name, tenant), account in world.store.accounts.items()
            if provider in (None, name)
        ]
    return Reply({"accounts": accounts})


def _templates(call: ControlCall, world: World) -> list[tuple[str, str]]:
    """Return the accounts of the usual keys, of providers with a template in the scenario that have had no request yet."""
    called = {name for name, _ in world.store.accounts}
    providers = call.context.registry.providers
    services = [providers[name] for name in world.scenario.template if name in providers and name not in called]
    return [(service.name, tenant) for service in services for tenant in usual_tenants(service, world.scenario)]


def _records(world: World, limit: int) -> int:
    """Return the units of work to show the tables of a world."""
    weigh(SHOWN * len(world.store.accounts))
    tables = [table for account in world.store.accounts.values() for table in account.tables.values()]
    return SHOWN * (len(tables) + sum(min(limit, len(table)) for table in tables))


def _table(table: Table[Any], limit: int, mask: Mask) -> dict[str, Any]:
    records = msgspec.json.encode(table.all().window(0, limit))
    return {"total": len(table), "records": mask.json(msgspec.json.decode(records))}


def request_line(entry: Entry, mask: Mask) -> dict[str, Any]:
    """Return one request as the request log shows it."""
    return {
        "id": entry.id,
        "at": millis(entry.at),
        "provider": entry.provider or None,
        "operation": entry.operation_name or None,
        "method": mask.method(entry.request.method),
        "path": mask.address(entry.path),
        "status": entry.status,
        "account": shorten(entry.tenant) or None,
        "error": entry.error or None,
        "rule": mask.text(entry.rule_name) if entry.rule_name else None,
        "fault": entry.fault or None,
        "repeats": entry.repeats or None,
        "bug": mask.text(entry.bug) or None,
        "detail": mask.text(entry.refusal) or None,
        "evidence": entry.evidence,
        "unknown_fields": [mask.text(field) for field in entry.unknown_fields],
    }


def request_details(entry: Entry, mask: Mask) -> dict[str, Any]:
    """Return one request with all that was sent and answered, without secrets."""
    body = mask.body(entry.request.raw)
    details = {
        **request_line(entry, mask),
        "query": mask.query(entry.request.query),
        "headers": mask.headers(entry.request.headers),
        "body": body,
        "answer": mask.body(entry.response_body),
        "truncated": list(entry.truncated),
    }
    secrets = list(mask.secrets(sent_body(entry)))
    shown: dict[str, Any] = remove_secrets(details, secrets) if secrets else details
    return shown


OPERATIONS = (list_requests, forget_requests, explain_request, write_test, get_state)
