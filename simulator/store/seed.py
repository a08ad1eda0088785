"""The base of the seed classes that providers declare: the section of a scenario for an account."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Self

import msgspec

Many = Annotated[int, msgspec.Meta(ge=1, le=10_000, description="How many of them, alike but for id and number")]
Text = Annotated[str, msgspec.Meta(min_length=1)]
E164 = Annotated[str, msgspec.Meta(pattern=r"^\+[1-9][0-9]{6,14}$", description="a phone number in E.164 such as +14155550142")]
Url = Annotated[str, msgspec.Meta(max_length=2000, pattern="^https?://", description="a URL of http or https")]
Secret = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]  # of a webhook
Country = Annotated[str, msgspec.Meta(pattern="^[A-Z]{2}$", description="a country of ISO 3166-1 such as US")]


Records = dict[str, list[dict[str, Any]]]  # the field `records` of a section: whole records of any table, by its name


class Seed(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The section of a scenario for an account at one provider; a provider adds its fields, each with a default.

    The JSON Schema of scenario files is made from these classes, so a field's type and constraints are checked when a file
    is loaded. The lists named in `kept` stay when a world is cleared, though what their seeds list goes.
    """

    kept: ClassVar[tuple[str, ...]] = ()

    def size(self) -> int:
        """Return how many records the account begins with, at least."""
        held = [getattr(self, name) for name in self.__struct_fields__]
        whole = sum(map(len, getattr(self, "records", {}).values()))
        return whole + sum(getattr(item, "count", 1) for items in held if isinstance(items, list) for item in items)

    def emptied(self) -> Self:
        """Return the same account with nothing in it: its lists of seeds are empty, its plan and the like stay."""
        lists = {name: getattr(self, name) for name in self.__struct_fields__ if isinstance(getattr(self, name), list)}
        seeds = {name: items for name, items in lists.items() if all(isinstance(item, Seed) for item in items)}
        left = {name: [item.emptied() for item in items] if name in self.kept else [] for name, items in seeds.items()}
        whole: dict[str, Any] = {"records": {}} if "records" in self.__struct_fields__ else {}
        return msgspec.structs.replace(self, **left, **whole)
