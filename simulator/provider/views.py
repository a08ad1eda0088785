"""The rules of a provider for how its records are shown, beside the schemas of its answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from simulator.provider.request_info import RequestInfo

Times = Callable[[datetime], Any]
Compute = Callable[[Any, Any], Any]  # (call, record) -> the value of a member, or what answers show instead of the record


class Views:
    """The rules of a provider for how its records are shown, beside the schemas."""

    def __init__(self, times: Times, names: Callable[[str], str], envelope: str, members: Mapping[str, Any]) -> None:
        """Take the provider-wide rules: the format of times, member to attribute names, the envelope and its members."""
        self.times = times
        self.names = names
        self.envelope = envelope
        self.fixed = {name: member for name, member in members.items() if not callable(member)}
        self.dynamic: dict[str, Callable[[RequestInfo], Any]] = {n: m for n, m in members.items() if callable(m)}
        self._times: dict[type, Times] = {}
        self._aliases: dict[type, dict[str, str]] = {}
        self._members: dict[type, dict[str, Compute]] = {}
        self._whole: dict[type, Compute] = {}

    def set_times(self, kind: type, times: Times) -> None:
        """Show the times of one type of record in a format of their own."""
        self._times[kind] = times

    def alias(self, kind: type, names: Mapping[str, str]) -> None:
        """Take members of one type of record from attributes of other names."""
        self._aliases.setdefault(kind, {}).update(names)

    def compute(self, kind: type, member: str, compute: Compute) -> None:
        """Compute a member of one type of record; without a member, what answers show instead of the record."""
        if member:
            self._members.setdefault(kind, {})[member] = compute
        else:
            self._whole[kind] = compute

    def times_of(self, kind: type, otherwise: Times) -> Times:
        """Return the format of the times of a type of record."""
        return next((self._times[base] for base in kind.__mro__ if base in self._times), otherwise)

    def attribute(self, kind: type, member: str) -> str:
        """Return the name of the attribute that a member is taken from."""
        named = (self._aliases[base][member] for base in kind.__mro__ if member in self._aliases.get(base, ()))
        return next(named, None) or self.names(member)

    def computed(self, kind: type, member: str) -> Compute | None:
        """Return the function that computes a member, if there is one."""
        return next((self._members[base][member] for base in kind.__mro__ if member in self._members.get(base, ())), None)

    def whole(self, kind: type) -> Compute | None:
        """Return the function that returns what answers show instead of a record, if there is one."""
        return next((self._whole[base] for base in kind.__mro__ if base in self._whole), None)
