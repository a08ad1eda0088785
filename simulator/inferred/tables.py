"""The names of the tables that hold records."""

from __future__ import annotations

import re
from collections.abc import Iterable

from simulator.inferred.verbs import Key


def literals(key: Key) -> list[str]:
    """Return the segments of a path that are no parameters."""
    return [segment for segment in key if segment != "{}"] or ["records"]


def table_names(keys: Iterable[Key]) -> dict[Key, str]:
    """Return the names of tables: the last literals of their paths, as many as tell them apart; short paths choose first."""
    names: dict[str, Key] = {}
    for key in sorted(keys, key=lambda key: (len(literals(key)), len(key))):
        words = [re.sub("[^A-Za-z0-9]+", "_", one).strip("_").lower() for one in literals(key)]
        joined = ["_".join(words[-count:]) for count in range(1, len(words) + 1)]
        name = next((one for one in joined if one not in names), f"{joined[-1]}_{len(names)}")
        names[name] = key
    return {key: name for name, key in names.items()}
