"""Where two bodies differ, apart from ids, numbers, times and texts that only stand for each other.

A difference never shows a value that the spec does not have.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from typing import Any, NamedTuple

from simulator.lab.comparison.bindings import Bindings
from simulator.lab.traffic.forms import form_of, is_reference, time_form
from simulator.lab.traffic.knowledge import Knowledge, Node

EPOCH = 10**9  # seconds, or more: a number that is a time
MOMENT = 2  # seconds
DURATIONS = frozenset({"duration", "duration_seconds", "durationSeconds", "call_length", "callLength"})
IDENTIFIERS = (
    "id",
    "phone_number_id",
    "number",
    "phone_number",
    "phoneNumber",
    "number_id",
)  # by the first, items are recognised
DEPEND_ON_OTHERS = frozenset(  # what follows from the other records of an account
    {"total", "count", "total_count", "totalCount", "total_pages", "pages", "has_more", "hasMore", "next_cursor", "next_page"}
)


class Difference(NamedTuple):
    """Where the simulator differs from the recording, and how."""

    where: str
    what: str
    is_value: bool = False  # it depends on what the record holds, and not on its form

    def __str__(self) -> str:
        return f"{self.where}: {self.what}"


class Differ:
    """Compares the bodies of one exchange."""

    def __init__(self, knowledge: Knowledge, bindings: Bindings, exchange: int, seeded: Container[str] = ()) -> None:
        """Compare with records of which `seeded` are the ids of those that the scenario has."""
        self._knowledge, self._bindings, self._exchange, self._seeded = knowledge, bindings, exchange, seeded
        self.uncompared = 0  # texts
        self.unfounded: list[Difference] = []  # of records that only stand for those of the recording
        self.strangers: list[str] = []  # lists with records of which nobody knows where they are from

    def compare(
        self, recorded: Any, simulated: Any, schemas: list[Node], path: str = "", name: str = ""
    ) -> Iterator[Difference]:
        """Yield the differences between a recorded value and a simulated one; without schemas the spec does not describe it."""
        kinds = _kind(recorded), _kind(simulated)
        if kinds[0] != kinds[1]:
            yield Difference(path or "the body", f"{kinds[0]}, the simulator has {kinds[1]}", "null" in kinds)
        elif isinstance(recorded, dict):
            found = self._objects(recorded, simulated, schemas, path)
            yield from self._founded(found) if self._stands_in(recorded, simulated) else found
        elif isinstance(recorded, list):
            yield from self._lists(recorded, simulated, self._knowledge.members(schemas, "[]"), path, name)
        elif isinstance(recorded, str):
            problem = self._texts(name, recorded, simulated)
            if problem:
                yield Difference(path or "the body", problem, True)
        elif recorded != simulated and not schemas and not isinstance(recorded, bool):
            self.uncompared += 1  # it is masked
        elif recorded != simulated and not _are_times(name, recorded, simulated):
            yield Difference(path, f"{recorded}, the simulator has {simulated}", True)

    def _stands_in(self, recorded: dict[str, Any], simulated: dict[str, Any]) -> bool:
        """Return whether a record of the scenario only stands for the one of the recording, of which it knows nothing else."""
        names = (name for name, value in simulated.items() if isinstance(value, str) and is_reference(name, value))
        key = next(names, "") if "id" not in simulated else "id"
        text = recorded.get(key)
        is_bound = isinstance(text, str) and self._bindings.simulated(text) == simulated[key] != text
        return is_bound and simulated[key] in self._seeded

    def _founded(self, found: Iterator[Difference]) -> Iterator[Difference]:
        for difference in found:
            if difference.is_value:
                self.unfounded.append(difference)
            else:
                yield difference

    def _objects(
        self, recorded: dict[str, Any], simulated: dict[str, Any], schemas: list[Node], path: str
    ) -> Iterator[Difference]:
        for name, value in recorded.items():
            inner = f"{path}.{name}" if path else name
            if name in simulated:
                yield from self.compare(value, simulated[name], self._knowledge.members(schemas, name), inner, name)
            else:
                yield Difference(inner, "the simulator does not have it")
        for name in simulated:
            if name not in recorded:
                yield Difference(f"{path}.{name}" if path else name, "only the simulator has it")

    def _lists(
        self, recorded: list[Any], simulated: list[Any], schemas: list[Node], path: str, name: str
    ) -> Iterator[Difference]:
        key = _identifier(recorded, simulated)
        if key:
            yield from self._records(recorded, simulated, schemas, path, key)
            return
        if len(recorded) != len(simulated):
            yield Difference(path or "the body", f"{_count(recorded)}, the simulator has {_count(simulated)}", True)
        elif recorded != simulated and _are_alike(recorded, simulated):
            yield Difference(path or "the body", "another order than the simulator's")
            return
        for index, (one, other) in enumerate(zip(recorded, simulated, strict=False)):
            yield from self.compare(one, other, schemas, f"{path}[{index}]", name)

    def _records(
        self, recorded: list[Any], simulated: list[Any], schemas: list[Node], path: str, key: str
    ) -> Iterator[Difference]:
        """Yield the differences between lists of records, of which both may have some from before the recording."""
        ids = [item[key] for item in simulated]
        wanted = [self._counterpart(key, item[key], ids) for item in recorded]
        unknown = [index for index, found in enumerate(wanted) if found is None]
        others = [index for index, one in enumerate(ids) if one not in wanted and self._bindings.recorded(one) is None]
        if not _is_in_order(wanted, ids):
            pass  # which of the others belong together is not known
        elif len(unknown) == len(others):
            for index, other in zip(unknown, others, strict=True):
                wanted[index] = ids[other]
                self._bindings.bind(recorded[index][key], ids[other], self._exchange)
        elif unknown or others:
            self.strangers.append(path or "the body")
        yield from self._listing([item[key] for item in recorded], wanted, ids, path)
        for index, (item, found) in enumerate(zip(recorded, wanted, strict=True)):
            if found in ids:
                yield from self.compare(item, simulated[ids.index(found)], schemas, f"{path}[{index}]")

    def _listing(self, recorded: list[str], wanted: list[str | None], ids: list[str], path: str) -> Iterator[Difference]:
        """Yield which records only one of the lists has, and whether their order differs."""
        for index, found in enumerate(wanted):
            if found is not None and found not in ids:
                origin = self._bindings.origin(recorded[index])
                yield Difference(f"{path}[{index}]", f"the simulator does not list the record of exchange {origin}")
        for index, one in enumerate(ids):
            if one not in wanted and self._bindings.recorded(one) is not None:
                yield Difference(f"{path}[{index}]", "only the simulator lists this record")
        if not _is_in_order(wanted, ids):
            yield Difference(path or "the body", "another order than the simulator's")

    def _counterpart(self, key: str, recorded: str, ids: list[str]) -> str | None:
        """Return the counterpart of the id of a record; None if it has none yet."""
        is_same = recorded in ids and (self._knowledge.knows(key, recorded) or self._bindings.was_sent(recorded))
        return self._bindings.simulated(recorded) or (recorded if is_same else None)

    def _texts(self, name: str, recorded: str, simulated: str) -> str:
        """Return how a text differs; empty if it does not, or if that cannot be told."""
        bound = self._bindings.simulated(recorded)
        if bound == simulated or (recorded == simulated and bound is None):
            self._bindings.bind(recorded, simulated, self._exchange)
            return ""
        forms = form_of(recorded), form_of(simulated)
        if forms[0] != forms[1]:
            return f"{_a(forms[0])}, the simulator has {_a(forms[1])}"
        if forms[0] == "time":
            return self._times(recorded, simulated)
        is_firm = is_reference(name, recorded) or self._bindings.was_sent(
            recorded
        )  # and does not change by itself, as links do
        if bound is not None and is_firm and not self._is_public(name, recorded):
            return f"the value of exchange {self._bindings.origin(recorded)}, the simulator has another"
        problem = self._public(name, recorded, simulated) or self._referring(name, recorded, simulated)
        if not problem:
            self.uncompared += not is_reference(name, recorded)
            self._bindings.bind(recorded, simulated, self._exchange)
        return problem

    def _times(self, recorded: str, simulated: str) -> str:
        if time_form(recorded) != time_form(simulated):
            return f"a time written like {time_form(recorded)}, the simulator has {time_form(simulated)}"
        self._bindings.bind(recorded, simulated, self._exchange)
        return ""

    def _public(self, name: str, recorded: str, simulated: str) -> str:
        """Return how a value that the spec lists, or that is short, differs."""
        known = self._is_public(name, recorded), self._is_public(name, simulated)
        if all(known):
            return f"{recorded!r}, the simulator has {simulated!r}"
        if known[1] and self._knowledge.lists(name, simulated):
            return f"a value that the spec does not list, the simulator has {simulated!r}"
        if known[0] and self._knowledge.lists(name, recorded):
            return f"{recorded!r}, the simulator has another value"
        return ""

    def _referring(self, name: str, recorded: str, simulated: str) -> str:
        """Return how a text differs that one of the two took from before."""
        if self._bindings.was_sent(recorded):
            return "what was sent, the simulator has another value"
        if self._bindings.is_echo(name, simulated):
            return "another value than the one that was sent, which the simulator has"
        if self._is_public(name, simulated):
            return ""
        if self._bindings.was_sent(simulated) and self._bindings.recorded(simulated) in (None, simulated):
            return "another value than the one that was sent, which the simulator has"
        if is_reference(name, recorded) and (other := self._bindings.recorded(simulated)) is not None:
            return f"another value than that of exchange {self._bindings.origin(other)}, which the simulator has"
        return ""

    def _is_public(self, name: str, text: str) -> bool:
        return self._knowledge.may_keep(name, text)


def _kind(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "a boolean"
    kinds = {int: "a number", float: "a number", str: "a text", list: "a list", dict: "an object"}
    return kinds[type(value)]


def _are_times(name: str, one: Any, other: Any) -> bool:
    """Return whether two numbers are points in time, or durations that are the same but for the moment of the request."""
    if isinstance(one, bool):
        return False
    return (one >= EPOCH and other >= EPOCH) or (name in DURATIONS and abs(one - other) <= MOMENT)


def _identifier(recorded: Sequence[Any], simulated: Sequence[Any]) -> str:
    """Return the member by which all items of two lists are recognised; empty if there is none."""
    items = [*recorded, *simulated]
    if not items or not all(isinstance(item, dict) for item in items):
        return ""
    return next((key for key in IDENTIFIERS if all(isinstance(item.get(key), str) for item in items)), "")


def _is_in_order(wanted: Sequence[str | None], ids: Sequence[str]) -> bool:
    """Return whether those that both lists have are in the same order."""
    both = [found for found in wanted if found in ids]
    return both == [one for one in ids if one in both]


def _are_alike(recorded: Sequence[Any], simulated: Sequence[Any]) -> bool:
    """Return whether two lists are of the same texts."""
    return all(isinstance(item, str) for item in (*recorded, *simulated)) and sorted(recorded) == sorted(simulated)


def _count(items: Sequence[Any]) -> str:
    return f"{len(items)} item{'' if len(items) == 1 else 's'}"


def _a(form: str) -> str:
    return f"{'an' if form[0] in 'aeiou' else 'a'} {form}"
