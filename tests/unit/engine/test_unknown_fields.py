"""What an operation does not know is dropped as the provider drops it, but not without a word."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import Api
from tests.providers.shop import KEY, SHOP, Client, served
from tests.unit.steering import AGENTS, Steered

HEADER = "X-Simulator-Unknown-Fields"
CASES = [
    ({"name": "x", "agent_id": "a"}, "", "agent_id"),
    ({"name": "x", "agentNme": "a"}, "", "agentNme"),
    ({"name": "x"}, "?limt=3", "limt (in the query)"),
    ({"name": "x", "a": 1, "b": 2}, "?c=3", "c (in the query), a, b"),
    ({"name": "x", " ": 1}, "?=3", '"" (in the query), " "'),
    ({"name": "x", "n" * 100: {"a": 1}}, "", "n" * 60),
    ({"name": "x"}, "", None),
]


@pytest.mark.parametrize(("body", "query", "shown"), CASES)
def test_an_unknown_field_is_named(steered: Steered, body: dict[str, object], query: str, shown: str | None) -> None:
    """In a header, in the journal and in the verdict; the response is what the provider would send."""
    plain = steered.demo("POST", AGENTS, {"name": "x"})
    response = steered.demo("POST", f"{AGENTS}{query}", body)
    assert (response.status_code, response.json().keys()) == (plain.status_code, plain.json().keys())
    named = [field.partition(" (did you mean")[0] for field in steered.journal()[-1]["unknown_fields"]]
    assert (", ".join(named) or None) == shown
    assert (HEADER in response.headers) == (shown is not None)
    assert response.headers.get(HEADER, "") == ", ".join(steered.journal()[-1]["unknown_fields"])
    kinds = [finding["kind"] for finding in steered.told("GET", "/verdict")["findings"]]
    assert ("unknown_fields" in kinds) == (shown is not None)


def vantax(steered: Steered) -> Api:
    """A customer of Vantax, who has query parameters."""
    return steered.world.api("vantax", Authorization="Bearer vx_live_demo")


def test_it_is_named_where_the_request_is_refused(steered: Steered) -> None:
    """The misspelt name may be the reason: a test that expects a refusal would be right by accident."""
    response = vantax(steered)("POST", "/phone-numbers", {"sub_account_id": "sub_8a1f4c2e", "areaCode": "415"})
    assert response.status_code == 422
    assert response.headers[HEADER] == "areaCode (did you mean area_code?)"
    assert [finding["kind"] for finding in steered.told("GET", "/verdict")["findings"]] == ["unknown_fields"]


def test_a_field_that_is_refused_by_its_name_is_not_named_again(tmp_path: Path) -> None:
    """Where a provider takes no others, the refusal says it."""
    spec = SHOP.replace(
        "properties: {pet_id: {type: string}}}}", "additionalProperties: false, properties: {pet_id: {type: string}}}}"
    )
    client = Client(served(tmp_path, spec), "/shop/v1", params={"api_key": KEY})
    response = client.post("/orders", json={"pet_id": "1", "petid": "2"})
    assert (response.status_code, "petid" in response.text) == (400, True)
    assert HEADER not in response.headers


@pytest.mark.parametrize(("method", "path"), [("GET", "/phone-numbers"), ("DELETE", "/phone-numbers/pn_1")])
def test_a_body_that_the_operation_does_not_take(steered: Steered, method: str, path: str) -> None:
    """What should be in the query, for example."""
    response = vantax(steered)(method, path, {"limt": 1, "other": 2})
    hint = "; did you mean limit in the query?" if method == "GET" else ""
    no_body = "(in the body, and the operation takes none"
    assert response.headers[HEADER] == f"limt {no_body}{hint}), other {no_body})"


def test_the_nearest_name_is_shown(steered: Steered) -> None:
    """Of a field that is spelt otherwise elsewhere."""
    response = steered.demo("POST", "/numbers", {"prefx": "+1415"})
    assert response.headers[HEADER] == "prefx (did you mean prefix?)"
