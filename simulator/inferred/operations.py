"""What inferred operations do: create, read, list, replace, change and delete records, and answer examples for all else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from simulator.documents import nearest_names
from simulator.inferred.actions import reached
from simulator.inferred.answers import Answers
from simulator.inferred.bodies import Bodies
from simulator.inferred.headers import located, paged
from simulator.inferred.model import Model, plain
from simulator.inferred.numbers import Numbers
from simulator.inferred.paging import Paging, described
from simulator.inferred.plans import Plan, ResourcePlan
from simulator.inferred.recognition import Recognition
from simulator.inferred.records import InferredSeed, Item, State, is_patch, merged, patched
from simulator.inferred.references import References
from simulator.inferred.samples import Sampler
from simulator.inferred.shapes import shapes_of
from simulator.openapi.operation import Operation
from simulator.openapi.spec import Spec
from simulator.provider import Account, Call, OldestFirst, Problem, Reply, SeedError, Seeding
from simulator.provider.extension import Decided

Handler = Callable[[Call[State]], Reply]


class Operations:
    """The operations of one document."""

    def __init__(
        self,
        content: dict[str, Any],
        model: Model,
        recognition: Recognition,
        plans: dict[str, Plan],
        spec: Spec,
        errors: Any,
    ) -> None:
        self.model, self.spec, self.errors = model, spec, errors
        self.recognition = recognition
        self.plans = plans
        self._answers, self._bodies = Answers(model, spec), Bodies(model)
        self._shapes = dict(shapes_of(content, model, recognition, plans, self._bodies))
        self._tables = {name: bool(shape.other) for name, shape in self._shapes.items()}
        self._references = References(model, recognition, errors, self._tables)
        self._pagings: dict[str, Paging] = {}
        self._numbers = {name: Numbers(model, shape.plan, shape.members) for name, shape in self._shapes.items()}

    def state(self, account: Account[State]) -> State:
        """Return the tables of an account."""
        return State(account, self._tables)

    def response(self, operation_id: str, status: int) -> Any:
        """Return the response that the document describes for a status of an operation."""
        return self.spec.operations[operation_id].definition["responses"].get(str(status), {})

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
            **dict.fromkeys(("settings", "create settings", "change settings", "delete settings"), self._settings),
        }
        for name, plan in self.plans.items():
            yield name, self._handler(name, plan, kinds.get(plan.kind, self._example))

    def _handler(self, name: str, plan: Plan, perform: Callable[[Call[State], Operation, Plan], Reply]) -> Handler:
        def handler(call: Call[State]) -> Reply:
            operation = self.spec.operations[name]
            self._references.require_parents(call, operation, plan)
            return perform(call, operation, plan)

        return handler

    def seed(self, seeding: Seeding[State], seed: InferredSeed) -> None:
        """Give a new account the records that a scenario lists.

        Raises:
            SeedError: there is no such table, or an id appears twice.
        """
        account = seeding.account
        sampler = Sampler(self.model, seeding.now, lambda: account.world.ids.uuid("sample").replace("-", ""))
        for name, rows in seed.tables.items():
            if name not in self._shapes:
                near = nearest_names(name, self._shapes) or list(self._shapes)
                raise SeedError(f"unknown table {name!r}; expected one of {', '.join(near)}", ("tables", name))
            shape, table = self._shapes[name], account.tables[name]
            for index, row in enumerate(rows):
                key = shape.key_in(row)
                if key is None:
                    key = shape.unused_key(account.world.ids, sampler, table.__contains__)
                if key is None or str(key) in table:
                    problem = f"the id {key} appears twice in {name}, expected once"
                    raise SeedError(problem, ("tables", name, index, shape.plan.head or shape.plan.member))
                members = shape.made(sampler, row, key)
                table.put(shape.item("", key, members))

    def sampler(self, call: Call[State]) -> Sampler:
        """Return what makes values for a call."""
        return Sampler(self.model, call.now, lambda: call.world.ids.uuid("sample").replace("-", ""))

    def _scope(self, call: Call[State], resource: ResourcePlan) -> str:
        names = self.spec.operations[call.request.operation_id].arguments  # which may be called otherwise in each path
        places = [place for place, name in enumerate(resource.scope) if name != self.recognition.tenant]
        return "/".join(str(call.params.get(names[place], "")) if place < len(names) else "" for place in places)

    def _found(self, call: Call[State], resource: ResourcePlan) -> Item:
        """Return the record that the path names, or that the body names where the path has no id."""
        body = call.sent if isinstance(call.sent, dict) else {}
        key = call.params.get(self._param(call, resource), self._shapes[resource.name].named_in(body))
        scope = self._scope(call, resource)
        item = call.state.tables[resource.name].get(_id(scope, str(key)))
        if item is None:
            raise self._references.unnamed(resource, key)
        return item

    def _param(self, call: Call[State], resource: ResourcePlan) -> str:
        """Return the name of the path parameter of an id, which may differ from operation to operation."""
        names = self.spec.operations[call.request.operation_id].arguments
        place = len(resource.scope)
        return names[place] if len(names) > place else ""

    def _create(self, call: Call[State], operation: Operation, plan: Plan) -> Reply:
        resource = plan.resource
        if resource is None:
            return self._example(call, operation, plan)
        schema = self._bodies.of(operation, plan)
        bodies = self._bodies.each(operation, plan, call.body)
        for body in bodies:
            self._references.require(call, body, schema, resource)
        items = [self._made(call, resource, body) for body in bodies]
        status = self._answers.status(operation, creates=True)
        if plan.is_many:
            return self._listed(operation, self.sampler(call), plan, [item.members for item in items], {})
        return self._record(call, operation, plan, status, items[0])

    def _made(self, call: Call[State], resource: ResourcePlan, body: Any) -> Item:
        """Keep a new record that a body describes."""
        shape, table, scope = self._shapes[resource.name], call.state.tables[resource.name], self._scope(call, resource)
        sent = body if isinstance(body, dict) else {}
        written = self._numbers[resource.name].reserved(call.world, shape.written(body), sent)
        is_number = self._numbers[resource.name].member == resource.member  # which is the id, too
        key = shape.key_in(written if shape.takes_key or is_number else body.members if isinstance(body, Decided) else {})
        if key is None and resource.param and isinstance(body, dict):
            key = body.get(resource.param)  # such as the user_id of a member of a group
        if not shape.is_addressable(key):
            key = None
        if isinstance(key, str | int) and _id(scope, str(key)) in table:
            raise self.errors.TAKEN(f"{resource.member} {str(key)[:80]!r} is taken")
        if not isinstance(key, str | int):
            key = shape.unused_key(call.world.ids, self.sampler(call), lambda one: _id(scope, one) in table)
        if key is None:
            raise self.errors.TAKEN(f"every {resource.member} that the spec allows is taken")
        return self._put(call, resource, scope, key, written)

    def _record(self, call: Call[State], operation: Operation, plan: Plan, status: int, item: Item) -> Reply:
        """Return an answer with a record, whose id has the name that this operation gives it."""
        resource, members = plan.resource, item.members
        if plan.is_many:
            return self._listed(operation, self.sampler(call), plan, [members], {})
        if plan.member:
            members = {**members, plan.member: item.key}
        kept = resource.member if resource and not resource.head and not plan.member else ""
        if plan.is_apart:
            reply = self._answers.example(operation, status, self.sampler(call))
        else:
            reply = self._answers.record(operation, status, self.sampler(call), members, plan.within, kept)
        if resource and plan.kind == "create":
            reply.headers = located(call, operation, plan, resource, item.key, reply)
        return reply

    def _put(self, call: Call[State], resource: ResourcePlan, scope: str, key: Any, written: dict[str, Any]) -> Item:
        """Keep a new record."""
        shape = self._shapes[resource.name]
        if resource.scope:
            names = self.spec.operations[call.request.operation_id].arguments
            parents = {plain(name): call.params.get(own) for name, own in zip(resource.scope, names, strict=False)}
            own = resource.member if resource.param else ""  # which the path may call like the id of the parent
            written = {name: parents[plain(name)] for name in shape.members if plain(name) in parents and name != own} | written
        members = shape.touched(call.now, shape.made(self.sampler(call), written, key))
        return call.state.tables[resource.name].put(shape.item(scope, key, members))

    def _read(self, call: Call[State], operation: Operation, plan: Plan) -> Reply:
        resource = plan.resource
        if resource is None or not resource.is_stateful:
            return self._example(call, operation, plan)
        item = self._found(call, resource)
        return self._record(call, operation, plan, self._answers.status(operation), item)

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
            tests = paging.conditions(call)
            listing = listing.where(lambda item: all(test(item.members) for test in tests))
        ordered = OldestFirst(listing)
        window = paging.cut(call, ordered, lambda key: ordered.place(_id(scope, key)))
        items = [{**item.members, plan.member: item.key} if plan.member else item.members for item in window.items]
        reply = self._listed(operation, self.sampler(call), plan, items, window.facts)
        reply.headers = paged(call, operation, reply, window.facts, window.query)
        return reply

    def _listed(
        self, operation: Operation, sampler: Sampler, plan: Plan, items: list[dict[str, Any]], facts: dict[str, Any]
    ) -> Reply:
        status = self._answers.status(operation)
        _, content = self._answers.content(operation, status)
        kept = plan.resource.member if plan.resource and not plan.resource.head and not plan.member else ""
        if not plan.within:
            return self._answers.listed(operation, status, sampler, items, (), kept)
        schema = content.get("schema", {})
        envelope = sampler.value(schema, lean=False)
        body = described(self.model, schema, facts, envelope if isinstance(envelope, dict) else {})
        place = body
        for name in plan.within[:-1]:
            inner = place.get(name)
            place[name] = dict(inner) if isinstance(inner, dict) else {}
            place = place[name]
        place[plan.within[-1]] = items
        return self._answers.listed(operation, status, sampler, body, plan.within, kept)

    def _change(self, call: Call[State], operation: Operation, plan: Plan) -> Reply:
        resource = plan.resource
        if resource is None or not resource.is_stateful:
            return self._example(call, operation, plan)
        if plan.kind == "change" and isinstance(call.sent, list) and is_patch(call.sent):
            return self._patch(call, operation, plan, resource)
        if not self._param(call, resource):
            return self._change_named(call, operation, plan, resource)
        written = self._shapes[resource.name].written(self._bodies.first(operation, plan, call.sent))
        creates = False
        try:
            item = self._found(call, resource)
        except Problem:
            key = call.params[self._param(call, resource)]
            is_made = resource.has_client_ids or plan.is_upsert or 201 in operation.responses
            if plan.kind != "replace" or not is_made or key is None:
                raise
            creates = True
            item = self._put(call, resource, self._scope(call, resource), key, written)
        item = item if creates else self._changed(call, plan, resource, item, written)
        return self._record(call, operation, plan, self._answers.status(operation, creates=creates), item)

    def _change_named(self, call: Call[State], operation: Operation, plan: Plan, resource: ResourcePlan) -> Reply:
        """Change the records that the body names, as the path has no id; a replacement of what does not exist creates it."""
        if isinstance(call.sent, list) and is_patch(call.sent) and not plan.is_many:
            return self._example(call, operation, plan)  # of a record that the body does not name
        shape, table, items = self._shapes[resource.name], call.state.tables[resource.name], []
        for body in self._bodies.each(operation, plan, call.sent):
            written = shape.written(body)
            item = table.get(_id(self._scope(call, resource), str(shape.key_in(written))))
            if item is not None:
                items.append(self._changed(call, plan, resource, item, written))
            elif plan.kind == "replace":
                items.append(self._made(call, resource, body))
            else:
                raise self._references.unnamed(resource, shape.key_in(written))
        if plan.is_many:
            return self._listed(operation, self.sampler(call), plan, [item.members for item in items], {})
        return self._record(call, operation, plan, self._answers.status(operation), items[0])

    def _changed(self, call: Call[State], plan: Plan, resource: ResourcePlan, item: Item, written: dict[str, Any]) -> Item:
        """Keep what a body changes of a record."""
        shape, kept = self._shapes[resource.name], item.members
        if plan.kind == "replace":
            kept = {name: value for name, value in kept.items() if name not in shape.given}
        key = shape.key_in(item.members)
        changed = merged(kept, written) if plan.kind == "change" else {**kept, **written}
        members = shape.touched(call.now, changed if key is None else shape.with_key(changed, key))
        return call.state.tables[resource.name].change(item, members=members)

    def _patch(self, call: Call[State], operation: Operation, plan: Plan, resource: ResourcePlan) -> Reply:
        """Change a record by a JSON Patch."""
        shape, item = self._shapes[resource.name], self._found(call, resource)
        try:
            members = patched(item.members, call.sent)
        except (ValueError, IndexError) as error:
            raise self.errors.INVALID(f"The patch cannot be applied: {error}") from None
        changed = shape.touched(call.now, shape.with_key(members, shape.key_in(item.members)))
        item = call.state.tables[resource.name].change(item, members=changed)
        return self._record(call, operation, plan, self._answers.status(operation), item)

    def _delete(self, call: Call[State], operation: Operation, plan: Plan) -> Reply:
        resource = plan.resource
        if resource is None or not resource.is_stateful:
            return self._example(call, operation, plan)
        item = self._found(call, resource)
        call.state.tables[resource.name].remove(item.id)
        self._numbers[resource.name].released(call.world, item.members)
        if plan.is_apart:
            return self._example(call, operation, plan)
        shown = {**item.members, "deleted": True}
        return self._answers.record(operation, self._answers.status(operation), self.sampler(call), shown, plan.within)

    def _act(self, call: Call[State], operation: Operation, plan: Plan) -> Reply:
        """Answer with the record: what the body names is changed, and its state if that has a value like the action."""
        resource = plan.resource
        if resource is None or not resource.is_stateful:
            return self._example(call, operation, plan)
        shape, item = self._shapes[resource.name], self._found(call, resource)
        written = shape.written(self._bodies.first(operation, plan, call.sent))
        changes = {name: value for name, value in written.items() if name in shape.members}
        changes.pop(resource.head or resource.member, None)
        changes |= reached(self.model, shape.members, plan.verb)
        members = shape.touched(call.now, {**item.members, **changes}) if changes else item.members
        item = call.state.tables[resource.name].change(item, members=members) if changes else item
        return self._record(call, operation, plan, self._answers.status(operation), item)

    def _settings(self, call: Call[State], operation: Operation, plan: Plan) -> Reply:
        """Read or change what exists once in each account; some of it a client creates and deletes."""
        resource = plan.resource
        if resource is None:
            return self._example(call, operation, plan)
        scope, table = self._scope(call, resource), call.state.tables[resource.name]
        item = table.get(_id(scope, "settings"))
        if item is None and resource.is_created and plan.kind in ("settings", "delete settings"):
            raise self._references.missing(resource, "")
        if plan.kind == "delete settings":
            if item is not None:
                table.remove(item.id)
            return self._example(call, operation, plan)
        body = self._bodies.first(operation, plan, call.sent) if plan.kind != "settings" else {}
        written = self._shapes[resource.name].written(body)
        if item is None:
            item = self._put(call, resource, scope, "settings", written)
        elif written:
            item = table.change(item, members={**item.members, **written})
        status = self._answers.status(operation, creates=plan.kind == "create settings")
        return self._answers.record(operation, status, self.sampler(call), item.members, plan.within)

    def _example(self, call: Call[State], operation: Operation, plan: Plan) -> Reply:
        return self._answers.example(operation, self._answers.status(operation), self.sampler(call))


def _id(scope: str, key: str) -> str:
    return f"{scope}/{key}" if scope else key
