"""The options of a hunt: what is impossible is refused before the first run."""

from __future__ import annotations

import pytest

from simulator.testing.client import World
from tests.lab.desk import Desk
from tests.lab.right_clients import looks_before_each_purchase
from tests.lab.wrong_clients import VANTAX, blind_retry


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"faults": ["lost-anwser"]}, "unknown kind of fault 'lost-anwser'; did you mean lost-answer"),
        ({"deepest": 0}, "deepest is 0, expected an integer from 1 on"),
        ({"budget": 0}, "budget is 0, expected an integer from 1 on"),
        ({"faults": []}, "faults is empty, expected some of refused, throttled, lost-request"),
        ({"faults": (), "receiver": dict}, "faults is empty, expected some of twice, twice-late"),
        ({"once": "purchase_phone_number"}, "once has 'purchase_phone_number', expected provider.operation_id, such as"),
        ({"once": [VANTAX, 5]}, "once has 5, expected provider.operation_id"),
        ({"once": []}, "once is empty, expected provider.operation_id"),
        ({"spend": "much"}, "spend is 'much', expected an amount in USD, such as 20"),
        ({"spend": float("nan")}, "spend is nan, expected an amount in USD"),
        ({"spend": -1}, "spend is -1, expected an amount in USD"),
        ({"store": {}}, "store is {}, expected a function that makes what the client keeps, such as dict"),
        ({"knows": ["+14155550100"]}, r"knows is \['\+14155550100'\], expected a function that returns the numbers"),
        ({"invariants": dict}, "invariants is <class 'dict'>, expected a list of functions of the world"),
        ({"invariants": [dict, 5]}, r"invariants\[1\] is 5, expected a function of the world"),
        ({"receiver": 5}, "receiver is 5, expected a function that takes webhooks, an ASGI application, or a URL"),
        ({"receiver": dict, "settles": 5}, "settles is 5, expected a function that returns what the receiver"),
        ({"save_as": "/nowhere/found.yaml"}, "save_as is '/nowhere/found.yaml', but there is no folder '/nowhere'"),
        ({"save_as": "/"}, "save_as is the folder '/', expected the name of a file"),
        ({"client": 5}, "client is 5, expected a function to be called for each run"),
    ],
)
def test_refuses_impossible_options(world: World, options: dict[str, object], text: str) -> None:
    """The text names what is possible, and it comes before the first run."""
    with pytest.raises(ValueError, match=text):
        world.hunt(**{"client": Desk(world, "vantax").buy, **options})  # type: ignore[arg-type]
    assert world.requests() == []


def test_kinds_may_come_from_an_iterator(world: World) -> None:
    """Which is read once."""
    client, kinds = looks_before_each_purchase(world), iter(["refused", "throttled"])
    assert "1 fault of 2 kinds" in world.hunt(client, once=VANTAX, faults=kinds, deepest=1, budget=20).bound


@pytest.mark.parametrize(
    "text", ["vantax.purchase_phone_number:lost-answer", "vantax.x#0:refused", "vantax.x#1:lots", "vantax.x#1:lost"]
)
def test_refuses_what_is_no_schedule(world: World, text: str) -> None:
    """The text names the form."""
    world.replay = text
    with pytest.raises(
        ValueError, match=r"expected operation, occurrence and kind, such as|unknown kind of fault 'lots'|lost is a fault of"
    ):
        world.hunt(blind_retry(world), once=VANTAX)
