"""Scenarios about what is known: one that takes no guess, and one that makes another."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.conftest import World
from tests.scenarios.kinds import PROVIDERS, only
from tests.scenarios.shop import Shop
from tests.scenarios.shops import SHOPS


@only("strict")
@pytest.mark.parametrize("provider", PROVIDERS)
def test_nothing_is_answered_that_is_not_documented(scenario: str, make_world: Callable[..., World], provider: str) -> None:
    """Two providers document a purchase down to the last field; at the others nothing is bought, and one is told why."""
    shop = SHOPS[provider](make_world(scenario))
    answer = shop.buy()
    assert answer.is_success == (provider in ("cald", "cartesia"))
    if answer.is_success:
        assert answer.headers["X-Simulator-Evidence"] == "documented"
        assert len(shop.held()) == 1
    else:
        assert (answer.status_code, shop.last()["error"]) == (501, "GUESSED")
        assert shop.held() == []
        assert answer.json()["guesses"]


@only("truedy/release-while-assigned")
def test_an_assigned_number_can_be_released(shop: Shop) -> None:
    """The agent has it no more; anywhere else it would be refused."""
    assert shop.release("d0845d54-d96d-4cb8-8cc3-eac55f94c2c0").status_code == 200
    assert shop.page() == []
