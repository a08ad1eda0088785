"""The story of one request: each step it went through and why it ended as it did."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from simulator.engine.journal import Entry
from simulator.engine.masking import CREDENTIALS, Mask, shortened, shortened_key, split_credential, without
from simulator.engine.rules import Rule, RuleInput
from simulator.engine.world import World
from simulator.openapi.curl import assemble, words
from simulator.openapi.json_body import decode
from simulator.openapi.operation import Operation
from simulator.provider.bound import BoundProvider
from simulator.store.clock import millis

HOP = {"host", "content-length", "connection", "accept-encoding", "transfer-encoding", "user-agent", "accept"}
HOP |= {"expect", "x-simulator-world"}  # the address in the command names the world
FIRST = {"UNAUTHORIZED", "INVALID_KEY", "WRONG_KEY", "LIMITED", "MALFORMED", "TOO_LARGE"}  # refusals before the spec is asked
FIRST |= {"GUESSED"}  # which may stand in the place of one of these


def explain(entry: Entry, world: World, bound: BoundProvider | None, mask: Mask, url: str) -> dict[str, Any]:
    """Everything that is known of a request to `url`, for a program and, as `story`, for a person."""
    operation = bound.spec.operations.get(entry.operation) if bound else None
    headers = mask.headers(entry.request.headers)
    body = _body(entry)
    told = {
        **_came(entry, world, headers, mask),
        **_went(entry, mask),
        **_founded(entry, operation),
        "assumptions": list(_assumptions(entry, world, bound)),
        "nearest_routes": bound.spec.nearest(entry.request.method, entry.path) if bound and not operation else [],
        "rules": list(_rules(entry, world, mask)),
        "unknown_fields": list(map(mask.text, bound.spec.unknown_fields(operation, body))) if bound and operation else [],
        "curl": _curl(entry, url, headers, mask),
    }
    told["story"] = [mask.text(line) for line in _story(entry, told)]
    secrets = list(mask.secrets(body))
    shown: dict[str, Any] = without(told, secrets) if secrets else told
    return shown


def _came(entry: Entry, world: World, headers: dict[str, str], mask: Mask) -> dict[str, Any]:
    """What came, and to whom."""
    return {
        "id": entry.id,
        "at": millis(entry.at),
        "world": world.name,
        "provider": entry.provider or None,
        "operation": entry.operation or None,
        "method": entry.request.method,
        "path": mask.address(entry.path),
        "query": mask.address(entry.request.query),
        "headers": headers,
        "body": mask.body(entry.request.raw),
        "account": shortened(entry.tenant) or None,
    }


def _went(entry: Entry, mask: Mask) -> dict[str, Any]:
    """What became of it."""
    return {
        "status": entry.status,
        "answer": mask.body(entry.response_body),
        "error": entry.error or None,
        "violations": [mask.text(f"{each.where} {each.field}: {each.message}") for each in entry.violations],
        "changes": [{"table": table, "id": mask.text(key), "change": verb} for table, key, verb in entry.changes],
        "fault": entry.fault or None,
        "bug": mask.text(entry.bug) or None,
    }


def _founded(entry: Entry, operation: Operation | None) -> dict[str, Any]:
    """How well founded the answer is, and where one can read of it."""
    response = operation.responses.get(entry.status) if operation else None
    source = response.source if response else operation.source if operation else ""
    note = (response.note if response else "") or (operation.note if operation else "")
    return {"evidence": entry.evidence, "source": source or None, "note": note or None}


def _assumptions(entry: Entry, world: World, bound: BoundProvider | None) -> Iterator[dict[str, Any]]:
    """The switches on which the answer depends, and how they stand."""
    if bound is None:
        return
    for each in entry.assumptions_used:
        name, value = f"{entry.provider}.{each.name}", bound.provider.assumed(world.store.environment, each.name)
        yield {"name": name, "value": value, "about": each.about, "evidence": each.evidence, "source": each.source}


def _story(entry: Entry, told: dict[str, Any]) -> Iterator[str]:
    to = entry.provider or "no provider"
    yield f"{entry.request.method} {told['path']} came to {to} in the world {told['world']} at {told['at']}."
    if told["operation"] is None and entry.provider:
        yield f"No route fits it. Nearest: {', '.join(told['nearest_routes']) or 'none is like it'}."
    if told["operation"] is not None:
        yield f"The route is that of {entry.provider}.{entry.operation}."
        yield f"Its key opened the account {told['account']}." if entry.tenant else "It opened no account."
    yield from (f"It breaks the spec: {violation}." for violation in told["violations"])
    if told["operation"] is not None and not told["violations"] and (entry.rule or entry.error not in FIRST):
        yield "Its parameters and its body fit the spec."
    if told["unknown_fields"]:
        yield f"The spec does not know these fields, so they had no effect: {', '.join(told['unknown_fields'])}."
    for rule in told["rules"]:
        yield f"The rule {rule['name']!r} {'decided' if rule['decided'] else 'did not apply: ' + rule['why']}."
    if entry.error:
        yield f"It was refused as {entry.error}: {entry.refusal.rstrip('.')}."
    done = [f"{each['change']} {each['id']} in {each['table']}" for each in told["changes"]]
    yield f"It {'; '.join(done)}." if done else "It changed nothing."
    for switch in told["assumptions"]:
        yield f"It depends on {switch['name']}, here {switch['value']}, which is {switch['evidence']}: {switch['about']}."
    if entry.bug:
        yield f"The simulator is at fault here, not the client: {told['bug']}."
    if entry.fault:
        yield f"On the wire the answer met with this: {entry.fault}."
    yield f"The answer was {entry.status}, {told['evidence']}" + (f" ({told['source']})." if told["source"] else ".")


def _rules(entry: Entry, world: World, mask: Mask) -> Iterator[dict[str, Any]]:
    """The rules that concern the operation, as they are now, and what became of each."""
    if not entry.provider:
        return
    subject = _subject(entry)
    rules = world.rules.candidates(subject.provider, subject.operation).rules
    if entry.rule and entry.rule not in [rule.id for rule in rules]:  # it has been taken away since
        yield {"id": entry.rule, "name": entry.rule_name, "decided": True, "why": ""}
    for rule in rules:
        decided = rule.id == entry.rule
        why = "" if decided else _why_not(rule, entry, subject, mask)
        yield {"id": rule.id, "name": rule.name, "decided": decided, "why": why}


def nearest_miss(rule: Rule, world: World, mask: Mask) -> tuple[Entry, str] | None:
    """The request that came nearest to a rule without being decided by it, the newest of several, and why it was not."""
    missed = [(entry, _subject(entry)) for entry in world.journal.find() if entry.rule != rule.id]
    if not missed:
        return None
    entry, subject = max(reversed(missed), key=lambda each: rule.nearness(each[1]))
    return entry, _why_not(rule, entry, subject, mask)


def _subject(entry: Entry) -> RuleInput:
    """The request as rules saw it."""
    operation = f"{entry.provider}.{entry.operation}" if entry.operation else ""
    asked, body = entry.request, _body(entry)
    return RuleInput(entry.provider, operation, asked.method, entry.path, entry.key, asked.headers, asked.parameters, body)


def _masked(subject: RuleInput, mask: Mask) -> RuleInput:
    return subject._replace(
        path=mask.address(subject.path),
        key=shortened_key(subject.key) if subject.key else "",
        headers=mask.headers(subject.headers),
        query=mask.json(subject.query),
        body=mask.json(subject.body),
    )


def _why_not(rule: Rule, entry: Entry, subject: RuleInput, mask: Mask) -> str:
    why = dict(entry.skipped).get(rule.id) or mask.text(rule.mismatch(subject, _masked(subject, mask)))
    if why or entry.rule:
        return why or "another rule decided before it"
    return "the request was refused before rules were tried" if entry.error else "the request came before the rule was added"


def _body(entry: Entry) -> Any:
    try:
        return decode(entry.request.raw) if entry.request.raw else {}
    except ValueError:
        return {}


def _curl(entry: Entry, url: str, headers: dict[str, str], mask: Mask) -> str:
    """A command that repeats the request; credentials are left for the reader to fill in."""
    address = mask.address(url) + (f"?{mask.address(entry.request.query)}" if entry.request.query else "")
    told = [
        f"{name}: {_own_key(value) if name in CREDENTIALS else value}" for name, value in headers.items() if name not in HOP
    ]
    body = mask.body(entry.request.raw)
    if body is not None and "content-type" not in headers:
        told.append("Content-Type:")  # else curl would say one of its own
    text = body if isinstance(body, str) or body is None else json.dumps(body, ensure_ascii=False)
    return assemble(words(entry.request.method, address), told, text)


def _own_key(value: str) -> str:
    """A credential with the reader's own key in the place of the one that was sent."""
    return f"{split_credential(value)[0]}YOUR_KEY"
