"""Scenarios: what a world starts as and what shall go wrong in it, read strictly; what cannot work is refused with its line."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from itertools import islice
from typing import Any

import msgspec
from msgspec import UNSET

from simulator.clock import FIRST, LAST, moment
from simulator.documents import MOST_FAULTS, BrokenFile, Document, Fault
from simulator.format import Late, Lifecycle, RuleFile, ScenarioFile, Strict
from simulator.numberplan import Plan, plan_of, whole_plan
from simulator.provider import Bound, Seed
from simulator.schema import faults, schema_of
from simulator.vetting import Finding, vet
from simulator.world import World

MOST_HELD = 100_000  # records that the accounts of a scenario begin with, all together

KEYED = "account {} has a {} section but none of its keys has the form of a {} key"
RINGS = "{} is not kept out of service; expected a number that can never ring, such as +14155550142"


@dataclass(frozen=True)
class Scenario:
    """A world to be: its accounts by provider and tenant, which keys open them, what is for sale, what goes wrong."""

    name: str
    description: str = ""
    seed: int = 0
    open: bool = False
    start: datetime | None = None
    frozen: bool = False
    plan: Plan | None = None
    taken: tuple[str, ...] = ()
    always: tuple[str, ...] = ()
    listed: Mapping[tuple[str, str], str] = field(default_factory=dict)  # (provider, key) -> tenant
    seeds: Mapping[tuple[str, str], Seed] = field(default_factory=dict)  # (provider, tenant) -> seed
    template: Mapping[str, Seed] = field(default_factory=dict)  # provider -> seed of every account not listed
    defaults: Mapping[str, type[Seed]] = field(default_factory=dict)
    lifecycles: Mapping[str, Lifecycle] = field(default_factory=dict)
    rate_limits: bool = False
    assume: Mapping[str, str | int] = field(default_factory=dict)  # by provider.switch, where it is not the default
    strict: Strict | None = None
    rules: tuple[RuleFile, ...] = ()

    def tenants(self) -> Iterator[tuple[str, str]]:
        """The accounts that exist from the start."""
        return iter(self.seeds)

    def tenant_of(self, provider: str, key: str, named: str) -> str | None:
        """The tenant that a key opens, `named` being the one that an open world takes from the key itself."""
        return self.listed.get((provider, key)) or (named if self.open else None)

    def seed_of(self, provider: str, tenant: str) -> Seed:
        """What an account starts with."""
        return self.seeds.get((provider, tenant)) or self.template.get(provider) or self.defaults[provider]()

    def keys(self, provider: str) -> list[str]:
        """The listed keys of a provider."""
        return [key for owner, key in self.listed if owner == provider]


class Scenarios:
    """Reads scenarios for the given providers."""

    def __init__(self, providers: Mapping[str, Bound]) -> None:
        self._providers = providers

    @cached_property
    def schema(self) -> dict[str, Any]:
        """The JSON Schema of a scenario file."""
        return schema_of(self._providers)

    def read(self, document: Document, name: str, *, trusted: bool = False) -> Scenario:
        """Make a scenario of a parsed file; one that is `trusted` was found faultless before, so it is not searched for faults.

        Raises:
            BrokenFile: with every fault, at its line.
        """
        if not trusted:
            self._hold_to(self.schema, document)
        return _Reader(self._providers, document, name).scenario(trusted=trusted)

    def read_rule(self, document: Document) -> RuleFile:
        """Make a rule of a parsed document.

        Raises:
            BrokenFile: with every fault.
        """
        self._hold_to({"$ref": "#/$defs/RuleFile", "$defs": self.schema["$defs"]}, document)
        rule = msgspec.convert(document.content, RuleFile)
        found = islice(vet(rule, self._providers), MOST_FAULTS)
        wrong = [document.fault(pointer, problem) for pointer, problem in found]
        if wrong:
            raise BrokenFile(wrong)
        return rule

    def _hold_to(self, schema: dict[str, Any], document: Document) -> None:
        found = set(islice(faults(schema, document), MOST_FAULTS))
        if found:
            raise BrokenFile(sorted(found))


def _never_rings(pattern: str) -> bool:
    """Whether there are such numbers in the plan."""
    if "*" in pattern:
        return next(iter(whole_plan().matching(pattern)), None) is not None
    return whole_plan().position(pattern) is not None


class _Reader:
    """Turns one document that fits the schema into a scenario, and finds what no schema can say."""

    def __init__(self, providers: Mapping[str, Bound], document: Document, name: str) -> None:
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

    def scenario(self, *, trusted: bool) -> Scenario:
        """Read every part, then try the whole; raises BrokenFile with all the faults found."""
        for index, account in enumerate(self._file.accounts):
            self._account(index, account)
        self._lifecycles()
        for pointer, problem in islice(self._rules(), 0 if trusted else MOST_FAULTS):
            self._fault(pointer, problem)
        plan = self._inventory()
        self._start = self._clock()
        self._refuse_faults()
        scenario = self._made(plan)
        if not trusted:
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
        if len(self._faults) < MOST_FAULTS:
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
            start = moment(text) if text else FIRST
        except (ValueError, OverflowError) as error:
            self._fault(["clock", "start"], f"{text!r} is no time of a calendar: {error}")
            return None
        if not FIRST <= start < LAST:
            self._fault(["clock", "start"], f"found {text}, expected a year from {FIRST:%Y} to {LAST:%Y}")
        return start if text else None

    def _lifecycles(self) -> None:
        known = [f"{name}.{event}" for name, bound in self._providers.items() for event in bound.provider.events]
        for name, how in self._file.lifecycles.items():
            if name not in known:
                near = difflib.get_close_matches(name, known, 1)
                hint = f"did you mean {near[0]}?" if near else f"expected one of {', '.join(known)}"
                self._fault(["lifecycles", name], f"nothing here has the lifecycle {name!r}; {hint}")
            if isinstance(how, Late) and bool(how.after) == bool(how.after_reads):
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

    def _rules(self) -> Iterator[Finding]:
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
        world = World(scenario.name, replace(scenario, seeds={}), providers)
        world.scenario = scenario
        for (provider, tenant), pointer in self._places.items():
            try:
                world.account(providers[provider], tenant)
                if tenant == "template":
                    world.account(providers[provider], "template again")
            except ValueError as error:
                self._fault(pointer, str(error))
        world.end()
