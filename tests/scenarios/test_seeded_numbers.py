"""Numbers never ring: what a scenario gives an account is held to the rule of the inventory, imported numbers too."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.documents import BrokenFile, parse
from simulator.numbering import whole_plan
from simulator.registry import built_in_registry
from tests.conftest import World

PERSON = "+16502530000"  # somebody's
SEEDS: dict[str, list[str]] = {
    "cald": ["{{id: 65b8f0a2c4d1e3f5a6b7c8d9, number: {}}}"],
    "cartesia": ["{{label: x, number: {}}}"],
    "chirp": ["number: {}"],
    "truedy": ["phone_number: {}"],
    "vantax": ["number: {}", "{{number: {}, source: imported, country: US}}"],
}
CASES = [(provider, seed) for provider, seeds in SEEDS.items() for seed in seeds]


def load(provider: str, seed: str, number: str) -> Any:
    """Load a scenario file whose account holds a number."""
    listed = seed.format(f'"{number}"')
    text = f"description: x\nopen: true\naccounts:\n  - {provider}:\n      numbers:\n        - {listed}\n"
    return built_in_registry().scenarios.read(parse(text, "mine.yaml"), "mine", uploaded=True)


def test_every_provider_is_here() -> None:
    """A sixth one needs a line above."""
    assert SEEDS.keys() == built_in_registry().providers.keys()
    assert whole_plan().position(PERSON) is None


@pytest.mark.parametrize(("provider", "seed"), CASES)
def test_a_number_that_could_ring_is_refused(provider: str, seed: str) -> None:
    """With file and line, when the scenario is loaded."""
    with pytest.raises(BrokenFile) as broken:
        load(provider, seed, PERSON)
    fault = str(broken.value)
    assert fault.startswith("mine.yaml:")
    assert int(fault.split(":")[1]) in (4, 5, 6)
    assert "can never ring" in fault
    assert PERSON in fault


ELSEWHERE = {
    "a number that can be imported": "accounts: [{{cartesia: {{providers: [{{id: pa_1, type: twilio, numbers: ['{}']}}]}}}}]",
    "the callee of a call": (
        "accounts: [{{cartesia: {{agents: [{{id: a_1, name: x}}], numbers: [{{id: n_1, label: x}}],"
        " calls: [{{id: c_1, agent_id: a_1, from_number_id: n_1, to_number: '{}'}}]}}}}]"
    ),
    "a contact": "accounts: [{{vantax: {{contacts: [{{phone: '{}'}}]}}}}]",
    "a person on a list": "accounts: [{{cald: {{lists: [{{id: l_1, contacts: [{{phone_number: '{}'}}]}}]}}}}]",
    "a text": "accounts: [{{cald: {{agents: [{{id: a_1, name: 'call {}, please'}}]}}}}]",
    "the body of a rule": "rules: [{{when: {{provider: cald}}, then: {{status: 200, body: {{data: [{{number: '{}'}}]}}}}}}]",
    "an amended body": "rules: [{{when: {{provider: cald}}, then: {{amend: {{body: {{phone: '{}'}}}}}}}}]",
    "a header": "rules: [{{when: {{provider: cald}}, then: {{status: 200, headers: {{X-From: '{}'}}}}}}]",
    "a number for sale": "inventory: {{only: ['{}']}}",
    "a number that stays for sale": "inventory: {{always: ['{}']}}",
}


@pytest.mark.parametrize("place", ELSEWHERE)
def test_every_other_number_of_a_scenario_is_held_to_it(place: str) -> None:
    """Whatever a client is given it may call."""
    load_text(ELSEWHERE[place].format("+14155550123"))
    with pytest.raises(BrokenFile, match=r"mine\.yaml:3: .*\+16502530000 (could ring|is not a reserved test number)"):
        load_text(ELSEWHERE[place].format(PERSON))


def load_text(text: str) -> None:
    """Load a scenario file, which is open."""
    built_in_registry().scenarios.read(parse(f"description: x\nopen: true\n{text}\n", "mine.yaml"), "mine", uploaded=True)


@pytest.mark.parametrize("written", ["+1 650 253 0000", "+1 (650) 253-0000", "16502530000", "(650) 253-0000", "650.253.0000"])
def test_however_it_is_written(written: str) -> None:
    """Clients read these too."""
    with pytest.raises(BrokenFile, match=r"\+16502530000 could ring"):
        load_text(ELSEWHERE["a person on a list"].format(written))


def test_a_rule_that_is_added_later_is_held_to_it(world: World) -> None:
    """With a 422 that says what is possible."""
    rule = {"then": {"status": 200, "body": {"phone_number": PERSON}}}
    refused = world.http.post(f"{world.control}/rules", json=rule)
    assert refused.status_code == 422
    assert f"{PERSON} could ring; expected a number kept out of service" in refused.json()["detail"]


def test_what_a_client_sends_may_be_any_number(world: World) -> None:
    """A condition hands nothing out."""
    rule = {"when": {"operation": "cald.call_agent", "body": {"phoneNumber": PERSON}}, "then": {"status": 503}}
    assert world.http.post(f"{world.control}/rules", json=rule).status_code == 201
