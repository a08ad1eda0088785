"""The amounts in the document of a world: those that a ledger can show are taken, and no others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.conftest import World
from tests.scenarios.shops import SHOPS
from tests.unit.control.test_world_documents import CARTESIA, put


@pytest.fixture
def bought(make_world: Callable[..., World]) -> World:
    """A world in which somebody has bought a number."""
    world = make_world(CARTESIA, 7)
    assert SHOPS["cartesia"](world).buy().status_code == 201
    return world


@pytest.fixture
def document(bought: World) -> dict[str, Any]:
    """Its document."""
    content: dict[str, Any] = bought.http.get(f"{bought.control}/snapshot").json()
    return content


@pytest.mark.parametrize("price", [0, 12.345, "0.000001", 999_999_999_999])
def test_a_ledger_shows_the_amounts_of_a_document(bought: World, document: dict[str, Any], price: Any) -> None:
    """As they are."""
    document["state"]["holdings"]["rows"][0]["record"]["price"][0] = price
    assert put(bought, document).status_code == 200
    ledger = bought.http.get(f"{bought.control}/ledger").json()
    assert float(ledger["entries"][0]["amount"]) == float(price)


@pytest.mark.parametrize("price", [-1, -0.001, 1e308, 1e-308, "NaN", "sNaN", "Infinity", "1E+999999999", "1E-999999999"])
@pytest.mark.parametrize("place", [0, 1])
def test_an_amount_that_no_ledger_can_show_is_refused(bought: World, document: dict[str, Any], price: Any, place: int) -> None:
    """To write out one with a thousand million digits would take all memory."""
    document["state"]["holdings"]["rows"][0]["record"]["price"][place] = price
    refused = put(bought, document)
    assert refused.status_code == 422
    assert "expected a price of 0 or more, with at most 12 digits" in refused.json()["detail"]
    assert bought.http.get(f"{bought.control}/ledger").status_code == 200
