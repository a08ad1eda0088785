"""Which member of a record holds its id, and what wraps a record in a body."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from simulator.inferred.model import Model, plain

IDS = ("id", "uuid", "sid", "guid", "gid", "uid", "identifier")
NAMES = ("key", "name", "slug", "code", "username", "number")  # hold an id only where the path does not say that it is one
NUMBERS = ["phonenumber", "msisdn", "e164"]  # are the ids of numbers that have no other
ENVELOPES = {"data", "result", "response", "payload", "item", "record", "resource", "entity", "object", "embedded", "d"}
HEADS = ("metadata", "sys")  # members that hold the id of the record around them, as in Kubernetes
WEAK = 100  # the rank of the first of NAMES
CERTAIN = 4  # ranks below are those of a member that is called like the parameter, like the record, or just `id`
MAX_MEMBERS = 3  # of an object in which any member may be the record
MAX_DEPTH = 2  # of envelopes within one another


class Place(NamedTuple):
    """Where the record is in a body, and which of its members holds the id there; an empty one if none does."""

    within: tuple[str, ...]
    member: str


class Resource(NamedTuple):
    """What the paths say of a resource."""

    param: str  # the path parameter of an id; empty without one
    word: str  # what one record is called

    @property
    def has_ids(self) -> bool:
        """Whether the paths call the value an id."""
        return not self.param or plain(self.param).endswith(("id", "uuid", "guid", "identifier"))


def words(name: str) -> list[str]:
    """Return the words of a name, in lower case: `petId`, `pet_id` and `pet-id` have two."""
    return [word.lower() for word in re.findall("[A-Z]+(?![a-z])|[A-Z]?[a-z0-9]+", name)] or [plain(name)]


class Identity:
    """Finds ids and records in the schemas of one document."""

    def __init__(self, model: Model) -> None:
        self._model = model

    def member(self, resource: Resource, schemas: Sequence[Any]) -> tuple[str, str]:
        """Return the member of a record that holds its id, and the member around that, such as `metadata`; empty for none."""
        by_schema = [list(self._places(schema, resource, 0)) for schema in schemas]
        certain = next((found for found in by_schema if any(rank < CERTAIN for rank, _ in found)), [])
        ranked = certain or [one for found in by_schema for one in found]
        if ranked:
            return min(ranked, key=lambda found: found[0])[1].member, ""
        for schema in schemas:
            properties = self._model.properties(schema)
            for head in [head for head in HEADS if head in properties]:
                found = self._ranked(properties[head], resource)
                if found is not None:
                    return found[1], head
        return "", ""

    def place(self, schema: Any, resource: Resource, member: str, head: str) -> Place | None:
        """Return where an answer holds a record whose id is a member of it, or of a `head` in it; None if it holds none."""
        properties = self._model.properties(schema)
        if (member in properties and not self._is_nested(properties[member])) or (
            head and member in self._model.properties(properties.get(head))
        ):
            return Place((), member)
        ranked = sorted(self._places(schema, resource, 0), key=lambda found: found[0])
        for is_same in (True, False):
            for _, place in ranked:
                if (place.member == member) is is_same:
                    return place
        wrapped = [(name, inner) for name, inner in self._wrapped(properties, resource) if self._is_wrapper(name, resource, ())]
        names = [name for name, inner in wrapped if not head or head in self._model.properties(inner)]
        return Place((names[0],), member) if names else None

    def member_of(self, schema: Any, resource: Resource) -> str:
        """Return the member of one schema that holds the id; empty if none is certain to."""
        found = self._ranked(schema, resource)
        return found[1] if found is not None and found[0] < WEAK else ""

    def within(self, schema: Any, resource: Resource, answer: tuple[str, ...], members: set[str]) -> tuple[str, ...]:
        """Return the members of a body that lead to the record, in a provider whose answers have `answer` around it.

        A body with one of the `members` of a record is the record.
        """
        properties = self._model.properties(schema)
        for name, inner in properties.items():
            own = self._model.properties(inner)
            is_alone = len(properties) <= MAX_MEMBERS and properties.keys().isdisjoint(members)
            if own and (name in answer[:1] or (is_alone and self._is_wrapper(name, resource, ()))):
                return (name, *self.within(inner, resource, answer[1:], members))
        return ()

    def _places(self, schema: Any, resource: Resource, depth: int) -> Iterator[tuple[int, Place]]:
        found = self._ranked(schema, resource)
        if found is not None:
            yield found[0], Place((), found[1])
        if depth < MAX_DEPTH and (found is None or found[0] >= WEAK):
            for name, inner in self._wrapped(self._model.properties(schema), resource, is_inside=depth > 0):
                for rank, place in self._places(inner, resource, depth + 1):
                    yield rank + 1, Place((name, *place.within), place.member)

    def _wrapped(self, properties: dict[str, Any], resource: Resource, *, is_inside: bool = False) -> Iterator[tuple[str, Any]]:
        for name, inner in properties.items():
            if self._is_wrapper(name, resource, () if is_inside else properties) and self._model.properties(inner):
                yield name, inner

    @staticmethod
    def _is_wrapper(name: str, resource: Resource, properties: Any) -> bool:
        short = plain(name)
        is_called = short in ENVELOPES or short.endswith(resource.word) or resource.word.endswith(short)
        return name not in HEADS and (is_called or 0 < len(properties) <= MAX_MEMBERS)

    def _ranked(self, schema: Any, resource: Resource) -> tuple[int, str] | None:
        """Return the member of a schema that is most likely an id, with its rank: the lower, the more likely."""
        properties = self._model.properties(schema)
        known = {plain(name): name for name in reversed(properties) if not self._is_nested(properties[name])}
        param, word, last = plain(resource.param), resource.word, words(resource.param)[-1] if resource.param else "id"
        near = [name for name in known if param and name.endswith(param)]
        near += [word + last, last if last in IDS else ""]
        called = [name for name in known if name.endswith("id") and len(name) > 2]
        near += [name for name in called if word.startswith(name[:-2]) or word.endswith(name[:-2])]
        ending = [name for name in known if name.endswith(last) and len(last) > 2 and words(known[name])[-1] == last]
        near += sorted(ending, key=lambda name: len(words(known[name])))  # an `api_key` before a `parent_api_key`
        for rank, name in enumerate([param, param.removeprefix(word), "id", f"{word}id", *near, *IDS]):
            if name and name in known:
                return min(rank, WEAK - MAX_DEPTH - 1), known[name]
        plainest = re.sub(r"v?\d+$", "", last)  # an `ip` for `reserved_ipv6`
        weak = (
            [last, plainest, f"{word}name", f"{word}code", word, *NAMES] if not resource.has_ids or not resource.param else []
        )
        weak += NUMBERS if "number" in word and weak else []
        return next(((WEAK + rank, known[name]) for rank, name in enumerate(weak) if name and name in known), None)

    def _is_nested(self, schema: Any) -> bool:
        return self._model.kinds(self._model.flat(schema))[:1] in (["object"], ["array"], ["boolean"])
