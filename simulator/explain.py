"""The story of one request: each step it went through and why it ended as it did."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl

from simulator.clock import millis
from simulator.curl import assemble
from simulator.journal import Entry
from simulator.masking import CREDENTIALS, Mask, shortened
from simulator.operation import Operation
from simulator.provider import Bound
from simulator.reading import decode
from simulator.rules import Subject
from simulator.world import World

HOP = {"host", "content-length", "connection", "accept-encoding", "transfer-encoding", "user-agent", "accept"}


def explain(entry: Entry, world: World, bound: Bound, mask: Mask) -> dict[str, Any]:
    """Everything that is known of a request, for a program and, as `story`, for a person."""
    operation = bound.spec.operations.get(entry.operation)
    headers = mask.headers(_headers(entry))
    body = _body(entry)
    told = {
        **_came(entry, world, headers, mask),
        **_went(entry, mask),
        **_founded(entry, operation),
        "nearest_routes": [] if operation else _nearest(entry, bound),
        "rules": list(_rules(entry, world, body)),
        "unknown_fields": bound.spec.unknown_fields(operation, body) if operation else [],
        "curl": _curl(entry, headers, mask),
    }
    told["story"] = list(_story(entry, told))
    return told


def _came(entry: Entry, world: World, headers: dict[str, str], mask: Mask) -> dict[str, Any]:
    """What came, and to whom."""
    return {
        "id": entry.id,
        "at": millis(entry.at),
        "world": world.name,
        "provider": entry.provider,
        "operation": entry.operation or None,
        "method": entry.method,
        "path": mask.text(entry.path),
        "query": mask.text(entry.query),
        "headers": headers,
        "body": _shown(entry.raw, mask),
        "account": shortened(entry.tenant) or None,
    }


def _went(entry: Entry, mask: Mask) -> dict[str, Any]:
    """What became of it."""
    return {
        "status": entry.status,
        "answer": _shown(entry.answer, mask),
        "error": entry.error or None,
        "violations": [mask.text(f"{each.where} {each.field}: {each.message}") for each in entry.violations],
        "changes": [{"table": table, "id": mask.text(key), "change": verb} for table, key, verb in entry.changes],
        "fault": entry.fault or None,
    }


def _founded(entry: Entry, operation: Operation | None) -> dict[str, Any]:
    """How well founded the answer is, and where one can read of it."""
    response = operation.responses.get(entry.status) if operation else None
    source = response.source if response else operation.source if operation else ""
    note = operation.definition.get("x-note") if operation else None
    return {"evidence": entry.evidence, "source": source or None, "note": note}


def _story(entry: Entry, told: dict[str, Any]) -> Iterator[str]:
    yield f"{entry.method} {told['path']} came to {entry.provider} in the world {told['world']} at {told['at']}."
    if told["operation"] is None:
        yield f"No route fits it. Nearest: {', '.join(told['nearest_routes']) or 'none is like it'}."
    else:
        yield f"The route is that of {entry.provider}.{entry.operation}."
        yield f"Its key opened the account {told['account']}." if entry.tenant else "It opened no account."
    yield from (f"It breaks the spec: {violation}." for violation in told["violations"])
    if told["unknown_fields"]:
        yield f"The spec does not know these fields, so they had no effect: {', '.join(told['unknown_fields'])}."
    for rule in told["rules"]:
        yield f"The rule {rule['name']!r} {'decided' if rule['decided'] else 'did not apply: ' + rule['why']}."
    if entry.error:
        yield f"It was refused as {entry.error}: {entry.refusal.rstrip('.')}."
    done = [f"{each['change']} {each['id']} in {each['table']}" for each in told["changes"]]
    yield f"It {'; '.join(done)}." if done else "It changed nothing."
    if entry.fault:
        yield f"On the wire the answer met with this: {entry.fault}."
    yield f"The answer was {entry.status}, {told['evidence']}" + (f" ({told['source']})." if told["source"] else ".")


def _rules(entry: Entry, world: World, body: Any) -> Iterator[dict[str, Any]]:
    """The rules that concern the operation, as they are now, and what became of each."""
    operation = f"{entry.provider}.{entry.operation}" if entry.operation else ""
    query = dict(parse_qsl(entry.query, keep_blank_values=True))
    subject = Subject(entry.provider, operation, entry.method, entry.path, entry.key, _headers(entry), query, body)
    passed = dict(entry.passed)
    for rule in world.rules.candidates(entry.provider, operation):
        why = passed.get(rule.id) or rule.why_not(subject)
        decided = rule.id == entry.rule
        if not decided and not why:
            why = "another rule decided before it" if entry.rule else "the request was refused before rules were tried"
        yield {"id": rule.id, "name": rule.name, "decided": decided, "why": "" if decided else why}


def _nearest(entry: Entry, bound: Bound) -> list[str]:
    known = [f"{each.method} {each.path}" for each in bound.spec.operations.values()]
    return difflib.get_close_matches(f"{entry.method} {entry.path}", known, 3, 0.4)


def _headers(entry: Entry) -> dict[str, str]:
    return dict(line.split(": ", 1) for line in entry.headers.split("\n") if ": " in line)


def _body(entry: Entry) -> Any:
    try:
        return decode(entry.raw) if entry.raw else {}
    except ValueError:
        return {}


def _shown(raw: bytes | None, mask: Mask) -> Any:
    """A body as JSON where it is JSON, else as text; with its secrets masked."""
    if not raw:
        return None
    text = mask.text(raw.decode("utf-8", "replace"))
    try:
        return decode(text.encode())
    except ValueError:
        return text


def _curl(entry: Entry, headers: dict[str, str], mask: Mask) -> str:
    """A command that repeats the request; credentials are left for the reader to fill in."""
    host = headers.get("host", "127.0.0.1:8080")
    address = f"http://{host}{mask.text(entry.address)}" + (f"?{mask.text(entry.query)}" if entry.query else "")
    told = [
        f"{name}: {_own_key(value) if name in CREDENTIALS else value}" for name, value in headers.items() if name not in HOP
    ]
    body = _shown(entry.raw, mask)
    text = body if isinstance(body, str) or body is None else json.dumps(body, ensure_ascii=False)
    return assemble(["curl", "-X", entry.method, address], told, text)


def _own_key(value: str) -> str:
    """A credential with the reader's own key in the place of the one that was sent."""
    word, space, _ = value.rpartition(" ")
    return f"{word}{space}YOUR_KEY"
