"""Phone numbers of inferred records: one that the provider picks is of the plan that all providers share, and never rings."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from simulator.inferred.model import Model, plain
from simulator.inferred.plans import ResourcePlan
from simulator.provider import Environment, describe

MEMBERS = ("phonenumber", "e164", "msisdn", "number", "didnumber")
COUNTRIES = ("isocountry", "countrycode", "country", "isocountrycode")
AREA_CODES = ("areacode", "nationaldestinationcode")


class Numbers:
    """Hands out the numbers of the records of one resource."""

    def __init__(self, model: Model, plan: ResourcePlan, members: Mapping[str, Any]) -> None:
        named = {plain(name): name for name in reversed([*members])} if "number" in plan.word else {}
        texts = [
            named[word] for word in MEMBERS if word in named and model.kinds(model.flat(members[named[word]]))[:1] == ["string"]
        ]
        self.member = texts[0] if texts else ""  # that holds the number; empty for a resource without numbers
        example = str(model.flat(members.get(self.member)).get("example", "+")) if self.member else "+"
        self._prefix = "" if example[:1].isdigit() else "+"

    def reserved(self, world: Environment, written: dict[str, Any], sent: Mapping[str, Any]) -> dict[str, Any]:
        """Return the members of a new record with a number, unless the client has chosen one."""
        if not self.member or written.get(self.member) is not None:
            return written
        given = {plain(name): str(value) for name, value in sent.items() if isinstance(value, str | int)}
        country = next((given[word].upper() for word in COUNTRIES if re.fullmatch("[A-Za-z]{2}", given.get(word, ""))), "US")
        area = next((given[word] for word in AREA_CODES if word in given), "")
        found = world.inventory.search(country, area_code=area).reserve_first()
        found = found or world.inventory.search(country).reserve_first() or world.inventory.search("US").reserve_first()
        return written if found is None else {**written, self.member: found if self._prefix else found.removeprefix("+")}

    def released(self, world: Environment, members: Mapping[str, Any]) -> None:
        """Give the number of a removed record back."""
        number = f"+{str(members.get(self.member, '')).removeprefix('+')}" if self.member else ""
        if number and describe(number) is not None:
            world.inventory.release(number)
