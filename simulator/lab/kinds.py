"""The kinds of faults that a hunt injects; all but `crash` are rules of a scenario."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from simulator.documents import nearest_names

READS = ("GET", "HEAD")


class Kind(NamedTuple):
    """A kind of fault: the `then` of its rule, and how a story tells it."""

    name: str
    then: dict[str, Any]
    story: str
    times: int = 1  # successive requests to the operation that meet it
    on_reads: bool = True  # False: for a read it is the same as another kind
    waits: bool = False  # the client waits for its timeout, which costs nothing only in process
    stops: bool = False  # the client is stopped, which needs a library that is led into the world


KINDS = {
    kind.name: kind
    for kind in (
        Kind("refused", {"error": "UNAVAILABLE"}, "refused, without effect"),
        Kind("throttled", {"error": "LIMITED", "headers": {"Retry-After": "1"}}, "rate limited, without effect"),
        Kind("lost-request", {"fault": "reset"}, "lost before it took effect", on_reads=False),
        Kind("lost-answer", {"fault": "reset", "stage": "after_commit"}, "took effect, and its response was lost"),
        Kind(
            "error-after-commit",
            {"error": "UNAVAILABLE", "stage": "after_commit"},
            "took effect, and the response says that it failed",
            on_reads=False,
        ),
        Kind("delayed", {"delay": "1h"}, "took effect, and its response came after the client's timeout", waits=True),
        Kind("duplicated", {"repeat": 2}, "delivered twice, as a proxy that retries does", on_reads=False),
        Kind(
            "slow-then-recovered",
            {"delay": "1h"},
            "took effect, and its response came after the client's timeout; so do the next two of the operation",
            times=3,
            waits=True,
        ),
        Kind("crash", {"delay": "0ms"}, "took effect, and the client was stopped and started again", stops=True),
    )
}


def chosen(names: Iterable[str] | None) -> list[Kind]:
    """Return the kinds of some names; all of them for None.

    Raises:
        ValueError: there is no such kind.
    """
    selected = list(KINDS) if names is None else [names] if isinstance(names, str) else list(names)
    for name in selected:
        if name not in KINDS:
            near = nearest_names(name, KINDS, 1) or KINDS
            raise ValueError(f"unknown kind of fault {name!r}; did you mean {' or '.join(near)}?")
    return [KINDS[name] for name in selected]
