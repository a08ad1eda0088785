"""A world as one document: what is in it, what is refused and where, and that nothing is half done."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import httpx
import pytest

from simulator import Simulator
from simulator.openapi.operation import MAX_BODY
from simulator.registry import VERSION
from simulator.testing.client import ControlError
from tests.conftest import World
from tests.scenarios.shops import SHOPS

FROZEN = {"clock": {"start": "2026-03-01T00:00:00Z", "frozen": True}}
CARTESIA = {"open": True, **FROZEN, "accounts": [{"cartesia": {"plan": "scale", "agents": [{"id": "agent_abc123"}]}}]}
Change = Callable[[Any], Any]


def put(world: World, document: Any) -> httpx.Response:
    """Send a document to a world."""
    raw = document if isinstance(document, bytes) else json.dumps(document).encode()
    return world.http.put(f"{world.control}/snapshot", content=raw, headers={"Content-Type": "application/json"})


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


def test_a_document_says_what_it_is(document: dict[str, Any], bought: World) -> None:
    """Its format, who wrote it, the world and its scenario; records are plain."""
    assert (document["format"], document["simulator"], document["name"]) == (1, VERSION, bought.name)
    assert document["scenario"]["content"] == CARTESIA
    (account,) = document["state"]["accounts"]
    (number,) = account["tables"]["numbers"]["rows"]
    assert number["record"]["label"] == "415"
    assert number["record"]["number"] in document["state"]["inventory"]["taken"]
    assert len(document["journal"]["entries"]) == 1


def test_without_rules_they_are_those_of_the_scenario(make_world: Callable[..., World]) -> None:
    """None of which has fired."""
    rules = [{"name": "full", "when": {"operation": "cartesia.phone_numbers_provision"}, "times": 1, "then": {"status": 503}}]
    world = make_world({**CARTESIA, "rules": rules})
    shop = SHOPS["cartesia"](world)
    assert [shop.buy().status_code, shop.buy().status_code] == [503, 201]
    content = world.http.get(f"{world.control}/snapshot").json()
    del content["state"]["rules"]
    assert put(world, content).status_code == 200
    (rule,) = world.http.get(f"{world.control}/rules").json()["rules"]
    assert (rule["fitted"], rule["fired"]) == (0, 0)
    assert [shop.buy().status_code, shop.buy().status_code] == [503, 201]


def test_a_reply_to_an_idempotency_key_is_kept(make_world: Callable[..., World]) -> None:
    """A retry after the world was read back gets it, and buys nothing."""
    world = make_world({"open": True, **FROZEN})
    vantax = world.api("vantax", Authorization="Bearer vx_live_demo", Idempotency_Key="one")
    purchase = {"sub_account_id": "sub_8a1f4c2e", "country": "US", "area_code": "415"}
    first = vantax("POST", "/phone-numbers", purchase)
    assert first.status_code == 201
    content = world.http.get(f"{world.control}/snapshot").json()
    assert len(content["state"]["replays"]) == 1
    assert put(world, content).status_code == 200
    assert vantax("POST", "/phone-numbers", purchase).json() == first.json()
    assert len(world.client.call("GET", f"/worlds/{world.name}/ledger")["rented"]) == 1


def test_a_scenario_by_its_name_is_enough(world: World) -> None:
    """What is left out is as in a new world."""
    answer = put(world, {"format": 1, "scenario": {"name": "cartesia/plan-full"}})
    assert (answer.status_code, answer.json()["scenario"]) == (200, "cartesia/plan-full")
    assert SHOPS["cartesia"](world).buy().status_code == 402


def test_a_world_goes_on_in_a_place_of_another_name(bought: World, document: dict[str, Any], world: World) -> None:
    """The path names it, and what one of the two does from then on is not seen in the other."""
    assert put(world, document).status_code == 200
    shop, copy = SHOPS["cartesia"](bought), SHOPS["cartesia"](world)
    assert copy.owned() == shop.owned()
    copy.buy()
    assert (len(copy.owned()), len(shop.owned())) == (2, 1)


def test_the_owner_stays_unless_another_is_named(simulator: Simulator, document: dict[str, Any], world: World) -> None:
    """Who made the world before it was moved recognises it afterwards."""
    put(world, {**document, "owner": "me"})
    client = simulator.client
    assert client.call("GET", f"/worlds/{world.name}/verdict?owner=me")["findings"] == []
    client.call("PUT", f"/worlds/{world.name}/snapshot?owner=you", {**document, "owner": "me"})
    with pytest.raises(ControlError, match="not the one of the owner 'me'"):
        client.call("GET", f"/worlds/{world.name}/verdict?owner=me")


def test_a_world_of_its_own_scenario_is_reset_to_that(bought: World, document: dict[str, Any], world: World) -> None:
    """The document holds the scenario, so it does not matter what the server knows under its name."""
    document["scenario"]["name"] = "nobody/knows-it"
    put(world, document)
    assert world.http.post(f"{world.control}/reset").json()["scenario"] == "nobody/knows-it"
    assert SHOPS["cartesia"](world).owned() == []


def test_a_running_clock_that_nobody_set_goes_on_as_the_wall_clock(make_world: Callable[..., World]) -> None:
    """And one that was set goes on from where it stood."""
    real, ahead = make_world(), make_world()
    ahead.http.post(f"{ahead.control}/clock", json={"set": "2030-01-01T00:00:00Z"})
    documents = [one.http.get(f"{one.control}/snapshot").json() for one in (real, ahead)]
    assert [one["state"]["clock"].get("real", False) for one in documents] == [True, False]
    documents[0]["state"]["clock"]["now"] = "2020-01-01T00:00:00Z"
    for one, content in zip((real, ahead), documents, strict=True):
        assert put(one, content).status_code == 200
    now = [one.http.get(f"{one.control}/clock").json()["now"] for one in (real, ahead)]
    assert now[0] > "2026-01-01"
    assert now[1].startswith("2030-01-01T00:0")


def number(document: Any) -> Any:
    """The row of the number."""
    return document["state"]["accounts"][0]["tables"]["numbers"]["rows"][0]


def account(document: Any) -> Any:
    """The account."""
    return document["state"]["accounts"][0]


def setting(*path: Any, to: Any) -> Change:
    """A change of one place."""

    def change(document: Any) -> None:
        for step in path[:-1]:
            document = document[step]
        document[path[-1]] = to

    return change


ROW = "/state/accounts/0/tables/numbers/rows/0"
TIMER = {"id": "t", "provider": "cartesia", "tenant": "demo", "resource": "call", "subject": "x", "due": None, "reads": 0}
RULE = {"id": "rule-1", "rule": {"then": {"error": "NOBODY"}, "when": {"provider": "cartesia"}}}
REPLAY = {"sequence": 2, "id": "r", "fingerprint": "f", "at": "2026-03-01T00:00:00Z", "reply": {"status": 200}}
FAULTS: dict[str, tuple[Change, str]] = {
    "another format": (setting("format", to=2), "at /format: the format is 2 (written by the version"),
    "no scenario": (setting("scenario", to={}), "at /scenario: Object missing required field `name`"),
    "a scenario with a fault": (
        setting("scenario", "content", "clock", "start", to="yesterday"),
        "at /scenario: content/clock/start: ",
    ),
    "an unknown member": (setting("stat", to={}), "at : Object contains unknown field `stat`"),
    "an unknown provider": (
        lambda document: account(document).update(provider="cartesi"),
        "at /state/accounts/0/provider: there is no provider 'cartesi' here; did you mean cartesia?",
    ),
    "an unknown table": (
        lambda document: account(document)["tables"].update(number={}),
        "at /state/accounts/0/tables/number: unknown table 'number'; did you mean numbers?",
    ),
    "a wrong type": (
        lambda document: number(document)["record"].update(label=5),
        f"at {ROW}/record/label: Expected `str`, got `int`",
    ),
    "a missing field": (
        lambda document: number(document)["record"].pop("label"),
        f"at {ROW}/record: Object missing required field `label`",
    ),
    "an unknown field": (
        lambda document: number(document)["record"].update(labell="x"),
        f"at {ROW}/record: unknown field 'labell'; did you mean label?",
    ),
    "an unknown type": (
        lambda document: number(document).update(type="Agent"),
        f"at {ROW}/type: 'Agent' is not a type of records here, expected Number",
    ),
    "a record twice": (
        lambda document: account(document)["tables"]["numbers"]["rows"].append(deepcopy(number(document))),
        "at /state/accounts/0/tables/numbers/rows/1: the id ",
    ),
    "an account twice": (
        lambda document: document["state"]["accounts"].append(deepcopy(account(document))),
        "at /state/accounts/1/tenant: the account 'demo' appears twice",
    ),
    "a timer of nobody": (
        setting("state", "timers", to={"sequence": 1, "rows": [{"sequence": 1, "record": {**TIMER, "tenant": "x"}}]}),
        "at /state/timers/rows/0/record: there is no account 'x' of 'cartesia'",
    ),
    "a timer of nothing": (
        setting("state", "timers", to={"sequence": 1, "rows": [{"sequence": 1, "record": {**TIMER, "resource": "cal"}}]}),
        "at /state/timers/rows/0/record: cartesia has no 'cal' that is finished later; did you mean call?",
    ),
    "a rule that can never fire": (
        setting("state", "rules", to={"rules": [RULE]}),
        "at /state/rules/rules/0/rule/then/error: ",
    ),
    "a state of chance that is none": (
        setting("state", "rules", to={"chance": [3, [1, 2], None]}),
        "at /state/rules/chance: this is not a state of chance",
    ),
    "a time that no clock can show": (
        setting("state", "clock", "now", to="1969-01-01T00:00:00Z"),
        "at /state/clock: the time 1969",
    ),
    "a rule that is defined twice": (
        setting("state", "rules", to={"rules": [{**RULE, "scenario": 0}]}),
        "at /state/rules/rules/0: expected exactly one of scenario and rule",
    ),
    "a rule that the scenario does not have": (
        setting("state", "rules", to={"rules": [{"id": "rule-1", "scenario": 3}]}),
        "at /state/rules/rules/0/scenario: the scenario has 0 rules",
    ),
    "a sequence that is too low": (
        lambda document: account(document)["tables"]["numbers"].update(sequence=0),
        "at /state/accounts/0/tables/numbers/sequence: the sequence is 0, expected at least 1",
    ),
    "a seeded row that is not there": (
        lambda document: account(document).update(seeded={"numbers": {"same": ["ap_none"]}}),
        "at /state/accounts/0/seeded/numbers/same/0: numbers has no row 'ap_none'",
    ),
    "an unknown seeded table": (
        lambda document: account(document).update(seeded={"number": {}}),
        "at /state/accounts/0/seeded/number: unknown table 'number'; did you mean numbers?",
    ),
    "replays of one sequence": (
        setting("state", "replays", to=[REPLAY, {**REPLAY, "id": "s"}]),
        "at /state/replays: the sequences are not 2 different numbers up to 0",
    ),
    "an act that the scenario does not have": (
        setting("state", "timers", to={"sequence": 1, "rows": [{"sequence": 1, "record": {**TIMER, "provider": ""}}]}),
        "at /state/timers/rows/0/record: the scenario has 0 acts",
    ),
    "too many snapshots": (
        lambda document: document.update(snapshots={str(number): document["state"] for number in range(101)}),
        "at /snapshots: 101 snapshots, expected at most 100",
    ),
    "an uploaded scenario without its content": (
        setting("scenario", to={"name": "mine", "uploaded": True}),
        "at /scenario: an uploaded scenario without its content",
    ),
    "a reply of a wrong type": (
        setting("state", "replays", to=[{**REPLAY, "reply": {"status": "200"}}]),
        "at /state/replays/0/reply/status: Expected `int`, got `str`",
    ),
    "a snapshot with a fault": (
        setting("snapshots", to={"one": {"started": "x"}}),
        "at /snapshots/one",
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_document_with_a_fault_is_refused_with_its_place(bought: World, document: dict[str, Any], name: str) -> None:
    """And the world that it would have replaced is as it was."""
    change, problem = FAULTS[name]
    before = bought.http.get(f"{bought.control}/snapshot").content
    change(document)
    answer = put(bought, document)
    assert answer.status_code == 422, answer.text
    assert answer.json()["detail"].startswith(f"snapshot: {problem}".replace("at : ", "")), answer.json()["detail"]
    assert bought.http.get(f"{bought.control}/snapshot").content == before


@pytest.mark.parametrize(
    ("raw", "problem"),
    [
        (b'{"format": 1,\n"scenario": }', "snapshot:2: not a JSON document: "),
        (b"[1]", "snapshot: the JSON is an array, expected the object that is the document of a world"),
        (b"[" * 100_000, "snapshot: the JSON is nested too deep"),
        (b'{"format": 1, "scenario": {"name": "\xff"}}', "snapshot"),
    ],
    ids=["syntax", "array", "nesting", "encoding"],
)
def test_what_is_no_document_is_refused(world: World, raw: bytes, problem: str) -> None:
    """With the line, where there is one."""
    answer = put(world, raw)
    assert (answer.status_code, answer.json()["detail"].startswith(problem)) == (422, True), answer.text


def test_a_new_world_with_a_fault_is_not_made(simulator: Simulator) -> None:
    """There is no world afterwards."""
    with pytest.raises(ControlError, match="unknown scenario"):
        simulator.client.call("PUT", "/worlds/never-made/snapshot", {"format": 1, "scenario": {"name": "cartesia/plan-ful"}})
    assert "never-made" not in [one["name"] for one in simulator.client.call("GET", "/worlds")["worlds"]]


def test_a_document_of_another_version_may_have_fields_that_are_gone(world: World, document: dict[str, Any]) -> None:
    """So that an upgrade that drops a field does not lose the world."""
    number(document)["record"]["dropped"] = True
    assert put(world, document).status_code == 422
    assert put(world, {**document, "simulator": "0.1.9"}).status_code == 200


def test_a_document_is_larger_than_other_bodies(make_world: Callable[..., World], world: World) -> None:
    """Up to 16 MiB, over a connection as in process."""
    numbers = {"cartesia": {"plan": "enterprise", "slots": 9000, "numbers": [{"label": "x", "count": 5000}]}}
    big = make_world({"open": True, **FROZEN, "accounts": [numbers]})
    assert SHOPS["cartesia"](big).ask().status_code == 200
    content = big.http.get(f"{big.control}/snapshot").content
    assert MAX_BODY < len(content) < 16 * MAX_BODY
    assert put(world, content).status_code == 200
    assert world.http.get(f"{world.control}/snapshot").json()["state"] == json.loads(content)["state"]
    too_large = put(world, content + b" " * (16 * MAX_BODY - len(content) + 1))
    assert (too_large.status_code, "16777216" in too_large.text) == (413, True)


@pytest.fixture
def other() -> Iterator[Simulator]:
    """Another simulator, as in the next process."""
    with Simulator() as simulator:
        yield simulator


def test_a_world_is_saved_to_a_file_and_loaded(simulator: Simulator, other: Simulator, tmp_path: Path) -> None:
    """In Python: the rules and the numbers are there, and the file is one that can be read and compared."""
    file = tmp_path / "bought.json"
    with simulator.world(CARTESIA) as world:
        shop = httpx.Client(transport=world.cartesia.transport, base_url="https://api.cartesia.ai")
        headers = {"Authorization": f"Bearer {world.cartesia.api_key}", "Cartesia-Version": "2026-03-01"}
        with shop:
            shop.post("/agents/phone-numbers/provision", json={"label": "Front desk"}, headers=headers)
            world.save(file)
            listed = shop.get("/agents/phone-numbers", headers=headers)
    assert file.read_text(encoding="utf-8").count("\n") > 50
    with other.world(load=file) as again:
        with httpx.Client(transport=again.cartesia.transport, base_url="https://api.cartesia.ai") as shop:
            assert shop.get("/agents/phone-numbers", headers=headers).json() == listed.json()
        assert len(again.ledger().rented) == 1


def test_what_a_file_says_is_not_said_beside_it(simulator: Simulator, tmp_path: Path) -> None:
    """A seed of its own would not be that of its ids."""
    with pytest.raises(ValueError, match="has its own seed; leave out seed=3"):
        simulator.world(load=tmp_path / "x.json", seed=3)
