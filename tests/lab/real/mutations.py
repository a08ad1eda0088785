"""Ways in which a provider may differ from the simulator, seeded in a recording: each says where it is to be found."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

from simulator.lab.traffic.forms import TIME
from simulator.lab.traffic.knowledge import Knowledge

Entry = dict[str, Any]
Place = tuple[str, dict[str, Any], str]  # the path of a member, the object that has it, its name
Mutation = Callable[[Entry, Any, Knowledge, str], str]  # changes an entry and its body; returns where, empty if it cannot


def members(value: Any, path: str = "") -> Iterator[Place]:
    """Yield the members of a body that are neither objects nor lists."""
    if isinstance(value, dict):
        for name, member in value.items():
            inner = f"{path}.{name}" if path else name
            if isinstance(member, dict | list):
                yield from members(member, inner)
            else:
                yield inner, value, name
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from members(item, f"{path}[{index}]")


def _first(body: Any, fits: Callable[[str, Any], bool]) -> Place | None:
    return next((place for place in members(body) if fits(place[2], place[1][place[2]])), None)


def _replace(body: Any, fits: Callable[[str, Any], bool], change: Callable[[str, Any], Any]) -> str:
    found = _first(body, fits)
    if found is None:
        return ""
    path, owner, name = found
    owner[name] = change(name, owner[name])
    return path


def status(entry: Entry, body: Any, knowledge: Knowledge, made: str) -> str:
    """Another status of success, or another refusal."""
    response = entry["response"]
    response["status"] = {200: 202, 201: 203, 204: 205, 400: 418, 404: 410, 409: 412}.get(response["status"], 206)
    return "status"


def media_type(entry: Entry, body: Any, knowledge: Knowledge, made: str) -> str:
    """JSON in another media type."""
    if entry["request"]["method"] == "POST":
        return ""  # what was made could not be followed
    headers = entry["response"]["headers"]
    headers[:] = [{**one, "value": "application/vnd.api+json"} if one["name"] == "content-type" else one for one in headers]
    return "content-type"


def removed(entry: Entry, body: Any, knowledge: Knowledge, made: str) -> str:
    """A member is missing."""
    found = _first(body, lambda name, value: name.endswith(("_at", "At", "status", "name", "label", "ts")))
    if found is None:
        return ""
    del found[1][found[2]]
    return found[0]


def added(entry: Entry, body: Any, knowledge: Knowledge, made: str) -> str:
    """A member that the spec does not have."""
    if not isinstance(body, dict):
        return ""
    body["carrier"] = "x"
    return "carrier"


def text_for_number(entry: Entry, body: Any, knowledge: Knowledge, made: str) -> str:
    """A number as a text."""
    return _replace(body, lambda name, value: type(value) in (int, float), lambda name, value: str(value))


def text_for_boolean(entry: Entry, body: Any, knowledge: Knowledge, made: str) -> str:
    """A boolean as a text."""
    return _replace(body, lambda name, value: type(value) is bool, lambda name, value: str(value).lower())


def null(entry: Entry, body: Any, knowledge: Knowledge, made: str) -> str:
    """Null for a text."""
    return _replace(body, lambda name, value: isinstance(value, str) and bool(TIME.fullmatch(value)), lambda name, value: None)


def flipped(entry: Entry, body: Any, knowledge: Knowledge, made: str) -> str:
    """The other boolean."""
    return _replace(body, lambda name, value: type(value) is bool, lambda name, value: not value)


def counted_otherwise(entry: Entry, body: Any, knowledge: Knowledge, made: str) -> str:
    """Another number, such as another default or limit."""
    return _replace(body, lambda name, value: type(value) is int and value < 10**6, lambda name, value: value + 1)


def another_time(entry: Entry, body: Any, knowledge: Knowledge, made: str) -> str:
    """A time that is written in another way."""

    def fits(name: str, value: Any) -> bool:
        return isinstance(value, str) and bool(TIME.fullmatch(value)) and value.endswith("Z")

    return _replace(body, fits, lambda name, value: f"{value[:19]}+00:00")


def unlisted(entry: Entry, body: Any, knowledge: Knowledge, made: str) -> str:
    """A value that the spec does not list."""
    return _replace(
        body,
        lambda name, value: isinstance(value, str) and value in knowledge.spec.published.listed.get(name, ()),
        lambda name, value: "qzxwvy",
    )


def another_listed(entry: Entry, body: Any, knowledge: Knowledge, made: str) -> str:
    """Another of the values that the spec lists."""
    listed = knowledge.spec.published.listed
    return _replace(
        body,
        lambda name, value: isinstance(value, str) and value in listed.get(name, ()) and len(listed[name]) > 1,
        lambda name, value: next(other for other in sorted(listed[name]) if other != value),
    )


def order(entry: Entry, body: Any, knowledge: Knowledge, made: str) -> str:
    """Records in the other order."""
    for path, items in _lists(body):
        if len(items) > 1 and all(isinstance(item, dict) and "id" in item for item in items):
            items.reverse()
            return path
    return ""


def one_less(entry: Entry, body: Any, knowledge: Knowledge, made: str) -> str:
    """A record that was made is not listed."""
    for path, items in _lists(body):
        if len(items) > 1 and all(isinstance(item, dict) and "id" in item for item in items):
            index = next((index for index, item in enumerate(items) if item["id"] in made), None)
            if index is not None:
                del items[index]
                return f"{path}[{index}]"
    return ""


def not_what_was_sent(entry: Entry, body: Any, knowledge: Knowledge, made: str) -> str:
    """A text of the request comes back changed."""
    sent = json.loads(entry["request"].get("postData", {}).get("text") or "{}")
    texts = {(name, owner[name]) for _, owner, name in members(sent) if isinstance(owner[name], str)}
    return _replace(
        body,
        lambda name, value: (name, value) in texts and not value.startswith("+") and not knowledge.lists(name, value),
        lambda name, value: "Qzxwv Yqrst",
    )


def another_record(entry: Entry, body: Any, knowledge: Knowledge, made: str) -> str:
    """The id of another record than the one that was asked for."""
    path = entry["request"]["url"].partition("?")[0]
    return _replace(
        body, lambda name, value: isinstance(value, str) and path.endswith(f"/{value}"), lambda name, value: "x1y2z3"
    )


def without_header(entry: Entry, body: Any, knowledge: Knowledge, made: str) -> str:
    """A header that the spec describes is missing."""
    headers = entry["response"]["headers"]
    described = knowledge.response_headers(knowledge.spec.operations[entry["_operation"]])
    name = next((header["name"] for header in headers if header["name"] in described), "")
    headers[:] = [header for header in headers if header["name"] != name]
    return name and f"header {name}"


def _lists(value: Any, path: str = "") -> Iterator[tuple[str, list[Any]]]:
    if isinstance(value, dict):
        for name, member in value.items():
            yield from _lists(member, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        yield path or "the body", value


MUTATIONS: tuple[Mutation, ...] = (
    order,
    one_less,
    without_header,
    another_record,
    not_what_was_sent,
    status,
    media_type,
    removed,
    added,
    text_for_number,
    text_for_boolean,
    null,
    flipped,
    counted_otherwise,
    another_time,
    unlisted,
    another_listed,
)
