"""The records of inferred resources, the tables that hold them, and how a body changes one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from simulator.provider import Account, OldestFirst, Record, Seed


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

    def __init__(self, account: Account[State], names: Mapping[str, bool]) -> None:
        """Take the names of the tables, each with whether its records have another id."""
        self.tables = {
            name: account.table(name, Item, by=("scope", "other") if has_other else ("scope",))
            for name, has_other in names.items()
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


def merged(kept: dict[str, Any], written: Mapping[str, Any]) -> dict[str, Any]:
    """Return members with those that a change writes: objects within are merged, all else is replaced."""
    made = dict(kept)
    for name, value in written.items():
        held = kept.get(name)
        made[name] = merged(held, value) if isinstance(held, dict) and isinstance(value, dict) else value
    return made


def is_patch(body: list[Any]) -> bool:
    """Return whether a list is a JSON Patch, and not the records themselves."""
    return all(isinstance(one, dict) and "op" in one for one in body)


def patched(members: dict[str, Any], operations: list[Any]) -> dict[str, Any]:
    """Return members to which the operations of a JSON Patch (RFC 6902) are applied.

    Raises:
        ValueError: an operation does not change a member, or its path does not exist.
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
    raise ValueError(f"the path {path} does not exist: there is no {step}")
