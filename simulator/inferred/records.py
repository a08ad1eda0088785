"""The records of inferred resources: made from a body, changed by one, and found by the parameters of a path."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import msgspec

from simulator.inferred.model import Model, plain
from simulator.inferred.plans import ResourcePlan
from simulator.inferred.samples import ADDRESSES, Sampler, id_like, uuid_of
from simulator.openapi.form_body import FormFile
from simulator.provider import Account, Ids, OldestFirst, Record, Seed, seconds
from simulator.provider.extension import Decided

FILE_NAMES = ("filename", "originalfilename", "originalname")  # members that describe an uploaded file
FILE_SIZES = ("bytes", "filesize", "sizebytes", "sizeinbytes")
UUID = re.compile("[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
MAX_TRIES = 20  # to make an id that is not used yet
ID_LENGTH = 16  # of an id whose pattern has no bounds
UPDATED = {"updatedat", "updated", "dateupdated", "updatedon", "modifiedat", "modified", "datemodified", "lastmodified"}


class Item(Record, frozen=True):
    """A record; its id includes the parameters of the path before it. `members` is never changed in place."""

    scope: str
    key: str  # the id as clients know it
    members: dict[str, Any]
    other: str = ""  # the id that it has beside the one of its path, such as `id` where paths name its `code`


class InferredSeed(Seed, frozen=True):
    """The section of a scenario for an account: the records of each table, as answers show them."""

    tables: dict[str, list[dict[str, Any]]] = {}


class State:
    """The tables of one account."""

    def __init__(self, account: Account[State], shapes: Mapping[str, Shape]) -> None:
        self.tables = {
            name: account.table(name, Item, by=("scope", "other") if shape.other else ("scope",))
            for name, shape in shapes.items()
        }

    def all(self, table: str) -> list[dict[str, Any]]:
        """Return the members of all records of a table, the oldest first."""
        return [item.members for item in OldestFirst(self.tables[table].all()).window(0, len(self.tables[table]))]

    def get(self, table: str, record_id: str) -> dict[str, Any] | None:
        """Return the members of a record; None for an unknown id."""
        item = self.tables[table].get(record_id)
        return item.members if item is not None else None

    def change(self, table: str, record_id: str, **members: Any) -> dict[str, Any]:
        """Replace some members of a record, and return all.

        Raises:
            KeyError: the table has no record of this id.
        """
        item = self.tables[table].get(record_id)
        if item is None:
            raise KeyError(record_id)
        return self.tables[table].change(item, members={**item.members, **members}).members


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
        updated = [name for name in self.members if plain(name) in UPDATED]
        self._timed = [name for name in updated if model.flat(self.members[name]).get("format") == "date-time"]
        self.given: dict[str, Any] = {}
        for body in bodies:
            writable = model.properties(body).items()
            self.given |= {self.name(name): one for name, one in writable if not model.follow(one).get("readOnly")}
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
        nodes = [self.model.flat(schema) for schema in self._keys]
        kinds = {kind for node in nodes for kind in self.model.kinds(node)}
        if any(node.get("format") == "uuid" for node in nodes) and not UUID.fullmatch(str(key)):
            return False
        return not kinds or "string" in kinds or str(key).isdigit()

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
        hidden = {name for name in named if self.model.follow(self.members.get(name)).get("readOnly")}
        return {name: value for name, value in named.items() if name not in hidden or name in self.given} | decided

    def made(self, sampler: Sampler, given: dict[str, Any]) -> dict[str, Any]:
        """Return all members of a new record: those given, and those that the provider itself would fill in."""
        made: dict[str, Any] = {}
        for schema in self.schemas:
            node = self.model.flat(schema, given)
            required = node.get("required", ())
            for name, member in node.get("properties", {}).items():
                if name in made or name in given:
                    continue
                if name in required or (name not in self.given and sampler.is_shown(member)):
                    made[name] = sampler.value(member, 1)
        return {**made, **given}

    def touched(self, now: datetime, members: dict[str, Any]) -> dict[str, Any]:
        """Return members with the time of the last change."""
        timed = [name for name in self._timed if isinstance(members.get(name), str)]
        return {**members, **dict.fromkeys(timed, seconds(now))} if timed else members

    def new_key(self, ids: Ids, sampler: Sampler) -> Any:
        """Return a new id, in the form of the schema of the member that holds it."""
        holder = self.model.properties(self.members.get(self.plan.head)) if self.plan.head else self.members
        member = self.model.flat(holder.get(self.plan.member, {}))
        node = member
        for schema in self._keys:
            node = {**node, **self.model.flat(schema)}
        kinds = [kind for one in (member, node) for kind in self.model.kinds(one) if kind != "null"]
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
            long = sampler.text({**node, "format": "", "minLength": max(node.get("minLength", 0), _length(node["pattern"]))})
            return long if re.search(node["pattern"], long) else sampler.text({**node, "format": ""})
        if node.get("example") or node.get("examples"):
            return self._fitted(node, id_like(node.get("example") or node["examples"][0], digits))
        return self._fitted(node, digits[:24])

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


def _length(pattern: str) -> int:
    """Return the length that an id of a pattern without bounds should have; 0 for a pattern with bounds."""
    return ID_LENGTH if re.search(r"(?<!\\)[+*]", pattern) else 0


def merged(kept: dict[str, Any], written: Mapping[str, Any]) -> dict[str, Any]:
    """Return members with those that a change writes: objects within are merged, all else is replaced."""
    made = dict(kept)
    for name, value in written.items():
        held = kept.get(name)
        made[name] = merged(held, value) if isinstance(held, dict) and isinstance(value, dict) else value
    return made


def patched(members: dict[str, Any], operations: list[Any]) -> dict[str, Any]:
    """Return members to which the operations of a JSON Patch (RFC 6902) are applied.

    Raises:
        ValueError: an operation is none that changes a member, or its path leads nowhere.
    """
    made = msgspec.json.decode(msgspec.json.encode(members))  # a copy that may be changed in place
    for one in operations:
        name, path = (one.get("op"), one.get("path")) if isinstance(one, dict) else (None, None)
        if name not in ("add", "replace", "remove", "test") or not isinstance(path, str) or not path.startswith("/"):
            raise ValueError(f"{one!r:.80} is no operation; expected op add, replace, remove or test, and a path from /")
        *steps, last = [step.replace("~1", "/").replace("~0", "~") for step in path.split("/")[1:]]
        place: Any = made
        for step in steps:
            place = _inside(place, step, path)
        if name in ("remove", "replace", "test"):
            held = _inside(place, last, path)
            if name == "test" and held != one.get("value"):
                raise ValueError(f"{path} is not {one.get('value')!r:.80}")
        if name == "remove":
            del place[int(last) if isinstance(place, list) else last]
        elif name == "add" and isinstance(place, list):
            place.insert(len(place) if last == "-" or not last.isdigit() else int(last), one.get("value"))
        elif name != "test":
            place[int(last) if isinstance(place, list) else last] = one.get("value")
    return made if isinstance(made, dict) else members


def _inside(place: Any, step: str, path: str) -> Any:
    if isinstance(place, dict) and step in place:
        return place[step]
    if isinstance(place, list) and step.isdigit() and int(step) < len(place):
        return place[int(step)]
    raise ValueError(f"the path {path} leads nowhere: there is no {step}")
