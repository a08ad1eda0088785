"""A second simulator whose switches stand otherwise is told from this one: every switch that a status tells."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from simulator.lab.comparison.switches import Settled
from tests.conftest import Api
from tests.lab.real.recordings import REGISTRY, Upstreams, compared, recording
from tests.providers.journeys import ACCOUNT, KEYS, STATUSES

SWITCHES = {
    f"{name}.{each}": switch
    for name, bound in REGISTRY.providers.items()
    for each, switch in bound.provider.assumptions.items()
}
CASES = [(name, value) for name in STATUSES for value in SWITCHES[name].values]


@pytest.fixture(scope="module")
def upstreams() -> Upstreams:
    """A second simulator."""
    return Upstreams()


def journey_of(upstreams: Upstreams, file: Path, name: str, value: Any) -> tuple[dict[str, Any], list[Settled], Any]:
    """Record a journey in a world that assumes a value, and compare it with one that assumes nothing."""
    provider = name.partition(".")[0]
    inventory = {"only": ["+442079460000"]} if name.endswith("no_inventory") else {}
    scenario = {"description": "x", "open": True, "accounts": [{provider: ACCOUNT[provider]}], "inventory": inventory}
    address = upstreams.world({**scenario, "assume": {name: value}})
    headers = {header.replace("_", "-"): text for header, text in KEYS[provider].items()}
    with recording(file, upstreams.app, address, provider) as http:
        base_path = REGISTRY.providers[provider].spec.base_path
        STATUSES[name][0](Api(http, f"http://recorder/{provider}{base_path}", headers))
    comparison = compared(file, scenario)
    return scenario, comparison.settlement.switches, comparison


@pytest.mark.parametrize(("name", "value"), CASES)
def test_a_switch_is_confirmed_or_refuted(upstreams: Upstreams, tmp_path: Path, name: str, value: Any) -> None:
    """By the recording of one journey, and the block that follows makes every exchange match."""
    file = tmp_path / "traffic.har"
    scenario, switches, comparison = journey_of(upstreams, file, name, value)
    found = next(one for one in switches if one.name == name)
    if value == SWITCHES[name].default:
        assert (found.finding, comparison.settlement.assume) == ("confirmed", {}), "\n".join(comparison.lines())
        assert comparison.is_passed
    else:
        assert (found.finding, found.right) == ("refuted", value), "\n".join(comparison.lines())
        assert not comparison.is_passed
        assert comparison.settlement.assume == {name: value}
        assert compared(file, {**scenario, "assume": comparison.settlement.assume}).is_passed
