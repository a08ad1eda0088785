"""The part of a request that a provider may look at."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from simulator.provider.assumption import Assumption, Assumptions, Value
from simulator.store.environment import Environment


class RequestInfo:
    """A request as a provider sees it beside its decoded parameters and body."""

    __slots__ = ("_assumptions", "_uuid", "assumptions_used", "at", "environment", "headers", "operation_id", "origin", "raw")

    def __init__(
        self, environment: Environment, assumptions: Assumptions, headers: Mapping[str, str], raw: bytes | None, origin: str
    ) -> None:
        self.environment = environment
        self.at: datetime = environment.clock.now()
        self.headers = headers  # names in lower case
        self.raw = raw  # None: the body was larger than the simulator accepts
        self.origin = origin  # scheme and host under which the client reached the simulator
        self.operation_id = ""  # set by routing; empty for a path or method that the spec does not have
        self.assumptions_used: tuple[Assumption, ...] = ()  # the switches on which the response depends
        self._assumptions = assumptions
        self._uuid = ""

    @property
    def media(self) -> str:
        """The media type of the body without parameters, in lower case; empty when the client names none."""
        content_type = self.headers.get("content-type", "")
        return content_type if content_type == "application/json" else content_type.partition(";")[0].strip().lower()

    @property
    def uuid(self) -> str:
        """A request id in the form of a UUID, for providers whose responses carry one; the same within one request."""
        self._uuid = self._uuid or self.environment.ids.uuid("request")
        return self._uuid

    def switch(self, name: str) -> Value:
        """Return the value of a switch of the provider in this world; the evidence level does not depend on it."""
        return self._assumptions.value(self.environment, name)

    def assumed(self, name: str) -> Value:
        """Return the value of a switch of the provider in this world, and grade the response no better than it."""
        self.assumptions_used += (self._assumptions[name],)
        return self._assumptions.value(self.environment, name)
