"""Named errors: each can be asked for, by a rule or by the client, and comes in the form that the provider gives its errors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from simulator.openapi.evidence import WEAKEST_FIRST
from simulator.openapi.schema_validator import SchemaValidator
from tests.conftest import World
from tests.scenarios.kinds import PROVIDERS
from tests.scenarios.shop import Shop
from tests.scenarios.shops import SHOPS
from tests.unit.subject import load


def errors(shop: Shop) -> list[dict[str, Any]]:
    """What the control API says of a provider's errors."""
    url = shop.world.control.partition("/worlds/")[0] + "/providers"
    (found,) = [each["errors"] for each in shop.world.http.get(url).json()["providers"] if each["name"] == shop.name]
    assert len(found) >= 10
    return list(found)


def forms(provider: str, status: int) -> list[SchemaValidator]:
    """How the spec says that refusals of a status look; where it knows none, how any refusal looks."""
    operations = load(provider).operations.values()
    refusals = [(code, each) for one in operations for code, each in one.responses.items() if code >= 400]
    of_status = [each for code, each in refusals if code == status] or [each for _, each in refusals]
    return [check for each in of_status for media, check in each.media.items() if media.endswith("json")]


def faults(shop: Shop, error: dict[str, Any], answer: httpx.Response) -> list[str]:
    """What is wrong with the answer that an error came in."""
    found = []
    if answer.status_code != error["status"]:
        found.append(f"status {answer.status_code}, listed as {error['status']}")
    if "X-Simulator-Bug" in answer.headers:
        found.append("a bug of the simulator")
    evidence = answer.headers["X-Simulator-Evidence"]
    if WEAKEST_FIRST.index(evidence) > WEAKEST_FIRST.index(error["evidence"]):  # an operation may not list the status
        found.append(f"evidence {evidence}, listed as {error['evidence']}")
    if not any(check.validator.is_valid(answer.json()) for check in forms(shop.name, error["status"])):
        found.append(f"not the provider's form: {answer.text}")
    if error["code"] and shop.name != "vantax" and f'"{error["code"]}"' not in answer.text:  # Vantax sends no codes
        found.append(f"without its code {error['code']}: {answer.text}")
    return [f"{error['name']}: {each}" for each in found]


@pytest.mark.parametrize("provider", PROVIDERS)
def test_every_error_by_a_rule(world: World, provider: str) -> None:
    """One rule, one refusal; the answer names the rule and the journal the error."""
    shop, found = SHOPS[provider](world), []
    for error in errors(shop):
        rule = {"name": "wanted", "when": {"provider": provider}, "times": 1, "then": {"error": error["name"]}}
        shop.control("POST", "/rules", rule)
        answer = shop.ask()
        found += faults(shop, error, answer)
        assert answer.headers["X-Simulator-Rule"] == "wanted"
        assert shop.last()["error"] in (error["name"], "INVALID_KEY")  # of which WRONG_KEY may be another name
    assert found == []
    assert shop.ask().status_code == 200


@pytest.mark.parametrize("provider", PROVIDERS)
def test_every_error_for_the_asking(world: World, provider: str) -> None:
    """`Prefer: error=NAME` gets the refusal without any set-up, and the answer says that it was for the asking."""
    shop, found = SHOPS[provider](world), []
    for error in errors(shop):
        wish = f"error={error['name']}"
        answer = shop.ask(headers={"Prefer": wish})
        found += faults(shop, error, answer)
        assert answer.headers["Preference-Applied"] == wish
    assert found == []


@pytest.mark.parametrize("provider", PROVIDERS)
def test_every_error_after_the_purchase(make_world: Callable[..., World], provider: str) -> None:
    """The same refusals lie about a purchase that took effect."""
    accounts = [{"cartesia": {"plan": "enterprise", "slots": 100}, "chirp": {"apps": [{"id": SHOPS["chirp"].agent}]}}]
    shop = SHOPS[provider](make_world({"description": "room for all", "open": True, "accounts": accounts}))
    found = []
    for count, error in enumerate(errors(shop)):
        then = {"error": error["name"], "stage": "after_commit"}
        order = shop.order()
        shop.control("POST", "/rules", {"when": {"provider": provider, "method": "POST"}, "times": 1, "then": then})
        found += faults(shop, error, shop.send(order))
        assert len(shop.held()) == count + 1
    assert found == []
