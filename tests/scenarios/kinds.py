"""The kinds of scenario that every provider has, and the names of their files."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from simulator.registry import data_folder

PROVIDERS = sorted(path.stem for path in data_folder("specs").glob("[!_]*.yaml"))
FILES = sorted(
    path.relative_to(data_folder("scenarios")).with_suffix("").as_posix() for path in data_folder("scenarios").rglob("*.yaml")
)
KINDS = (
    "error-after-purchase",
    "flaky",
    "key-revoked",
    "lost-answer",
    "lost-request",
    "no-inventory",
    "no-subscription",
    "numbers-settle-late",
    "outage",
    "plan-full",
    "rate-limited",
    "slow",
    "unknown-agent",
)
ELSEWHERE = {"chirp/unknown-agent": "chirp/unknown-app"}  # who has no agents has apps


def of_kind(kind: str, providers: Iterable[str] = PROVIDERS) -> pytest.MarkDecorator:
    """Run a test in the scenario of this kind of each provider; `test_catalogue` reads from it what is tested."""
    names = [f"{provider}/{kind}" for provider in providers]
    return only(*(ELSEWHERE.get(name, name) for name in names))


def only(*scenarios: str) -> pytest.MarkDecorator:
    """Run a test in each of these scenarios."""
    return pytest.mark.parametrize("scenario", scenarios)
