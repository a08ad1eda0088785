"""The part of a request that a provider may look at."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import msgspec

from simulator.http import Request
from simulator.provider.assumption import Assumption, Assumptions, Value
from simulator.store.environment import Environment


class RequestInfo(msgspec.Struct, kw_only=True, eq=False):
    """A request as a provider sees it beside its decoded parameters and body."""

    request: Request  # as it came; a provider looks at the attributes below
    environment: Environment
    switches: Assumptions
    at: datetime
    headers: Mapping[str, str]  # names in lower case
    operation_id: str = ""  # set by routing; empty for a path or method that the spec does not have
    assumptions_used: tuple[Assumption, ...] = ()  # the switches on which the response depends
    _uuid: str = ""

    @property
    def raw(self) -> bytes | None:
        """The body as it came; None if it was larger than the simulator accepts."""
        return self.request.raw

    @property
    def origin(self) -> str:
        """Scheme and host under which the client reached the simulator."""
        return self.request.origin

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
        return self.switches.value(self.environment, name)

    def assumed(self, name: str) -> Value:
        """Return the value of a switch of the provider in this world, and grade the response no better than it."""
        self.assumptions_used += (self.switches[name],)
        return self.switches.value(self.environment, name)
