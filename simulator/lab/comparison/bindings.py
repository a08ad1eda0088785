"""Maps values of the recording to values of the simulator: ids, phone numbers, times, texts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from simulator.lab.traffic.forms import is_reference
from simulator.lab.traffic.knowledge import Knowledge


class Stranger(NamedTuple):
    """A reference of a request that has no counterpart in the simulator."""

    name: str  # of the field or parameter
    text: str
    exchange: int  # that has it, or that it was lost in
    is_lost: bool = False  # it is from a response that the simulator does not give

    @property
    def origin(self) -> str:
        """Where it is from, in words."""
        lost = f"exchange {self.exchange}, whose response the simulator does not give"
        return lost if self.is_lost else "before the recording began"


class Bindings:
    """The values of one replay."""

    def __init__(self) -> None:
        self._forward: dict[str, str] = {}
        self._backward: dict[str, str] = {}
        self._origin: dict[str, int] = {}  # the exchange in which a value of the recording came first
        self._lost: dict[str, int] = {}  # values that the simulator has no counterpart of, as it answered otherwise
        self._sent: set[str] = set()  # texts of requests
        self._echoes: set[tuple[str, str]] = set()  # those of the present one, with the names of their fields

    def simulated(self, recorded: str) -> str | None:
        """Return the counterpart of a value of the recording; None if it has none yet."""
        return self._forward.get(recorded)

    def recorded(self, simulated: str) -> str | None:
        """Return the value of the recording whose counterpart is a value of the simulator."""
        return self._backward.get(simulated)

    def origin(self, recorded: str) -> int:
        """Return the exchange in which a value of the recording came first."""
        return self._origin.get(recorded, 0)

    def was_sent(self, text: str) -> bool:
        """Return whether a text was in a request."""
        return text in self._sent

    def bind(self, recorded: str, simulated: str, exchange: int) -> None:
        """Let a value of the simulator stand for one of the recording; the last one counts."""
        self._forward[recorded] = simulated
        self._backward[simulated] = recorded
        self._origin.setdefault(recorded, exchange)

    def lose(self, value: Any, exchange: int) -> None:
        """Note the texts of a response for which the simulator has no counterpart."""
        for text in _texts(value):
            if text not in self._forward and text not in self._sent:
                self._lost.setdefault(text, exchange)

    def begin(self) -> None:
        """Begin with the request of another exchange."""
        self._echoes.clear()

    def resent(self, value: Any, name: str = "") -> Any:
        """Return what is sent instead of a value of a recorded request."""
        if isinstance(value, dict):
            return {key: self.resent(member, str(key)) for key, member in value.items()}
        if isinstance(value, list):
            return [self.resent(item, name) for item in value]
        if not isinstance(value, str):
            return value
        text = self._forward.get(value, value)
        self._sent.add(text)
        self._echoes.add((name, text))
        return text

    def is_echo(self, name: str, text: str) -> bool:
        """Return whether a field of this exchange's request, or its path, has a text."""
        return (name, text) in self._echoes or ("", text) in self._echoes

    def strangers(self, knowledge: Knowledge, name: str, value: Any, exchange: int) -> Iterator[Stranger]:
        """Yield the references of a request that have no counterpart."""
        if isinstance(value, dict):
            for key, member in value.items():
                yield from self.strangers(knowledge, str(key), member, exchange)
        elif isinstance(value, list):
            for item in value:
                yield from self.strangers(knowledge, name, item, exchange)
        elif isinstance(value, str) and value in self._lost:
            yield Stranger(name, value, self._lost[value], is_lost=True)
        elif isinstance(value, str) and value not in self._forward and is_reference(name, value):
            yield from [] if knowledge.knows(name, value) else [Stranger(name, value, exchange)]

    def copy(self) -> Bindings:
        """Return a copy."""
        other = Bindings()
        for name, value in vars(self).items():
            setattr(other, name, value.copy())
        return other


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for member in value.values():
            yield from _texts(member)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)
    elif isinstance(value, str) and len(value) > 3:
        yield value
