"""What must hold after each run of a client, whatever faults it met."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Protocol

from simulator.lab.bench import Run
from simulator.lab.client import TooManyRequests

POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


class Invariant(Protocol):
    """Something that must hold after each run."""

    name: str
    is_required: bool  # by the test: it must have had something to judge
    reads_ledger: bool
    judged: int  # runs in which it had

    def violation(self, run: Run) -> str:
        """Return how the run violates it; empty if it does not."""


class AtMostOne:
    """One intent of the client leads to at most one number."""

    name = "at most one number for one intent"
    is_required = True
    reads_ledger = True

    def __init__(self, operations: Sequence[str]) -> None:
        """Count the numbers that were bought by one of some operations."""
        self.operations, self.judged = operations, 0

    def violation(self, run: Run) -> str:
        """Return which numbers are rented; empty if it is one at most."""
        buying = {exchange.id for exchange in run.trace if exchange.operation in self.operations}
        bought = [entry for entry in run.ledger.entries if entry["kind"] == "purchase" and entry["request"] in buying]
        self.judged += bool(bought)
        held = [number for number in run.ledger.rented if number["request"] in buying]
        return f"{len(held)} numbers are rented: {_named(held)}" if len(held) > 1 else ""


class Knows:
    """The client knows of every number that is rented."""

    name = "nothing rented that the client does not know of"
    is_required = True
    reads_ledger = True

    def __init__(self, known: Callable[[Run], Iterable[str]]) -> None:
        """Compare with what `known` returns: numbers in E.164 or their ids."""
        self._known, self.judged = known, 0

    def violation(self, run: Run) -> str:
        """Return the numbers that the client does not know of; a client that gave up is not judged."""
        if run.outcome.error is not None:
            return ""
        known = set(self._known(run))
        self.judged += bool(run.ledger.entries)
        lost = [held for held in run.ledger.rented if not {held["number"], held["subject"]} & known]
        return f"the client does not know of {_named(lost)}, which it pays for" if lost else ""


class KeepsWhatItUses:
    """The client has released no number that it uses still."""

    name = "nothing released that the client uses"
    is_required = False
    reads_ledger = True

    def __init__(self, known: Callable[[Run], Iterable[str]]) -> None:
        """Compare with what `known` returns: numbers in E.164 or their ids."""
        self._known, self.judged = known, 0

    def violation(self, run: Run) -> str:
        """Return the numbers that were released and that the client takes for its own."""
        released = [entry for entry in run.ledger.entries if entry["kind"] == "release"]
        self.judged += bool(released)
        if run.outcome.error is not None or not released:
            return ""
        held = {name for number in run.ledger.rented for name in (number["number"], number["subject"])}
        known = set(self._known(run)) - held
        gone = [entry for entry in released if {entry["number"], entry["subject"]} & known]
        return f"the client uses {_named(gone)}, which was released" if gone else ""


class SpendsAtMost:
    """The client spends no more than an amount."""

    is_required = True
    reads_ledger = True

    def __init__(self, limit: Decimal, before: Decimal = Decimal(0)) -> None:
        """Compare with a limit in USD; `before` is what the test itself had spent when the hunt began."""
        self.name, self.limit, self.before, self.judged = f"spent at most {limit} USD", limit, before, 0

    def violation(self, run: Run) -> str:
        """Return the amount spent, if it exceeds the limit."""
        spent = run.ledger.spent - self.before
        self.judged += bool(spent)
        return f"{spent} USD were spent" if spent > self.limit else ""


class ItsOwnAssertions:
    """The assertions of the client itself."""

    name = "the client's own assertions"
    is_required = False
    reads_ledger = False

    def __init__(self) -> None:
        self.judged = 0

    def violation(self, run: Run) -> str:
        """Return the assertion that failed; that the client gives up with another error is no violation."""
        self.judged += 1
        error = run.outcome.error
        return (str(error).strip() or "an assertion of the client failed") if isinstance(error, AssertionError) else ""


class ComesToAnEnd:
    """The client does not go on for ever."""

    name = "the client comes to an end"
    is_required = False
    reads_ledger = False

    def __init__(self) -> None:
        self.judged = 0

    def violation(self, run: Run) -> str:
        """Return how many requests it sent, if it was stopped because there were too many."""
        self.judged += 1
        return f"it sent {run.outcome.error}" if isinstance(run.outcome.error, TooManyRequests) else ""


class Custom:
    """A function of the test over its world, and over the store of a run if it takes two arguments."""

    is_required = True
    reads_ledger = False  # by itself

    def __init__(self, function: Callable[..., Any], world: Any) -> None:
        """Call `function` with `world`: it raises an AssertionError, or returns False or a text, if it does not hold.

        It may return NotImplemented where it has nothing to judge.
        """
        self.name = getattr(function, "__name__", "invariant").replace("_", " ")
        self._function, self._world, self.judged = function, world, 0
        self._takes_store = _takes_two(function)

    def violation(self, run: Run) -> str:
        """Return what the function says."""
        try:
            result = self._function(self._world, *([run.outcome.store] if self._takes_store else []))
        except AssertionError as error:
            return str(error).strip() or "its assertion failed"
        self.judged += result is not NotImplemented
        if isinstance(result, str):
            return result
        return "it returned False" if result is False else ""


def _takes_two(function: Callable[..., Any]) -> bool:
    """Return whether a function has two arguments that it needs."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return False
    return len([one for one in parameters if one.default is one.empty and one.kind in POSITIONAL]) == 2


def strings(value: Any) -> list[str]:
    """Return the texts in a value: what a client returns of the numbers that it knows."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, Mapping):
        return [text for item in (*value.keys(), *value.values()) for text in strings(item)]
    if isinstance(value, Iterable) and not isinstance(value, bytes):
        return [text for item in value for text in strings(item)]
    return [text for item in vars(value).values() for text in strings(item)] if hasattr(value, "__dict__") else []


def _named(numbers: Sequence[Mapping[str, Any]]) -> str:
    return ", ".join(f"{number['provider']} {number['number']} ({number['subject']})" for number in numbers)
