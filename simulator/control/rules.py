"""Control operations on the rules of a world."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from simulator.control.api import ControlCall
from simulator.control.errors import Errors, invalid
from simulator.documents import BrokenFile, InlineDocument
from simulator.engine.explain import nearest_miss, weigh_candidates
from simulator.engine.masking import Mask
from simulator.engine.rules import Rule
from simulator.engine.world import World
from simulator.provider import Reply
from simulator.scenario.format import MAX_RULES, RuleFile
from simulator.store.work import weigh

MAX_RULE_BYTES = 4 * 1024 * 1024  # of the requests that added the rules of a world
RULES_FULL = "the rules that were added to this world have {} bytes, at most {} are allowed; remove one first"
RULE, READ_RULE = 10, 10  # units of work to show a rule, and to read one


def list_rules(call: ControlCall) -> Reply:
    """Return the rules of a world in the order in which they are tried."""
    weigh(len(call.world.rules) * RULE)
    return Reply({"rules": [_rule(rule, call.context.mask) for rule in call.world.rules]})


def explain_rule(call: ControlCall) -> Reply:
    """Return one rule, and the request that came nearest to it without firing it."""
    rule = _named(call)
    weigh_candidates(1, call.world)
    return Reply(rule_with_nearest(rule, call.world, call.context.mask))


def _named(call: ControlCall) -> Rule:
    """Return the rule that the path names.

    Raises:
        Problem: NOT_FOUND, if there is none.
    """
    rule = call.world.rules.find(call.params["id"])
    if rule is None:
        raise Errors.NOT_FOUND(f"no rule {call.params['id']!r} in this world")
    return rule


def rule_with_nearest(rule: Rule, world: World, mask: Mask) -> dict[str, Any]:
    """Return a rule with the request that came nearest to it without firing it, None if there was none."""
    missed = nearest_miss(rule, world, mask)
    nearest = None
    if missed is not None:
        entry, why = missed
        nearest = {"id": entry.id, "method": mask.method(entry.request.method), "path": mask.address(entry.path), "why": why}
    return {**_rule(rule, mask), "nearest": nearest}


def add_rule(call: ControlCall) -> Reply:
    """Add a rule: it is tried after those that were added before, and before those of the scenario."""
    sent = len(call.request.raw or b"")
    definitions = read_rules(call, {"rule": call.body}, list(call.world.rules), sent)
    (rule,) = call.world.rules.add(definitions, sent)
    return Reply(_rule(rule, call.context.mask))


def read_rules(call: ControlCall, written: Mapping[str, Any], present: Sequence[Rule], sent: int) -> list[RuleFile]:
    """Return rules that are to be added, in `sent` bytes, to those that are present; `written` has them by their description.

    Raises:
        Problem: INVALID: a rule is faulty; all its faults are listed. CONFLICT: a limit on the rules of a world is exceeded.
    """
    if len(present) + len(written) > MAX_RULES:
        raise Errors.CONFLICT(f"this world has {len(present)} rules, at most {MAX_RULES} are allowed; remove one first")
    held = sum(rule.bytes for rule in present)
    if held + sent > MAX_RULE_BYTES:
        raise Errors.CONFLICT(RULES_FULL.format(held, MAX_RULE_BYTES))
    weigh(len(written) * READ_RULE)
    earlier = {f"the rule {rule.id}": rule.definition for rule in present if rule.added}
    definitions = []
    for description, content in written.items():
        try:
            definition = call.context.registry.scenarios.read_rule(InlineDocument(description, content), earlier)
        except BrokenFile as error:
            raise invalid(error) from None
        definitions.append(definition)
        earlier[description] = definition
    call.refuse_faults(definitions)
    return definitions


def remove_rule(call: ControlCall) -> Reply:
    """Remove a rule; the requests that it holds pass."""
    rule = _named(call)
    call.world.rules.remove(rule)
    call.world.gates.remove(rule)
    return Reply()


def remove_rules(call: ControlCall) -> Reply:
    """Remove all rules, the scenario's too."""
    removed = list(call.world.rules)
    call.world.rules.clear()
    for rule in removed:
        call.world.gates.remove(rule)
    return Reply()


def _rule(rule: Rule, mask: Mask) -> dict[str, Any]:
    return {
        "id": rule.id,
        "name": mask.text(rule.name),
        "rule": mask.rule(rule.definition),
        "fitted": rule.fitted,
        "fired": rule.fired,
    }


OPERATIONS = (list_rules, explain_rule, add_rule, remove_rule, remove_rules)
