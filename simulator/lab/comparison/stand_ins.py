"""Records of the scenario that stand for those of the real account from before the recording began."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from simulator.lab.comparison.bindings import Bindings, Stranger
from simulator.openapi.contract import Matched

SUFFIX = re.compile(r"_?(?:ids?|Ids?|sid)$")


def stand_in(
    strangers: Sequence[Stranger], matched: Matched, seeded: Mapping[str, Mapping[str, Any]], bindings: Bindings
) -> bool:
    """Bind references to records of the same kind that stand for nothing yet; return whether any was bound."""
    bound = False
    for stranger in strangers:
        if stranger.is_lost or bindings.simulated(stranger.text) is not None:
            continue
        table = _table(seeded, [SUFFIX.sub("", stranger.name), _segment_before(matched, stranger.name)])
        record = next((one for one in seeded.get(table, ()) if bindings.recorded(one) is None), None)
        if record is not None:
            bindings.bind(stranger.text, record, stranger.exchange)
            bound = True
    return bound


def _segment_before(matched: Matched, name: str) -> str:
    """Return what stands in a path before a parameter, such as `phone-numbers`."""
    before, found, _ = matched.operation.path.partition(f"/{{{name}}}")
    return before.rpartition("/")[2] if found else ""


def _table(seeded: Mapping[str, Any], words: Sequence[str]) -> str:
    """Return the table of which one of the words is the name, or ends with it; empty if there is none."""
    names = {_plain(name): name for name in seeded}
    for word in filter(None, map(_plain, words)):
        fitting = [plain for plain in names if word.endswith(plain)]
        if fitting:
            return names[max(fitting, key=len)]
    return ""


def _plain(word: str) -> str:
    """Return a word in the singular, in lower case, without hyphens: `phone-numbers` is `phonenumber`."""
    return re.sub(r"[^a-z]", "", word.lower()).removesuffix("s")
