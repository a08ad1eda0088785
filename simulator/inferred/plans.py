"""What an operation of a document may be taken for."""

from __future__ import annotations

import re
from typing import Literal

import msgspec

from simulator.inferred.identity import Resource
from simulator.inferred.model import singular
from simulator.inferred.verbs import Key

Records = Literal["create", "read", "list", "replace", "change", "delete", "action"]
Settings = Literal["settings", "create settings", "change settings", "delete settings"]
Kind = Records | Settings | Literal["example"]
SETTINGS: dict[str, Settings] = {  # by method, what it does to something that exists once
    "get": "settings",
    "post": "create settings",
    "put": "change settings",
    "patch": "change settings",
    "delete": "delete settings",
}


class ResourcePlan(msgspec.Struct, frozen=True):
    """A collection of records and its place in the paths."""

    name: str  # of its table
    path: str  # of the collection
    key: Key
    scope: tuple[str, ...]  # the path parameters before it
    param: str  # the path parameter of an id; empty without one
    member: str  # the member of a record that holds its id; empty if none does
    is_stateful: bool  # records can be created
    has_client_ids: bool = False  # a client chooses the id
    head: str = ""  # the member of a record that holds the id's member, such as `metadata`; empty if the record itself does
    is_named: bool = True  # the document describes the member of the id
    is_created: bool = False  # it exists once, and not before a client creates it

    @property
    def word(self) -> str:
        """What one of its records is called."""
        return singular(next((segment for segment in reversed(self.key) if segment != "{}"), self.name))

    @property
    def identity(self) -> Resource:
        """What the paths say of it."""
        return Resource(self.param, self.word)


class Plan(msgspec.Struct, frozen=True):
    """What an operation is taken for."""

    kind: Kind
    resource: ResourcePlan | None = None
    within: tuple[str, ...] = ()  # the members of the answer that lead to the record, or to the list
    verb: str = ""  # the last segment of an action
    member: str = ""  # the member of the answer's record that holds the id, where it is called otherwise than elsewhere
    body: tuple[str, ...] = ()  # the members of the request body that lead to the record
    is_many: bool = False  # a list of records is created
    is_upsert: bool = False  # a replacement of what does not exist creates it
    is_apart: bool = False  # the answer says that something was done, and does not show the record

    @property
    def text(self) -> str:
        """The plan in words."""
        if self.resource is None or self.kind == "example":
            return "an answer from its example or schema" + (f" about {self.resource.name}" if self.resource else "")
        words = {"create": "creates", "read": "reads", "list": "lists", "replace": "replaces", "change": "changes"}
        words |= {"delete": "deletes", "action": f"does {self.verb!r} to", "settings": "reads", "change settings": "changes"}
        words |= {"create settings": "creates", "delete settings": "deletes"}
        return f"{words[self.kind]} {'the records' if self.kind == 'list' else 'one record'} of {self.resource.name}"


def key_of(path: str) -> Key:
    """Return the segments of a path, without a suffix such as `.json`.

    `People('{name}')` of OData and `{id}:cancel` are two segments each.
    """
    text = re.sub(r"\('?(\{[^}]*\})'?\)", r"/\1", path)
    text = re.sub(r"(\{[^}]*\}):", r"\1/", text)
    segments = [segment.removesuffix(".json") for segment in text.strip("/").split("/")]
    return tuple("{}" if "{" in segment else segment for segment in segments if segment)
