"""A simulator in a container for the whole run, and a world of its own for each test."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from testcontainers.core.container import DockerContainer
from testcontainers.core.wait_strategies import HealthcheckWaitStrategy

IMAGE = "provider-simulator:0.2.0"

_names = itertools.count(1)


@pytest.fixture(scope="session")
def control() -> Iterator[httpx.Client]:
    """A client of the simulator's control API, once the container is healthy."""
    container = DockerContainer(IMAGE).with_exposed_ports(8080).waiting_for(HealthcheckWaitStrategy())
    with container:
        url = f"http://{container.get_container_host_ip()}:{container.get_exposed_port(8080)}"
        with httpx.Client(base_url=f"{url}/_simulator") as client:
            yield client


@pytest.fixture
def make_world(control: httpx.Client) -> Callable[[str], dict[str, Any]]:
    """Make a world from a scenario; it tells each provider's `base_url` and `keys`, which is all that an application needs."""

    def make(scenario: str) -> dict[str, Any]:
        answer = control.put(f"/worlds/testcontainers-{next(_names)}", json={"scenario": scenario})
        answer.raise_for_status()
        providers: dict[str, Any] = answer.json()["providers"]
        return providers

    return make
