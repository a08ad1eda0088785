"""What can be computed of an operation before any request: once, when it is first performed."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from simulator.openapi.operation import Operation
from simulator.openapi.shapes import Defaults
from simulator.provider.pagination import Pages
from simulator.provider.presenter import Presenter

NO_MEMBERS: frozenset[str] = frozenset()


class OperationPlan(msgspec.Struct, frozen=True):
    """An operation with all that its spec and its provider say of performing it."""

    operation: Operation
    name: str  # `provider.operation_id`, as it is named everywhere
    presenters: Mapping[int, Presenter]  # by status of success
    status_switch: str  # that decides the status of success; empty: none does
    described: frozenset[str]  # the members of the body that the spec describes
    defaults: Defaults | None  # of the members of the body that a client may omit
    pages: Pages  # the provider's dialect
