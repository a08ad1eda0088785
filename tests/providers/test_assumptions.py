"""What documentation leaves open: each switch in each of its positions, as a client sees it."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import simulator
from simulator.cli.main import main
from simulator.openapi.evidence import WEAKEST_FIRST
from simulator.registry import built_in_registry
from tests.conftest import Api, World
from tests.providers.journeys import ACCOUNT, AGENTS, KEYS, STATUSES, error_body, nested_settings

OTHERWISE = {
    "cald.error_body",
    "cald.nested_settings",
    "chirp.list_wrapper",
    "chirp.billing_paused",
    "chirp.unanswered_call_event",
    "chirp.webhook_message",
    "chirp.webhook_message_type",
    "chirp.id_of_several",
    "vantax.unknown_caller",
    "vantax.message_without_agent",
}  # what no status tells; each has a test of its own
OTHERWISE |= {"cald.busy_result", "cald.hung_up_result", "chirp.other_end_reason", "vantax.other_end_reason"}  # test_outcomes
OTHERWISE |= {
    "truedy.search_items",
    "truedy.duration_format",
    "truedy.contact_pages",
    "truedy.webhook_data",
    "truedy.unjoined_call",
    "truedy.retry_attempts",
}
OTHERWISE |= {"cartesia.analysis", "cartesia.failed_dial", "cartesia.webhook_payload"}
CASES = [(name, value, status) for name, (_, statuses) in STATUSES.items() for value, status in statuses.items()]
BOUND = built_in_registry().providers
SWITCHES = {f"{name}.{each}": switch for name, bound in BOUND.items() for each, switch in bound.provider.assumptions.items()}


@pytest.fixture
def client(make_world: Callable[..., World]) -> Callable[..., Api]:
    """Make a client of the provider of a switch, in a world that assumes what is given; for `no_inventory` it is sold out."""

    def make(name: str, *values: Any) -> Api:
        provider = name.partition(".")[0]
        inventory = {"only": ["+442079460000"]} if name.endswith("no_inventory") else {}
        scenario = {"description": "x", "open": True, "accounts": [{provider: ACCOUNT[provider]}], "inventory": inventory}
        world = make_world({**scenario, "assume": dict.fromkeys([name], *values) if values else {}})
        return world.api(provider, **KEYS[provider])

    return make


@pytest.mark.parametrize(("name", "value", "status"), CASES)
def test_a_switch_decides(client: Callable[..., Api], name: str, value: Any, status: int) -> None:
    """The provider answers as the world assumes, within its spec, and claims no better evidence than there is."""
    answer = STATUSES[name][0](client(name, value))
    assert answer.status_code == status, answer.text
    if name != "cartesia.numbers_of_deleted_agent":  # whose journey ends with a look at what became of the number
        grade = answer.headers["X-Simulator-Evidence"]
        assert WEAKEST_FIRST.index(grade) <= WEAKEST_FIRST.index(SWITCHES[name].evidence)


@pytest.mark.parametrize("name", STATUSES)
def test_a_world_that_says_nothing_assumes_the_default(client: Callable[..., Api], name: str) -> None:
    """The first value of a switch is how a provider behaves anyway."""
    journey, statuses = STATUSES[name]
    assert journey(client(name)).status_code == statuses[SWITCHES[name].default]


def test_the_story_names_the_switch(make_world: Callable[..., World]) -> None:
    """So that whoever is surprised by an answer learns that it can be had otherwise."""
    world = make_world({"description": "x", "open": True, "assume": {"truedy.purchase_status": 200}})
    bought = world.api("truedy", **KEYS["truedy"])("POST", "/telephony/numbers/purchase", {"phone_number": "+14155551234"})
    told = world.http.get(f"{world.control}/requests/{bought.headers['X-Simulator-Request']}").json()
    switch = SWITCHES["truedy.purchase_status"]
    assert told["assumptions"] == [
        {
            "name": "truedy.purchase_status",
            "value": 200,
            "about": switch.about,
            "evidence": "inferred",
            "source": switch.source,
        }
    ]
    assert f"The response depends on switch truedy.purchase_status = 200 (inferred): {switch.about}." in told["story"]


def test_every_switch_is_published(client: Callable[..., Api]) -> None:
    """`GET /_simulator/providers` has it with its values and its default, for whoever writes scenarios by program."""
    listed = client("cald").http.get(client("cald").base_url.partition("/w/")[0] + "/_simulator/providers").json()
    published = {each["name"]: each for one in listed["providers"] for each in one["assumptions"]}
    assert published.keys() == SWITCHES.keys()
    for name, switch in SWITCHES.items():
        told = published[name]
        assert (tuple(told["values"]), told["default"]) == (switch.values, switch.values[0])
        assert (told["about"], told["evidence"], told["source"]) == (switch.about, switch.evidence, switch.source)


def test_the_list_shows_every_switch(capsys: pytest.CaptureFixture[str]) -> None:
    """With its values, the default first, and with how well founded the default is."""
    for name, switch in SWITCHES.items():
        assert main(["list", name.partition(".")[0], "--all"]) == 0
        text = capsys.readouterr().out
        values = re.escape(" | ".join(map(str, switch.values)))
        assert re.search(rf"^  {re.escape(name)} +{values} +{switch.evidence} ", text, re.MULTILINE), name


def test_a_refusal_may_be_plain_text(client: Callable[..., Api]) -> None:
    """`cald.error_body`: no page shows one."""
    told = [error_body(client("cald.error_body", value)) for value in ("json", "text")]
    assert [each.status_code for each in told] == [404, 404]
    assert told[0].json() == {"error": "Phone number not found"}
    assert told[1].text == "Phone number not found"
    assert told[1].headers["Content-Type"].startswith("text/plain")
    assert error_body(client("cald.error_body")).json() == told[0].json()


def test_nested_settings_may_be_replaced_as_a_whole(client: Callable[..., Api]) -> None:
    """`cald.nested_settings`: what a PATCH leaves out of a settings object stays, or is gone."""
    kept, gone = (nested_settings(client("cald.nested_settings", value)).json() for value in ("merge", "replace"))
    assert kept["smsSettings"] == {"enable": True, "rule": "always"}
    assert gone["smsSettings"] == {"enable": True}
    assert (kept["agentId"], kept["voice"]) == (gone["agentId"], gone["voice"]) == (AGENTS["cald"], "standard_male")


def test_every_switch_is_tried_in_every_position() -> None:
    """Each provider has two at least; each has values enough to choose from, a sentence, and a page."""
    assert SWITCHES.keys() == STATUSES.keys() | OTHERWISE
    for name, (_, statuses) in STATUSES.items():
        assert tuple(statuses) == SWITCHES[name].values
    for name, bound in BOUND.items():
        assert len(bound.provider.assumptions) >= 2, name


def test_every_switch_is_explained_in_the_spec() -> None:
    """The note beside what is assumed names the switch, and its page is one of those that the spec names."""
    for name, switch in SWITCHES.items():
        provider, _, word = name.partition(".")
        text = Path(BOUND[provider].spec.file).read_text(encoding="utf-8")
        assert f"{provider}.{word}" in text, name
        assert f"url: {switch.source}" in text, name
        assert switch.about[0].isupper(), name
        assert not switch.about.endswith("."), name


def _asked(provider: str) -> Iterator[tuple[str, Any]]:
    """The switches that a provider's code asks for, and the values with which it compares them."""
    for path in (Path(simulator.__file__).parent / "providers" / provider).glob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            sides = [node.left, *node.comparators] if isinstance(node, ast.Compare) else [node]
            if isinstance(sides[0], ast.Call) and getattr(sides[0].func, "attr", "") in ("assumed", "switch"):
                argument = sides[0].args[-1]
                if isinstance(argument, ast.Constant):
                    yield str(argument.value), ast.literal_eval(sides[1]) if len(sides) > 1 else None
                else:  # the name is in a table
                    texts = {part.value for part in ast.walk(tree) if isinstance(part, ast.Constant)}
                    yield from ((name, None) for name in BOUND[provider].provider.assumptions if name in texts)


@pytest.mark.parametrize("provider", BOUND)
def test_code_asks_for_what_is_declared(provider: str) -> None:
    """Every switch decides a status, or code asks for it by its name and for a value that it has."""
    switches, asked = BOUND[provider].provider.assumptions, list(_asked(provider))
    declared = {name for name, switch in switches.items() if switch.status_of}
    assert {name for name, _ in asked} ^ declared == set(switches)
    for name, value in asked:
        assert value is None or value in switches[name].values, (name, value)
