"""What must hold of a receiver after each run, however its webhooks came."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sized
from typing import Any

from simulator.lab.bench import Exchange, Run
from simulator.lab.client import MAX_TEXT
from simulator.lab.receiver import Receiver
from simulator.lab.words import shortened

INTERNAL_ERROR = 500
INCOMPLETE = frozenset(["lost", "stale"])  # kinds after which something has not arrived


class NeverRaises:
    """The receiver handles whatever comes."""

    name = "the receiver never raises"
    is_required = False
    reads_ledger = False

    def __init__(self, receiver: Receiver) -> None:
        self._receiver, self.judged = receiver, 0

    def violation(self, run: Run) -> str:
        """Return what it raised, or where it runs elsewhere, which webhook it did not answer or answered with 500."""
        self.judged += 1
        if self._receiver.url:
            return next(filter(None, map(_unhandled, run.trace)), "")
        return "; ".join(f"it raised {type(error).__name__}: {error}" for error in self._receiver.raised[:1])


def _unhandled(exchange: Exchange) -> str:
    """Return that an attempt failed as where a receiver raises; a 503 is a wish to get the webhook later."""
    if not exchange.is_event:
        return ""
    if INTERNAL_ERROR in exchange.answers:
        return f"it answered {exchange.address} with {INTERNAL_ERROR}"
    return f"it did not answer {exchange.address}" if exchange.fault == "failed" and not exchange.status else ""


class RefusesStale:
    """The receiver takes nothing that was signed too long ago."""

    name = "nothing taken that was signed ten minutes ago"
    is_required = False
    reads_ledger = False

    def __init__(self, receiver: Receiver) -> None:
        self._receiver, self.judged = receiver, 0

    def violation(self, run: Run) -> str:
        """Return the webhook that it took; of one elsewhere at once, as later its clock is not that of the world."""
        stale = {fault.rule for fault in run.fired if fault.kind == "stale"}
        met = [exchange for exchange in run.trace if exchange.rule in stale]
        self.judged += bool(met)
        taken = [one for one in met if one.fault == "delivered" and not (self._receiver.url and len(one.answers) > 1)]
        return f"the receiver answered {taken[0].address} with {taken[0].status}" if taken else ""


class Settles:
    """The receiver ends in the same state, in whatever order and however often its webhooks come."""

    name = "the same outcome as without faults"
    is_required = True
    reads_ledger = False

    def __init__(self, state: Callable[..., Any], *, takes_store: bool) -> None:
        """Compare what `state` returns, of the store of a run if there is one."""
        self._state, self._takes_store = state, takes_store
        self._expected: Any = None
        self._shown = ""
        self.judged = 0

    def violation(self, run: Run) -> str:
        """Return both states where they differ; a run in which something has not arrived is not judged."""
        state = self._state(run.outcome.store) if self._takes_store else self._state()
        if not run.schedule:
            self._expected, self._shown = _copy(state), repr(state)
        if run.outcome.error is not None or any(fault.kind in INCOMPLETE for fault in run.schedule):
            return ""
        self.judged += not _is_nothing(state)
        shown = repr(state)
        if shown == self._shown or state == self._expected:
            return ""
        return f"{shortened(shown, MAX_TEXT)} instead of {shortened(self._shown, MAX_TEXT)}"


def _is_nothing(state: Any) -> bool:
    """Return whether a receiver has made nothing at all of its webhooks."""
    return state is None or (isinstance(state, Sized) and not len(state))


def _copy(state: Any) -> Any:
    """Return a state as it is now; one that cannot be copied is compared by its text alone."""
    try:
        return copy.deepcopy(state)
    except Exception:  # noqa: BLE001  (whatever an object of the user raises)
        return object()
