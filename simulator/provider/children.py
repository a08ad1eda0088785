"""The records of a resource that belong to one of another, such as the versions of an agent."""

from __future__ import annotations

from typing import Any, Generic, TypeVar

from simulator.provider.call import Call
from simulator.provider.pagination import Page
from simulator.provider.resource import Resource
from simulator.store.records import Listing, Record

R = TypeVar("R", bound=Record)


class Children(Generic[R]):
    """The records whose indexed field has the id of the path's parent; `list` and `page` are operations as they stand."""

    def __init__(self, resource: Resource[R], parent: Resource[Any], field: str) -> None:
        self.record, self._resource, self._parent, self._field = resource.record, resource, parent, field

    def list(self, call: Call[Any]) -> Listing[R]:
        """Return the records of the parent, the newest first.

        Raises:
            Problem: there is no such parent.
        """
        return self._resource.having(call, self._field, self._parent.get(call).id)

    def page(self, call: Call[Any]) -> Page[R]:
        """Return the page of them that the request selects."""
        return self._resource.page(call, self.list(call))
