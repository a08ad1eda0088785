"""Lists of names with what they share written once: `calls_{list,create,get}` or `{buy,cancel,edit}_phone_number`."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import NamedTuple

VERBS = frozenset({"list", "get", "fetch", "create", "update", "delete"})  # of the names of operations
WORDS = re.compile(r"[A-Z]?[a-z0-9]+|[A-Z0-9]+(?![a-z])")


class Abbreviation(NamedTuple):
    """Some names as one text, in the brace notation of shells."""

    text: str
    size: int


def abbreviated(names: Iterable[str], *, by_beginning: bool = False) -> list[Abbreviation]:
    """Group names that end alike, or begin alike, where that is shorter; in the order of the first name of each group."""
    left = list(names)
    texts = dict.fromkeys(left, Abbreviation("", 0))
    while groups := [*_groups(left, by_beginning)]:
        _, text, members = max(groups, key=lambda group: group[0])
        texts[members[0]] = Abbreviation(text, len(members))
        left = [name for name in left if name not in members]
    texts |= {name: Abbreviation(name, 1) for name in left}
    return [abbreviation for abbreviation in texts.values() if abbreviation.size]


def verbs_are_last(names: Iterable[str]) -> bool:
    """Return whether the names of operations end with their verbs, as `calls_list` does, rather than begin with them."""
    words = [[word.lower() for word in WORDS.findall(name)] or [""] for name in names]
    return sum(one[-1] in VERBS for one in words) > sum(one[0] in VERBS for one in words)


def _groups(names: list[str], by_beginning: bool) -> Iterator[tuple[int, str, list[str]]]:
    """Yield what each group of names would save, its text, and the names."""
    alike: defaultdict[str, list[str]] = defaultdict(list)
    for name in names:
        for word in [*WORDS.finditer(name)][1:]:
            before = len(name[: word.start()].rstrip("_-./"))
            alike[name[: word.start()] if by_beginning else name[before:]].append(name)
    for shared, members in alike.items():
        rest = ",".join(name.removeprefix(shared) if by_beginning else name.removesuffix(shared) for name in members)
        text = f"{shared}{{{rest}}}" if by_beginning else f"{{{rest}}}{shared}"
        saved = len(", ".join(members)) - len(text)
        if len(members) > 1 and saved > 0:
            yield saved, text, members
