"""The shape of a resource's records: which members they have, who fills them in, and the form of their ids."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from functools import cached_property
from typing import Any

from simulator.inferred.bodies import Bodies
from simulator.inferred.model import Model, plain
from simulator.inferred.plans import Plan, ResourcePlan
from simulator.inferred.recognition import Recognition
from simulator.inferred.records import Item
from simulator.inferred.samples import ADDRESSES, Sampler, id_like, uuid_of
from simulator.openapi.form_body import FormFile
from simulator.provider import Ids, seconds
from simulator.provider.extension import Decided

# Of schemas, the fullest first.
ORDER = ("read", "settings", "create", "create settings", "replace", "change", "change settings", "list")
WRITING = ("create", "create settings", "replace")  # kinds whose bodies have all that a client may write
FILE_NAMES = ("filename", "originalfilename", "originalname")  # members that describe an uploaded file
FILE_SIZES = ("bytes", "filesize", "sizebytes", "sizeinbytes")
UUID = re.compile("[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
MAX_TRIES = 20  # to make an id that is not used yet
ID_LENGTHS = (16, 8, 4)  # of an id whose pattern has no bounds
MAX_ID_LENGTH = 64  # where the schema has none
UPDATED = {"updatedat", "updated", "dateupdated", "updatedon", "modifiedat", "modified", "datemodified", "lastmodified"}


def shapes_of(
    content: dict[str, Any], model: Model, recognition: Recognition, plans: Mapping[str, Plan], bodies: Bodies
) -> Iterator[tuple[str, Shape]]:
    """Yield the shape of each resource, by its name, from the schemas that its operations have."""
    shown: dict[str, list[tuple[int, Any]]] = defaultdict(list)
    written: dict[str, list[Any]] = defaultdict(list)
    changed: dict[str, list[Any]] = defaultdict(list)
    keys: dict[str, list[Any]] = defaultdict(list)
    resources = {plan.name: plan for plan in recognition.resources.values()}
    for path, operation in [(path, operation) for path, item in content["paths"].items() for operation in item.values()]:
        for resource, param in recognition.addressed(path):
            keys[resource.name] += [
                one["schema"] for one in operation["parameters"] if (one["in"], one["name"]) == ("path", param)
            ]
        plan = plans[operation["operationId"]]
        if plan.resource is None or plan.kind in ("action", "example"):
            continue
        name = plan.resource.name
        resources.setdefault(name, plan.resource)
        if plan.kind in ORDER and not plan.is_apart:
            shown[name].append((ORDER.index(plan.kind), bodies.record_schema(recognition.schema(operation), plan)))
        _, body = model.content(operation.get("requestBody", {}))
        if "schema" in body:
            (written if plan.kind in WRITING else changed)[name].append(bodies.schema(body["schema"], plan))
    for name, resource in resources.items():
        ranked = sorted(shown[name], key=lambda entry: entry[0])
        schemas = [schema for _, schema in ranked if schema is not None]
        yield name, Shape(model, resource, schemas, written[name] or changed[name], keys[name])


class Shape:
    """The members of a resource's records, and those that a client may choose."""

    def __init__(self, model: Model, plan: ResourcePlan, schemas: list[Any], bodies: list[Any], keys: list[Any]) -> None:
        """Take the schemas in which records are shown, of the bodies that make and change them, and of their ids in paths."""
        self.model, self.plan = model, plan
        self.schemas = [schema for index, schema in enumerate(schemas) if schema not in schemas[:index]]
        self._keys = keys
        self.members: dict[str, Any] = {}
        for schema in schemas:
            self.members |= {name: one for name, one in model.properties(schema).items() if name not in self.members}
        self._names = {plain(name): name for name in reversed(self.members)}
        self.given: dict[str, Any] = {}
        for body in bodies:
            writable = model.properties(body).items()
            self.given |= {self.name(name): one for name, one in writable if not model.follow(one).get("readOnly")}
        self._read_only = {name for name, one in self.members.items() if model.follow(one).get("readOnly")}
        self._timed = {name for name, one in self.members.items() if self._is_time_of_change(name, one)}
        self._filled = {id(one): self._to_fill(model.flat(one)) for one in self.schemas if model.is_same_for_all(one)}
        self.other = self._other_id()

    def _other_id(self) -> str:
        """Return the member that holds another id than the one of paths; empty where paths name an id, or there is none."""
        if plain(self.plan.head or self.plan.member).endswith("id"):
            return ""
        named = [name for name in self.members if plain(name).endswith("id") and name not in self.given]
        return next((name for name in named if self.model.kinds(self.model.flat(self.members[name]))[:1] == ["string"]), "")

    def item(self, scope: str, key: Any, members: dict[str, Any]) -> Item:
        """Return the record of an id."""
        other = members.get(self.other) if self.other else ""
        record_id = f"{scope}/{key}" if scope else str(key)
        return Item(id=record_id, scope=scope, key=str(key), members=members, other=str(other or ""))

    def key_in(self, members: Mapping[str, Any]) -> Any:
        """Return the id that members have; None if they have none."""
        place = members.get(self.plan.head) if self.plan.head else members
        return place.get(self.plan.member) if isinstance(place, Mapping) else None

    def named_in(self, body: Mapping[str, Any]) -> Any:
        """Return the id of the record that a body names, also in a member such as `pet_id` for `id`; None if it names none."""
        key = self.key_in(body)
        name = next((name for name in body if plain(name) == f"{self.plan.word}id"), "") if key is None else ""
        return body[name] if name else key

    def with_key(self, members: dict[str, Any], key: Any) -> dict[str, Any]:
        """Return members that have an id."""
        if not self.plan.member:
            return members
        if not self.plan.head:
            return {**members, self.plan.member: key}
        head = members.get(self.plan.head)
        return {**members, self.plan.head: {**(head if isinstance(head, dict) else {}), self.plan.member: key}}

    @property
    def takes_key(self) -> bool:
        """Whether a body may choose the id."""
        return (self.plan.head or self.plan.member) in self.given

    def is_addressable(self, key: Any) -> bool:
        """Return whether the path takes an id, as documents exist whose bodies allow others: a text for a number or a UUID."""
        kinds, is_uuid, patterns = self._addresses
        if (is_uuid and not UUID.fullmatch(str(key))) or not all(re.search(one, str(key)) for one in patterns):
            return False
        return not kinds or "string" in kinds or str(key).isdigit()

    @cached_property
    def _addresses(self) -> tuple[set[str], bool, set[str]]:
        """The types that an id has in paths, whether it is a UUID there, and the patterns that it has to fit."""
        nodes = [self.model.flat(schema) for schema in self._keys]
        kinds = {kind for node in nodes for kind in self.model.kinds(node)}
        patterns = {node["pattern"] for node in nodes if "pattern" in node}
        return kinds, any(node.get("format") == "uuid" for node in nodes), patterns

    def name(self, name: str) -> str:
        """Return the name that a member of a body has in answers: `FriendlyName` may be `friendly_name` there."""
        return name if name in self.members else self._names.get(plain(name), name)

    def written(self, body: Any) -> dict[str, Any]:
        """Return the members of a body that a client may write, by their names in answers."""
        given = body if isinstance(body, dict) else {}
        named = {self.name(name): value for name, value in given.items() if not _is_file(value)}
        for file in [value for value in given.values() if isinstance(value, FormFile)]:  # of which what it is is kept
            facts = {**dict.fromkeys(FILE_NAMES, file.filename), **dict.fromkeys(FILE_SIZES, len(file))}
            named = {**{name: facts[short] for short, name in self._names.items() if short in facts}, **named}
        decided = body.members if isinstance(body, Decided) else {}
        return {name: value for name, value in named.items() if name not in self._read_only or name in self.given} | decided

    def made(self, sampler: Sampler, given: dict[str, Any], key: Any) -> dict[str, Any]:
        """Return all members of a new record: its id, those given, and those that the provider itself would fill in."""
        made: dict[str, Any] = {}
        if self.plan.member and not self.plan.head:
            given = {self.plan.member: key} | given | {self.plan.member: key}
        for schema in self.schemas:
            filled = self._filled.get(id(schema))
            for name, member in self._to_fill(self.model.flat(schema, given)) if filled is None else filled:
                if name not in made and name not in given:
                    made[name] = sampler.value(member, 1)
        made |= given
        return self.with_key(made, key) if self.plan.head else made

    def _to_fill(self, node: dict[str, Any]) -> list[tuple[str, Any]]:
        """Return the members of a flat schema that the provider fills in where they are not given."""
        required = node.get("required", ())
        return [
            (name, member)
            for name, member in node.get("properties", {}).items()
            if name in required or (name not in self.given and not self.model.follow(member).get("writeOnly"))
        ]

    def touched(self, now: datetime, members: dict[str, Any]) -> dict[str, Any]:
        """Return members with the time of the last change."""
        timed = [name for name in self._timed if isinstance(members.get(name), str)]
        return {**members, **dict.fromkeys(timed, seconds(now))} if timed else members

    def _is_time_of_change(self, name: str, schema: Any) -> bool:
        return plain(name) in UPDATED and self.model.flat(schema).get("format") == "date-time"

    @cached_property
    def _key_form(self) -> tuple[dict[str, Any], list[str]]:
        """The schema of an id, as the record and the paths describe it, and its types."""
        holder = self.model.properties(self.members.get(self.plan.head)) if self.plan.head else self.members
        member = self.model.flat(holder.get(self.plan.member, {}))
        nodes = [member, *map(self.model.flat, self._keys)]
        node = {name: value for one in nodes for name, value in one.items()}
        return node, [kind for one in nodes for kind in self.model.kinds(one) if kind != "null"]

    def new_key(self, ids: Ids, sampler: Sampler) -> Any:
        """Return a new id, in the form of the schema of the member that holds it."""
        node, kinds = self._key_form
        digits = ids.uuid(self.plan.name).replace("-", "")
        if {"integer", "number"} & set(kinds):
            least = max(1, int(node.get("minimum", 1)))
            number = least + int(digits[:7], 16) % max(1, min(int(node.get("maximum", 2**28)), 2**28) - least)
            return str(number) if kinds[0] == "string" else number
        if node.get("format") == "uuid" and re.search(node.get("pattern", ""), uuid_of(digits)):
            return uuid_of(digits)
        if (address := ADDRESSES.get(node.get("format", ""))) is not None and "pattern" not in node:
            return address(digits)
        if "pattern" in node:
            return self._patterned(node, sampler)
        if node.get("example") or node.get("examples"):
            return self._fitted(node, id_like(node.get("example") or node["examples"][0], digits))
        return self._fitted(node, digits[:24])

    @staticmethod
    def _patterned(node: dict[str, Any], sampler: Sampler) -> str:
        """Return an id of a pattern: the longest that fits of several lengths, as short ones are soon all used."""
        least, most = int(node.get("minLength", 0)), int(node.get("maxLength", MAX_ID_LENGTH))
        lengths = sorted({max(least, length) for length in ID_LENGTHS}, reverse=True) if _is_unbounded(node["pattern"]) else []
        texts = (sampler.text({**node, "format": "", "minLength": length}) for length in (*lengths, least))
        fitting = (text for text in texts if len(text) <= most and re.search(node["pattern"], text))
        return next(fitting, None) or sampler.text({**node, "format": ""})

    def unused_key(self, ids: Ids, sampler: Sampler, is_used: Callable[[str], bool]) -> Any:
        """Return a new id that no record has; None if the schema allows too few."""
        keys = (self.new_key(ids, sampler) for _ in range(MAX_TRIES))
        return next((key for key in keys if not is_used(str(key))), None)

    @staticmethod
    def _fitted(node: dict[str, Any], text: str) -> str:
        """Return an id of a length that its schema allows."""
        least, most = int(node.get("minLength", 0)), int(node.get("maxLength", 200))
        return (text * (least // len(text) + 1))[: max(least, min(len(text), most))]


def _is_file(value: Any) -> bool:
    """Return whether a value of a form is a file, or several."""
    return isinstance(value, bytes) or (isinstance(value, list) and any(isinstance(item, bytes) for item in value))


def _is_unbounded(pattern: str) -> bool:
    """Return whether the texts of a pattern may be of any length."""
    return re.search(r"(?<!\\)[+*]", pattern) is not None
