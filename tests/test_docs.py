"""The documentation is true: every snippet is run, every link leads somewhere, every table is what the specs say."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml
from click.testing import CliRunner

from bench.__main__ import PARTS
from simulator import Simulator
from simulator.asgi import incoming
from simulator.cli.evidence import switches, table
from simulator.cli.main import main
from simulator.cli.main import simulator as group
from simulator.control import load_spec
from simulator.control.rules import MAX_RULE_BYTES
from simulator.documents import parse
from simulator.engine.json_patch import MAX_COPIED
from simulator.engine.verdict import KINDS
from simulator.engine.worker import MAX_WAITING_BYTES
from simulator.engine.worlds import BOUNDS
from simulator.openapi.json_body import MAX_DEPTH, MAX_VALUES
from simulator.openapi.operation import MAX_BODY, MAX_KEY
from simulator.registry import built_in_registry
from simulator.scenario.format import (
    MAX_DELAY,
    MAX_RULES,
    Amend,
    ClockFile,
    Fault,
    InventoryFile,
    RuleFile,
    ScenarioFile,
    Strict,
    Then,
    When,
)
from simulator.server import buffers
from simulator.server.acceptor import MAX_HANDSHAKES
from simulator.server.crowd import MOST, MOST_TLS
from simulator.server.lane import MAX_HEAD
from simulator.store.outbox import MAX_DELIVERIES
from simulator.store.store import MAX_ACCOUNTS
from simulator.testing.fixtures import MarkerOptions
from tests.documentation import PAGES, README, ROOT, anchors, blocks, links, prose, run_pytest, run_shell, save_files

DOCS = ROOT / "docs"
SCENARIO_KEYS = set(ScenarioFile.__struct_fields__)


def _id(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def _pages_with(*languages: str) -> list[Path]:
    return [page for page in PAGES if blocks(page, *languages)]


def _shape(value: Any) -> Any:
    """Return what of a JSON document stays when it is made again: its members."""
    if isinstance(value, dict):
        return {name: _shape(member) for name, member in value.items()}
    return [_shape(item) for item in value] if isinstance(value, list) else None


def _last_document(printed: str) -> Any:
    """Return the last of the JSON documents that commands have printed one after the other."""
    document, end = None, 0
    while end < len(printed.rstrip()):
        document, end = json.JSONDecoder().raw_decode(printed, end)
    return document


@pytest.mark.parametrize("page", _pages_with("sh"), ids=_id)
def test_commands_run(page: Path, tmp_path: Path) -> None:
    """Commands run in the order of the page; only those fail whose comment has the status; JSON below is what they print."""
    printed = ""
    with Simulator() as server:
        for block in blocks(page, "sh", "json"):
            if block.language == "json":
                assert _shape(_last_document(printed)) == _shape(json.loads(block.text)), printed
                continue
            printed, failures = run_shell(block.text, server.url, tmp_path)
            assert failures == re.findall(r"# (\d{3})\b", block.text), (block.text, printed)


def test_blocks_that_are_not_run_cannot_be() -> None:
    """They need a network, a container engine, root, or a server that does not end."""
    servers = r"uvicorn|hypercorn|granian|nginx|simulator (?:serve|record)"
    reasons = rf"\b({servers}|docker|git|pip|scripts/\w+|bench/run|npm|pytest -n|pytest)\b"
    assert [block.text for page in PAGES for block in blocks(page, "shell") if not re.search(reasons, block.text)] == []


def _runs() -> list[list[Path]]:
    """Return the pages with tests, as they are run together: those with further files, such as a pyproject.toml, alone."""
    pages = [page for page in PAGES if any(block.has_tests for block in blocks(page))]
    alone = [page for page in pages if any(block.file for block in blocks(page))]
    return [[page for page in pages if page not in alone], *([page] for page in alone)]


@pytest.mark.parametrize("pages", _runs(), ids=lambda pages: ", ".join(map(_id, pages)))
def test_tests_pass(pages: list[Path], tmp_path: Path) -> None:
    """The pytest code of a page passes, as one file in an otherwise empty folder."""
    for page in pages:
        save_files(page, tmp_path)
    output, defined = run_pytest(tmp_path)
    assert len(list(tmp_path.glob("test_*.py"))) == len(pages)
    assert re.search(rf"^{defined} passed in", output, re.MULTILINE), output


def test_the_hunt_that_holds_tries_as_many_schedules_as_the_page_says(tmp_path: Path) -> None:
    """The bound in the page is what its tests print."""
    page = DOCS / "lab.md"
    save_files(page, tmp_path)
    shown = re.findall(r"^simulator: hunted .*…: (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    output, _ = run_pytest(tmp_path, "-k", "idempotency")
    assert shown
    assert all(f": {bound}\n" in output for bound in shown), output


@pytest.mark.parametrize("page", _pages_with("python"), ids=_id)
def test_scripts_run(page: Path, tmp_path: Path) -> None:
    """Python that is neither a test nor a file of a test runs by itself, or is a fragment of a provider's package."""
    save_files(page, tmp_path)
    for block in blocks(page, "python"):
        compile(block.text, str(page), "exec")
        if not block.has_tests and not block.file and page.name != "writing-a-provider.md":
            command = [sys.executable, "-W", "error", "-c", block.text]
            done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
            assert done.returncode == 0, (block.text, done.stderr)


@pytest.mark.parametrize("page", _pages_with("yaml"), ids=_id)
def test_scenarios_load(page: Path) -> None:
    """Every YAML block of a scenario loads as it stands, or as part of one; the others are at least YAML."""
    for block in blocks(page, "yaml"):
        content = yaml.safe_load(block.text)
        if isinstance(content, dict) and content.keys() <= SCENARIO_KEYS:
            text = block.text if "description" in content else f"description: A part of a scenario\n{block.text}"
            text = text if "accounts" in content or "open" in content else f"{text}\nopen: true\n"
            built_in_registry().scenarios.read(parse(text, page.name), "documented")


@pytest.mark.parametrize("page", PAGES, ids=_id)
def test_links_lead_somewhere(page: Path) -> None:
    """Every relative link names a file of the repository, and an anchor that its target has."""
    for link in links(page):
        name, _, anchor = link.partition("#")
        target = (page.parent / name).resolve() if name else page
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


def test_the_readme_is_short_and_names_every_page() -> None:
    """A user finds each page from the README."""
    assert len(README.read_text(encoding="utf-8").splitlines()) <= 200
    assert {link.partition("#")[0] for link in links(README)} >= {f"docs/{page.name}" for page in DOCS.glob("*.md")}


def test_the_site_has_every_page() -> None:
    """The navigation names the pages and no others; scripts/docs checks their links."""
    named = re.findall(r"^ +- [^:]+: (\S+\.md)$", (ROOT / "mkdocs.yml").read_text(encoding="utf-8"), re.MULTILINE)
    beside = ["ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md", "bench/README.md"]
    assert sorted(named) == sorted([*map(_id, PAGES), *beside])


@pytest.mark.parametrize("page", PAGES, ids=_id)
def test_commands_exist(page: Path) -> None:
    """Every command, script and option that a page names exists."""
    text = page.read_text(encoding="utf-8")
    for script in set(re.findall(r"\bscripts/[a-z][a-z-]+", text)):
        assert (ROOT / script).is_file(), script
    for line in re.findall(r"^(?:\$ )?(simulator [a-z]+ .*)$|`(simulator [a-z]+[^`]*)`", text, re.MULTILINE):
        command, *arguments = "".join(line).partition("#")[0].split()[1:]
        helped = _help(command)
        for option in (word.partition("=")[0] for word in arguments if word.startswith("--")):
            assert option in helped, f"{command} {option}"


@cache
def _help(command: str) -> str:
    done = CliRunner().invoke(group, [command, "--help"], prog_name="simulator")
    assert done.exit_code == 0, command
    return done.stdout


def test_a_scenario_is_described_whole() -> None:
    """Every key of a scenario stands in its page, every key of a rule in that of fault injection."""
    scenarios, faults = ((DOCS / name).read_text(encoding="utf-8") for name in ("scenarios.md", "fault-injection.md"))
    keys = [key for part in (ScenarioFile, ClockFile, InventoryFile, Strict) for key in part.__struct_fields__]
    assert [key for key in keys if f"`{key}`" not in scenarios] == []
    keys = [key for part in (RuleFile, When, Then, Amend) for key in part.__struct_fields__]
    assert [key for key in [*keys, *get_args(Fault)] if f"`{key}`" not in faults] == []


def test_every_lifecycle_and_section_is_described() -> None:
    """The page on scenarios names what can settle late, and the members of each provider's section."""
    text = (DOCS / "scenarios.md").read_text(encoding="utf-8")
    providers = built_in_registry().providers
    names = [f"{name}.{event}" for name, bound in providers.items() for event in bound.provider.lifecycles]
    assert [name for name in names if f"`{name}`" not in text] == []
    sections = dict(re.findall(r"^\| `(\w+)` \| ((?:`\w+`(?:, )?)+) \|$", text, re.MULTILINE))
    members = {name: re.findall(r"\w+", line) for name, line in sections.items()}
    assert members == {name: list(bound.provider.seed.__struct_fields__) for name, bound in providers.items()}


def test_the_marker_is_described_whole() -> None:
    """Every argument of the marker stands in the page on pytest."""
    text = (DOCS / "pytest.md").read_text(encoding="utf-8")
    assert [name for name in MarkerOptions._fields if f"`{name}`" not in text] == []


def test_every_control_operation_is_described() -> None:
    """The page on the control API has each path of its spec, with a curl command."""
    text = (DOCS / "control-api.md").read_text(encoding="utf-8")
    spec = yaml.safe_load((ROOT / "specs" / "_simulator.yaml").read_text(encoding="utf-8"))
    commands = "\n".join(block.text for block in blocks(DOCS / "control-api.md", "sh"))
    for path, item in spec["paths"].items():
        pattern = re.sub(r"\\{\w+\\}", r"[\\w.-]+", re.escape(path))
        assert re.search(rf"/_simulator{pattern}(?=['\"?\s])", commands), path
        for method in item.keys() & {"get", "put", "post", "delete"}:
            assert f"`{method.upper()}" in text, f"{method} {path}"


def test_every_option_of_serve_is_described() -> None:
    """The page on containers has a row for each environment variable of `serve`."""
    text = (DOCS / "containers-and-ci.md").read_text(encoding="utf-8")
    variables = set(re.findall(r"SIMULATOR_[A-Z_]+", _help("serve")))
    assert {name for name in variables if f"`{name}`" not in text} == set()


def _between(page: str, name: str) -> str:
    text = (DOCS / page).read_text(encoding="utf-8")
    return text.partition(f"<!-- {name} -->\n")[2].partition(f"<!-- /{name} -->")[0].strip()


def test_the_tables_are_made_from_the_specs(capsys: pytest.CaptureFixture[str]) -> None:
    """They are what `simulator list --evidence` prints; `scripts/tables` writes them again."""
    registry = built_in_registry()
    tables = [_between("fidelity.md", "evidence"), _between("scenarios.md", "switches")]
    assert tables == [table(registry), switches(registry)], "run scripts/tables"
    assert main(["list", "--evidence"]) == 0
    assert capsys.readouterr().out == "\n\n".join(tables) + "\n"


def test_the_addresses_of_the_readme_are_those_of_the_specs() -> None:
    """Each provider is in its table, with the real base URL and the one that replaces it."""
    row = r"^\| \w+ \| `(https://[^`]+)` \| `http://127\.0\.0\.1:8080(/\w+)([^`]*)` \|"
    rows = re.findall(row, prose(README), re.MULTILINE)
    assert {provider[1:]: base for _, provider, base in rows} == {
        name: bound.spec.base_path for name, bound in built_in_registry().providers.items()
    }
    servers = {bound.spec.content["servers"][0]["url"] for bound in built_in_registry().providers.values()}
    assert {real for real, _, _ in rows} == servers


def test_the_bench_tells_of_each_part() -> None:
    """Its page has a line for each that can be measured."""
    described = re.findall(r"^\| `(\w+)` \|", (ROOT / "bench" / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(described) == sorted(PARTS)


def test_the_architecture_names_what_there_is() -> None:
    """Every module of the core stands in ARCHITECTURE.md, and none that is not there."""
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    tree = text.partition("```\n")[2].partition("```")[0]
    package = ROOT / "simulator"
    modules = {path.stem for path in package.glob("*.py")} | {path.parent.name for path in package.glob("*/__init__.py")}
    missing = [name for name in modules - {"__init__", "__main__"} if not re.search(rf"\b{name}\b", tree)]
    assert missing == []


RUNNERS = {
    "numbers.test.mjs": ("node", "--test", "numbers.test.mjs"),
    "numbers_test.go": ("go", "test", "numbers_test.go"),
    "Numbers.java": ("java", "Numbers.java"),
    "numbers_test.rb": ("ruby", "numbers_test.rb"),
}


@pytest.mark.parametrize("file", RUNNERS)
def test_other_languages(file: str, simulator: Simulator, tmp_path: Path) -> None:
    """The tests in other languages pass as they stand, where their language is installed."""
    command = RUNNERS[file]
    if shutil.which(command[0]) is None:
        pytest.skip(f"needs {command[0]}")
    save_files(DOCS / "any-language.md", tmp_path)
    environment = {**os.environ, "SIMULATOR_URL": simulator.url}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_kind_of_finding_is_described() -> None:
    """The page on failing tests has a row for each kind."""
    text = (DOCS / "what-fails-a-test.md").read_text(encoding="utf-8")
    assert [kind for kind in KINDS if f"| `{kind}` |" not in text] == []


def _file_limit(provider: str, path: str) -> str:
    """Return how many whole mebibytes the body of a provider's POST may have."""
    spec = built_in_registry().providers[provider].spec
    return f"{spec.body_limit('POST', spec.base_path + path) >> 20} MiB"


def test_the_limits_are_those_of_the_code() -> None:
    """The figures of the page on security are the constants."""
    text = (DOCS / "security.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| ([^|]+) \| ([\d,]+ ?\w*) \|$", text, re.MULTILINE))
    assert rows == {
        "body": f"{MAX_BODY >> 20} MiB",
        "document of a world": f"{load_spec().body_limit('PUT', '/_simulator/worlds/x/snapshot') >> 20} MiB",
        "recording for Cald's `POST /voices/clone`": _file_limit("cald", "/voices/clone"),
        "file for Vantax's `POST /knowledge-bases/{id}/sources/file`": _file_limit("vantax", "/knowledge-bases/x/sources/file"),
        "values in a JSON body": f"{MAX_VALUES:,}",
        "nesting of a JSON body": f"{MAX_DEPTH} levels",
        "request line and headers": f"{MAX_HEAD >> 10} KiB",
        "rules of a world": f"{MAX_RULES:,}",
        "requests that added the rules of a world": f"{MAX_RULE_BYTES >> 20} MiB",
        "requests that wait as they take long": f"{MAX_WAITING_BYTES >> 20} MiB",
        "requests that are not complete yet": f"{incoming.LIMIT >> 20} MiB",
        "responses that are not read": f"{buffers.LIMIT >> 20} MiB",
        "memory of all worlds (`--max-memory`)": f"{BOUNDS.memory_bytes >> 30} GiB",
        "connections, as far as the limit of open files (`ulimit -n`) allows": f"{MOST:,}",
        "connections with `--tls`": f"{MOST_TLS}",
        "TLS handshakes at the same time": f"{MAX_HANDSHAKES}",
        "API key": f"{MAX_KEY} characters",
        "accounts of a world that new keys opened and that were never changed": f"{MAX_ACCOUNTS:,}",
        "delay of a rule": f"{MAX_DELAY / 3600:.0f} hour",
        "what the copies of a JSON Patch have together": f"{MAX_COPIED >> 10} KiB",
        "webhooks of a world that wait to be sent": f"{MAX_DELIVERIES:,}",
        "worlds (`--max-worlds`)": f"{BOUNDS.worlds:,}",
        "request log of a world (`--journal-bytes`)": f"{BOUNDS.journal_bytes >> 20} MiB",
    }


def test_every_header_is_described() -> None:
    """The page on fidelity has a row for each header that a response can have."""
    sources = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "simulator").rglob("*.py"))
    headers = set(re.findall(r"X-Simulator-[A-Z][\w-]+", sources)) - {"X-Simulator-World"}
    assert set(re.findall(r"^\| `(X-Simulator-[\w-]+)`", (DOCS / "fidelity.md").read_text("utf-8"), re.MULTILINE)) == headers
