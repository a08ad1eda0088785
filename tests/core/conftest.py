"""What the tests of the core share."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.conftest import World
from tests.core.steering import Steered


@pytest.fixture
def steered(world: World) -> Steered:
    """A fresh world of the default scenario."""
    return Steered(world)


@pytest.fixture
def steer(make_world: Callable[..., World]) -> Callable[..., Steered]:
    """Make worlds of other scenarios."""
    return lambda *scenario, **more: Steered(make_world(*scenario, **more))
