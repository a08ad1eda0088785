"""What a Chirp organisation pays: https://docs.buildwithchirp.com/api-reference/admin/get-v1organizationbillingsummary."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.conftest import Api, World
from tests.providers.test_chirp import APP, NUMBERS, PURCHASE, bearer, new_app, refusal

SUMMARY = "/v1/organization/billing/summary"
PRODUCTS = {"messaging", "sip-trunking", "webrtc", "recording", "media-storage", "whatsapp", "phone-numbers"}


@pytest.fixture
def world(make_world: Callable[..., World]) -> World:
    """A world without numbers whose clock stands on the last day of January."""
    clock = {"start": "2026-01-31T12:00:00Z", "frozen": True}
    return make_world({"description": "x", "open": True, "clock": clock, "accounts": [{"chirp": {"apps": [{"id": APP}]}}]})


@pytest.fixture
def admin(world: World) -> Api:
    """Chirp with an admin key."""
    return bearer(world, "sk_admin_demo")


def summary(admin: Api, start: str, end: str, **more: str) -> Any:
    """The costs of a period."""
    answer = admin("GET", SUMMARY, params={"start_date": start, "end_date": end, **more})
    assert answer.status_code == 200, answer.text
    return answer.json()


def total(admin: Api, start: str, end: str, **more: str) -> tuple[float, int]:
    """What a period cost, and in how many records."""
    costs = summary(admin, start, end, **more)
    return costs["total_cost"], costs["record_count"]


def test_the_form_of_a_summary(admin: Api) -> None:
    """All products, channels and directions are named, in snake case, whatever was billed."""
    costs = summary(admin, "2026-01-01", "2026-01-31")
    assert set(costs) == {"total_cost", "currency", "period", "by_product", "by_channel", "by_direction", "record_count"}
    assert set(costs["by_product"]) == PRODUCTS
    assert set(costs["by_channel"]) == {"sms", "mms", "whatsapp", "voice", "other"}
    assert set(costs["by_direction"]) == {"inbound", "outbound"}
    assert (costs["total_cost"], costs["currency"], costs["record_count"]) == (0, "USD", 0)
    assert costs["period"] == {"start": "2026-01-01", "end": "2026-01-31"}


@pytest.mark.parametrize(
    ("number", "kind", "fee", "rent"),
    [("+14155551234", "local", 1, 1), ("+18885550123", "tollfree", 1, 2), ("+447700900123", "mobile", 1, 1)],
)
def test_a_number_costs_a_fee_and_a_monthly_rent(
    world: World, admin: Api, number: str, kind: str, fee: float, rent: float
) -> None:
    """A one-time fee, and a rent from the day of the purchase on, a month's last day at the latest (sms/managing-numbers)."""
    admin("POST", PURCHASE, {"phoneNumber": number, "numberType": kind})
    costs = summary(admin, "2026-01-31", "2026-01-31")
    assert (costs["total_cost"], costs["record_count"]) == (fee + rent, 2)
    assert costs["by_product"] == {**dict.fromkeys(PRODUCTS, 0), "phone-numbers": fee + rent}
    assert costs["by_channel"]["other"] == fee + rent
    assert total(admin, "2026-02-01", "2026-12-31") == (0, 0), "nothing is billed in advance"
    world.http.post(f"{world.control}/clock", json={"set": "2026-03-01T00:00:00Z"})
    assert total(admin, "2026-02-01", "2026-02-28") == (rent, 1)
    assert total(admin, "2026-02-01", "2026-02-27") == (0, 0)
    assert total(admin, "0001-01-01", "9999-12-31") == (fee + 2 * rent, 3)


def test_a_deleted_number_costs_no_further_rent(world: World, admin: Api) -> None:
    """What was billed stays billed."""
    bought = admin("POST", PURCHASE, {"phoneNumber": "+14155551234", "numberType": "local"}).json()
    assert admin("DELETE", f"{NUMBERS}/{bought['phoneNumberId']}").status_code == 200
    world.http.post(f"{world.control}/clock", json={"advance": "100d"})
    assert total(admin, "2026-01-01", "2026-12-31") == (2, 2)


def test_costs_of_one_app(admin: Api) -> None:
    """`app_id` leaves what was bought for that app."""
    other = new_app(admin, "other")
    admin("POST", PURCHASE, {"phoneNumber": "+14155551234", "numberType": "local"})
    admin("POST", f"{NUMBERS}/{other}/purchase", {"phoneNumber": "+18885550123", "numberType": "tollfree"})
    day = ("2026-01-31", "2026-01-31")
    assert total(admin, *day) == (5, 4)
    assert [total(admin, *day, app_id=app_id)[0] for app_id in (APP, other, "app_x")] == [2, 3, 0]


def test_test_mode_is_free_and_the_dashboard_is_not(make_world: Callable[..., World]) -> None:
    """A test app pays nothing (api_reference/authentication); a number that was bought in the dashboard is paid for."""
    app_id = "app_test_2DbBs7GWhGvVNJGrDXr5RG0mBWI"
    clock = {"start": "2026-01-31T12:00:00Z", "frozen": True}
    seed = {"apps": [{"id": app_id}], "numbers": [{"type": "shortcode"}]}
    admin = bearer(
        make_world({"description": "x", "open": True, "clock": clock, "accounts": [{"chirp": seed}]}), "sk_admin_demo"
    )
    admin("POST", f"{NUMBERS}/{app_id}/purchase", {"phoneNumber": "+14155551234", "numberType": "local"})
    assert total(admin, "2026-01-01", "2026-01-31") == (1000, 2)


@pytest.mark.parametrize(
    ("start", "end", "param"),
    [
        ("", "2026-01-31", "start_date"),
        ("2026-02-30", "2026-03-31", "start_date"),
        ("2026-01-01", "January", "end_date"),
        ("2026-02-01", "2026-01-31", "end_date"),
    ],
)
def test_periods_that_are_none(admin: Api, start: str, end: str, param: str) -> None:
    """Both days are required, exist, and come in order."""
    answer = admin("GET", SUMMARY, params={"start_date": start, "end_date": end})
    assert refusal(answer) == (400, "invalid_request_error", None, param)
