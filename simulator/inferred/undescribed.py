"""Answers that a document leaves undescribed, or describes in part: the operation tells what they hold."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from simulator.inferred.model import JSON, Model, plain
from simulator.inferred.plans import key_of
from simulator.inferred.recognition import ASIDE, MAX_DEPTH, Recognition
from simulator.inferred.xml import is_xml

HOLDING = ("create", "read", "replace", "change")  # kinds of operations whose answer holds the record


def describe_answers(content: dict[str, Any], recognition: Recognition) -> None:
    """Add a body to the answers of success that have none, if the operation is known to answer a record, or a list of them.

    Only 200 and 201 are completed: other statuses say themselves that there is no body.
    """
    plans = dict(recognition.plans())
    for operation in [operation for item in content["paths"].values() for operation in item.values()]:
        kind = plans[operation["operationId"]].kind
        success = next((status for status in operation["responses"] if status[0] == "2"), "")
        response = operation["responses"].get(success, {})
        if success in ("200", "201") and "content" not in response and (kind in HOLDING or kind == "list"):
            schema = {"type": "array", "items": {}} if kind == "list" else {}
            response["content"] = {JSON: {"schema": schema}}


def describe_lists_in_xml(content: dict[str, Any], recognition: Recognition, model: Model) -> None:
    """Let the record in the answer of a collection be repeated, if it is XML: there it is described as one of many often is."""
    plans = dict(recognition.plans())
    for path, operation in [(path, item["get"]) for path, item in content["paths"].items() if "get" in item]:
        resource = recognition.resources.get(key_of(path))
        status = next((one for one in operation["responses"] if one[0] == "2"), "")
        media, described = model.content(operation["responses"].get(status, {}))
        if resource is None or not resource.param or not is_xml(media) or plans[operation["operationId"]].kind != "example":
            continue
        found = list(_objects(described.get("schema"), model, 0))
        records = [place for place in found if resource.word in plain(place[1])] or [
            place for place in found if recognition.has_id(place[0][place[1]], resource)
        ]
        for members, name in records[:1]:
            members[name] = {"anyOf": [{"type": "array", "items": members[name]}, members[name]]}


def _objects(schema: Any, model: Model, depth: int) -> Iterator[tuple[dict[str, Any], str]]:
    """Yield the objects within an object: the members among which each stands, and its name; the innermost first."""
    members = model.follow(schema).get("properties", {})
    for name, member in members.items() if depth <= MAX_DEPTH else ():
        if model.properties(member) and plain(name) not in ASIDE:
            yield from _objects(member, model, depth + 1)
            yield members, name
