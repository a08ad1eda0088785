"""Gates: requests that a rule holds, until they are released one after the other."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from time import monotonic
from typing import NamedTuple

import msgspec

from simulator.engine.conditions import RuleInput, all_conditions
from simulator.engine.rules import Rule
from simulator.http import Held, Response
from simulator.scenario.format import Hold, When

MAX_HELD = 256  # requests that wait in one world
SHARE, OWN_SHARE = 8, 32  # of the memory of all worlds, for the requests that wait in all of them, and in one
MAX_LEFT = 100  # requests that left a gate and are remembered, the newest

FULL = f"{MAX_HELD} requests wait at gates of this world already; release some of them, or open the gates"
TOO_LARGE = (
    "with this one, the requests that wait at gates {where} would take {size} bytes, at most {most} are allowed, {share} of "
    "--max-memory; release some of them, open the gates, or raise that limit"
)
OVERHEAD = 4096  # bytes of a request that waits, beside its texts, roughly
DECODED = 3  # bytes that a byte of its body takes, as it came and as it was read, roughly
INTERRUPTED = "its release was interrupted; it did not take effect"


class AtGate(BaseException):
    """A rule holds the request; not an Exception, so that the request is abandoned as if it had not come yet."""


class HeldBytes(NamedTuple):
    """How many bytes the requests may take that wait in one world, and in all; and how many those in all take."""

    own: int
    total: int
    used: Callable[[], int]

    def refusal(self, here: int, size: int) -> str:
        """Return why a request of a size cannot wait in a world in which others do already; empty if it can."""
        if here + size > self.own:
            return TOO_LARGE.format(where="of this world", size=here + size, most=self.own, share=f"1/{OWN_SHARE}")
        if (used := self.used()) + size > self.total:
            return TOO_LARGE.format(where="of all worlds", size=used + size, most=self.total, share=f"1/{SHARE}")
        return ""


class Departure(NamedTuple):
    """A request that left its gate without being released."""

    id: str
    why: str


class HeldRequest:
    """A request at a gate; `perform` answers it when it is released."""

    def __init__(
        self, request_id: str, at: datetime, given: RuleInput, perform: Callable[[], Response], gate: Gate, size: int
    ) -> None:
        self.id, self.at, self.given, self.size = request_id, at, given, size
        self.response = Held(self._leave)
        self._perform, self._gate = perform, gate
        self._since = monotonic()

    def release(self) -> Response:
        """Answer the request."""
        try:
            response = self._perform()
        except BaseException:
            self.response.set_result(turned_away(self.id, INTERRUPTED))
            raise
        self.response.set_result(response)
        return response

    def turn_away(self, why: str) -> None:
        """Answer without performing it."""
        self.response.set_result(turned_away(self.id, f"the request was held at {self._gate.rule.name!r}, and {why}"))

    def _leave(self) -> None:
        """Leave the gate, if it is not too late."""
        if self._gate.waiting.pop(self.id, None) is not None:
            seconds = monotonic() - self._since
            self._gate.left.append(Departure(self.id, f"its client disconnected after {seconds:.1f} s"))
            self._gate.changed()


class Gate:
    """The requests that one rule holds, in the order in which they came."""

    def __init__(self, rule: Rule, changed: Callable[[], None]) -> None:
        """Make the gate of a rule; `changed` is called when a request has come to it or left it."""
        self.rule, self.changed = rule, changed
        self.waiting: dict[str, HeldRequest] = {}
        self.left: deque[Departure] = deque(maxlen=MAX_LEFT)
        self.released = 0

    @property
    def until(self) -> int | None:
        """How many requests open it when they wait; None for one that is opened by hand."""
        hold = self.rule.definition.then.hold
        return hold.until if isinstance(hold, Hold) else None

    def open(self) -> list[tuple[str, Response]]:
        """Pass all requests from now on, and release those that wait, in the order of the rule."""
        self.rule.is_open = True
        hold = self.rule.definition.then.hold
        order = hold.order if isinstance(hold, Hold) else "arrival"
        try:
            return self.release([one.id for one in in_order(list(self.waiting.values()), order)])
        finally:
            self.turn_away(INTERRUPTED)

    def release(self, request_ids: Sequence[str]) -> list[tuple[str, Response]]:
        """Release requests that wait, each when the one before it is answered; return the responses by their ids."""
        answered = []
        for request_id in request_ids:
            held = self.waiting.pop(request_id)
            self.released += 1
            self.changed()
            answered.append((request_id, held.release()))
        return answered

    def turn_away(self, why: str) -> None:
        """Answer all that wait without performing them."""
        while self.waiting:
            _, held = self.waiting.popitem()
            self.changed()
            held.turn_away(why)


class Gates:
    """The gates of one world, by the ids of their rules."""

    def __init__(self, listener: Callable[[], None]) -> None:
        """Make the gates of a world; `listener` is called when a request has come to one of them or left it."""
        self._gates: dict[str, Gate] = {}
        self._listener = listener
        self.changes = 0  # how often that was
        self.limit: HeldBytes | None = None  # of bytes; a server has one

    @property
    def waiting(self) -> int:
        """How many requests wait."""
        return sum(len(gate.waiting) for gate in self._gates.values())

    def holding(self, request_id: str) -> Gate | None:
        """Return the gate at which a request waits; None if it waits at none."""
        return next((gate for gate in self._gates.values() if request_id in gate.waiting), None)

    @property
    def bytes(self) -> int:
        """How many bytes the requests take that wait, roughly."""
        return sum(held.size for gate in self._gates.values() for held in list(gate.waiting.values()))

    def _changed(self) -> None:
        self.changes += 1
        self._listener()

    def at(self, rule: Rule) -> Gate:
        """Return the gate of a rule, which is made when it is first needed."""
        gate = self._gates.get(rule.id)
        if gate is None or gate.rule is not rule:
            gate = self._gates[rule.id] = Gate(rule, self._changed)
        return gate

    def hold(
        self, rule: Rule, request_id: str, at: datetime, given: RuleInput, perform: Callable[[], Response], size: int
    ) -> Response:
        """Hold a request of `size` bytes; one that opens its gate, or for which there is no room, is answered at once."""
        if self.waiting >= MAX_HELD:
            return turned_away(request_id, FULL)
        if self.limit is not None and (why := self.limit.refusal(self.bytes, size)):
            return turned_away(request_id, why)
        gate = self.at(rule)
        held = gate.waiting[request_id] = HeldRequest(request_id, at, given, perform, gate, size)
        self._changed()
        if len(gate.waiting) == gate.until:
            gate.open()
        return held.response.result() if held.response.done() else Response(503, [], b"", after=held.response)

    def remove(self, rule: Rule) -> None:
        """Open the gate of a rule that was removed."""
        gate = self._gates.pop(rule.id, None)
        if gate is not None:
            gate.open()

    def dissolve(self, why: str) -> None:
        """Answer everything that waits without performing it, as the world to which it was sent is no more."""
        gates, self._gates = self._gates, {}
        for gate in gates.values():
            gate.turn_away(why)


def in_order(waiting: Sequence[HeldRequest], order: str | Sequence[When]) -> list[HeldRequest]:
    """Return requests in an order: `arrival`, `reversed`, or first those for which the first of some conditions holds."""
    if isinstance(order, str):
        return list(reversed(waiting)) if order == "reversed" else list(waiting)
    first = dict.fromkeys(one for when in order for one in _matching(waiting, when))
    return [*first, *(one for one in waiting if one not in first)]


def _matching(waiting: Sequence[HeldRequest], when: When) -> Iterator[HeldRequest]:
    conditions = all_conditions(when)
    return (one for one in waiting if all(condition.is_met(one.given) for condition in conditions))


def turned_away(request_id: str, why: str) -> Response:
    """Return the response to a request that is not performed; it is not dressed up as the provider's."""
    body = msgspec.json.encode({"type": "about:blank", "title": "Not released", "status": 503, "detail": why})
    headers = [
        ("X-Simulator-Request", request_id),
        ("X-Simulator-Gate", "not released"),
        ("Content-Type", "application/problem+json"),
        ("Content-Length", str(len(body))),
    ]
    return Response(503, headers, body)
