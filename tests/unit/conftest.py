"""What the tests of the core share: worlds in which there is the demo provider too, which is in no release."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

import pytest

from simulator import Simulator
from tests.conftest import World
from tests.demo_provider import PROVIDERS
from tests.unit.command import Serving, end
from tests.unit.steering import Steered


@pytest.fixture(scope="session")
def simulator(pytestconfig: pytest.Config) -> Iterator[Simulator]:
    """Run a simulator of the built-in providers and of the demo provider."""
    with contextlib.closing(Simulator(providers_folder=PROVIDERS)) as running:
        yield running


@pytest.fixture
def steered(world: World) -> Steered:
    """A fresh world of the default scenario."""
    return Steered(world)


@pytest.fixture
def steer(make_world: Callable[..., World]) -> Callable[..., Steered]:
    """Make worlds of other scenarios."""
    return lambda *scenario, **more: Steered(make_world(*scenario, **more))


@pytest.fixture
def serve() -> Iterator[Callable[..., Serving]]:
    """Start servers; they are gone after the test."""
    with contextlib.ExitStack() as stack:

        def start(*arguments: str, **environment: str) -> Serving:
            one = Serving(*arguments, **environment)
            stack.enter_context(one.process)
            stack.callback(end, one.process)
            return one

        yield start
