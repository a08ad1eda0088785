"""A simulator that is recorded and compared with itself: nothing differs, in any operation."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.lab.real.recordings import REGISTRY, Upstreams, compared, everything, record, request

UNCLEAR = {"truedy.import_contacts"}  # its file is left out


@pytest.mark.parametrize("provider", sorted(REGISTRY.providers))
def test_nothing_differs_over_all_operations(tmp_path: Path, provider: str) -> None:
    """Each example of each operation is sent; the worlds have other ids and numbers, and no switch is refuted."""
    upstreams, bound, file = Upstreams(), REGISTRY.providers[provider], tmp_path / "traffic.har"
    responses = record(file, upstreams.app, upstreams.world("examples"), everything(bound), providers=[provider])
    comparison = compared(file, "examples")
    assert len(comparison.verdicts) == len(responses)
    kinds = {verdict.operation: verdict.kind for verdict in comparison.verdicts}
    assert kinds.keys() == {f"{provider}.{name}" for name in bound.spec.operations}
    for verdict in comparison.verdicts:
        simulated = verdict.operation.partition(".")[2] in bound.spec.simulated
        expected = {"could not be checked"} if verdict.operation in UNCLEAR else {"matched"} if simulated else {"not simulated"}
        assert verdict.kind in expected | ({"matched"} if verdict.operation in UNCLEAR else set()), verdict
    assert not comparison.settlement.assume
    assert not [one for one in comparison.settlement.switches if one.finding in ("refuted", "undecided")]
    answered = [response for response in responses if response.status_code != 501]
    assert sum(response.is_success for response in answered) > 0.7 * len(answered)  # not only refusals are compared


def test_ids_numbers_and_pages_are_followed(tmp_path: Path) -> None:
    """What the recording had in one response and sent in the next request is what the world gave; so are cursors."""
    upstreams, file = Upstreams(), tmp_path / "traffic.har"
    path = "/v1/phone-numbers"
    order = {"sub_account_id": "sub_8a1f4c2e", "country": "US", "area_code": "415"}

    def bought(responses: list[httpx.Response]) -> str:
        return str(responses[0].json()["data"]["id"])

    def page(responses: list[httpx.Response], place: int) -> str:
        return str(responses[place].json()["pagination"]["next_cursor"])

    responses = record(
        file,
        upstreams.app,
        upstreams.world(),
        [
            *[request("vantax", "POST", path, order) for _ in range(3)],
            request("vantax", "GET", f"{path}?sub_account_id=sub_8a1f4c2e&limit=2"),
            lambda known: request(
                "vantax", "GET", f"{path}?sub_account_id=sub_8a1f4c2e&limit=2&starting_after={page(known, 3)}"
            ),
            lambda known: request("vantax", "POST", f"{path}/{bought(known)}/assign", {"agent_id": "agt_3d9b21"}),
            lambda known: request("vantax", "DELETE", f"{path}/{bought(known)}"),
            lambda known: request("vantax", "DELETE", f"{path}/{bought(known)}"),
        ],
    )
    assert [response.status_code for response in responses] == [201, 201, 201, 200, 200, 200, 200, 404]
    text = file.read_text(encoding="utf-8")
    assert bought(responses) not in text
    assert responses[0].json()["data"]["number"] not in text
    comparison = compared(file)
    assert comparison.is_passed, "\n".join(comparison.lines())
    entries = json.loads(text)["log"]["entries"]
    sent = [entry["request"]["url"].rpartition("/phone-numbers/")[2].partition("/")[0] for entry in entries[5:]]
    assert len(set(sent)) == 1  # the same pseudonym in each request
    assert sent[0] == json.loads(entries[0]["response"]["content"]["text"])["data"]["id"]


def test_time_passes_as_in_the_recording(tmp_path: Path) -> None:
    """A number that takes half a minute is unknown at first, and known after as long."""
    upstreams, file = Upstreams(), tmp_path / "traffic.har"
    account = {"sub_account_id": "sub_8a1f4c2e"}
    slow = {
        "description": "x",
        "open": True,
        "accounts": [{"vantax": account}],
        "lifecycles": {"vantax.number": {"after": "30s"}},
    }
    address, path = upstreams.world(slow), "/v1/phone-numbers"

    def later(responses: list[httpx.Response]) -> httpx.Request:
        upstreams.advance(address, "20s")
        return request("vantax", "GET", f"{path}?sub_account_id=sub_8a1f4c2e")

    order = {"sub_account_id": "sub_8a1f4c2e", "country": "US", "area_code": "415"}
    responses = record(file, upstreams.app, address, [request("vantax", "POST", path, order), later, later])
    assert [len(response.json()["data"]) for response in responses[1:]] == [0, 1]
    assert compared(file, slow).is_passed
    late = compared(file, {**slow, "lifecycles": {"vantax.number": {"after": "60s"}}}).verdicts
    assert [verdict.kind for verdict in late] == ["matched", "matched", "differs"]


def test_what_the_provider_refused_is_not_done(tmp_path: Path) -> None:
    """A purchase that only the simulator would make is a difference once: what follows is compared as if it were not made."""
    upstreams, file = Upstreams(), tmp_path / "traffic.har"
    account = {"sub_account_id": "sub_8a1f4c2e"}
    rule = {"when": {"operation": "vantax.purchase_phone_number"}, "then": {"error": "NONE_FOR_SALE"}, "times": 1}
    address = upstreams.world({"description": "x", "open": True, "accounts": [{"vantax": account}], "rules": [rule]})
    order = {"sub_account_id": "sub_8a1f4c2e", "country": "US", "area_code": "415"}
    listed = request("vantax", "GET", "/v1/phone-numbers?sub_account_id=sub_8a1f4c2e")
    record(file, upstreams.app, address, [request("vantax", "POST", "/v1/phone-numbers", order), listed])
    refused, after = compared(file).verdicts
    assert [str(difference) for difference in refused.differences] == ["status: 404, the simulator returns 201"]
    assert after.kind == "matched"


def test_records_from_before_the_recording(tmp_path: Path) -> None:
    """An agent that the account had is that of the scenario; of a second one nothing is known, and that is not a pass."""
    upstreams, file = Upstreams(), tmp_path / "traffic.har"
    agents: list[dict[str, Any]] = [
        {"id": "agt_first", "name": "Night desk"},
        {"id": "agt_second", "name": "Front Desk Agent", "is_active": False},
    ]
    account = {"sub_account_id": "sub_8a1f4c2e", "agents": agents}
    described = {"description": "x", "open": True, "accounts": [{"vantax": account}]}
    steps = [request("vantax", "GET", f"/v1/agents/{agent['id']}?sub_account_id=sub_8a1f4c2e") for agent in agents]
    record(file, upstreams.app, upstreams.world(described), steps)
    first, second = compared(file).verdicts
    assert (first.kind, first.reason) == ("matched", "")
    assert (
        second.reason == "agent_id refers to something from before the recording began; describe it in a scenario (--scenario)"
    )
    assert not compared(file).is_passed
    assert compared(file, described).is_passed


def test_what_a_record_from_before_holds_is_no_difference(tmp_path: Path) -> None:
    """Its values are those of the real account; they cannot be checked unless the scenario has them."""
    upstreams, file = Upstreams(), tmp_path / "traffic.har"
    account = {
        "sub_account_id": "sub_8a1f4c2e",
        "agents": [{"id": "agt_second", "name": "Front Desk Agent", "is_active": False}],
    }
    described = {"description": "x", "open": True, "accounts": [{"vantax": account}]}
    steps = [request("vantax", "GET", "/v1/agents/agt_second?sub_account_id=sub_8a1f4c2e")]
    record(file, upstreams.app, upstreams.world(described), steps)
    (verdict,) = compared(file).verdicts
    assert verdict.kind == "could not be checked"
    assert verdict.reason == "data.is_active differs in a record from before the recording began; describe it in a scenario"
    assert compared(file, described).is_passed
