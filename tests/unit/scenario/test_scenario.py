"""Scenarios: every fault is found when a file is loaded, and a world begins as its scenario says."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from simulator.cli.main import main
from tests.conftest import Api, World

ONE, TWO = "caldLive" + "1" * 32, "caldLive" + "2" * 32

FAULTS = [
    ("", 1, "the scenario is empty; expected some of description, "),
    ("- description: x", 1, "the scenario: expected an object with description, seed, "),
    ("seed: 1", 1, "the scenario: missing 'description'"),
    ("description: ''", 1, "description: "),
    ("description: x\nsede: 1", 2, "unknown key 'sede'; expected one of description, seed"),
    ("description: x\nseed: one", 2, 'seed: expected an integer, got "one"'),
    ("description: x\nopen: yes", 2, 'open: expected true or false, got "yes"'),
    ("description: x\nopen: true\nopen: true", 3, "duplicate key 'open'"),
    ("description: x\nopen: true\naccounts:\n- nobody: {}", 4, "unknown key 'nobody'; expected one of keys, cald"),
    ("description: x\nopen: true\naccounts:\n- cald:\n    cows: []", 5, "unknown key 'cows'; expected one of agents, numbers"),
    ("description: x\nopen: true\naccounts:\n- cald:\n    agents:\n    - name: y", 6, "missing 'id'"),
    ("description: x\naccounts:\n- cald: {}", 3, "the account has no keys; add keys or set open: true"),
    ("description: x\naccounts:\n- keys: []", 3, "accounts/0/keys: "),
    (
        "description: x\naccounts:\n- keys: [nonsense]",
        3,
        "'nonsense' matches no provider's key format; expected one such as caldLive",
    ),
    (f"description: x\naccounts:\n- keys: [{ONE}]\n- keys: [{TWO},\n    {ONE}]", 4, f"'{ONE}' is listed twice"),
    (
        f"description: x\naccounts:\n- keys: [{ONE}]\n  truedy: {{}}",
        4,
        "the account has the section truedy, but no key of truedy; expected one such as truedy_",
    ),
    (
        "description: x\ninventory:\n  taken:\n  - '+14155550142'\n  - '+14158675309'",
        5,
        "+14158675309 is not a reserved test number",
    ),
    ("description: x\ninventory:\n  only: ['4155550142']", 3, 'expected a phone number in E.164, got "4155550142"'),
    ("description: x\ninventory:\n  only: []", 3, "inventory/only: "),
    ("description: x\nassume:\n  anything: allow", 3, "unknown key 'anything'; expected one of cald.error_body, cald.no_inv"),
    ("description: x\nassume:\n  truedy.relase_while_assigned: allow", 3, "did you mean 'truedy.release_while_assigned'?"),
    ("description: x\nassume:\n  truedy.release_while_assigned: maybe", 3, "expected one of refuse, allow"),
    ("description: x\nassume:\n  vantax.no_inventory: 418", 3, "expected one of 404, 409, 422 (The status"),
    ("description: x\nassume: [truedy.release_while_assigned]", 2, "assume: expected an object, got ["),
    ("description: x\nstrict: very", 2, "strict: "),
    ("description: x\nstrict: assumed", 2, "strict: expected one of documented, inferred or an object with grade, accept"),
    (
        "description: x\nstrict:\n  grade: documented\n  accept: [truedy.purchase_numbr]",
        4,
        "did you mean truedy.purchase_number?",
    ),
    ("description: x\nstrict:\n  accept: []", 2, "strict: "),
]

SEEDS = [
    ("numbers: [{id: n, agent_id: nobody}]", "agent_id names nobody, which is not in agents of the account"),
    ("numbers: [{id: a, number: '+14155550142'}, {id: b, number: '+14155550142'}]", "+14155550142 is already reserved"),
]


def _check(folder: Path, text: str, capsys: pytest.CaptureFixture[str]) -> tuple[int, str, Path]:
    path = folder / "mine.yaml"
    path.write_text(text, encoding="utf-8")
    code = main(["check", str(path)])
    return code, capsys.readouterr().err, path


@pytest.mark.parametrize(("text", "line", "words"), FAULTS)
def test_a_fault_is_told_with_file_and_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, line: int, words: str
) -> None:
    """`simulator check` refuses a scenario that cannot be meant so."""
    code, said, path = _check(tmp_path, text, capsys)
    assert code == 1
    faults = [each for each in said.splitlines() if each.startswith(f"{path}:{line}: ")]
    assert any(words in each for each in faults), said


@pytest.mark.parametrize(("seed", "words"), SEEDS)
@pytest.mark.parametrize("account", [f"keys: [{ONE}]", "{}"])
def test_a_seed_that_no_account_can_start_with_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], account: str, seed: str, words: str
) -> None:
    """Listed accounts and the template of an open world are tried before anybody asks for them."""
    head = "cald" if account == "{}" else f"{account}\n  cald"
    code, said, path = _check(tmp_path, f"description: x\nopen: true\naccounts:\n- {head}:\n    {seed}", capsys)
    assert code == 1
    assert str(path) in said
    assert words in said


def test_a_template_cannot_name_a_number(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Every account of an open world starts as the template says, but a number has one owner."""
    text = "description: x\nopen: true\naccounts:\n- cald: {numbers: [{id: n, number: '+14155550142'}]}"
    code, said, _ = _check(tmp_path, text, capsys)
    assert code == 1
    assert "+14155550142 is already reserved" in said
    assert "every key gets one like it" in said


def test_two_accounts_cannot_name_one_number(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The second one's line is at fault."""
    account = "- keys: [{}]\n  cald: {{numbers: [{{id: n, number: '+14155550142'}}]}}"
    text = "\n".join(["description: x", "accounts:", account.format(ONE), account.format(TWO)])
    code, said, path = _check(tmp_path, text, capsys)
    assert (code, said) == (1, f"{path}:6: number +14155550142 is already reserved; use a free number\n")


def test_all_faults_are_told_at_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A file need not be mended fault by fault."""
    _, said, path = _check(tmp_path, "seed: x\nopen: x\nmore: x", capsys)
    assert [line for line in (1, 2, 3) if f"{path}:{line}: " in said] == [1, 2, 3]


def _cald(world: World, key: str) -> Api:
    return world.api("cald", Authorization=key)


def test_only_listed_keys_open_a_closed_world(make_world: Callable[..., World]) -> None:
    """Any other key of the documented form is refused, and the world says which keys work."""
    world = make_world({"description": "closed", "accounts": [{"keys": [ONE]}]})
    assert _cald(world, ONE)("GET", "/agents").status_code == 200
    assert _cald(world, TWO)("GET", "/agents").status_code == 401
    assert world.providers["cald"]["keys"] == [ONE]


def test_the_keys_of_an_account_open_the_same_one(make_world: Callable[..., World]) -> None:
    """What one key makes, the other sees."""
    world = make_world({"description": "two keys", "accounts": [{"keys": [ONE, TWO], "cald": {"agents": [{"id": "a"}]}}]})
    assert _cald(world, ONE)("POST", "/agents", {"name": "b"}).status_code == 200
    assert _cald(world, TWO)("GET", "/agents").json() == _cald(world, ONE)("GET", "/agents").json()
    assert len(_cald(world, TWO)("GET", "/agents").json()["agents"]) == 2


def test_every_account_of_an_open_world_starts_as_the_template_says(make_world: Callable[..., World]) -> None:
    """And each has its own copy; a listed account has its own section instead."""
    accounts: list[dict[str, Any]] = [
        {"cald": {"agents": [{"id": "a", "name": "T"}]}},
        {"keys": [TWO], "cald": {"agents": [{"id": "b", "name": "L"}]}},
    ]
    world = make_world({"description": "template", "open": True, "accounts": accounts})
    assert _cald(world, ONE)("DELETE", "/agents/a").status_code == 200
    names = [[each["name"] for each in _cald(world, key)("GET", "/agents").json()["agents"]] for key in (ONE, TWO)]
    assert names == [[], ["L"]]
    assert _cald(world, "caldLive" + "3" * 32)("GET", "/agents/a").json()["name"] == "T"


def test_what_is_for_sale(make_world: Callable[..., World]) -> None:
    """Numbers that are taken are passed over; an `only` leaves nothing else; seeded numbers are not for sale."""
    taken = make_world({"description": "x", "open": True, "inventory": {"taken": ["+14155550100", "+14155550101"]}})
    assert _cald(taken, ONE)("POST", "/phonenumbers", {}).json()["phoneNumber"] == "+14155550102"

    account = {"keys": [ONE], "cald": {"numbers": [{"id": "n", "number": "+14155550142"}]}}
    numbers = ["+14155550142", "+14155550143"]
    only = make_world({"description": "x", "accounts": [account], "inventory": {"only": numbers}})
    assert _cald(only, ONE)("POST", "/phonenumbers", {}).json()["phoneNumber"] == "+14155550143"
    assert _cald(only, ONE)("POST", "/phonenumbers", {}).status_code == 400
    assert _cald(only, ONE)("DELETE", "/phonenumbers/n").status_code == 200
    assert _cald(only, ONE)("POST", "/phonenumbers", {}).json()["phoneNumber"] == "+14155550142"


def test_the_seed_makes_the_ids(make_world: Callable[..., World]) -> None:
    """The same seed and the same calls give the same bytes; another seed, in the file or beside it, gives other ids."""
    scenario = {"description": "x", "open": True}
    worlds = [
        make_world({**scenario, "seed": 7}),
        make_world(scenario, seed=7),
        make_world({**scenario, "seed": 8}),
        make_world({**scenario, "seed": 8}, seed=7),
    ]
    one, two, other, replaced = [_cald(world, ONE)("POST", "/phonenumbers", {}).content for world in worlds]
    assert one == two == replaced != other


def test_an_inline_scenario_needs_no_description(make_world: Callable[..., World]) -> None:
    """A file needs one, as listings show it; without accounts a scenario is open, with accounts it is closed."""
    assert _cald(make_world({}), ONE)("GET", "/agents").status_code == 200
    assert _cald(make_world({"open": False}), ONE)("GET", "/agents").status_code == 401
    assert _cald(make_world({"accounts": [{"keys": [TWO]}]}), ONE)("GET", "/agents").status_code == 401


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            "inventory: {only: [+14155550142]}",
            "inventory/only/0: expected a phone number in E.164, got +14155550142; put it in quotes",
        ),
        (
            "accounts: [{keys: [vx_live_1], vantax: {sub_account_id: 007}}]",
            "sub_account_id: expected text, got 007; put it in quotes",
        ),
        (
            "assume: {vantax.no_inventory: 0500}",
            "expected one of 404, 409, 422 (The status where a search finds no number), got 0500",
        ),
        ("accounts: [{keys: [5]}]", "accounts/0/keys/0: expected text, got 5; put it in quotes"),
        ("lifecycles: {cald.number: {after: 1s, foo: 2}}", "unknown key 'foo'; expected one of after, after_reads"),
        ("lifecycles: {cald.number: {after: soon}}", 'after: expected a duration such as 200ms, 30s, 5m, 2h or 1d, got "soon"'),
        (
            "lifecycles: {cald.number: late}",
            'expected one of immediate, never or an object with after, after_reads, got "late"',
        ),
        ("clock: {start: monday}", 'clock/start: expected a time such as 2026-03-01T00:00:00Z, got "monday"'),
        ("rules: [{when: {}}]", "rules/0: missing 'then'"),
        ("rules: [{then: {status: 500}, probability: 0}]", "rules/0/probability: expected more than 0, got 0"),
    ],
)
def test_errors_name_what_was_expected(tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, problem: str) -> None:
    """In words, with what was written; never with a regular expression."""
    _, said, path = _check(tmp_path, f"description: x\nopen: true\n{text}", capsys)
    assert said.startswith(f"{path}:3: ")
    assert problem in said
