"""Scenarios: what a world starts as and what shall go wrong in it, read strictly; what cannot work is refused with its line."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cached_property
from itertools import islice
from typing import Any

import msgspec
from msgspec import UNSET

from simulator.documents import MAX_FAULTS, BrokenFile, Document, Fault
from simulator.numbering.plan import Plan, plan_of, whole_plan
from simulator.provider import BoundProvider
from simulator.scenario.format import RuleFile, ScenarioFile, Strict
from simulator.scenario.model import Scenario
from simulator.scenario.rule_validation import RuleFault, vet
from simulator.scenario.schema import faults, schema_of
from simulator.store.clock import EARLIEST, LATEST, parse_time
from simulator.store.lifecycle import Delayed
from simulator.store.seed import Seed
from simulator.store.store import Store

MOST_HELD = 100_000  # records that the accounts of a scenario begin with, all together

KEYED = "account {} has a {} section but none of its keys has the form of a {} key"
RINGS = "{} is not kept out of service; expected a number that can never ring, such as +14155550142"


class Scenarios:
    """Reads scenarios for the given providers."""

    def __init__(self, providers: Mapping[str, BoundProvider]) -> None:
        self._providers = providers

    @cached_property
    def schema(self) -> dict[str, Any]:
        """The JSON Schema of a scenario file."""
        return schema_of(self._providers)

    def read(self, document: Document, name: str) -> Scenario:
        """Make a scenario of a parsed file.

        Raises:
            BrokenFile: with every fault, at its line.
        """
        self._hold_to(self.schema, document)
        return _Reader(self._providers, document, name).scenario()

    def read_rule(self, document: Document) -> RuleFile:
        """Make a rule of a parsed document.

        Raises:
            BrokenFile: with every fault.
        """
        self._hold_to({"$ref": "#/$defs/RuleFile", "$defs": self.schema["$defs"]}, document)
        rule = msgspec.convert(document.content, RuleFile)
        found = islice(vet(rule, self._providers), MAX_FAULTS)
        wrong = [document.fault(pointer, problem) for pointer, problem in found]
        if wrong:
            raise BrokenFile(wrong)
        return rule

    def _hold_to(self, schema: dict[str, Any], document: Document) -> None:
        found = set(islice(faults(schema, document), MAX_FAULTS))
        if found:
            raise BrokenFile(sorted(found))


def _never_rings(pattern: str) -> bool:
    """Whether there are such numbers in the plan."""
    if "*" in pattern:
        return next(iter(whole_plan().matching(pattern)), None) is not None
    return whole_plan().position(pattern) is not None


class _Reader:
    """Turns one document that fits the schema into a scenario, and finds what no schema can say."""

    def __init__(self, providers: Mapping[str, BoundProvider], document: Document, name: str) -> None:
        self._providers = providers
        self._document = document
        self._name = name
        self._file = msgspec.convert(document.content, ScenarioFile)
        self._faults: list[Fault] = []
        self._start: datetime | None = None
        self._held = 0
        self._listed: dict[tuple[str, str], str] = {}
        self._seeds: dict[tuple[str, str], Seed] = {}
        self._template: dict[str, Seed] = {}
        self._places: dict[tuple[str, str], list[str | int]] = {}  # (provider, tenant) -> where its seed stands

    def scenario(self) -> Scenario:
        """Read every part, then try the whole; raises BrokenFile with all faults."""
        for index, account in enumerate(self._file.accounts):
            self._account(index, account)
        self._lifecycles()
        for pointer, problem in islice(self._rules(), MAX_FAULTS):
            self._fault(pointer, problem)
        plan = self._inventory()
        self._start = self._clock()
        self._refuse_faults()
        scenario = self._made(plan)
        self._try(scenario)
        self._refuse_faults()
        return scenario

    def _made(self, plan: Plan | None) -> Scenario:
        file = self._file
        return Scenario(
            name=self._name,
            description=file.description,
            seed=file.seed,
            open=file.open,
            start=self._start,
            frozen=file.clock.frozen,
            plan=plan,
            taken=tuple(number for number in file.inventory.taken if "*" not in number),
            always=tuple(file.inventory.always),
            listed=self._listed,
            seeds=self._seeds,
            template=self._template,
            defaults={name: bound.provider.seed for name, bound in self._providers.items()},
            lifecycles=file.lifecycles,
            rate_limits=file.rate_limits == "on",
            assume=file.assume,
            strict=self._strict(),
            rules=tuple(file.rules),
        )

    def _refuse_faults(self) -> None:
        if self._faults:
            raise BrokenFile(sorted(self._faults))

    def _fault(self, pointer: Sequence[str | int], problem: str) -> None:
        if len(self._faults) < MAX_FAULTS:
            self._faults.append(self._document.fault(pointer, problem))

    def _account(self, index: int, account: dict[str, Any]) -> None:
        keys = account.get("keys", [])
        sections = {
            name: msgspec.convert(account[name], bound.provider.seed)
            for name, bound in self._providers.items()
            if name in account
        }
        self._held += sum(section.size() for section in sections.values())
        if self._held > MOST_HELD:
            self._fault(["accounts", index], f"found more than {MOST_HELD} records, with those of the accounts before it")
        if not keys:
            if not self._file.open:
                self._fault(["accounts", index], "an account without keys, expected keys or `open: true`")
            self._template.update(sections)
            self._places.update({(name, "template"): ["accounts", index, name] for name in sections})
            return
        tenant = f"account {index + 1}"
        owners = {key: [name for name in self._providers if self._fits(name, key)] for key in keys}
        for key, names in owners.items():
            self._list(index, key, names, tenant)
        opened = {name for names in owners.values() for name in names}
        for name in sections.keys() - opened:
            self._fault(["accounts", index, name], KEYED.format(index + 1, name, name))
        for name in sorted(opened):
            self._seeds[name, tenant] = sections.get(name) or self._providers[name].provider.seed()
            self._places[name, tenant] = ["accounts", index, name]

    def _list(self, index: int, key: str, names: list[str], tenant: str) -> None:
        if not names:
            self._fault(["accounts", index, "keys"], f"the key {key!r} has the form of no provider's keys")
        for name in names:
            if (name, key) in self._listed:
                self._fault(["accounts", index, "keys"], f"the key {key!r} is listed twice")
            self._listed[name, key] = tenant

    def _fits(self, provider: str, key: str) -> bool:
        schemes = self._providers[provider].spec.schemes.values()
        return any(scheme.pattern.fullmatch(key) for scheme in schemes)

    def _clock(self) -> datetime | None:
        """When the world begins."""
        text = self._file.clock.start
        try:
            start = parse_time(text) if text else EARLIEST
        except (ValueError, OverflowError) as error:
            self._fault(["clock", "start"], f"{text!r} is no time of a calendar: {error}")
            return None
        if not EARLIEST <= start < LATEST:
            self._fault(["clock", "start"], f"found {text}, expected a year from {EARLIEST:%Y} to {LATEST:%Y}")
        return start if text else None

    def _lifecycles(self) -> None:
        known = [f"{name}.{event}" for name, bound in self._providers.items() for event in bound.provider.events]
        for name, how in self._file.lifecycles.items():
            if name not in known:
                near = difflib.get_close_matches(name, known, 1)
                hint = f"did you mean {near[0]}?" if near else f"expected one of {', '.join(known)}"
                self._fault(["lifecycles", name], f"nothing here has the lifecycle {name!r}; {hint}")
            if isinstance(how, Delayed) and bool(how.after) == bool(how.after_reads):
                self._fault(["lifecycles", name], f"{name}: expected one of after, after_reads")

    def _strict(self) -> Strict | None:
        """How strict the world is; what it accepts must be an operation."""
        strict = self._file.strict
        if isinstance(strict, Strict):
            known = [f"{name}.{each}" for name, bound in self._providers.items() for each in bound.spec.operations]
            for index, name in enumerate(strict.accept):
                if name not in known:
                    near = difflib.get_close_matches(name, known, 1)
                    hint = f"; did you mean {near[0]}?" if near else ""
                    self._fault(["strict", "accept", index], f"no operation {name!r}{hint}")
            return strict
        return None if strict is UNSET else Strict(strict)

    def _rules(self) -> Iterator[RuleFault]:
        for index, rule in enumerate(self._file.rules):
            yield from ((["rules", index, *pointer], problem) for pointer, problem in vet(rule, self._providers))

    def _inventory(self) -> Plan | None:
        inventory = self._file.inventory
        for where in ("taken", "only", "always"):
            for index, number in enumerate(getattr(inventory, where) or ()):
                if not _never_rings(number):
                    self._fault(["inventory", where, index], RINGS.format(number))
        if self._faults:
            return None
        plan = whole_plan() if inventory.only is UNSET else plan_of(inventory.only)
        patterns = [number for number in inventory.taken if "*" in number]
        return plan.without(patterns) if patterns else plan

    def _try(self, scenario: Scenario) -> None:
        """Open every account, so that a seed that no account can start with is refused here and not in a request.

        A template is opened twice: whatever only one account can have, a certain number or a key, is no part of a template.
        """
        providers = {name: bound.provider for name, bound in self._providers.items()}
        store = Store(replace(scenario, seeds={}), providers, scenario.seed)
        store.blueprint = scenario
        for (provider, tenant), pointer in self._places.items():
            try:
                store.account(providers[provider], tenant)
                if tenant == "template":
                    store.account(providers[provider], "template again")
            except ValueError as error:
                self._fault(pointer, str(error))
