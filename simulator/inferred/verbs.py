"""Paths that name what they do: `/create-agent` and `/get-agent/{id}`, `/number/buy`, `/agents.list`.

They are read as if the document had `/agents` and `/agents/{id}`.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any, NamedTuple

from simulator.inferred.actions import reached
from simulator.inferred.identity import Identity, Resource, words
from simulator.inferred.model import Model, plain, singular

Key = tuple[str, ...]  # the segments of a path; {} for a parameter
VERBS: dict[str, str] = {  # by verb, the method that does it to a resource
    **dict.fromkeys(("create", "add", "buy", "purchase", "register", "import"), "post"),
    **dict.fromkeys(("get", "retrieve", "fetch", "read", "describe"), "read"),
    "list": "get",
    **dict.fromkeys(("update", "edit", "modify"), "patch"),
    **dict.fromkeys(("delete", "remove", "release", "cancel"), "delete"),
}


class Call(NamedTuple):
    """An operation whose path names what it does."""

    verb: str
    path: str
    method: str
    operation: Any
    has_id: bool  # in the path
    name: str  # of the resource


def resourceful(paths: dict[str, dict[str, tuple[Key, Any]]], model: Model, identity: Identity) -> dict[tuple[str, str], Any]:
    """Return the key and the method that operations have as those of a resource, by their path and their own method.

    `paths` are the keys and operations of a document, by path and method. Only what is created and can be read or listed
    counts as a resource.
    """
    groups: dict[tuple[Key, str], list[Call]] = defaultdict(list)
    lists: dict[str, Key] = {}
    for path, methods in paths.items():
        for method, (key, operation) in methods.items():
            named = _named(key)
            if named is not None:
                prefix, verb, noun = named
                has_id = key[-1:] == ("{}",)
                groups[prefix, singular(noun)].append(Call(verb, path, method, operation, has_id, _plural(noun)))
            elif method == "get" and key and "{}" not in key:
                lists.setdefault(singular(key[-1]), key)
    found: dict[tuple[str, str], Any] = {}
    for (prefix, noun), calls in groups.items():
        listed = any(call.verb == "get" for call in calls) or (noun in lists and ("{}" not in prefix))
        if not any(call.verb == "post" for call in calls):
            continue
        is_apart = not any(call.verb == "get" for call in calls) and noun in lists
        key = lists[noun] if is_apart else (*prefix, calls[0].name)
        schemas = _schemas(calls, paths, key if is_apart else (), model)
        member = identity.member(Resource("", noun), schemas)[0]
        addressed = [call for call in calls if call.has_id or (member and _is_named(call.operation, member, noun, model))]
        if not (listed or any(call.verb == "read" for call in addressed)):
            continue
        is_kept = _is_cancelled(schemas, model)
        for call in calls:
            if call.verb in ("post", "get") or call in addressed:
                found[call.path, call.method] = _place(call, key, is_kept=is_kept)
    return found


def _place(call: Call, key: Key, *, is_kept: bool) -> tuple[Key, str]:
    """Return the key and the method of a call as one of a resource; what is cancelled stays if it has a state for that."""
    if call.verb == "delete" and is_kept and "cancel" in words(call.path):
        return (*key, "{}", "cancel"), "post"
    if call.verb in ("read", "patch", "delete"):
        return (*key, "{}"), "get" if call.verb == "read" else call.verb
    return key, call.verb


def _named(key: Key) -> tuple[Key, str, str] | None:
    """Return what stands before a verb and its noun, the method for the verb, and the noun; None for another path."""
    literals = key[:-1] if key[-1:] == ("{}",) else key
    if not literals or literals[-1] == "{}":
        return None
    *before, last = literals
    parts = words(last)
    if len(parts) == 1 and parts[0] in VERBS and before and before[-1] != "{}":
        return tuple(before[:-1]), VERBS[parts[0]], "_".join(words(before[-1]))
    if len(parts) > 1 and parts[0] in VERBS:
        return tuple(before), VERBS[parts[0]], "_".join(parts[1:])
    if len(parts) > 1 and parts[-1] in VERBS and "." in last:
        return tuple(before), VERBS[parts[-1]], "_".join(parts[:-1])
    return None


def _plural(noun: str) -> str:
    if noun.endswith("s") and not noun.endswith("ss"):
        return noun
    return f"{noun[:-1]}ies" if noun.endswith("y") and noun[-2:-1] not in "aeo" else f"{noun}s"


def _schemas(calls: list[Call], paths: dict[str, dict[str, tuple[Key, Any]]], listed: Key, model: Model) -> list[Any]:
    """Return the schemas of the answers that may hold a record, and of the items of lists in them."""
    operations = [call.operation for call in calls if call.verb in ("post", "get", "read")]
    reads = [methods["get"] for methods in paths.values() if listed and "get" in methods]
    operations += [operation for key, operation in reads if key == listed]
    schemas: list[Any] = []
    for operation in operations:
        status = next((one for one in operation["responses"] if one[0] == "2"), "")
        schema = model.content(operation["responses"].get(status, {}))[1].get("schema")
        lists = [model.flat(one).get("items") for one in (schema, *model.properties(schema).values())]
        schemas += [items for items in lists if model.properties(items)] or [schema]
    return schemas


def _is_cancelled(schemas: list[Any], model: Model) -> bool:
    """Return whether a record, or an object in an answer around it, has a state that stands for a cancelled one."""
    objects = [model.properties(one) for schema in schemas for one in (schema, *model.properties(schema).values())]
    return any(reached(model, members, "cancel") for members in objects)


def _is_named(operation: Any, member: str, noun: str, model: Model) -> bool:
    """Return whether a body names a record: by the member of its id, or by one that is called like it, as `pet_id` for `id`."""
    members = model.properties(model.content(operation.get("requestBody", {}))[1].get("schema"))
    return member in members or f"{noun}id" in map(plain, members)
