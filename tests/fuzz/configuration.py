"""What schemathesis is to do with a spec, from the few lines that stand in `tests/fuzz/{spec}.yaml`."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from simulator.control import load_spec
from simulator.documents import read
from simulator.openapi.operation import Scheme
from simulator.registry import built_in_registry
from simulator.testing.client import Json

CONTROL = "_simulator"
TOKEN = "fuzz-token"  # noqa: S105  (of a server that lives as long as the run)

# What a request that fits the schema may meet anywhere: an object that is not there, a conflict with what is, a body that is
# longer than servers take.
ACCEPTED = ["2xx", "404", "409", "413"]

# How a request that does not fit the schema is refused; 413 where its body is also longer than servers take.
REFUSED = ["400", "401", "403", "404", "405", "406", "409", "413", "415", "422", "428", "429", "5xx"]

# What fits the schema only; the phase of single faults sends what does not.
POSITIVE = {"generation": {"mode": "positive"}}

# Warnings that mean that a run has not reached what it is there for.
WARNINGS = ["missing_auth", "missing_test_data", "method_not_allowed", "unmatched_filter", "unused_openapi_auth"]


def wanted(spec: str) -> Json:
    """What the file of a spec says; for a provider without one, its usual keys in the default world."""
    file = Path(__file__).with_name(f"{spec}.yaml")
    if file.exists():
        return dict(read(file).content)
    bound = built_in_registry().providers[spec]
    fitting = {each.name: [key for key in bound.provider.keys if each.pattern.fullmatch(key)] for each in _schemes(spec)}
    return {"world": "default", "keys": {name: keys[0] for name, keys in fitting.items() if keys}}


def _schemes(spec: str) -> Iterable[Scheme]:
    """The security schemes of a spec."""
    document = load_spec() if spec == CONTROL else built_in_registry().providers[spec].spec
    return document.schemes.values()


def keys(wish: Json) -> Json:
    """The peers in the form of Web Fuzzing Commons."""
    peers = wish.get("peers", {}).items()
    headers = {who: [{"name": name, "value": value} for name, value in sent.items()] for who, sent in peers}
    return {"auth": [{"name": who, "fixedHeaders": sent} for who, sent in headers.items()]}


def configuration(spec: str, wish: Json, *, peers: bool) -> str:
    """The text of schemathesis.toml."""
    half, only = wish.get("known", {}), wish.get("only", {})
    known = {**half, **only}
    content = {
        "hooks": str(Path(__file__).with_name("hooks.py")),
        "dictionaries": {name: {"values": values} for name, values in known.items()},
        "parameters": {name: {"dictionary": name, "probability": 0.5 if name in half else 1} for name in known},
        "generation": {"database": "none"},
        **(_between_peers(wish) if peers else _by_scheme(spec, wish)),
    }
    return "\n".join(f"{name} = {_toml(value)}" for name, value in content.items()) + "\n"


def _between_peers(wish: Json) -> Json:
    """The first of the peers asks for everything; what it is shown, the other asks for too."""
    names = list(wish["peers"])
    check = "object_level_authorization"
    checks = {"enabled": False, check: {"enabled": True}}
    shared = [name for name, unchecked in wish.get("unchecked", {}).items() if check in unchecked]
    return {
        "auth": {"wfc": {"path": "keys.json", "user": names[0], "peers": names}},
        "checks": checks,
        "phases": {"coverage": {"enabled": False}},  # it is about single values
        "operations": [{"include-operation-id": name, "checks": {check: {"enabled": False}}} for name in shared],
    }


def _by_scheme(spec: str, wish: Json) -> Json:
    """All checks; each operation is asked with the key of its own security scheme."""
    operations = {name: {"positive_data_acceptance": _accepted(*more)} for name, more in wish.get("refused", {}).items()}
    for name, checks in wish.get("unchecked", {}).items():
        operations.setdefault(name, {}).update({check: {"enabled": False} for check in checks})
    keys = {
        each.name: {"bearer" if each.bearer else "api_key": wish["keys"][each.name]}
        for each in _schemes(spec)
        if each.name in wish["keys"]
    }
    return {
        "auth": {"openapi": keys},
        "checks": {"positive_data_acceptance": _accepted(), "negative_data_rejection": {"expected-statuses": REFUSED}},
        "phases": {phase: {"operation-ordering": "none"} for phase in wish.get("in_order", ())},
        "warnings": {"fail-on": WARNINGS},
        "operations": [
            *({"include-operation-id": name, "checks": checks} for name, checks in operations.items()),
            *({"include-operation-id": name, "warnings": False} for name in wish.get("unreachable", ())),
            *({"include-operation-id": name, "phases": {"fuzzing": POSITIVE}} for name in wish.get("positive", ())),
        ],
    }


def _accepted(*more: int) -> Json:
    return {"expected-statuses": [*ACCEPTED, *map(str, more)]}


def _toml(value: Any) -> str:
    """A value as TOML has it inline; but for objects it is what JSON has."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(name)} = {_toml(each)}" for name, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_toml, value)) + "]"
    return json.dumps(value)
