"""What a world has to tell of a test: calls that no spec knows, faults of the simulator, idle rules, the journal."""

from __future__ import annotations

import json
from collections.abc import Iterator

from simulator.testing.client import Json, World

SHOWN = 50  # lines of a journal, and calls that no spec knows
IGNORE = 'If it is meant to: @pytest.mark.simulator(unmatched="ignore").'


def complaint(world: World, requests: list[Json], *, unmatched_fails: bool) -> str:
    """Why a test that has passed must fail all the same; empty when it need not."""
    return "\n".join([*_bugs(requests), *_guesses(world, requests), *(_unmatched(world, requests) if unmatched_fails else ())])


def _bugs(requests: list[Json]) -> Iterator[str]:
    broken = [each for each in requests if each.get("bug")]
    if broken:
        yield "The simulator broke its own spec, which is its fault and not the client's:"
        yield from (f"  {each['id']}  {each['bug']}" for each in broken)


def _guesses(world: World, requests: list[Json]) -> Iterator[str]:
    """The calls that a strict world did not answer."""
    guessed = [each for each in requests if each["error"] == "GUESSED" and each["operation"]]
    if guessed:
        yield "The client leans on what is not documented well enough for this world, which is strict:"
        yield from (f"  {_call(each)}  {world.explain(each['id'])['answer']['detail']}" for each in guessed[:SHOWN])
        accept = sorted({f"{each['provider']}.{each['operation']}" for each in guessed})
        yield f"What is known may be accepted in the scenario: strict: {{grade: …, accept: [{', '.join(accept)}]}}."


def _unmatched(world: World, requests: list[Json]) -> Iterator[str]:
    unknown = [each for each in requests if _is_unmatched(each)]
    if unknown:
        yield "The client called what the provider's spec does not know:"
        width = max(len(_call(each)) for each in unknown[:SHOWN])
        yield from (f"  {_call(each):{width}}  {each['status']}  {_near(world, each)}" for each in unknown[:SHOWN])
        if len(unknown) > SHOWN:
            yield f"  and {len(unknown) - SHOWN} more"
        yield IGNORE


def _is_unmatched(request: Json) -> bool:
    """Whether no route was found, and no rule answered in its place."""
    return request["operation"] is None and request["rule"] is None


def _near(world: World, request: Json) -> str:
    told = world.explain(request["id"])
    if request["provider"] is None:
        return str(told["answer"]["detail"])
    return f"nearest: {', '.join(told['nearest_routes']) or 'no route is like it'}"


def idle_rules(world: World) -> list[str]:
    """The rules that were added to a world and never fired, each with the request that came nearest to it."""
    idle = [rule for rule in world.rules() if rule["id"] in world.added_rules and not rule["fired"]]
    return [_idle(world.explain_rule(rule["id"])) for rule in idle] if idle else []


def _idle(rule: Json) -> str:
    said, nearest = rule["rule"], rule["nearest"]
    named = repr(said["name"]) if "name" in said else json.dumps({key: said[key] for key in ("when", "then") if key in said})
    if nearest is None:
        return f"The rule {named} never fired: there was no request."
    call = f"{nearest['id']}, {nearest['method']} {nearest['path']}"
    return f"The rule {named} never fired. Nearest to it was {call}: {nearest['why']}."


def journal(world: World, requests: list[Json]) -> str:
    """What was asked of a world and how it was answered, and the story of the last request that went wrong."""
    scenario = "" if world.name in world.scenario else f", scenario {world.scenario}"
    lines = [f"world {world.name}{scenario}: {world.description}"]
    if not requests:
        lines.append("  no request reached it")
    elif len(requests) > SHOWN:
        lines.append(f"  {len(requests) - SHOWN} earlier requests")
    width = max((len(_call(each)) for each in requests[-SHOWN:]), default=0)
    lines += [f"  {_call(each):{width}}  {each['status']}  {_end(each)}".rstrip() for each in requests[-SHOWN:]]
    lines += idle_rules(world) if world.added_rules else []
    wrong = [each for each in requests if each["status"] >= 400 or each["fault"]]
    if wrong:
        told = world.explain(wrong[-1]["id"])
        lines += ["", f"The story of {wrong[-1]['id']}, the last that went wrong:"]
        lines += [f"  {line}" for line in told["story"]]
    return "\n".join(lines)


def _call(request: Json) -> str:
    where = f"/{request['provider']}" if request["provider"] else ""
    return f"{request['id']:7}{request['method']:7}{where}{request['path']}"


def _end(request: Json) -> str:
    """What there is to say of an answer beside its status."""
    said = [request["error"] or ""]
    if _is_unmatched(request):
        said = ["no such route"]
    if request["rule"]:
        said.append(f"by the rule {request['rule']!r}")
    if request["fault"]:
        said.append(f"and on the wire: {request['fault']}")
    if request.get("bug"):
        said.append("a fault of the simulator")
    return " ".join(each for each in said if each)
