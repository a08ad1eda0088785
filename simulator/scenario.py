"""Scenarios: what a world starts as, read strictly from YAML; whatever cannot work is refused with file and line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from typing import Any

import jsonschema_rs
import msgspec

from simulator.documents import BrokenFile, Document, Fault
from simulator.numberplan import Plan, plan_of, whole_plan
from simulator.provider import Bound, Seed
from simulator.world import World

KEYED = "account {} has a {} section but none of its keys has the form of a {} key"


@dataclass(frozen=True)
class Scenario:
    """A world to be: its accounts by provider and tenant, which keys open them, and what is for sale."""

    name: str
    description: str = ""
    seed: int = 0
    open: bool = False
    start: datetime | None = None
    frozen: bool = False
    plan: Plan | None = None
    taken: tuple[str, ...] = ()
    listed: Mapping[tuple[str, str], str] = field(default_factory=dict)  # (provider, key) -> tenant
    seeds: Mapping[tuple[str, str], Seed] = field(default_factory=dict)  # (provider, tenant) -> seed
    template: Mapping[str, Seed] = field(default_factory=dict)  # provider -> seed of every account not listed
    defaults: Mapping[str, type[Seed]] = field(default_factory=dict)

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
        """The JSON Schema of a scenario file; the account sections are those of the providers."""
        seeds = [bound.provider.seed for bound in self._providers.values()]
        references, definitions = msgspec.json.schema_components(seeds, ref_template="#/$defs/{name}")
        sections = dict(zip(self._providers, references, strict=True))
        text = {"type": "string", "minLength": 1}
        number = {"type": "string", "pattern": r"^\+[1-9][0-9]{6,14}$"}
        numbers = {"type": "array", "items": number, "uniqueItems": True}
        account = _closed({"keys": {"type": "array", "items": text, "minItems": 1, "uniqueItems": True}, **sections})
        inventory = _closed({"taken": numbers, "only": {**numbers, "minItems": 1}})
        properties = {
            "description": text,
            "seed": {"type": "integer"},
            "open": {"type": "boolean"},
            "accounts": {"type": "array", "items": account},
            "inventory": {**inventory, "maxProperties": 1},
        }
        schema = "https://json-schema.org/draft/2020-12/schema"
        return {
            "$schema": schema,
            "title": "Scenario",
            **_closed(properties),
            "required": ["description"],
            "$defs": definitions,
        }

    def read(self, document: Document, name: str) -> Scenario:
        """Make a scenario of a parsed file.

        Raises:
            BrokenFile: with every fault, at its line.
        """
        faults = list(self._schema_faults(document))
        if faults:
            raise BrokenFile(sorted(set(faults)))
        return _Reader(self._providers, document, name).scenario()

    @cached_property
    def _validator(self) -> jsonschema_rs.Draft202012Validator:
        return jsonschema_rs.Draft202012Validator(self.schema)

    def _schema_faults(self, document: Document) -> Iterator[Fault]:
        for error in self._validator.iter_errors(document.content):
            kind: Any = error.kind
            extra = kind.unexpected if kind.name == "additionalProperties" else []
            for key in extra:
                yield document.fault([*error.instance_path, key], f"found {key!r}, {self._expected(error)}")
            if not extra:
                where = "/".join(map(str, error.instance_path)) or "the scenario"
                yield document.fault(error.instance_path, f"{where}: {error.message}")

    def _expected(self, error: jsonschema_rs.ValidationError) -> str:
        node: Any = self.schema
        for step in error.schema_path[:-1]:
            node = node[step]
            while "$ref" in node:
                node = self.schema["$defs"][node["$ref"].rpartition("/")[2]]
        return "expected one of " + ", ".join(node.get("properties", {}))


def _closed(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "additionalProperties": False}


class _Reader:
    """Turns one document that fits the schema into a scenario, and finds what no schema can say."""

    def __init__(self, providers: Mapping[str, Bound], document: Document, name: str) -> None:
        self._providers = providers
        self._document = document
        self._name = name
        self._faults: list[Fault] = []
        self._listed: dict[tuple[str, str], str] = {}
        self._seeds: dict[tuple[str, str], Seed] = {}
        self._template: dict[str, Seed] = {}
        self._places: dict[tuple[str, str], list[str | int]] = {}  # (provider, tenant) -> where its seed stands

    def scenario(self) -> Scenario:
        content = self._document.content
        for index, account in enumerate(content.get("accounts", ())):
            self._account(index, account, content.get("open", False))
        plan, taken = self._inventory(content.get("inventory", {}))
        self._refuse_faults()
        scenario = Scenario(
            name=self._name,
            description=content["description"],
            seed=content.get("seed", 0),
            open=content.get("open", False),
            plan=plan,
            taken=taken,
            listed=self._listed,
            seeds=self._seeds,
            template=self._template,
            defaults={name: bound.provider.seed for name, bound in self._providers.items()},
        )
        self._try(scenario)
        self._refuse_faults()
        return scenario

    def _refuse_faults(self) -> None:
        if self._faults:
            raise BrokenFile(sorted(self._faults))

    def _fault(self, pointer: Sequence[str | int], problem: str) -> None:
        self._faults.append(self._document.fault(pointer, problem))

    def _account(self, index: int, account: dict[str, Any], is_open: bool) -> None:
        keys = account.get("keys", [])
        sections = {
            name: msgspec.convert(account[name], bound.provider.seed)
            for name, bound in self._providers.items()
            if name in account
        }
        if not keys:
            if not is_open:
                self._fault(["accounts", index], "an account without keys, expected keys or `open: true`")
            self._template.update(sections)
            self._places.update({(name, "template"): ["accounts", index, name] for name in sections})
            return
        tenant = f"account {index + 1}"
        owners = {key: [name for name in self._providers if self._fits(name, key)] for key in keys}
        for key, names in owners.items():
            if not names:
                self._fault(["accounts", index, "keys"], f"the key {key!r} has the form of no provider's keys")
            for name in names:
                if (name, key) in self._listed:
                    self._fault(["accounts", index, "keys"], f"the key {key!r} is listed twice")
                self._listed[name, key] = tenant
        opened = {name for names in owners.values() for name in names}
        for name in sections.keys() - opened:
            self._fault(["accounts", index, name], KEYED.format(index + 1, name, name))
        for name in opened:
            self._seeds[name, tenant] = sections.get(name) or self._providers[name].provider.seed()
            self._places[name, tenant] = ["accounts", index, name]

    def _fits(self, provider: str, key: str) -> bool:
        schemes = self._providers[provider].spec.schemes.values()
        return any(scheme.pattern.fullmatch(key) for scheme in schemes)

    def _inventory(self, inventory: dict[str, Any]) -> tuple[Plan | None, tuple[str, ...]]:
        for where in ("taken", "only"):
            for index, number in enumerate(inventory.get(where, ())):
                if whole_plan().position(number) is None:
                    problem = (
                        f"{number} is not kept out of service; expected a number that can never ring, such as +14155550142"
                    )
                    self._fault(["inventory", where, index], problem)
        if self._faults or "only" not in inventory:
            return None, tuple(inventory.get("taken", ()))
        return plan_of(inventory["only"]), ()

    def _try(self, scenario: Scenario) -> None:
        """Open every account once, so that a seed that no account can start with is refused here and not in a request."""
        providers = {name: bound.provider for name, bound in self._providers.items()}
        world = World(scenario.name, replace(scenario, seeds={}), providers)
        world.scenario = scenario
        for (provider, tenant), pointer in self._places.items():
            try:
                world.account(providers[provider], tenant)
            except ValueError as error:
                self._fault(pointer, str(error))
