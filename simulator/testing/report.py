"""The report of a test's world: unmatched requests, faults of the simulator, rules that did not fire, the journal."""

from __future__ import annotations

import json
from collections.abc import Iterator

from simulator.testing.client import Json, World

MAX_LINES = 50  # of the journal, and of unmatched requests
IGNORE = 'If it is meant to: @pytest.mark.simulator(unmatched="ignore").'


def failure_reason(world: World, requests: list[Json], *, unmatched_fails: bool) -> str:
    """Return why a test that has passed must fail; empty if it need not."""
    return "\n".join([*_bugs(requests), *_guesses(world, requests), *(_unmatched(world, requests) if unmatched_fails else ())])


def _bugs(requests: list[Json]) -> Iterator[str]:
    broken = [request for request in requests if request.get("bug")]
    if broken:
        yield "The simulator broke its own spec, which is its fault and not the client's:"
        yield from (f"  {request['id']}  {request['bug']}" for request in broken)


def _guesses(world: World, requests: list[Json]) -> Iterator[str]:
    """Yield the requests for which a strict world returned 501."""
    guessed = [request for request in requests if request["error"] == "GUESSED" and request["operation"]]
    if guessed:
        yield "The client leans on what is not documented well enough for this world, which is strict:"
        for request in guessed[:MAX_LINES]:
            yield f"  {_call(request)}  {world.explain(request['id'])['answer']['detail']}"
        accept = sorted({f"{request['provider']}.{request['operation']}" for request in guessed})
        yield f"What is known may be accepted in the scenario: strict: {{grade: …, accept: [{', '.join(accept)}]}}."


def _unmatched(world: World, requests: list[Json]) -> Iterator[str]:
    unmatched = [request for request in requests if _is_unmatched(request)]
    if unmatched:
        yield "The client called what the provider's spec does not know:"
        shown = unmatched[:MAX_LINES]
        width = max(len(_call(request)) for request in shown)
        yield from (f"  {_call(request):{width}}  {request['status']}  {_hint(world, request)}" for request in shown)
        if len(unmatched) > MAX_LINES:
            yield f"  and {len(unmatched) - MAX_LINES} more"
        yield IGNORE


def _is_unmatched(request: Json) -> bool:
    """Return whether a request matched no route, and no rule responded instead."""
    return request["operation"] is None and request["rule"] is None


def _hint(world: World, request: Json) -> str:
    explanation = world.explain(request["id"])
    if request["provider"] is None:
        return str(explanation["answer"]["detail"])
    return f"nearest: {', '.join(explanation['nearest_routes']) or 'no route is like it'}"


def idle_rules(world: World) -> list[str]:
    """Return a sentence for each rule that was added to a world and never fired, with the nearest request."""
    idle = [rule for rule in world.rules() if rule["id"] in world.added_rules and not rule["fired"]]
    return [_idle_rule(world.explain_rule(rule["id"])) for rule in idle]


def _idle_rule(explanation: Json) -> str:
    rule, nearest = explanation["rule"], explanation["nearest"]
    name = repr(rule["name"]) if "name" in rule else json.dumps({key: rule[key] for key in ("when", "then") if key in rule})
    if nearest is None:
        return f"The rule {name} never fired: there was no request."
    call = f"{nearest['id']}, {nearest['method']} {nearest['path']}"
    return f"The rule {name} never fired. Nearest to it was {call}: {nearest['why']}."


def journal(world: World, requests: list[Json]) -> str:
    """Return the journal of a world as text, with the explanation of the last request that failed."""
    scenario = "" if world.name in world.scenario else f", scenario {world.scenario}"
    lines = [f"world {world.name}{scenario}: {world.description}"]
    if not requests:
        lines.append("  no request reached it")
    elif len(requests) > MAX_LINES:
        lines.append(f"  {len(requests) - MAX_LINES} earlier requests")
    shown = requests[-MAX_LINES:]
    width = max((len(_call(request)) for request in shown), default=0)
    lines += [f"  {_call(request):{width}}  {request['status']}  {_result(request)}".rstrip() for request in shown]
    lines += idle_rules(world) if world.added_rules else []
    failed = [request for request in requests if request["status"] >= 400 or request["fault"]]
    if failed:
        explanation = world.explain(failed[-1]["id"])
        lines += ["", f"The story of {failed[-1]['id']}, the last that went wrong:"]
        lines += [f"  {line}" for line in explanation["story"]]
    return "\n".join(lines)


def _call(request: Json) -> str:
    prefix = f"/{request['provider']}" if request["provider"] else ""
    return f"{request['id']:7}{request['method']:7}{prefix}{request['path']}"


def _result(request: Json) -> str:
    """Return the error, rule and fault of a request, as text that follows the status."""
    parts = [request["error"] or ""]
    if _is_unmatched(request):
        parts = ["no such route"]
    if request["rule"]:
        parts.append(f"by the rule {request['rule']!r}")
    if request["fault"]:
        parts.append(f"and on the wire: {request['fault']}")
    if request.get("bug"):
        parts.append("a fault of the simulator")
    return " ".join(filter(None, parts))
