"""Numbers never ring: what a scenario gives an account is held to the rule of the inventory, imported numbers too."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.documents import BrokenFile, parse
from simulator.numbering import whole_plan
from simulator.registry import built_in_registry

PERSON = "+16502530000"  # somebody's
SEEDS: dict[str, list[str]] = {
    "cald": ["{{id: 65b8f0a2c4d1e3f5a6b7c8d9, number: {}}}"],
    "cartesia": ["{{label: x, number: {}}}"],
    "chirp": ["number: {}"],
    "truedy": ["phone_number: {}"],
    "vantax": ["number: {}", "{{number: {}, source: imported, country: US}}"],
}
CASES = [(provider, seed) for provider, seeds in SEEDS.items() for seed in seeds]


def load(provider: str, seed: str, number: str) -> Any:
    """Load a scenario file whose account holds a number."""
    listed = seed.format(f'"{number}"')
    text = f"description: x\nopen: true\naccounts:\n  - {provider}:\n      numbers:\n        - {listed}\n"
    return built_in_registry().scenarios.read(parse(text, "mine.yaml"), "mine", uploaded=True)


def test_every_provider_is_here() -> None:
    """A sixth one needs a line above."""
    assert SEEDS.keys() == built_in_registry().providers.keys()
    assert whole_plan().position(PERSON) is None


@pytest.mark.parametrize(("provider", "seed"), CASES)
def test_a_number_that_could_ring_is_refused(provider: str, seed: str) -> None:
    """With file and line, when the scenario is loaded."""
    with pytest.raises(BrokenFile) as broken:
        load(provider, seed, PERSON)
    fault = str(broken.value)
    assert fault.startswith("mine.yaml:")
    assert int(fault.split(":")[1]) in (4, 5, 6)
    assert "can never ring" in fault
    assert PERSON in fault
