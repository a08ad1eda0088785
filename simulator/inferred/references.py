"""What a request refers to: records whose ids stand in its path or in required members of its body."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from simulator.inferred.model import Model, plain, singular
from simulator.inferred.plans import Plan, ResourcePlan, key_of
from simulator.inferred.recognition import Recognition
from simulator.inferred.records import State
from simulator.openapi.operation import Operation
from simulator.provider import Call

MEANS_ID = re.compile(r"(the |an? )?(unique )?(id|sid|uuid|identifier) of\b(?!.*\bslug\b)", re.IGNORECASE)  # in a description


class Reference(NamedTuple):
    """A required member of a body that names a record."""

    member: str
    word: str  # what the record is called
    resources: list[ResourcePlan]  # of which it may be one


class References:
    """Refuses requests that refer to records that do not exist."""

    def __init__(self, model: Model, recognition: Recognition, errors: Any, tables: Mapping[str, bool]) -> None:
        """Take the tables, each with whether its records have another id than the one in their paths, too."""
        self._model, self._recognition, self._errors, self._tables = model, recognition, errors, tables
        self._known: dict[int, tuple[Any, list[Reference]]] = {}  # by schema: itself, and what its required members name
        self._parents: dict[str, list[tuple[ResourcePlan, tuple[str, ...]]]] = {}
        self._resources: dict[str, list[ResourcePlan]] = {}
        for resource in recognition.resources.values():
            is_whole = not [name for name in resource.scope if name != recognition.tenant]  # in no other record
            if is_whole and resource.is_stateful and resource.key not in recognition.named:
                self._resources.setdefault(resource.word, []).append(resource)

    def missing(self, resource: ResourcePlan, key: str) -> Exception:
        """Return the problem of an id that names no record."""
        problem: Exception = self._errors.NO_RECORD(f"There is no {resource.word}{f' {key[:80]!r}' if key else ''}")
        return problem

    def unnamed(self, resource: ResourcePlan, key: Any) -> Exception:
        """Return the problem of an id that names no record, or of a body that has none although the path has none either."""
        if key is not None:
            return self.missing(resource, str(key))
        problem: Exception = self._errors.INVALID(f"{resource.member}: missing; it names the {resource.word}")
        return problem

    def require_parents(self, call: Call[State], operation: Operation, plan: Plan) -> None:
        """Refuse a path within a record that does not exist."""
        if operation.id not in self._parents:
            self._parents[operation.id] = list(self._parents_of(operation, plan))
        for resource, names in self._parents[operation.id]:
            key = "/".join(str(call.params[name]) for name in names)
            if key not in call.state.tables[resource.name]:
                raise self.missing(resource, str(call.params[names[-1]]))

    def _parents_of(self, operation: Operation, plan: Plan) -> Iterator[tuple[ResourcePlan, tuple[str, ...]]]:
        path, tenant = self._recognition.path(operation.id), self._recognition.tenant
        key = key_of(path)
        names = re.findall("{([^}]*)}", path)
        own = plan.resource.key if plan.resource and plan.kind != "example" else ()
        for end in range(1, len(key)):
            resource = self._recognition.resources.get(key[:end])
            if resource is None or key[end] != "{}" or resource.key == own:
                continue
            upto = names[: key[: end + 1].count("{}")]
            is_kept = resource.is_stateful and not resource.has_client_ids and resource.member
            if is_kept and tenant not in upto[-1:]:
                yield resource, tuple(name for name in upto if name != tenant)

    def require(self, call: Call[State], body: Any, schema: Any, own: ResourcePlan) -> None:
        """Refuse a required id in a body that names no record of another resource."""
        if not isinstance(body, dict):
            return
        for name, word, resources in self._required(schema, body):
            if own in resources:  # such as the parent of a folder
                continue
            value = body.get(name)
            wanted = {str(key) for resource in resources for key in _keys(value, resource)}
            held = {key for key in wanted for resource in resources if self._is_held(call.state, resource, key)}
            for key in sorted(wanted - held):  # which may be in either of several tables of one name
                raise self._errors.NO_REFERENCE(f"{name}: there is no {word} {key[:80]!r}", field=name)

    def _required(self, schema: Any, body: Any) -> list[Reference]:
        """Return the references that a body must have; computed once for a schema that is the same for all bodies."""
        known = self._known.get(id(schema))
        if known is not None:
            return known[1]
        node = self._model.flat(schema, body)
        members = node.get("properties", {})
        named = [(name, word) for name in node.get("required", ()) for word in self._words(name, members.get(name))]
        found = [Reference(name, word, self._resources[word]) for name, word in named if word in self._resources]
        if self._model.is_same_for_all(schema):
            self._known[id(schema)] = schema, found
        return found

    def _is_held(self, state: State, resource: ResourcePlan, key: str) -> bool:
        table = state.tables[resource.name]
        return key in table or (self._tables[resource.name] and len(table.having("other", key)) > 0)

    def _words(self, name: str, schema: Any) -> Iterator[str]:
        """Yield the resource that a member names: `pet_id`, `pet_ids`, an object `pet`, or a text that is said to be an id."""
        short = plain(name)
        word = re.sub("(ids?|sids?|uuids?)$", "", short)
        node = self._model.flat(schema)
        is_said = bool(MEANS_ID.match(str(node.get("description", "")))) and self._model.kinds(node)[:1] == ["string"]
        if word and word != short:
            yield word
        elif is_said or self._model.kinds(node)[:1] == ["object"]:
            yield singular(name)


def _keys(value: Any, resource: ResourcePlan) -> Iterator[Any]:
    """Yield the ids that a value holds: itself, its items, or the id of an object."""
    if isinstance(value, str | int) and not isinstance(value, bool):
        yield value
    elif isinstance(value, list):
        yield from (item for item in value if isinstance(item, str | int))
    elif isinstance(value, dict) and isinstance(value.get(resource.member), str | int):
        yield value[resource.member]
