"""The README does what it says: every snippet is run, every table that can be counted is counted."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any, get_args

import httpx
import pytest

from bench.__main__ import PARTS
from simulator import Simulator
from simulator.cli.evidence import switches, table
from simulator.cli.main import main
from simulator.documents import parse
from simulator.registry import built_in_registry
from simulator.scenario.format import Fault, Then, When

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
SNIPPETS = re.findall(r"^```(\w+)\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


def snippets(language: str, word: str = "") -> list[str]:
    """The README's snippets in a language, those that hold a word."""
    return [text for name, text in SNIPPETS if name == language and word in text]


def run(server: Simulator, command: str) -> Any:
    """Run a curl command of the README against a live server."""
    command = command.replace("http://127.0.0.1:8080", server.url)
    done = subprocess.run(["/bin/sh", "-ec", command], capture_output=True, text=True, timeout=30, check=True)
    return json.loads(done.stdout)


def test_the_first_command_answers_as_printed(simulator: Simulator) -> None:
    """The purchase has the shape of the answer below it; id and time differ."""
    printed = json.loads(snippets("json")[0])
    answered = run(simulator, snippets("sh", "vx_live_demo")[0])
    assert answered.keys() == printed.keys()
    assert answered["data"].keys() == printed["data"].keys()
    assert answered["message"] == printed["message"]


def test_worlds_are_made_as_the_readme_does(simulator: Simulator, http: httpx.Client) -> None:
    """The world of the README is made, reached by path and by header, and finds its plan full."""
    world = run(simulator, snippets("sh", "worlds/checkout")[0])
    assert (world["name"], world["scenario"], world["seed"]) == ("checkout", "cartesia/plan-full", 7)
    headers = {"Authorization": "Bearer sk_car_demo", "Cartesia-Version": "2026-03-01"}
    for base, more in (("/w/checkout/cartesia", {}), ("/cartesia", {"X-Simulator-World": "checkout"})):
        url = f"{simulator.url}{base}/agents/phone-numbers/provision"
        assert http.post(url, json={"label": "x"}, headers={**headers, **more}).status_code == 402


@pytest.mark.parametrize("text", snippets("yaml"))
def test_scenarios_load(text: str) -> None:
    """Every scenario that the README prints is one."""
    scenario = built_in_registry().scenarios.read(parse(text, "README.md"), "readme")
    assert scenario.rules or scenario.strict or scenario.assume


def test_the_python_runs(capsys: pytest.CaptureFixture[str]) -> None:
    """The Python of the README runs and prints where the provider answers."""
    exec(compile(snippets("python", "with Simulator()")[0], "README.md", "exec"), {})  # noqa: S102  (it is our own)
    assert "/cartesia sk_car_demo" in capsys.readouterr().out


def test_the_tests_of_the_readme_pass(tmp_path: Path) -> None:
    """The pytest file of the README passes as it stands, in an empty folder."""
    (tmp_path / "test_readme.py").write_text(snippets("python", "def cartesia")[0], encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tmp_path)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert "2 passed" in done.stdout, done.stdout


def test_commands_exist() -> None:
    """Every command that the README names is one, and so are the scripts."""
    named = set(re.findall(r"\bsimulator (serve|check|list|explain|health)\b", README))
    assert named >= {"check", "list", "explain"}
    for command in named:
        assert main([command, "--help"]) == 0
    for script in set(re.findall(r"scripts/[a-z-]+", README)):
        assert (ROOT / script).is_file(), script


def test_options_exist(capsys: pytest.CaptureFixture[str]) -> None:
    """Every option and environment variable that the README names is one of `serve`."""
    main(["serve", "--help"])
    text = capsys.readouterr().out
    ours = "\n".join(line for line in README.splitlines() if not line.startswith("docker "))
    options = set(re.findall(r"(?:--[a-z][a-z-]+|SIMULATOR_[A-Z_]+)", ours))
    others = {"--simulator-url", "--simulator-admin-token", "--simulator-strict", "SIMULATOR_URL"}  # of pytest
    others.add("--evidence")  # of `list`
    for option in options - others:
        assert option in text, option


def test_rules_are_described_whole() -> None:
    """Every member of a rule, and every wire fault, is in the README."""
    members = {*When.__struct_fields__, *Then.__struct_fields__, *get_args(Fault)}
    assert [name for name in members if f"{name}" not in README] == []


def test_the_evidence_is_counted_from_the_specs(capsys: pytest.CaptureFixture[str]) -> None:
    """The tables between the marks are what specs and providers say today, and what `simulator list --evidence` prints."""
    tables = [README.partition(f"<!-- {name} -->\n")[2].partition(f"<!-- /{name} -->")[0] for name in ("evidence", "switches")]
    assert [each.strip() for each in tables] == [table(built_in_registry()), switches(built_in_registry())]
    assert main(["list", "--evidence"]) == 0
    assert capsys.readouterr().out == "\n".join(tables)


def test_the_bench_tells_of_each_part() -> None:
    """Its page has a line for each that can be measured."""
    told = re.findall(r"^\| `(\w+)` \|", (ROOT / "bench" / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(told) == sorted(PARTS)


def test_the_architecture_names_what_there_is() -> None:
    """Every module of the core stands in ARCHITECTURE.md, and none that is not there."""
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    tree = text.partition("```\n")[2].partition("```")[0]
    package = ROOT / "simulator"
    modules = {path.stem for path in package.glob("*.py")} | {path.parent.name for path in package.glob("*/__init__.py")}
    missing = [name for name in modules - {"__init__"} if not re.search(rf"\b{name}\b", tree)]
    assert missing == []
