"""Providers are loaded when they are used: from the YAML of a checkout, or from the JSON that the build made of it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from simulator.application import Application
from simulator.cli.main import main
from simulator.documents import BrokenFile, BuiltDocument, built_path, read, read_built
from simulator.http import Request, settled
from simulator.openapi import spec
from simulator.registry import Registry, SpecFolder, built_in_registry, data_folder, load_providers
from tests.unit.subject import PROVIDERS

FILES = [path for name in ("specs", "scenarios") for path in sorted(data_folder(name).rglob("*.yaml"))]
NOTE = "x-evidence: certain"


def _name(path: Path) -> str:
    return path.relative_to(data_folder("specs").parent).as_posix()


def _build(yaml: Path) -> Path:
    """Do what the build does."""
    built = built_path(yaml)
    built.write_text(json.dumps(read(yaml).content, ensure_ascii=False), encoding="utf-8")
    return built


@pytest.fixture(scope="module")
def installed_specs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The specs of an installed package, with the JSON of each: made once, as it takes longer than most of these tests."""
    folder = tmp_path_factory.mktemp("installed") / "specs"
    shutil.copytree(data_folder("specs"), folder, ignore=shutil.ignore_patterns("*.json"))
    for path in folder.glob("*.yaml"):
        _build(path)
    return folder


@pytest.fixture(params=["yaml", "json"])
def specs(request: pytest.FixtureRequest, installed_specs: Path, tmp_path: Path) -> Path:
    """The specs of a checkout, and those of an installed package; a copy, which the test may edit."""
    ignored = shutil.ignore_patterns("*.json") if request.param == "yaml" else None
    return Path(shutil.copytree(installed_specs, tmp_path / "specs", ignore=ignored))


def _load(specs: Path) -> Registry:
    scenarios = data_folder("scenarios")
    return Registry(load_providers(SpecFolder(specs, "simulator.providers", "built in")), scenarios, verified=scenarios)


def _get(app: Application, provider: str) -> tuple[int, Mapping[str, str], Any]:
    bound = app.registry.providers[provider]
    response = settled(app.handle(Request("GET", f"/{provider}{bound.spec.base_path}/none", "", {}, b"")))
    return response.status, dict(response.headers), json.loads(response.body)


def _break(specs: Path, name: str) -> int:
    """Give the first operation of a spec a grade that does not exist; return the line that a fault of it names."""
    path = specs / f"{name}.yaml"
    lines = path.read_text(encoding="utf-8").splitlines()
    method = next(index for index, line in enumerate(lines) if line.strip() in ("get:", "post:"))
    graded = next(index for index in range(method, len(lines)) if "x-evidence:" in lines[index])
    indent = lines[graded][: len(lines[graded]) - len(lines[graded].lstrip())]
    lines[graded] = indent + NOTE
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    if built_path(path).is_file():
        _build(path)
    return method + 1


@pytest.mark.parametrize("path", FILES, ids=_name)
def test_json_holds_what_the_yaml_holds(path: Path, tmp_path: Path) -> None:
    """Texts, numbers and the order of members; and a fault in it has the line of the YAML."""
    yaml = tmp_path / path.name
    shutil.copy(path, yaml)
    built = read_built(yaml)
    assert not isinstance(built, BuiltDocument)
    _build(yaml)
    installed = read_built(yaml)
    assert isinstance(installed, BuiltDocument)
    assert repr(installed.content) == repr(read(yaml).content)
    last = list(installed.content)[-1]
    assert installed.fault([last], "wrong") == read(yaml).fault([last], "wrong")
    assert installed.line([last]) > 1


def test_the_specs_are_served_alike(specs: Path) -> None:
    """Whatever they were read from, before and after a provider is used."""
    app = Application(_load(specs))
    for name in PROVIDERS:
        served = [settled(app.handle(Request("GET", f"/_simulator/specs/{name}", "", {}, b""))).body]
        _get(app, name)
        served.append(settled(app.handle(Request("GET", f"/_simulator/specs/{name}", "", {}, b""))).body)
        expected = Application(built_in_registry()).handle(Request("GET", f"/_simulator/specs/{name}", "", {}, b"")).body
        assert served == [expected, expected]


@pytest.fixture(scope="module")
def broken_specs(installed_specs: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The specs of an installed package, each of them broken."""
    folder = Path(shutil.copytree(installed_specs, tmp_path_factory.mktemp("broken") / "specs"))
    for name in PROVIDERS:
        _break(folder, name)
    return folder


def test_a_provider_needs_no_spec_but_its_own(specs: Path, installed_specs: Path, broken_specs: Path) -> None:
    """The other specs can be broken: of a provider that is not used only the head is read."""
    suffixes = {path.suffix for path in specs.glob(f"{PROVIDERS[0]}.*")}
    for name in PROVIDERS:
        for other in PROVIDERS:
            source = installed_specs if other == name else broken_specs
            for suffix in suffixes:
                shutil.copy2(source / f"{other}{suffix}", specs / f"{other}{suffix}")
        status, headers, _ = _get(Application(_load(specs)), name)
        assert status in (401, 404)
        assert "X-Simulator-Bug" not in headers
    app = Application(_load(specs))  # as it stands after the last: all others are broken
    assert ["X-Simulator-Bug" in _get(app, name)[1] for name in PROVIDERS] == [True] * (len(PROVIDERS) - 1) + [False]


def test_a_fault_of_a_spec_is_reported_where_it_is_used(specs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """By the check and by each answer of the provider, with file and line; the other providers answer."""
    path = specs / "truedy.yaml"
    line = _break(specs, "truedy")
    fault = f"{path}:{line}: unknown x-evidence 'certain'; expected one of assumed, inferred, documented"
    app = Application(_load(specs))
    for _ in range(2):
        status, headers, body = _get(app, "truedy")
        assert (status, headers["X-Simulator-Bug"]) == (500, "1")
        assert body["simulator_bug"].count(fault) == 1
    assert "X-Simulator-Bug" not in _get(app, "cald")[1]
    assert main(["check", str(path)]) == 1
    assert fault in capsys.readouterr().err


def test_operations_are_compared_with_the_code_at_the_start(specs: Path) -> None:
    """A server whose spec has another operation does not start, though no request asked for the provider."""
    path = specs / "chirp.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("operationId: send_sms", "operationId: send_text"), "utf-8")
    if built_path(path).is_file():
        _build(path)
    with pytest.raises(BrokenFile) as broken:
        _load(specs)
    assert [fault.problem for fault in broken.value.faults] == [
        "chirp has a handler for 'send_sms', which is not an operation of the spec; did you mean send_text?",
        "operation 'send_text' has no handler in chirp",
    ]
    assert {fault.file for fault in broken.value.faults} == {str(path)}
    assert all(fault.line > 1 for fault in broken.value.faults)


def test_threads_may_use_a_provider_for_the_first_time_at_once(specs: Path) -> None:
    """Applications share the providers: all of them see the spec as a whole."""
    registry = _load(specs)
    apps = [Application(registry) for _ in range(8)]
    with ThreadPoolExecutor(len(apps)) as threads:
        for name in PROVIDERS:
            answers = list(threads.map(lambda app, name=name: _get(app, name)[0], apps))
            assert set(answers) <= {401, 404}
        used = [bound.spec for bound in registry.providers.values()]
        operations = list(threads.map(lambda _: {id(one.operation(name)) for one in used for name in one.places}, apps))
    assert all(one == operations[0] for one in operations)


def test_one_operation_is_like_that_of_the_whole_spec() -> None:
    """The banner shows an operation of a spec that is not compiled."""
    for bound in built_in_registry().providers.values():
        name = bound.provider.example_operation
        fresh = spec.load_lazily(Path(bound.spec.file))
        shown = fresh.example(name)
        alone, whole = fresh.operation(name), spec.load(Path(bound.spec.file)).operations[name]
        for one in (shown, alone):
            assert (one.path, one.method, one.definition) == (whole.path, whole.method, whole.definition)
        assert shown is not alone
        assert fresh.example(name) is alone
        assert fresh.operations[name] is alone
        assert list(fresh.operations) == list(fresh.places)


def test_a_stale_json_is_a_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """`simulator check` compares what an installed package reads with the YAML that it was made of."""
    for name in ("specs", "scenarios"):
        shutil.copytree(data_folder(name), tmp_path / name)
    monkeypatch.setattr("simulator.cli.check.data_folder", tmp_path.joinpath)
    yaml = tmp_path / "specs" / "cald.yaml"
    built = _build(yaml)
    assert main(["check"]) == 0
    built.write_text(built.read_text(encoding="utf-8").replace("Cald", "Bald"), encoding="utf-8")
    assert main(["check"]) == 1
    assert f"{yaml}:1: cald.json beside it, which is read in its place, differs from it; build the wheel again" in (
        capsys.readouterr().err
    )


def _control(app: Application, method: str, path: str, body: Any = None) -> Any:
    raw = b"" if body is None else json.dumps(body).encode()
    request = Request(method, f"/_simulator{path}", "", {"content-type": "application/json"}, raw)
    return json.loads(settled(app.handle(request)).body or b"null")


def _write(path: Path, description: str) -> None:
    path.write_text(f"description: {description}\n", encoding="utf-8")


def test_scenarios_of_the_user_are_read_again(tmp_path: Path) -> None:
    """A file that changes, comes or goes while the server runs counts from the next world on; one with a fault makes none."""
    own, mine = tmp_path / "scenarios", tmp_path / "mine.yaml"
    own.mkdir()
    _write(own / "night.yaml", "before")
    _write(mine, "first")
    app = Application(built_in_registry().extended(own), str(mine))

    def make(name: str, **body: str) -> str:
        made = _control(app, "PUT", f"/worlds/{name}", body)
        return str(made.get("description") or made["detail"])

    assert [make("a", scenario="night"), make("b")] == ["before", "first"]
    _write(own / "night.yaml", "afterwards")
    _write(own / "new.yaml", "new")
    _write(mine, "second")
    assert [make("a", scenario="night"), make("c", scenario="new"), make("b")] == ["afterwards", "new", "second"]
    (own / "new.yaml").unlink()
    assert make("c", scenario="new").startswith("unknown scenario 'new'")

    (own / "night.yaml").write_text("seed: x\n", encoding="utf-8")
    mine.write_text("seed: x\n", encoding="utf-8")
    fault = 'night.yaml:1: seed: expected an integer, got "x"'
    assert fault in make("a", scenario="night")
    assert 'mine.yaml:1: seed: expected an integer, got "x"' in make("b")
    assert _control(app, "GET", "/worlds/b")["description"] == "second"
    listed = {one["name"]: one["description"] for one in _control(app, "GET", "/scenarios")["scenarios"]}
    assert fault in listed["night"]
    _control(app, "DELETE", "/worlds/default")
    assert _control(app, "GET", "/worlds/default")["description"] == "second"
