"""What inferred operations do: create, read, list, replace, change and delete records, and answer examples for all else."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any

from simulator.documents import nearest_names
from simulator.inferred.answers import Answers
from simulator.inferred.model import Model, plain
from simulator.inferred.paging import Paging, described
from simulator.inferred.plans import Plan, Recognition, ResourcePlan, key_of
from simulator.inferred.records import InferredSeed, Item, Shape, State
from simulator.inferred.samples import Sampler
from simulator.openapi.operation import Operation
from simulator.openapi.spec import Spec
from simulator.provider import Call, OldestFirst, Problem, Reply, SeedError, Seeding

Handler = Callable[[Call[State]], Reply]
ORDER = ("read", "settings", "create", "replace", "change", "change settings", "list")  # of schemas, the fullest first


class Operations:
    """The operations of one document."""

    def __init__(self, content: dict[str, Any], model: Model, recognition: Recognition, spec: Spec, errors: Any) -> None:
        self.model, self.spec, self.errors = model, spec, errors
        self.recognition = recognition
        self.plans = dict(recognition.plans())
        self._answers = Answers(model)
        self._shapes = {plan.name: shape for plan, shape in self._shapes_of(content)}
        self._pagings: dict[str, Paging] = {}
        self._parents: dict[str, list[tuple[ResourcePlan, tuple[str, ...]]]] = {}

    @property
    def tables(self) -> list[str]:
        """The names of the tables of an account."""
        return [*self._shapes]

    def handlers(self) -> Iterator[tuple[str, Handler]]:
        """Yield the function of every operation."""
        kinds: dict[str, Callable[[Call[State], Operation, Plan], Reply]] = {
            "create": self._create,
            "read": self._read,
            "list": self._list,
            "replace": self._change,
            "change": self._change,
            "delete": self._delete,
            "action": self._act,
            "settings": self._settings,
            "change settings": self._settings,
        }
        for name, plan in self.plans.items():
            yield name, self._handler(name, plan, kinds.get(plan.kind, self._example))

    def _handler(self, name: str, plan: Plan, perform: Callable[[Call[State], Operation, Plan], Reply]) -> Handler:
        def handler(call: Call[State]) -> Reply:
            operation = self.spec.operations[name]
            self._require_parents(call, operation)
            return perform(call, operation, plan)

        return handler

    def _shapes_of(self, content: dict[str, Any]) -> Iterator[tuple[ResourcePlan, Shape]]:
        """Yield each resource with the schemas that its operations have."""
        schemas: dict[str, list[tuple[int, Any]]] = defaultdict(list)
        bodies: dict[str, list[Any]] = defaultdict(list)
        changes: dict[str, list[Any]] = defaultdict(list)
        keys: dict[str, list[Any]] = defaultdict(list)
        plans = {plan.name: plan for plan in self.recognition.resources.values()}
        for operation in [operation for item in content["paths"].values() for operation in item.values()]:
            plan = self.plans[operation["operationId"]]
            if plan.resource is None or plan.kind in ("action", "example"):
                continue
            name = plan.resource.name
            plans.setdefault(name, plan.resource)
            keys[name] += [one["schema"] for one in operation["parameters"] if one["name"] == plan.resource.param]
            if plan.kind != "delete":
                schemas[name].append((ORDER.index(plan.kind), self._record_schema(self.recognition.schema(operation), plan)))
            _, body = self.model.content(operation.get("requestBody", {}))
            if "schema" in body:
                (bodies if plan.kind in ("create", "replace") else changes)[name].append(body["schema"])
        for name, resource in plans.items():
            ranked = sorted(schemas[name], key=lambda entry: entry[0])
            shown = [schema for _, schema in ranked if schema is not None]
            yield resource, Shape(self.model, resource, shown, bodies[name] or changes[name], keys[name])

    def _record_schema(self, schema: Any, plan: Plan) -> Any:
        for name in plan.within:
            schema = self.model.properties(schema).get(name, {})
        return self.model.flat(schema).get("items", {}) if plan.kind == "list" else schema

    def seed(self, seeding: Seeding[State], seed: InferredSeed) -> None:
        """Give a new account the records that a scenario lists.

        Raises:
            SeedError: there is no such table, or an id stands twice.
        """
        account = seeding.account
        sampler = Sampler(self.model, seeding.now, lambda: account.world.ids.uuid("sample").replace("-", ""))
        for name, rows in seed.tables.items():
            if name not in self._shapes:
                near = nearest_names(name, self._shapes) or list(self._shapes)
                raise SeedError(f"unknown table {name!r}; expected one of {', '.join(near)}", ("tables", name))
            shape, table = self._shapes[name], account.tables[name]
            for index, row in enumerate(rows):
                key = row[shape.plan.member] if shape.plan.member in row else shape.new_key(account.world.ids, sampler)
                if str(key) in table:
                    problem = f"the id {key} stands twice in {name}, expected it once"
                    raise SeedError(problem, ("tables", name, index, shape.plan.member))
                given = {**row, shape.plan.member: key} if shape.plan.member else row
                table.put(Item(id=str(key), scope="", key=str(key), members=shape.made(sampler, given)))

    def sampler(self, call: Call[State]) -> Sampler:
        """Return what makes values for a call."""
        return Sampler(self.model, call.now, lambda: call.world.ids.uuid("sample").replace("-", ""))

    def _scope(self, call: Call[State], resource: ResourcePlan) -> str:
        names = [name for name in resource.scope if name != self.recognition.tenant]
        return "/".join(str(call.params.get(name, "")) for name in names)

    def _require_parents(self, call: Call[State], operation: Operation) -> None:
        """Refuse a path within a record that does not exist."""
        if operation.id not in self._parents:
            self._parents[operation.id] = list(self._parents_of(operation))
        for resource, names in self._parents[operation.id]:
            key = "/".join(str(call.params[name]) for name in names)
            if key not in call.state.tables[resource.name]:
                raise self.missing(resource, str(call.params[names[-1]]))

    def _parents_of(self, operation: Operation) -> Iterator[tuple[ResourcePlan, tuple[str, ...]]]:
        path = self.spec.places[operation.id][0]
        key, plan = key_of(path), self.plans[operation.id]
        names = re.findall("{([^}]*)}", path)
        own = plan.resource.key if plan.resource and plan.kind != "example" else ()
        for end in range(1, len(key)):
            resource = self.recognition.resources.get(key[:end])
            if (
                resource is None
                or key[end] != "{}"
                or resource.key == own
                or not resource.is_stateful
                or resource.has_client_ids
            ):
                continue
            upto = names[: key[: end + 1].count("{}")]
            if resource.member and self.recognition.tenant not in upto[-1:]:
                yield resource, tuple(name for name in upto if name != self.recognition.tenant)

    def missing(self, resource: ResourcePlan, key: str) -> Exception:
        """Return the problem of an id that names no record."""
        problem: Exception = self.errors.NO_RECORD(f"There is no {resource.word} {key[:80]!r}")
        return problem

    def _found(self, call: Call[State], resource: ResourcePlan) -> Item:
        """Return the record that the path names, or that the body names where the path has no id."""
        body = call.sent if isinstance(call.sent, dict) else {}
        key = call.params.get(self._param(call, resource), body.get(resource.member))
        scope = self._scope(call, resource)
        item = call.state.tables[resource.name].get(_id(scope, str(key)))
        if item is None:
            raise self.missing(resource, str(key))
        return item

    def _param(self, call: Call[State], resource: ResourcePlan) -> str:
        """Return the name of the path parameter of an id, which may differ from operation to operation."""
        if resource.param in call.params:
            return resource.param
        names = self.spec.operations[call.request.operation_id].arguments
        place = len(resource.scope)
        return names[place] if len(names) > place else ""

    def _create(self, call: Call[State], operation: Operation, plan: Plan) -> Reply:
        resource = plan.resource
        if resource is None or isinstance(call.body, list):
            return self._example(call, operation, plan)
        shape, table, scope = self._shapes[resource.name], call.state.tables[resource.name], self._scope(call, resource)
        written = shape.written(call.body)
        self._require_references(call, operation, resource)
        key = written.get(resource.member) if resource.member in shape.given else None
        if key is None:
            key = shape.new_key(call.world.ids, self.sampler(call))
            while _id(scope, str(key)) in table:
                key = shape.new_key(call.world.ids, self.sampler(call))
        elif _id(scope, str(key)) in table:
            raise self.errors.TAKEN(f"{resource.member} {str(key)[:80]!r} is taken")
        item = self._put(call, resource, scope, key, written)
        return self._answers.record(
            operation, self._answers.status(operation, creates=True), self.sampler(call), item.members, plan.within
        )

    def _put(self, call: Call[State], resource: ResourcePlan, scope: str, key: Any, written: dict[str, Any]) -> Item:
        """Keep a new record."""
        shape = self._shapes[resource.name]
        parents = {plain(name): call.params.get(name) for name in resource.scope}
        given = {name: parents[plain(name)] for name in shape.members if plain(name) in parents} | written
        if resource.member:
            given[resource.member] = key
        members = shape.touched(call.now, shape.made(self.sampler(call), given))
        return call.state.tables[resource.name].put(Item(id=_id(scope, str(key)), scope=scope, key=str(key), members=members))

    def _require_references(self, call: Call[State], operation: Operation, own: ResourcePlan) -> None:
        """Refuse a required id in the body that names no record of another resource."""
        _, content = self.model.content(operation.definition.get("requestBody", {}))
        required = self.model.flat(content.get("schema", {}), call.body).get("required", ())
        for name in required:
            value = call.body.get(name)
            word = re.sub("(id|sid|uuid)$", "", plain(name))
            for resource in self.recognition.resources.values():
                is_meant = word and plain(name) != word and resource.word == word and resource is not own
                is_kept = resource.is_stateful and not resource.scope and isinstance(value, str | int)
                if is_meant and is_kept and str(value) not in call.state.tables[resource.name]:
                    raise self.errors.NO_REFERENCE(f"{name}: there is no {word} {str(value)[:80]!r}")

    def _read(self, call: Call[State], operation: Operation, plan: Plan) -> Reply:
        resource = plan.resource
        if resource is None or not resource.is_stateful:
            return self._example(call, operation, plan)
        item = self._found(call, resource)
        return self._answers.record(operation, self._answers.status(operation), self.sampler(call), item.members, plan.within)

    def _list(self, call: Call[State], operation: Operation, plan: Plan) -> Reply:
        resource = plan.resource
        if resource is None or not resource.is_stateful:
            return self._example(call, operation, plan)
        shape, table, scope = self._shapes[resource.name], call.state.tables[resource.name], self._scope(call, resource)
        if operation.id not in self._pagings:
            self._pagings[operation.id] = Paging(operation, {plain(name): name for name in reversed(shape.members)})
        paging = self._pagings[operation.id]
        listing = table.having("scope", scope)
        if paging.narrows:
            listing = listing.where(lambda item: paging.matches(call, item.members))
        ordered = OldestFirst(listing)
        window = paging.cut(call, ordered, lambda key: ordered.place(_id(scope, key)))
        return self._listed(operation, self.sampler(call), plan, [item.members for item in window.items], window.facts)

    def _listed(
        self, operation: Operation, sampler: Sampler, plan: Plan, items: list[dict[str, Any]], facts: dict[str, Any]
    ) -> Reply:
        status = self._answers.status(operation)
        _, content = self._answers.content(operation, status)
        if not plan.within:
            return self._answers.record(operation, status, sampler, items, ())
        schema = content.get("schema", {})
        envelope = sampler.value(schema, lean=False)
        body = described(self.model, schema, facts, envelope if isinstance(envelope, dict) else {})
        place = body
        for name in plan.within[:-1]:
            inner = place.get(name)
            place[name] = dict(inner) if isinstance(inner, dict) else {}
            place = place[name]
        place[plan.within[-1]] = items
        return self._answers.record(operation, status, sampler, body, ())

    def _change(self, call: Call[State], operation: Operation, plan: Plan) -> Reply:
        resource = plan.resource
        if resource is None or not resource.is_stateful or isinstance(call.sent, list):
            return self._example(call, operation, plan)
        shape, creates = self._shapes[resource.name], False
        written = shape.written(call.sent if isinstance(call.sent, dict) else {})
        try:
            item = self._found(call, resource)
        except Problem:
            key = call.params.get(self._param(call, resource))
            if plan.kind != "replace" or not (resource.has_client_ids or 201 in operation.responses) or key is None:
                raise
            creates = True
            item = self._put(call, resource, self._scope(call, resource), key, written)
        kept = item.members
        if plan.kind == "replace" and not creates:
            kept = {name: value for name, value in kept.items() if name not in shape.given or name == resource.member}
        written.pop(resource.member, None)
        members = shape.touched(call.now, {**kept, **written})
        item = call.state.tables[resource.name].change(item, members=members)
        status = self._answers.status(operation, creates=creates)
        return self._answers.record(operation, status, self.sampler(call), item.members, plan.within)

    def _delete(self, call: Call[State], operation: Operation, plan: Plan) -> Reply:
        resource = plan.resource
        if resource is None or not resource.is_stateful:
            return self._example(call, operation, plan)
        item = self._found(call, resource)
        call.state.tables[resource.name].remove(item.id)
        shown = {**item.members, "deleted": True}
        return self._answers.record(operation, self._answers.status(operation), self.sampler(call), shown, plan.within)

    def _act(self, call: Call[State], operation: Operation, plan: Plan) -> Reply:
        """Answer with the record: what the body names is changed, and its state if that has a value like the action."""
        resource = plan.resource
        if resource is None or not resource.is_stateful:
            return self._example(call, operation, plan)
        shape, item = self._shapes[resource.name], self._found(call, resource)
        changes = {name: value for name, value in shape.written(call.sent).items() if name in shape.members}
        changes.pop(resource.member, None)
        for name in ("status", "state"):
            values = self.model.flat(shape.members.get(name, {})).get("enum", ())
            stem = plan.verb.lower().rstrip("e")
            reached = [value for value in values if isinstance(value, str) and value.lower().startswith(stem)]
            changes |= {name: reached[0]} if reached else {}
        members = shape.touched(call.now, {**item.members, **changes}) if changes else item.members
        item = call.state.tables[resource.name].change(item, members=members) if changes else item
        return self._answers.record(operation, self._answers.status(operation), self.sampler(call), item.members, plan.within)

    def _settings(self, call: Call[State], operation: Operation, plan: Plan) -> Reply:
        """Read or change what exists once in each account."""
        resource = plan.resource
        if resource is None:
            return self._example(call, operation, plan)
        scope, table = self._scope(call, resource), call.state.tables[resource.name]
        item = table.get(_id(scope, "settings")) or self._put(call, resource, scope, "settings", {})
        written = self._shapes[resource.name].written(call.sent) if plan.kind == "change settings" else {}
        if written:
            item = table.change(item, members={**item.members, **written})
        return self._answers.record(operation, self._answers.status(operation), self.sampler(call), item.members, ())

    def _example(self, call: Call[State], operation: Operation, plan: Plan) -> Reply:
        return self._answers.example(operation, self._answers.status(operation), self.sampler(call))


def _id(scope: str, key: str) -> str:
    return f"{scope}/{key}" if scope else key
