"""Explanations of requests: the steps that a request went through, and the reasons for its response."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from msgspec import UNSET

from simulator.engine.conditions import RuleInput
from simulator.engine.explain_key import AUTHENTICATION_ERRORS, explain_key
from simulator.engine.journal import Entry
from simulator.engine.masking import CREDENTIALS, Mask, remove_secrets, shorten, shorten_key, split_credential
from simulator.engine.rules import Rule
from simulator.engine.world import World
from simulator.numbering import countries
from simulator.openapi.curl import curl_arguments, shell_command
from simulator.openapi.form_body import FORM, URL_ENCODED, decode_form, decode_url_encoded
from simulator.openapi.json_body import decode
from simulator.openapi.operation import Operation
from simulator.provider.bound import BoundProvider
from simulator.scenario.moments import WorldTime
from simulator.store.clock import millis
from simulator.store.work import weigh

# Headers that curl sets itself, or that the URL of the curl command replaces.
OMITTED_HEADERS = {"host", "content-length", "connection", "accept-encoding", "transfer-encoding", "user-agent", "accept"}
OMITTED_HEADERS |= {"expect", "x-simulator-world", "x-simulator-host"}
COUNTRY_FIELDS = ("country", "country_code")
NO_NUMBERS = "Country {} has no numbers: no source names any that can never ring; there are numbers for {}."
# Errors that are raised before the request is validated. GUESSED may replace one of them in a strict world.
ERRORS_BEFORE_VALIDATION = AUTHENTICATION_ERRORS | {"LIMITED", "MALFORMED", "TOO_LARGE", "GUESSED"}


def explain(entry: Entry, world: World, bound: BoundProvider | None, mask: Mask, url: str) -> dict[str, Any]:
    """Explain a request to `url`: details for programs, and sentences for people in `story`."""
    operation = bound.spec.operation(entry.operation) if bound and entry.operation in bound.spec.places else None
    headers = mask.headers(entry.request.headers)
    body = sent_body(entry)
    details = {
        **_request(entry, world, headers, mask),
        **_response(entry, mask),
        **_evidence(entry, operation),
        "assumptions": list(_assumptions(entry, world, bound)),
        "nearest_routes": bound.spec.nearest(entry.request.method, entry.path) if bound and not operation else [],
        "rules": list(_rules(entry, world, mask)),
        "unknown_fields": [mask.text(field) for field in entry.unknown_fields],
        "curl": _curl(entry, url, headers, mask),
    }
    authentication = list(explain_key(entry, world, bound, operation))
    reasons = _decisions(entry, details, _concerning(entry, world))
    details["story"] = [
        mask.text(line) for line in _story(entry, details, authentication, [*reasons, *_market(entry, world, body)])
    ]
    secrets = list(mask.secrets(body))
    explanation: dict[str, Any] = remove_secrets(details, secrets) if secrets else details
    return explanation


def _request(entry: Entry, world: World, headers: dict[str, str], mask: Mask) -> dict[str, Any]:
    return {
        "id": entry.id,
        "at": millis(entry.at),
        "world": world.name,
        "provider": entry.provider or None,
        "operation": entry.operation_name or None,
        "method": mask.method(entry.request.method),
        "path": mask.address(entry.path),
        "query": mask.query(entry.request.query),
        "headers": headers,
        "body": mask.body(entry.request.raw),
        "account": shorten(entry.tenant) or None,
        "truncated": list(entry.truncated),
    }


def _response(entry: Entry, mask: Mask) -> dict[str, Any]:
    return {
        "status": entry.status,
        "answer": mask.body(entry.response_body),
        "error": entry.error or None,
        "violations": [
            mask.text(f"{violation.where} {violation.field}: {violation.message}") for violation in entry.violations
        ],
        "changes": [{"table": table, "id": mask.text(key), "change": verb} for table, key, verb in entry.changes],
        "preference": entry.preference or None,
        "fault": entry.fault or None,
        "bug": mask.text(entry.bug) or None,
    }


def _evidence(entry: Entry, operation: Operation | None) -> dict[str, Any]:
    response = operation.responses.get(entry.status) if operation else None
    source = response.source if response else operation.source if operation else ""
    note = (response.note if response else "") or (operation.note if operation else "")
    levels = {"evidence": entry.evidence, "body_evidence": entry.body_evidence or None}
    taken_for = operation.taken_for if operation else ""
    return {**levels, "source": source or None, "note": note or None, "taken_for": taken_for or None}


def _assumptions(entry: Entry, world: World, bound: BoundProvider | None) -> Iterator[dict[str, Any]]:
    """Yield the switches on which the response depends, with their values."""
    if bound is None:
        return
    for switch in entry.assumptions_used:
        yield {
            "name": f"{entry.provider}.{switch.name}",
            "value": bound.provider.assumed(world.store.environment, switch.name),
            "about": switch.about,
            "evidence": switch.evidence,
            "source": switch.source,
        }


def _market(entry: Entry, world: World, body: Any) -> Iterator[str]:
    """Yield what explains a request for numbers: that a country has none for sale, or which account holds a number."""
    given = {**entry.request.parameters, **(body if isinstance(body, dict) else {})}
    named = {value for name, value in given.items() if name in COUNTRY_FIELDS and isinstance(value, str)}
    for country in sorted(named.difference(countries())):
        if len(country) == 2 and country.isalpha():
            yield NO_NUMBERS.format(country, ", ".join(countries()))
    yield from _holders(entry, world, body)


def _holders(entry: Entry, world: World, body: Any) -> Iterator[str]:
    """Yield who holds the numbers that a rejected request names, as accounts with different keys share one market."""
    named = [value for value in body.values() if isinstance(value, str) and value] if isinstance(body, dict) else []
    if entry.status < 400 or not named:
        return
    for (provider, tenant), account in world.store.accounts.items():
        for record in account.tables["numbers"].all() if "numbers" in account.tables else ():
            number = getattr(record, "number", None) or getattr(record, "phone_number", None)
            if number in named:
                since = f" since {millis(record.created_at)}" if hasattr(record, "created_at") else ""
                whose = (
                    "this account" if (provider, tenant) == (entry.provider, entry.tenant) else f"account {shorten(tenant)!r}"
                )
                yield f"Number {number} is held by {whose} of {provider}{since}; all accounts of a world share one market."


def _story(entry: Entry, details: dict[str, Any], authentication: Iterable[str], reasons: Iterable[str]) -> Iterator[str]:
    provider = entry.provider or "no provider"
    yield f"{entry.request.method} {details['path']} was sent to {provider} in world {details['world']} at {details['at']}."
    yield from _matched(entry, details)
    if details["operation"] is not None:
        yield from authentication
    yield from (f"The request violates the spec: {violation}." for violation in details["violations"])
    if (
        details["operation"] is not None
        and not details["violations"]
        and (entry.rule or entry.error not in ERRORS_BEFORE_VALIDATION)
    ):
        yield "Parameters and body are valid."
    if details["unknown_fields"]:
        yield f"Ignored fields that are not in the spec: {', '.join(details['unknown_fields'])}."
    yield from reasons
    if entry.truncated:
        yield f"The request log keeps only the first part of: {', '.join(entry.truncated)}."
    changes = [f"{change['change']} {change['id']} in {change['table']}" for change in details["changes"]]
    yield f"Changes: {'; '.join(changes)}." if changes else "No changes."
    for switch in details["assumptions"]:
        yield f"The response depends on switch {switch['name']} = {switch['value']} ({switch['evidence']}): {switch['about']}."
    if entry.repeats:
        yield f"It is {entry.repeats} again: a rule delivered it more than once."
    if entry.bug:
        yield f"Simulator bug: {details['bug']}."
    if entry.fault:
        yield f"Connection fault: {entry.fault}."
    yield f"Response: {entry.status}, evidence {details['evidence']}" + (
        f" ({details['source']})." if details["source"] else "."
    )


def _matched(entry: Entry, details: dict[str, Any]) -> Iterator[str]:
    if details["operation"] is not None:
        yield f"Matched operation {entry.operation_name}."
        if details["taken_for"]:
            yield f"Only its spec describes it; it was taken for: {details['taken_for']}."
    elif entry.provider:
        missing = f"The path has no {details['method']}" if entry.error == "METHOD_NOT_ALLOWED" else "No route matched"
        yield f"{missing}. Nearest routes: {', '.join(details['nearest_routes']) or 'none'}."


def _concerning(entry: Entry, world: World) -> set[str]:
    """Return the ids of the rules that a reader asks about: what a test wrote, and what matched."""
    written = {rule.id for rule in world.rules if world.rules.is_written(rule)}
    return {entry.rule, *dict(entry.skipped), *written}


def _decisions(entry: Entry, details: dict[str, Any], concerning: set[str]) -> Iterator[str]:
    """Yield what rules, the client itself and the provider decided."""
    for rule in [rule for rule in details["rules"] if rule["id"] in concerning]:
        yield f"Rule {rule['name']!r} {'fired' if rule['decided'] else 'was skipped: ' + rule['why']}."
    if entry.preference:
        yield f"The client requested this with its Prefer header: {entry.preference}."
    if entry.error:
        yield f"Rejected with error {entry.error}: {entry.refusal.rstrip('.')}."


def _rules(entry: Entry, world: World, mask: Mask) -> Iterator[dict[str, Any]]:
    """Yield the rules that can match the operation, as they are now, and why the others were skipped."""
    if not entry.provider:
        return
    rule_input = _rule_input(entry, world)
    shown, skipped = _masked(rule_input, mask), dict(entry.skipped)
    rules = world.rules.candidates(rule_input.provider, rule_input.operation).rules
    if entry.rule and entry.rule not in [rule.id for rule in rules]:  # The rule was removed since.
        yield {"id": entry.rule, "name": mask.text(entry.rule_name), "decided": True, "why": ""}
    for rule in rules:
        decided = rule.id == entry.rule
        why = "" if decided else _why_not(entry, rule, skipped.get(rule.id) or mask.text(rule.mismatch(rule_input, shown)))
        yield {"id": rule.id, "name": mask.text(rule.name), "decided": decided, "why": why}


MAX_CANDIDATES = 200  # requests, the newest, of which one may be the nearest miss of a rule
NEAR, COMPARED = 5, 256  # units of work to compare a rule with a request, and bytes of the request that are another unit


def weigh_candidates(rules: int, world: World) -> None:
    """Announce the work of looking for the nearest miss of each of a number of rules.

    Raises:
        Postponed: others wait, and it takes too long.
    """
    held = world.journal.held
    bytes_of_each = world.journal.size // held if held else 0
    weigh(rules * min(held, MAX_CANDIDATES) * (NEAR + bytes_of_each // COMPARED))


def nearest_miss(rule: Rule, world: World, mask: Mask) -> tuple[Entry, str] | None:
    """Return the latest of the requests that matched a rule best without firing it, and the reason; None without requests."""
    entries = [entry for entry in world.journal.find() if entry.rule != rule.id][-MAX_CANDIDATES:]
    candidates = [(entry, _rule_input(entry, world)) for entry in entries]
    if not candidates:
        return None
    entry, rule_input = max(reversed(candidates), key=lambda candidate: rule.nearness(candidate[1]))
    reason = dict(entry.skipped).get(rule.id) or mask.text(rule.mismatch(rule_input, _masked(rule_input, mask)))
    return entry, _why_not(entry, rule, reason)


def _rule_input(entry: Entry, world: World) -> RuleInput:
    """Return the request as the rules received it."""
    request, body = entry.request, sent_body(entry)
    return RuleInput(
        entry.provider,
        entry.operation_name,
        request.method,
        entry.path,
        entry.key,
        request.headers,
        request.parameters,
        body,
        WorldTime(entry.at, world.store.started),
    )


def _masked(rule_input: RuleInput, mask: Mask) -> RuleInput:
    return rule_input._replace(
        path=mask.address(rule_input.path),
        key=shorten_key(rule_input.key) if rule_input.key else "",
        headers=mask.headers(rule_input.headers),
        query=mask.json(rule_input.query),
        body=mask.json(rule_input.body),
    )


def _why_not(entry: Entry, rule: Rule, reason: str) -> str:
    """Return why a rule did not fire: for a `reason` that the request gives, or for one of another kind."""
    parts = {"path": "path", "query": "query parameter", "headers": "header", "body": "body"}
    is_cut = any(part in entry.truncated and reason.startswith(f"the {word}") for part, word in parts.items())
    absent = rule.definition.when.absent
    if absent is not UNSET and not reason:  # what seems to be absent may be in the part that was not kept
        is_cut = any(getattr(absent, part, ()) for part in entry.truncated)
    if is_cut:
        return f"unknown, as the request log keeps only the first part of {' and '.join(entry.truncated)}"
    if reason or entry.rule:
        return reason or "another rule fired first"
    if entry.is_early:
        return "the request was rejected before rules were evaluated"
    return "the rule was added after the request"


def sent_body(entry: Entry) -> Any:
    """Return the decoded body of a request; an empty object if it is neither JSON nor a form."""
    media = entry.request.headers.get("content-type", "")
    try:
        if entry.request.raw and media.startswith(FORM):
            return decode_form(entry.request.raw, media, {})
        if entry.request.raw and media.startswith(URL_ENCODED):
            return decode_url_encoded(entry.request.raw, {})
        return decode(entry.request.raw) if entry.request.raw else {}
    except ValueError:
        return {}


def _curl(entry: Entry, url: str, headers: dict[str, str], mask: Mask) -> str:
    """Return a curl command that repeats the request, with a placeholder for the key."""
    address = mask.address(url) + (f"?{mask.query(entry.request.query)}" if entry.request.query else "")
    repeated = [
        f"{name}: {_with_placeholder(value) if name in CREDENTIALS else value}"
        for name, value in headers.items()
        if name not in OMITTED_HEADERS
    ]
    body = mask.body(entry.request.raw)
    if body is not None and "content-type" not in headers:
        repeated.append("Content-Type:")  # Without this, curl would send a Content-Type of its own.
    text = body if isinstance(body, str) or body is None else json.dumps(body, ensure_ascii=False)
    return shell_command(curl_arguments(mask.method(entry.request.method), address), repeated, text)


def _with_placeholder(value: str) -> str:
    return f"{split_credential(value)[0]}YOUR_KEY"
