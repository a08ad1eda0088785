"""The report of a test's world: unmatched requests, faults of the simulator, rules that did not fire, the journal."""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from http import HTTPStatus
from typing import NamedTuple, Protocol

from simulator.testing.control_transport import Json
from simulator.testing.warnings import SimulatorWarning


class Held(Protocol):
    """A number that is still rented, as far as a report needs it."""

    @property
    def number(self) -> str:
        """The number in E.164."""

    @property
    def provider(self) -> str:
        """The name of its provider."""

    @property
    def month(self) -> Decimal:
        """Its rent in USD."""


class Reported(Protocol):
    """A world, as far as a report needs it."""

    name: str
    scenario: str
    description: str
    was_hunted: bool

    @property
    def added_rules(self) -> Sequence[object]:
        """The ids of the rules that the test added."""

    def rules(self) -> list[Json]:
        """Return the rules."""

    def explain_rule(self, rule_id: str) -> Json:
        """Return one rule with the request that came nearest to it."""

    def explain(self, request_id: str) -> Json:
        """Return the explanation of a request."""


MAX_LINES = 50  # of the journal
MAX_LEAKS = 20  # numbers that are still rented
MAX_WEBHOOKS = 5  # that were not delivered
MAX_BLOCKED = 5  # requests that an interception stopped
UNUSED_INTERCEPTION = (
    "world.intercept() was called but never entered, so no request was redirected: use `with world.intercept():`"
)
CHOICES = {"unmatched": ("fail", "ignore"), "unknown_fields": ("warn", "fail", "ignore"), "leaks": ("fail", "ignore")}
HEADINGS = {
    "bug": "The simulator broke its own spec, which is its fault and not the client's:",
    "guessed": "The client depends on behaviour below the evidence level that this world requires:",
    "not_simulated": "The client called operations that exist at the provider and are not simulated:",
    "unmatched": "The client called endpoints that are not in the provider's spec:",
    "preference": "The Prefer header names an error, code or delay that does not exist:",
    "unknown_fields": "The client sent fields that the operation does not know:",
}


class FailurePolicy(NamedTuple):
    """What fails a test beside its own assertions: the options of the marker that have these names."""

    unmatched: str = "fail"
    unknown_fields: str = "warn"
    leaks: str = "ignore"

    def check(self) -> None:
        """Check the values.

        Raises:
            ValueError: an option has no such value.
        """
        for option, value in self._asdict().items():
            if value not in CHOICES[option]:
                raise ValueError(f"{option} is {value!r}, expected {' or '.join(map(repr, CHOICES[option]))}")


def judge(verdict: Json, policy: FailurePolicy) -> tuple[str, list[str]]:
    """Return why a test must fail (empty if it need not), and the warnings for it.

    `verdict` has the `findings` and `idle_rules` of the control API.
    """
    options = {"unmatched": policy.unmatched, "unknown_fields": policy.unknown_fields}
    findings = [finding for finding in verdict["findings"] if options.get(finding["kind"]) != "ignore"]
    reason = failure_reason([finding for finding in findings if options.get(finding["kind"]) != "warn"])
    warned = [finding for finding in findings if options.get(finding["kind"]) == "warn"]
    return reason, [*unknown_field_warnings(warned), *map(idle_rule, verdict["idle_rules"])]


def blocked(requests: Sequence[str]) -> str:
    """Return that an interception did not let requests out of the machine; empty if there were none."""
    if not requests:
        return ""
    shown = [f"  {text}" for text in requests[:MAX_BLOCKED]]
    more = [f"  and {len(requests) - MAX_BLOCKED} more"] if len(requests) > MAX_BLOCKED else []
    return "\n".join(["Requests were blocked, as they could not be redirected to the world:", *shown, *more])


def raised(errors: Sequence[BaseException]) -> str:
    """Return what the receiver of a test raised when it got webhooks; empty if it raised nothing."""
    if not errors:
        return ""
    shown = [f"  {type(error).__name__}: {error}" for error in errors[:MAX_BLOCKED]]
    more = [f"  and {len(errors) - MAX_BLOCKED} more"] if len(errors) > MAX_BLOCKED else []
    return "\n".join(["The receiver of the webhooks raised:", *shown, *more])


def leaked(rented: Sequence[tuple[Held, str]]) -> str:
    """Return that numbers are still rented, each with where it was bought; empty if there are none."""
    if not rented:
        return ""
    shown = [f"  {held.provider} {held.number}, {held.month} USD a month, bought {where}" for held, where in rented[:MAX_LEAKS]]
    more = [f"  and {len(rented) - MAX_LEAKS} more"] if len(rented) > MAX_LEAKS else []
    hint = 'Release them; or if that is intended, @pytest.mark.simulator(leaks="ignore").'
    return "\n".join(["Numbers were bought and are still rented:", *shown, *more, hint])


def gone(world: str) -> str:
    """Return that a world cannot be checked, as it exists no more."""
    return (
        f"The world {world} cannot be checked, as the simulator has no such world: another client deleted or replaced "
        "it, it was deleted to make room for others (--max-worlds), or the simulator was restarted."
    )


def astray(count: int, last: str) -> str:
    """Return that requests of a test ended in another world than its own."""
    requests = f"{count} requests, the last {last}, have" if count > 1 else f"The request {last} has"
    return (
        f"{requests} reached the world `default` and not that of this test, which checks only its own: "
        "use `base_url` or `transport` of `world.cartesia`, and of the other providers"
    )


def unchecked(world: str, reason: str) -> str:
    """Return that a test has made a world and not checked it, though it should fail."""
    return (
        f"The world {world} was made by the test and not checked, so the test passes. "
        f"Use `with simulator.world(…) as world:`, or world.check(), which fails with:\n{reason}"
    )


def warn(texts: Iterable[str], stacklevel: int) -> None:
    """Give warnings to the caller at a level of the stack."""
    for text in texts:
        warnings.warn(SimulatorWarning(text), stacklevel=stacklevel + 1)


def failure_reason(findings: list[Json]) -> str:
    """Return why a test that has passed must fail; empty if it need not."""
    return "\n".join(line for finding in findings for line in _finding(finding))


def _finding(finding: Json) -> Iterator[str]:
    """Yield the lines about requests of one kind: a heading, the first requests, and what to do."""
    requests = finding["requests"]
    yield HEADINGS[finding["kind"]]
    width = max(len(_call(request)) for request in requests)
    yield from (f"  {_call(request):{width}}  {request['status']}  {_hint(finding['kind'], request)}" for request in requests)
    if finding["count"] > len(requests):
        yield f"  and {finding['count'] - len(requests)} more"
    if finding["kind"] == "unmatched":
        yield 'If that is intended: @pytest.mark.simulator(unmatched="ignore").'
    if finding["kind"] == "guessed":
        accept = sorted({str(request["operation"]) for request in requests})
        yield f"To accept them, set in the scenario: strict: {{grade: …, accept: [{', '.join(accept)}]}}."


def _hint(kind: str, request: Json) -> str:
    """Return what is known of a request that fails a test."""
    if kind == "bug":
        return str(request["bug"])
    if kind == "unknown_fields":
        return ", ".join(request["unknown_fields"])
    if kind == "unmatched" and request["provider"] is not None:
        return f"nearest: {', '.join(request['nearest_routes']) or 'no similar route'}"
    return str(request["detail"])


def unknown_field_warnings(findings: list[Json]) -> Iterator[str]:
    """Yield a sentence for each of the first requests with fields that their operation does not know."""
    for finding in findings:
        if finding["kind"] == "unknown_fields":
            for request in finding["requests"]:
                fields = ", ".join(request["unknown_fields"])
                yield f"{_call(request)} has fields that the operation does not know, so they had no effect: {fields}"


def _is_unmatched(request: Json) -> bool:
    """Return whether a request matched no route, and no rule responded instead."""
    return request["operation"] is None and request["rule"] is None


def idle_rules(world: Reported) -> list[str]:
    """Return a sentence for each rule that was added to a world and never fired, with the nearest request."""
    idle = [rule for rule in world.rules() if rule["id"] in world.added_rules and not rule["fired"]]
    return [idle_rule(world.explain_rule(rule["id"])) for rule in idle]


def idle_rule(explanation: Json) -> str:
    """Return a sentence for a rule that never fired, with the nearest request."""
    rule, nearest = explanation["rule"], explanation["nearest"]
    name = repr(rule["name"]) if "name" in rule else json.dumps({key: rule[key] for key in ("when", "then") if key in rule})
    if nearest is None and explanation.get("removed"):
        return f"The rule {name} never fired before the world was reset, cleared or restored."
    if nearest is None:
        return f"The rule {name} never fired: there was no request."
    call = f"{nearest['id']}, {nearest['method']} {nearest['path']}"
    return f"The rule {name} never fired. Nearest to it was {call}: {nearest['why']}."


def journal(world: Reported, listed: Json, gates: Sequence[Json] = (), undelivered: Sequence[object] = ()) -> str:
    """Return the journal of a world as text.

    With it come what waits at its gates, the webhooks that were not delivered, and the story of the last request that failed.
    """
    requests: list[Json] = listed["requests"]
    scenario = "" if world.name in world.scenario else f", scenario {world.scenario}"
    lines = [f"world {world.name}{scenario}: {world.description}"]
    at_gates = list(_at_gates(gates))
    if not requests and not at_gates:
        lines.append("  as it was before the hunt, without its requests" if world.was_hunted else "  no request reached it")
    if listed["dropped"]:
        lines.append(f"  {listed['dropped']} older requests are gone from the journal")
    if len(requests) > MAX_LINES:
        lines.append(f"  {len(requests) - MAX_LINES} earlier requests")
    shown = requests[-MAX_LINES:]
    width = max((len(_call(request)) for request in shown), default=0)
    lines += [f"  {request_text(request, width)}" for request in shown]
    lines += at_gates
    lines += idle_rules(world) if world.added_rules else []
    lines += [f"  webhook {webhook}" for webhook in undelivered[-MAX_WEBHOOKS:]]
    failed = [request for request in requests if request["status"] >= 400 or request["fault"]]
    if failed:
        explanation = world.explain(failed[-1]["id"])
        lines += ["", f"The story of {failed[-1]['id']}, the last that went wrong:"]
        lines += [f"  {line}" for line in explanation["story"]]
    return "\n".join(lines)


def _at_gates(gates: Sequence[Json]) -> Iterator[str]:
    """Yield the requests that are held, and those that left without being performed."""
    for gate in gates:
        for held in gate["waiting"]:
            yield f"  {_call(held)}  waits at the gate {gate['name']!r}"
        for left in gate["left"]:
            yield f"  {left['id']} left the gate {gate['name']!r}: {left['why']}"


def request_text(request: Json, width: int) -> str:
    """Return a request of the journal in a line; what was called takes at least `width` characters."""
    return f"{_call(request):{width}}  {request['status']}  {_result(request)}".rstrip()


def _call(request: Json) -> str:
    prefix = f"/{request['provider']}" if request["provider"] else ""
    return f"{request['id']:6} {request['method']:6} {prefix}{request['path']}"


def _result(request: Json) -> str:
    """Return the error, rule and fault of a request, as text that follows the status."""
    parts = [request["error"] or ""]
    if _is_unmatched(request):
        parts = ["no such method" if request["status"] == HTTPStatus.METHOD_NOT_ALLOWED else "no such route"]
    if request["rule"]:
        parts.append(f"by the rule {request['rule']!r}")
    if request["fault"]:
        parts.append(f"and on the wire: {request['fault']}")
    if request.get("bug"):
        parts.append("a fault of the simulator")
    return " ".join(filter(None, parts))
