"""`simulator check --providers DIR`: specs, code and scenarios of one's own providers."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.providers.shop import KEY, SCHEMAS, SHOP
from tests.unit.cli.conftest import Ended

CODE = "from simulator.provider import Extension\n\nprovider = Extension()\n"
SEEDED = f"description: One pet\naccounts:\n  - keys: [{KEY}]\n    shop: {{tables: {{pets: [{{name: Rex}}]}}}}\n"


def write(folder: Path, **files: str) -> Path:
    """Write a provider; `__` in a name of a file is a dot, `___` a slash."""
    shop = folder / "shop"
    (shop / "scenarios").mkdir(parents=True)
    given = {"openapi__yaml": SHOP, "schemas__yaml": SCHEMAS, "provider__py": CODE, "scenarios___one__yaml": SEEDED, **files}
    for name, text in given.items():
        (shop / name.replace("___", "/").replace("__", ".")).write_text(text, encoding="utf-8")
    return folder


def test_a_folder_without_faults(run: Callable[..., Ended], tmp_path: Path) -> None:
    """A spec, its code and a scenario; the variable names the folder, too."""
    folder = str(write(tmp_path))
    for ended in (run("check", "--providers", folder), run("check", SIMULATOR_PROVIDERS=folder)):
        assert (ended.code, ended.stdout) == (0, "2 files: no faults\n"), ended.stderr


def test_scenarios_may_name_the_providers(run: Callable[..., Ended], tmp_path: Path) -> None:
    """A file of another folder is checked against them; without them its section is unknown."""
    (tmp_path / "mine.yaml").write_text(SEEDED, encoding="utf-8")
    write(tmp_path / "providers")
    assert (
        run("check", "--providers", str(tmp_path / "providers"), str(tmp_path / "mine.yaml")).stdout == "3 files: no faults\n"
    )
    ended = run("check", str(tmp_path / "mine.yaml"))
    assert (ended.code, "shop" in ended.stderr) == (1, True)


@pytest.mark.parametrize(
    ("files", "problem"),
    [
        ({"openapi__yaml": SHOP + "  : ["}, r"shop/openapi\.yaml:\d+: not readable as YAML"),
        ({"openapi__yaml": "openapi: 3.1.0\n"}, r"shop/openapi\.yaml:1: the document has no paths"),
        ({"provider__py": CODE + "1 / 0\n"}, r"shop/provider\.py:4: ZeroDivisionError"),
        (
            {"provider__py": CODE + "provider.operation('nothing')(print)\n"},
            r"shop/openapi\.yaml:\d+: shop has a handler for 'nothing'",
        ),
        ({"scenarios___one__yaml": SEEDED.replace("pets", "cats")}, r"shop/scenarios/one\.yaml:4: .*cats"),
    ],
)
def test_faults_have_file_and_line(run: Callable[..., Ended], tmp_path: Path, files: dict[str, str], problem: str) -> None:
    """Each is one line, and the code is 1."""
    ended = run("check", "--providers", str(write(tmp_path, **files)))
    assert (ended.code, bool(re.search(problem, ended.stderr))) == (1, True), ended.stderr


def test_the_faults_of_all_providers_are_told(run: Callable[..., Ended], tmp_path: Path) -> None:
    """One broken provider does not hide another."""
    write(tmp_path, openapi__yaml="a: [")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "openapi.json").write_text('{\n"openapi": "3.0.0",\n}', encoding="utf-8")
    ended = run("check", "--providers", str(tmp_path))
    assert [bool(re.search(name, ended.stderr)) for name in (r"other/openapi\.json:3:", r"shop/openapi\.yaml:1:")] == [
        True,
        True,
    ]
