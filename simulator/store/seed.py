"""What a scenario may put into an account at its start."""

from __future__ import annotations

from typing import Annotated, Any, Self

import msgspec

Many = Annotated[int, msgspec.Meta(ge=1, le=10_000, description="How many of them, alike but for id and number")]


class Seed(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The section of one provider in a scenario's account; a provider adds its fields, each with a default.

    The JSON Schema of scenario files is made from these classes, so a field's type and constraints are checked when a file
    is loaded.
    """

    def size(self) -> int:
        """Return how many records the account begins with, at least."""
        held = [getattr(self, name) for name in self.__struct_fields__]
        return sum(getattr(item, "count", 1) for items in held if isinstance(items, list) for item in items)

    def emptied(self) -> Self:
        """Return the same account with nothing in it: its lists are empty, its plan and the like stay."""
        held: dict[str, list[Any]] = {name: [] for name in self.__struct_fields__ if isinstance(getattr(self, name), list)}
        return msgspec.structs.replace(self, **held)
