"""The kinds of faults that a hunt injects, into requests or into webhooks; all but `crash` are rules of a scenario."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from simulator.documents import nearest_names

READS = ("GET", "HEAD")


class Kind(NamedTuple):
    """A kind of fault: the `then` of its rule, and its wording in a report."""

    name: str
    then: dict[str, Any]
    story: str
    times: int = 1  # successive requests to the operation that meet it
    ahead: str = ""  # added to the wording at the first of them
    on_reads: bool = True  # False: for a read it is the same as another kind
    waits: bool = False  # the client waits for its timeout, which costs nothing only in process
    stops: bool = False  # the client is stopped, which needs a library whose requests can be observed
    is_event: bool = False  # of webhooks
    is_timed: bool = False  # only of webhooks that tell when they were sent
    is_late: bool = False  # the clock of the world goes on meanwhile


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
            "took effect, and its response came after the client's timeout",
            times=3,
            ahead="; so do those of the next two to the operation",
            waits=True,
        ),
        Kind("crash", {"delay": "0ms"}, "took effect, and its response never came", stops=True),
        Kind("twice", {"delivery": "twice"}, "delivered twice, one right after the other", is_event=True),
        Kind(
            "twice-late",
            {"delivery": "twice", "delay": "1h"},
            "delivered again an hour later, after all others",
            is_event=True,
            is_late=True,
        ),
        Kind("out-of-order", {"delivery": "out_of_order"}, "delivered after the next one", is_event=True),
        Kind(
            "late", {"delivery": "late", "delay": "1h"}, "delivered an hour late, after all others", is_event=True, is_late=True
        ),
        Kind("lost", {"delivery": "never"}, "never delivered", is_event=True),
        Kind(
            "stale",
            {"delivery": "stale"},
            "signed ten minutes before it was delivered, as one that is replayed",
            is_event=True,
            is_timed=True,
        ),
    )
}


def chosen(names: Iterable[str] | None, *, of_events: bool = False) -> list[Kind]:
    """Return the kinds of some names; for None all those of webhooks, or of requests.

    Raises:
        ValueError: there is no such kind, or one of webhooks is named for a hunt without a receiver.
    """
    if names is None:
        return [kind for kind in KINDS.values() if kind.is_event == of_events]
    selected = [names] if isinstance(names, str) else list(names)
    for name in selected:
        if name in KINDS and KINDS[name].is_event and not of_events:
            raise ValueError(f"{name} is a fault of webhooks; expected a receiver: world.hunt(client, receiver=…)")
        if name not in KINDS:
            near = nearest_names(name, KINDS, 1) or KINDS
            raise ValueError(f"unknown kind of fault {name!r}; did you mean {' or '.join(near)}?")
    return [KINDS[name] for name in selected]
