"""The installed provider: the suite that every provider passes, and its own rule."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest

from simulator.testing import ProviderContract

if TYPE_CHECKING:
    from simulator.testing.client import World


class TestAcme(ProviderContract):
    """What holds for every provider."""

    provider = "acme"


@pytest.mark.simulator(scenario="acme/plan-full")
def test_a_second_agent_is_refused(world: World) -> None:
    """The scenario comes with the wheel."""
    acme = world.acme
    key = {"Authorization": f"Bearer {acme.api_key}"}
    agents = f"{acme.base_url}/agents"
    assert httpx.get(f"{agents}/agt_front_desk", headers=key, trust_env=False).json()["name"] == "Front desk"
    assert httpx.post(agents, json={"name": "Back office"}, headers=key, trust_env=False).status_code == 402
