"""The catalogue as a whole: every provider has every kind of scenario, every scenario has a test, and the list is readable."""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from simulator import Simulator
from simulator.cli.main import main
from tests.conftest import World
from tests.scenarios.kinds import ELSEWHERE, FILES, KINDS, PROVIDERS
from tests.scenarios.shops import SHOPS

TESTED_BY_ALL = {"default"}  # what every other test of this repository plays in


def names_in_tests() -> Iterator[str]:
    """The scenarios that the tests of this package are parametrised with."""
    for path in Path(__file__).parent.glob("test_*.py"):
        module = importlib.import_module(f"tests.scenarios.{path.stem}")
        for test in vars(module).values():
            for mark in getattr(test, "pytestmark", []):
                if mark.name == "parametrize" and mark.args[0] == "scenario":
                    yield from mark.args[1]


def test_every_scenario_has_a_test() -> None:
    """A scenario that nobody tries may promise anything."""
    assert set(names_in_tests()) | TESTED_BY_ALL == set(FILES)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_every_provider_has_every_kind(provider: str) -> None:
    """A name that works for one provider works for the next."""
    names = [ELSEWHERE.get(f"{provider}/{kind}", f"{provider}/{kind}") for kind in KINDS]
    assert [name for name in names if name not in FILES] == []


@pytest.mark.parametrize("scenario", FILES)
def test_every_world_is_ready_to_use(scenario: str, make_world: Callable[..., World]) -> None:
    """Each provider has its demo key in each world, once, whatever the scenario lists beside it."""
    world = make_world(scenario)
    for name, shop in SHOPS.items():
        keys = world.providers[name]["keys"]
        assert shop.key in keys
        assert len(keys) == len(set(keys))


def test_descriptions(simulator: Simulator, http: httpx.Client) -> None:
    """One line that fits beside its name, and says what happens rather than that something does."""
    listed = http.get(f"{simulator.url}/_simulator/scenarios").json()["scenarios"]
    assert [each["name"] for each in listed] == FILES
    for each in listed:
        assert re.fullmatch(r"[A-Z0-9].{19,115}[^.\s]", each["description"]), each
    of_one = [(each["name"].partition("/")[0], each["description"]) for each in listed]
    assert len(of_one) == len(set(of_one)), "two scenarios of a provider say the same"


@pytest.mark.parametrize("columns", [80, 100, 120])
def test_the_list_fits_the_terminal(columns: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Texts are broken between words and stand in their column; only what cannot be broken is longer."""
    monkeypatch.setenv("COLUMNS", str(columns))
    for arguments in (*([provider, "--all"] for provider in PROVIDERS), ["--scenarios"]):
        assert main(["list", *arguments]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line for line in lines if len(line) > columns and not line.split()[-1].startswith("/")] == []  # a path stays whole
    for name in FILES:
        assert [line for line in lines if re.match(rf"  {name}\b", line)]


@pytest.mark.parametrize("provider", PROVIDERS)
def test_the_list_names_every_error(
    provider: str, capsys: pytest.CaptureFixture[str], http: httpx.Client, simulator: Simulator
) -> None:
    """With its status, and with how well founded it is."""
    assert main(["list", provider, "--all"]) == 0
    text = capsys.readouterr().out
    known = http.get(f"{simulator.url}/_simulator/providers").json()["providers"]
    (errors,) = [each["errors"] for each in known if each["name"] == provider]
    for each in errors:
        assert re.search(rf"^  {each['name']} +{each['status']} ", text, re.MULTILINE), each["name"]
