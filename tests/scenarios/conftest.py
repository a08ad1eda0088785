"""Worlds made from scenarios by name, and the customers in them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.conftest import World
from tests.scenarios.shop import Shop
from tests.scenarios.shops import SHOPS


@pytest.fixture
def shop(scenario: str, make_world: Callable[..., World]) -> Shop:
    """A customer of the scenario's provider, in a world of the scenario that a test is parametrised with."""
    return SHOPS[scenario.partition("/")[0]](make_world(scenario))
