"""Loading of scenario files, with validation: every error is reported with its line."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from itertools import islice
from typing import Any

import msgspec
from msgspec import UNSET
from msgspec.structs import replace

from simulator.documents import MAX_FAULTS, BrokenFile, Document, Fault, suggestion
from simulator.http.cors import Origins
from simulator.numbering.magic import magic_among
from simulator.numbering.plan import Plan, plan_of, whole_plan
from simulator.provider import BoundProvider, SeedError
from simulator.scenario.callable_numbers import COULD_RING, callable_numbers
from simulator.scenario.format import RuleFile, ScenarioFile, Strict
from simulator.scenario.model import Scenario, Section
from simulator.scenario.outcomes import outcome_faults
from simulator.scenario.rule_validation import RuleFault, RuleValidator
from simulator.scenario.schema import FileValidator, schema_of
from simulator.scenario.shadowing import EarlierRules, shadow_faults
from simulator.scenario.timeline import acts_of, rules_of, timeline_faults
from simulator.store.clock import EARLIEST, LATEST, parse_time
from simulator.store.lifecycle import Delayed
from simulator.store.store import Store
from simulator.store.work import ACCOUNT, weigh

MAX_RECORDS = 100_000  # seeded records of all accounts of a scenario together

NO_MATCHING_KEY = "the account has the section {0}, but no key of {0}; expected one such as {1}"
MAGIC_NUMBER = "{} is a magic destination, which is never for sale; expected another number such as +14155550142"
ROUTABLE_NUMBER = "{} is not a reserved test number; expected one such as +14155550142"


class Scenarios:
    """Loads scenarios and rules for the given providers."""

    def __init__(self, providers: Mapping[str, BoundProvider]) -> None:
        self._providers = providers

    @cached_property
    def schema(self) -> dict[str, Any]:
        """The JSON Schema of a scenario file."""
        return schema_of(self._providers)

    def read(self, document: Document, name: str, *, uploaded: bool = False) -> Scenario:
        """Validate a parsed file and return the scenario; `uploaded` marks one that a test wrote for its own world.

        Raises:
            BrokenFile: with every fault, at its line.
        """
        _validate(self._upload_validator if uploaded else self._file_validator, document)
        reader = _ScenarioReader(self._providers, self.rule_validator, document, name)
        return replace(reader.scenario(), uploaded=uploaded)

    def read_verified(self, document: Document, name: str) -> Scenario:
        """Return the scenario of a file that `simulator check` has verified: one of this package.

        It is converted to the types of the format; no spec is compiled, no rule compared with it, and no account opened.

        Raises:
            BrokenFile: the file does not fit the types of the format.
        """
        try:
            return _ScenarioReader(self._providers, self.rule_validator, document, name).verified()
        except msgspec.ValidationError:
            return self.read(document, name)  # which names every fault, at its line

    @cached_property
    def rule_validator(self) -> RuleValidator:
        """The validator of rules."""
        return RuleValidator(self._providers)

    def read_rule(self, document: Document, earlier: Mapping[str, RuleFile]) -> RuleFile:
        """Validate a parsed document and return the rule; `earlier` are the rules that are tried before it, by description.

        Raises:
            BrokenFile: with every fault.
        """
        _validate(self._rule_file_validator, document)
        rule = msgspec.convert(document.content, RuleFile)
        problems = list(islice(self.rule_validator.faults(rule), MAX_FAULTS)) or list(
            shadow_faults(rule, EarlierRules(earlier, self._providers))
        )
        errors = [document.fault(pointer, problem) for pointer, problem in problems]
        if errors:
            raise BrokenFile(errors)
        return rule

    @cached_property
    def _file_validator(self) -> FileValidator:
        return FileValidator(self.schema)

    @cached_property
    def _upload_validator(self) -> FileValidator:
        return FileValidator({**self.schema, "required": []})

    @cached_property
    def _rule_file_validator(self) -> FileValidator:
        return FileValidator({"$ref": "#/$defs/RuleFile", "$defs": self.schema["$defs"]})


def _validate(validator: FileValidator, document: Document) -> None:
    errors = set(islice(validator.faults(document), MAX_FAULTS))
    if errors:
        raise BrokenFile(sorted(errors))


def _is_in_plan(number: str) -> bool:
    """Return whether the plan has the number, or any number that matches a pattern with `*`."""
    if "*" in number:
        return next(iter(whole_plan().match(number)), None) is not None
    return whole_plan().position(number) is not None


class _ScenarioReader:
    """Converts one document that is valid against the schema into a scenario, and checks what a schema cannot express."""

    def __init__(
        self, providers: Mapping[str, BoundProvider], rule_validator: RuleValidator, document: Document, name: str
    ) -> None:
        self._providers = providers
        self._rule_validator = rule_validator
        self._document = document
        self._name = name
        self._file = msgspec.convert(document.content, ScenarioFile)
        self._open = not self._file.accounts if self._file.open is UNSET else self._file.open
        self._faults: list[Fault] = []
        self._start: datetime | None = None
        self._listed: dict[tuple[str, str], str] = {}
        self._seeds: dict[tuple[str, str], Section] = {}
        self._template: dict[str, Section] = {}
        self._pointers: dict[tuple[str, str], list[str | int]] = {}  # (provider, tenant) -> pointer to its seed

    def scenario(self) -> Scenario:
        """Return the scenario.

        Raises:
            BrokenFile: with every fault up to the first step that requires a faultless file.
        """
        records = 0
        for index, account in enumerate(self._file.accounts):
            sections = self._account(index, account)
            records += sum(section.seed.size() for section in sections)
            if records > MAX_RECORDS:
                self._fault(["accounts", index], f"more than {MAX_RECORDS} records in all accounts together")
            for place, number in islice(callable_numbers(account), MAX_FAULTS):
                self._fault(["accounts", index, *place], COULD_RING.format(number))
        self._lifecycles()
        for pointer, problem in islice(outcome_faults(self._file), MAX_FAULTS):
            self._fault(pointer, problem)
        for pointer, problem in islice(self._rules(), MAX_FAULTS):
            self._fault(pointer, problem)
        stages = timeline_faults(self._file.timeline, self._providers, self._rule_validator.faults)
        for pointer, problem in islice(stages, MAX_FAULTS):
            self._fault(pointer, problem)
        plan = self._inventory()
        self._start = self._clock()
        self._raise_faults()
        scenario = self._build(plan)
        self._open_accounts(scenario)
        self._raise_faults()
        return scenario

    def verified(self) -> Scenario:
        """Return the scenario of a file that is known to have no faults.

        Raises:
            BrokenFile: it has faults in its accounts, its inventory or its clock.
        """
        for index, account in enumerate(self._file.accounts):
            self._account(index, account)
        plan = self._inventory()
        self._start = self._clock()
        self._raise_faults()
        return self._build(plan)

    def _build(self, plan: Plan | None) -> Scenario:
        file = self._file
        return Scenario(
            name=self._name,
            description=file.description,
            seed=file.seed,
            open=self._open,
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
            calls=file.calls,
            messages=file.messages,
            rate_limits=file.rate_limits == "on",
            cors=None if file.cors is UNSET else Origins(file.cors),
            assume=file.assume,
            strict=self._strict(),
            rules=(*file.rules, *rules_of(file.timeline)),
            acts=acts_of(file.timeline),
            content=msgspec.json.encode(self._document.content),
        )

    def _raise_faults(self) -> None:
        if self._faults:
            raise BrokenFile(sorted(self._faults))

    def _fault(self, pointer: Sequence[str | int], problem: str) -> None:
        if len(self._faults) < MAX_FAULTS:
            self._faults.append(self._document.fault(pointer, problem))

    def _account(self, index: int, account: dict[str, Any]) -> Collection[Section]:
        """Note an account with its keys, and return what it says of each provider."""
        keys = account.get("keys", [])
        bounds = self._providers.items()
        sections = {name: Section(bound.provider.seed, account[name]) for name, bound in bounds if name in account}
        if not keys:
            if not self._open:
                self._fault(["accounts", index], "the account has no keys; add keys or set open: true")
            self._template.update(sections)
            self._pointers.update({(name, "template"): ["accounts", index, name] for name in sections})
            return sections.values()
        tenant = f"account {index + 1}"
        owners = {key: [name for name in self._providers if self._is_key_of(name, key)] for key in keys}
        for key, names in owners.items():
            self._list_key(index, key, names, tenant)
        providers = {name for names in owners.values() for name in names}
        for name in sections.keys() - providers:
            self._fault(["accounts", index, name], NO_MATCHING_KEY.format(name, self._example_key(name)))
        for name in sorted(providers):
            self._seeds[name, tenant] = sections.get(name) or Section(self._providers[name].provider.seed, {})
            self._pointers[name, tenant] = ["accounts", index, name]
        return sections.values()

    def _list_key(self, index: int, key: str, names: list[str], tenant: str) -> None:
        if not names:
            self._fault(["accounts", index, "keys"], f"the key {key!r} matches no provider's key format{self._key_formats()}")
        for name in names:
            if (name, key) in self._listed:
                self._fault(["accounts", index, "keys"], f"the key {key!r} is listed twice")
            self._listed[name, key] = tenant

    def _key_formats(self) -> str:
        examples = [f"{self._example_key(name)} ({name})" for name, bound in self._providers.items() if bound.provider.keys]
        return f"; expected one such as {', '.join(examples)}" if examples else ""

    def _example_key(self, provider: str) -> str:
        return next(iter(self._providers[provider].provider.keys), "its documentation shows")

    def _is_key_of(self, provider: str, key: str) -> bool:
        schemes = self._providers[provider].spec.schemes.values()
        return any(scheme.pattern.fullmatch(key) for scheme in schemes)

    def _clock(self) -> datetime | None:
        text = self._file.clock.start
        try:
            start = parse_time(text) if text else EARLIEST
        except (ValueError, OverflowError) as error:
            self._fault(["clock", "start"], f"invalid time {text!r}: {error}")
            return None
        if not EARLIEST <= start < LATEST:
            self._fault(["clock", "start"], f"invalid time {text}: expected a year from {EARLIEST:%Y} to {LATEST:%Y}")
        return start if text else None

    def _lifecycles(self) -> None:
        known = [f"{name}.{lifecycle}" for name, bound in self._providers.items() for lifecycle in bound.provider.lifecycles]
        for name, lifecycle in self._file.lifecycles.items():
            if name not in known:
                self._fault(["lifecycles", name], f"unknown lifecycle {name!r}{suggestion(name, known)}")
            if isinstance(lifecycle, Delayed) and bool(lifecycle.after) == bool(lifecycle.after_reads):
                self._fault(["lifecycles", name], f"{name}: set exactly one of after, after_reads")

    def _strict(self) -> Strict | None:
        strict = self._file.strict
        if isinstance(strict, Strict):
            known = [f"{name}.{operation}" for name, bound in self._providers.items() for operation in bound.spec.operations]
            for index, name in enumerate(strict.accept):
                if name not in known:
                    self._fault(["strict", "accept", index], f"unknown operation {name!r}{suggestion(name, known)}")
            return strict
        return None if strict is UNSET else Strict(strict)

    def _rules(self) -> Iterator[RuleFault]:
        earlier = EarlierRules({}, self._providers)
        for index, rule in enumerate(self._file.rules):
            problems = list(self._rule_validator.faults(rule))
            for pointer, problem in problems or shadow_faults(rule, earlier):
                yield ["rules", index, *pointer], problem
            earlier.add(f"rule {index + 1}", rule)

    def _inventory(self) -> Plan | None:
        inventory = self._file.inventory
        for member in ("taken", "only", "always"):
            for index, number in enumerate(getattr(inventory, member) or ()):
                if not _is_in_plan(number):
                    self._fault(["inventory", member, index], ROUTABLE_NUMBER.format(number))
        for member in ("only", "always"):
            for index, number in magic_among(getattr(inventory, member) or ()):
                self._fault(["inventory", member, index], MAGIC_NUMBER.format(number))
        if self._faults:
            return None
        plan = whole_plan() if inventory.only is UNSET else plan_of(inventory.only)
        patterns = [number for number in inventory.taken if "*" in number]
        return plan.without(patterns) if patterns else plan

    def _open_accounts(self, scenario: Scenario) -> None:
        """Open every account, so that an invalid seed is reported here and not by a request.

        A template is opened twice, as it must not name anything that only one account can have, such as a number.
        """
        weigh(sum(scenario.seed_of(*place).size() + ACCOUNT for place in self._pointers))
        providers = {name: bound.provider for name, bound in self._providers.items()}
        store = Store(replace(scenario, seeds={}), providers, scenario.seed)
        store.blueprint = scenario
        for (provider, tenant), pointer in self._pointers.items():
            hint = ""
            try:
                store.account(providers[provider], tenant)
                if tenant == "template":
                    hint = "; the account lists no keys, so every key gets one like it: leave this out, or list keys"
                    store.account(providers[provider], "template again")
            except SeedError as error:
                self._fault([*pointer, *error.pointer], f"{error}{hint}")
            except ValueError as error:
                self._fault(pointer, f"{error}{hint}")
        store.finish()  # else its log of changes, which refers to it, keeps it in memory for good
