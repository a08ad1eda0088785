"""What each operation of a document is taken for, by its path, its method and the schemas of its answers."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import msgspec

from simulator.inferred.actions import reached
from simulator.inferred.identity import Identity, Resource
from simulator.inferred.model import Model, plain, singular
from simulator.inferred.plans import SETTINGS, Kind, Plan, ResourcePlan, key_of
from simulator.inferred.tables import literals, table_names
from simulator.inferred.verbs import Key, resourceful

ASIDE = ("links", "errors", "errorlist", "warnings", "messages", "included")  # lists beside that of the records
LISTS = ("results", "items", "data", "value", "values", "entries", "records", "list", "content", "elements", "collection")
AROUND = ("embedded", "data", "result", "response")  # objects around the list of the records
ACCOUNTS = ("account", "organization", "organisation", "org", "tenant", "workspace")  # which exist before a client creates one
UPSERT = re.compile("upsert|create.?or.?(update|replace)", re.IGNORECASE)  # in the name or the summary of an operation
MAX_DEPTH = 3  # of objects around a list that is not called like the records


class Recognition:
    """The plans of one document."""

    def __init__(self, content: dict[str, Any], model: Model) -> None:
        self._model = model
        self._identity = Identity(model)
        self._paths: dict[str, Any] = content["paths"]
        self._by_key: dict[Key, dict[str, tuple[str, Any]]] = {}
        self._by_id: dict[str, str] = {}
        keys = {path: {method: (key_of(path), one) for method, one in item.items()} for path, item in self._paths.items()}
        self._named = resourceful(keys, model, self._identity)
        self.named = {key for key, _ in self._named.values()}  # of resources whose paths name what they do
        for path, item in self._paths.items():
            for method, operation in item.items():
                self._by_id[operation["operationId"]] = path
                key, kind = self._named.get((path, method), (key_of(path), method))
                self._by_key.setdefault(key, {}).setdefault(kind, (path, operation))
        self.tenant = self._tenant()
        self.resources = {resource.key: resource for resource in self._resources()}

    def plans(self) -> Iterator[tuple[str, Plan]]:
        """Yield the plan of every operation, by its id."""
        for path, item in self._paths.items():
            for method, operation in item.items():
                key, kind = self._named.get((path, method), (key_of(path), method))
                yield operation["operationId"], self._plan(key, kind, operation)

    def has_id(self, schema: Any, resource: ResourcePlan) -> bool:
        """Return whether a schema has a member that is certain to hold the id of a resource's records."""
        return bool(self._identity.member_of(schema, resource.identity))

    def path(self, operation_id: str) -> str:
        """Return the path of an operation, as the document writes it."""
        return self._by_id[operation_id]

    def addressed(self, path: str) -> Iterator[tuple[ResourcePlan, str]]:
        """Yield the resources whose records a path names, each with the path parameter that holds the id."""
        key, names = key_of(path), re.findall("{([^}]*)}", path)
        for end in [end for end in range(1, len(key)) if key[end] == "{}" and key[:end] in self.resources]:
            place = key[:end].count("{}")
            if place < len(names):
                yield self.resources[key[:end]], names[place]

    def _tenant(self) -> str:
        """Return the first parameter that most paths share, which names the account; empty where it names a record."""
        first = Counter(path[: path.index("}")] for path in self._paths if "{" in path)
        common = next((prefix for prefix, count in first.items() if count > max(2, len(self._paths) / 2)), "")
        key = key_of(f"{common}}}")[:-1]
        is_record = bool(key) and "post" in self._by_key.get(key, {}) and singular(key[-1]) not in ACCOUNTS
        return "" if is_record else common.rpartition("{")[2]

    def _resources(self) -> Iterator[ResourcePlan]:
        places = [(key, self._by_key.get(key, {}), self._by_key.get((*key, "{}"), {})) for key in self._collections()]
        names = table_names([key for key, _, _ in places])
        for key, methods, item in places:
            yield self._resource(key, methods, item, names[key])

    def _collections(self) -> Iterator[Key]:
        """Yield the keys of paths that hold records."""
        for key, methods in self._by_key.items():
            item = self._by_key.get((*key, "{}"), {})
            is_collection = bool(item.keys() & {"get", "put", "patch", "delete"}) and bool(
                methods.keys() & {"get", "post", "put"}
            )
            is_collection = is_collection or ("post" in methods and self._listed(methods.get("get")) is not None)
            is_collection = is_collection or ("put" in item and "get" in item)
            is_named = key[-1:] != ("{}",)
            is_typed = key[:-1] not in self._by_key and (  # such as `/objects/{objectType}`
                self._listed(methods["get"]) is not None if "get" in methods else "post" in methods
            )
            if is_collection and (is_named or is_typed):
                yield key
        for key, methods in self._by_key.items():
            if key[-1:] == ("{}",) and key[:-1] not in self._by_key and {"put", "get"} <= methods.keys():
                yield key[:-1]

    def _resource(self, key: Key, methods: dict[str, Any], item: dict[str, Any], name: str) -> ResourcePlan:
        path = next(iter((methods or item).values()))[0]
        if not methods:
            path = path.rpartition("/")[0]
        arguments = re.findall("{([^}]*)}", next(iter(item.values()))[0]) if item else []
        param = arguments[-1] if arguments else ""
        word = singular(literals(key)[-1])
        member, head = self._identity.member(Resource(param, word), self._schemas(methods, item, word))
        is_stateful = ("post" in methods and not self._is_query(key)) or "put" in item or "put" in methods
        has_client_ids = "post" not in methods and "put" in item
        scope = tuple(name for name in re.findall("{([^}]*)}", path))
        named, is_named = member, bool(member)
        if item and not is_named:  # a record that has an address has an id
            named = "id" if Resource(param, "").has_ids else param
        return ResourcePlan(name, path, key, scope, param, named, is_stateful, has_client_ids, head, is_named)

    def _schemas(self, methods: dict[str, Any], item: dict[str, Any], word: str) -> list[Any]:
        """Return the schemas of the answers that hold a record of a collection, the fullest first."""
        schemas = [self.schema(item[method][1]) for method in ("get", "patch", "put", "post") if method in item]
        listed = [self._listed(methods.get(method), word) for method in ("get", "post")]
        listed += [self._deeply_listed(methods["get"][1], word)] if "get" in methods and item and not listed[0] else []
        schemas += [self.schema(methods["post"][1])] if "post" in methods else []
        return schemas + [one[1] for one in listed if one]

    def schema(self, operation: Any) -> Any:
        """Return the schema of the answer of success; None without one."""
        statuses = [status for status in operation["responses"] if status[0] == "2"]
        return self._model.content(operation["responses"][statuses[0]])[1].get("schema") if statuses else None

    @staticmethod
    def _is_undescribed(operation: Any) -> bool:
        """Return whether the document does not say what the body of a 200 is."""
        return "content" not in operation["responses"].get("200", {"content": {}})

    def _listed(self, place: tuple[str, Any] | None, word: str = "") -> tuple[tuple[str, ...], Any] | None:
        """Return where the list stands in the answer of an operation, and the schema of its items; None for no list.

        Of several lists the first counts that is called like the record's `word`, or else is not about something else.
        """
        schema = self.schema(place[1]) if place else None
        if schema is None:
            return None
        flat = self._model.flat(schema)
        if self._model.kinds(flat)[:1] == ["array"]:
            items = flat.get("items", {})
            is_of_records = self._model.kinds(self._model.flat(items))[:1] in ([], ["object"])
            return ((), items) if is_of_records else None
        found: list[tuple[tuple[str, ...], Any]] = []
        for name, member in self._model.properties(schema).items():
            inner = self._model.flat(member)
            is_called = singular(name) == word or (bool(word) and plain(name) in LISTS)
            if self._model.kinds(inner)[:1] == ["array"] and self._holds_records(inner, is_called=is_called):
                found.append(((name,), inner["items"]))
            else:
                within = self._model.properties(member)
                is_around = plain(name) in AROUND and "id" not in within  # else a record that has lists
                found += [
                    ((name, deeper), deepest["items"])
                    for deeper, one in within.items()
                    if (is_around or (word and singular(deeper) == word))
                    and self._model.kinds(deepest := self._model.flat(one))[:1] == ["array"]
                    and "items" in deepest
                ]
        meant = [one for one in found if singular(one[0][-1]) == word or not word or plain(one[0][-1]) not in ASIDE]
        return min(meant, key=lambda one: (singular(one[0][-1]) != word, plain(one[0][-1]) in ASIDE)) if meant else None

    def _deeply_listed(self, operation: Any, word: str) -> tuple[tuple[str, ...], Any] | None:
        """Return the one list of objects in the answer of a collection that is called otherwise than its records.

        XML is described so: the root is a member, and the list in it is called like the type of its items.
        """
        found = list(self._lists_within(self.schema(operation), (), 0))
        called = [one for one in found if word in singular(one[0][-1])]
        return called[0] if called else found[0] if len(found) == 1 else None

    def _lists_within(self, schema: Any, within: tuple[str, ...], depth: int) -> Iterator[tuple[tuple[str, ...], Any]]:
        for name, member in self._model.properties(schema).items() if depth <= MAX_DEPTH else ():
            inner = self._model.flat(member)
            if plain(name) in ASIDE:
                continue
            if self._model.kinds(inner)[:1] == ["array"] and self._model.properties(inner.get("items")):
                yield (*within, name), inner["items"]
            elif self._model.kinds(inner)[:1] == ["object"]:
                yield from self._lists_within(member, (*within, name), depth + 1)

    def _holds_records(self, flat: Any, *, is_called: bool) -> bool:
        """Return whether the items of a list are objects: described ones, or any in a list that is called like the records."""
        items = flat.get("items", {})
        return bool(self._model.properties(items)) or (
            is_called and self._model.kinds(self._model.flat(items))[:1] in ([], ["object"])
        )

    def _plan(self, key: Key, method: str, operation: Any) -> Plan:
        if key in self.resources:
            return self._of_collection(self.resources[key], key, method, operation)
        if key[-1:] == ("{}",) and key[:-1] in self.resources:
            return self._of_item(self.resources[key[:-1]], method, operation)
        owner = next((self.resources[key[:end]] for end in range(len(key), 0, -1) if key[:end] in self.resources), None)
        if owner is not None and len(key) == len(owner.key) + 2 and key[-1] != "{}" and method in ("post", "put", "patch"):
            return self._action(owner, operation, key[-1])
        if method in SETTINGS and key[-1:] != ("{}",) and self._is_settings(self._by_key[key]):
            return self._of_settings(key, method, operation)
        if method == "get" and "{}" not in key and (listed := self._listed(("", operation))) is not None:
            shared = next((one for one in self.resources.values() if self._is_record_of(one, listed[1])), None)
            if shared is not None and not shared.scope:
                return Plan("list", shared, listed[0])
        return Plan("example", owner)

    def _action(self, owner: ResourcePlan, operation: Any, verb: str) -> Plan:
        """Return the plan of an action: its answer is the record, or the record gets a state that is called like it."""
        plan = self._placed("action", owner, operation, verb=verb)
        if plan and not plan.member:
            return plan
        read = self._by_key.get((*owner.key, "{}"), {}).get("get")
        shown = self._placed("read", owner, read[1]) if read else None
        record = self.schema(read[1]) if read else None
        for name in shown.within if shown else ():
            record = self._model.properties(record).get(name)
        is_reached = bool(reached(self._model, self._model.properties(record), verb))
        return Plan("action", owner, verb=verb, is_apart=True) if is_reached else Plan("example", owner)

    def _of_settings(self, key: Key, method: str, operation: Any) -> Plan:
        methods = self._by_key[key]
        path = methods["get"][0]
        name = "_".join(re.sub("[^A-Za-z0-9]+", "_", one).lower() for one in key if one != "{}")
        scope, is_created = tuple(re.findall("{([^}]*)}", path)), {"post", "delete"} <= methods.keys()
        settings = ResourcePlan(name, path, key, scope, "", "", is_stateful=True, is_created=is_created)
        within = self._identity.within(self.schema(operation), settings.identity, (), set())
        return Plan(SETTINGS[method], settings, within, body=self._body(operation, settings, within))

    def _is_settings(self, methods: dict[str, Any]) -> bool:
        """Return whether a path reads and changes, or creates and deletes, something that exists once."""
        is_written = bool(methods.keys() & {"put", "patch"}) or {"post", "delete"} <= methods.keys()
        if "get" not in methods or not is_written or self._listed(methods["get"]) is not None:
            return False
        return bool(self._model.properties(self.schema(methods["get"][1])))

    def _is_record_of(self, resource: ResourcePlan, schema: Any) -> bool:
        """Return whether a schema is the component by which a resource is read."""
        item = self._by_key.get((*resource.key, "{}"), {}).get("get")
        read = self.schema(item[1]) if item else None
        return isinstance(schema, dict) and "$ref" in schema and schema == read

    def _of_collection(self, resource: ResourcePlan, key: Key, method: str, operation: Any) -> Plan:
        writes: dict[str, Kind] = {"post": "create"}
        writes |= {"put": "replace"} if resource.member else {}
        writes |= {"patch": "change"} if resource.member and self._takes_id(resource, operation) else {}
        if method == "post" and self._is_query(key):
            return Plan("example", resource)
        if method in writes:
            plan = self._placed(writes[method], resource, operation)
            many = self._listed(("", operation), resource.word) if plan is None else None
            body = self._body(operation, resource, ())
            is_apart = not many and self._is_apart(resource, operation)
            is_apart = is_apart and (method != "post" or not resource.param)  # else it tells the new id
            within = many[0] if many else ()
            return plan or Plan(writes[method], resource, within, body=body, is_many=bool(many), is_apart=is_apart)
        listed = self._listed(self._by_key[key]["get"], resource.word) if method == "get" else None
        if method == "get" and listed is None and (*key, "{}") in self._by_key:
            listed = self._deeply_listed(operation, resource.word)
        if listed is not None:
            properties = self._model.properties(listed[1])
            is_other = resource.is_named and not resource.head and resource.member not in properties
            return Plan(
                "list", resource, listed[0], member=self._identity.member_of(listed[1], resource.identity) if is_other else ""
            )
        if method == "get" and "get" in self._by_key.get((*key, "{}"), {}) and self._is_undescribed(operation):
            return Plan("list", resource)
        return Plan("example")

    def _of_item(self, resource: ResourcePlan, method: str, operation: Any) -> Plan:
        kinds: dict[str, Kind] = {"get": "read", "put": "replace", "patch": "change", "post": "change", "delete": "delete"}
        if method not in kinds:
            return Plan("example", resource)
        body, many = self._body(operation, resource, ()), self._listed(("", operation), resource.word)
        plan = self._placed(kinds[method], resource, operation)
        is_apart = not many and method != "get" and self._is_apart(resource, operation)
        within = many[0] if many else ()
        plan = plan or Plan(kinds[method], resource, within, body=body, is_many=bool(many), is_apart=is_apart)
        is_upsert = bool(UPSERT.search(f"{operation['operationId']} {operation.get('summary', '')}"))
        return msgspec.structs.replace(plan, is_upsert=is_upsert)

    def _is_query(self, key: Key) -> bool:
        """Return whether `POST` of a path answers what its `GET` does, for a body without records: a search."""
        methods = self._by_key[key]
        if "get" not in methods or (*key, "{}") in self._by_key or self._listed(methods["get"]) is None:
            return False
        return self.schema(methods["get"][1]) == self.schema(methods["post"][1]) and not self._takes_list(methods["post"][1])

    def _takes_list(self, operation: Any) -> bool:
        """Return whether a body is a list of records, or has one."""
        schema = self._model.content(operation.get("requestBody", {}))[1].get("schema")
        lists = [self._model.flat(schema), *map(self._model.flat, self._model.properties(schema).values())]
        return any(self._model.kinds(one)[:1] == ["array"] and self._model.properties(one.get("items")) for one in lists)

    def _takes_id(self, resource: ResourcePlan, operation: Any) -> bool:
        """Return whether the body of an operation may name the records that it is about; one that is not described may."""
        schema = self._model.content(operation.get("requestBody", {}))[1].get("schema")
        return schema is not None and self._has_member(schema, plain(resource.head or resource.member), 0)

    def _has_member(self, schema: Any, name: str, depth: int) -> bool:
        flat = self._model.flat(schema)
        inner = flat["items"] if self._model.kinds(flat)[:1] == ["array"] and "items" in flat else schema
        properties = self._model.properties(inner)
        if not properties or name in map(plain, properties):
            return self._model.kinds(self._model.flat(inner)) in ([], ["object"])
        return depth < MAX_DEPTH and any(self._has_member(one, name, depth + 1) for one in properties.values())

    def _is_apart(self, resource: ResourcePlan, operation: Any) -> bool:
        """Return whether an answer has no member of the records that are read or listed."""
        read = self._by_key.get((*resource.key, "{}"), {}).get("get")
        listed = self._listed(self._by_key.get(resource.key, {}).get("get"), resource.word)
        record = self._model.properties(self.schema(read[1])) if read else self._model.properties(listed[1] if listed else None)
        shown = self._model.properties(self.schema(operation))
        return bool(record) and bool(shown) and "deleted" not in shown and record.keys().isdisjoint(shown)

    def _placed(self, kind: Kind, resource: ResourcePlan, operation: Any, verb: str = "") -> Plan | None:
        """Return the plan of an operation whose answer holds a record; None if it holds none."""
        place = self._identity.place(self.schema(operation), resource.identity, resource.member, resource.head)
        if place is None:
            return None
        member = "" if place.member == resource.member else place.member
        return Plan(kind, resource, place.within, verb, member, self._body(operation, resource, place.within))

    def _body(self, operation: Any, resource: ResourcePlan, within: tuple[str, ...]) -> tuple[str, ...]:
        schema = self._model.content(operation.get("requestBody", {}))[1].get("schema")
        shown = self.schema(operation)
        for name in within:
            shown = self._model.properties(shown).get(name)
        members = {resource.member, *self._model.properties(shown), *([resource.head] if resource.head else [])}
        return self._identity.within(schema, resource.identity, within, members)
