"""Fields of a request that its operation does not know: a real provider drops them without a word, and a typo goes unseen."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping, Set
from itertools import islice
from typing import Any

from simulator.openapi.body_fields import BodyFields, Pointers
from simulator.openapi.operation import Operation
from simulator.openapi.spec import Spec

MAX_CHECKED = 200  # fields of a body that are looked up, and
MAX_REPORTED = 10  # unknown fields that are reported
MAX_NAME = 60  # characters of a name

_NESTED = frozenset([dict, list])

Path = tuple[str, ...]


def unknown_fields(spec: Spec, operation: Operation, body: Any, query: Mapping[str, str]) -> tuple[str, ...]:
    """Return the fields that an operation does not know, with the nearest known name: `agent_id (did you mean agentId?)`.

    Of a field within a field only the outer one is reported. Query parameters count as fields: `limt (in the query; …)`, and so
    does what is in the body of a request to an operation that takes none.
    """
    unknown: list[str] = []
    if query and not query.keys() <= operation.query:
        unknown += islice(_in_query(operation, query), MAX_REPORTED)
    if isinstance(body, dict) and body:
        if operation.body is None:
            unknown += islice(_in_no_body(operation, body), MAX_REPORTED)
        elif not body.keys() <= operation.body.members or not _is_flat(body):
            unknown += islice(_in_body(spec.fields, operation, body, operation.body.members), MAX_REPORTED)
    return tuple(unknown[:MAX_REPORTED]) if unknown else ()


def _is_flat(body: Mapping[str, Any]) -> bool:
    """Return whether no field of a body holds fields."""
    return _NESTED.isdisjoint(map(type, body.values())) or not any(map(_has_fields, body.values()))


def _has_fields(value: Any) -> bool:
    """Return whether there are fields within a field: in an object, or perhaps in the items of a list."""
    return type(value) is dict or (type(value) is list and not _NESTED.isdisjoint(map(type, value)))


def _in_query(operation: Operation, query: Mapping[str, str]) -> Iterator[str]:
    known = [parameter.name for parameter in operation.parameters if parameter.where == "query"]
    for name in query:
        if name not in known:
            near = difflib.get_close_matches(name[:MAX_NAME], known, 1)
            yield f"{_plain(name)} (in the query{f'; did you mean {near[0]}?' if near else ''})"


def _in_no_body(operation: Operation, body: Mapping[str, Any]) -> Iterator[str]:
    known = [parameter.name for parameter in operation.parameters if parameter.where == "query"]
    for name in body:
        near = difflib.get_close_matches(name[:MAX_NAME], known, 1)
        hint = f"; did you mean {near[0]} in the query?" if near else ""
        yield f"{_plain(name)} (in the body, and the operation takes none{hint})"


def _in_body(fields: BodyFields, operation: Operation, body: Any, described: Set[str]) -> Iterator[str]:
    nested = {name: value for name, value in body.items() if name not in described or type(value) in _NESTED}
    checked = islice(_walk(fields, nested, (), fields.of_body(operation)), MAX_CHECKED)
    for path in dict.fromkeys(path for path, schemas in checked if not schemas):
        near = _nearest(path[-1], fields.names(operation, path[:-1]))
        yield f"{_plain('.'.join(path))}{f' (did you mean {near}?)' if near else ''}"


def _nearest(name: str, known: Iterable[str]) -> str:
    """Return the known name that is most like another, whatever the case and the underscores."""
    by_letters = {known_name.replace("_", "").lower(): known_name for known_name in known}
    near = difflib.get_close_matches(name[:MAX_NAME].replace("_", "").lower(), by_letters, 1, 0.7)
    return by_letters[near[0]] if near else ""


def _walk(fields: BodyFields, value: Any, path: Path, schemas: Pointers) -> Iterator[tuple[Path, Pointers]]:
    """Yield the path of every field with the schemas that describe it; a step into a list is `[]`.

    What is within an unknown field, or in one whose content the spec leaves open, is not yielded.
    """
    if fields.is_open(schemas):
        return
    if isinstance(value, dict):
        for key, member in value.items():
            within = fields.within(schemas, key)
            yield (*path, key), within
            if within and type(member) in _NESTED:
                yield from _walk(fields, member, (*path, key), within)
    elif isinstance(value, list):
        within = fields.within(schemas, "[]")
        for item in value:
            yield from _walk(fields, item, (*path, "[]"), within)


def _plain(name: str) -> str:
    """Return a name that can stand in a header: printable ASCII, quoted if empty or padded, cut to a bound."""
    plain = name[:MAX_NAME].encode("unicode_escape").decode("ascii")
    return plain if plain and plain == plain.strip() else f'"{plain}"'
