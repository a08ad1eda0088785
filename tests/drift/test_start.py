"""Whoever edits a spec without the code, or the code without the spec, is told by `simulator check`; no server starts."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import simulator
from simulator.cli.main import main
from simulator.documents import BrokenFile
from simulator.registry import SpecFolder, data_folder, load_providers
from tests.drift.drafts import PROVIDERS, Draft, Json

PACKAGE = Path(simulator.__file__).parent
NOWHERE = {"$ref": "#/components/schemas/Nowhere"}

Edit = Callable[[Draft], object]


def _schemes(draft: Draft) -> Json:
    schemes: Json = draft.content["components"]["securitySchemes"]
    return schemes


def _add(draft: Draft, path: str, operation: Json) -> None:
    draft.content["paths"][path] = {"get": operation}


def _template(draft: Draft) -> None:
    """Another word for a part of a path, but not for the parameter."""
    paths = draft.content["paths"]
    path = next(path for path in paths if "{" in path)
    paths[path.replace("{", "{other_")] = paths.pop(path)


# The edit, what is said of it, and what stands on the line that is named.
EDITS: dict[str, tuple[Edit, str, str]] = {
    "an operation is removed": (
        lambda draft: draft.place.pop(draft.method),
        "{name} has a handler for '{id}', which is not an operation of the spec",
        '"paths": {',
    ),
    "an operation is renamed": (
        lambda draft: draft.operation.update(operationId="renamed"),
        "operation 'renamed' has no handler in {name}",
        '"{method}": {',
    ),
    "an operation is added": (
        lambda draft: _add(draft, "/new", {"operationId": "new", "responses": {"200": {"description": "New."}}}),
        "operation 'new' has no handler in {name}",
        '"get": {',
    ),
    "an operation stands twice": (
        lambda draft: _add(draft, "/new", draft.operation),
        "duplicate operationId '{id}'",
        '"paths": {',
    ),
    "an operation succeeds no more": (
        lambda draft: [draft.responses.pop(status) for status in draft.successes],
        "'{id}' has no 2xx response",
        '"{method}": {',
    ),
    "a part of a path is renamed": (_template, "is missing from the parameters", '": {'),
    "the form of keys is dropped": (
        lambda draft: [scheme.pop("x-key-pattern") for scheme in _schemes(draft).values()],
        "has no x-key-pattern",
        '": {',
    ),
    "the form of keys is another": (
        lambda draft: [scheme.update({"x-key-pattern": "other_[a-z]+"}) for scheme in _schemes(draft).values()],
        "of {name} fits no x-key-pattern",
        '"securitySchemes": {',
    ),
    "the security schemes are removed": (
        lambda draft: _schemes(draft).clear(),
        "'{id}' uses undefined security scheme",
        '": ',
    ),
    "a schema is lost": (
        lambda draft: draft.response(draft.success)["content"]["application/json"].update(schema=NOWHERE),
        "'#/components/schemas/Nowhere'",
        '"$ref": "#/components/schemas/Nowhere"',
    ),
    "an extension is misspelt": (
        lambda draft: draft.operation.update({"x-idempotency": {}}),
        "unknown extension 'x-idempotency'; expected one of",
        '"x-idempotency": {',
    ),
    "a grade is none": (
        lambda draft: draft.operation.update({"x-evidence": "certain"}),
        "unknown x-evidence 'certain'; expected one of assumed, inferred, documented",
        '"{method}": {',
    ),
}


# Each edit in two of the specs, every spec with several edits: who reads them is the same for all providers.
PAIRS = [(PROVIDERS[(place + step) % len(PROVIDERS)], edit) for place, edit in enumerate(EDITS) for step in (0, 2)]


@pytest.mark.parametrize(("name", "edit"), PAIRS)
def test_the_check_tells_of_it(name: str, edit: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With file, line, and both sides of the disagreement."""
    change, said, there = EDITS[edit]
    draft = Draft(name)
    names = {"id": draft.operation["operationId"], "name": draft.name, "method": draft.method}
    change(draft)
    path = tmp_path / f"{draft.name}.yaml"
    path.write_text(draft.text, encoding="utf-8")
    assert main(["check", str(path)]) == 1
    told = [line for line in capsys.readouterr().err.splitlines() if said.format(**names) in line]
    line = re.match(rf"{re.escape(str(path))}:([0-9]+): ", told[0])
    assert line, told
    assert there.replace("{method}", draft.method) in draft.text.splitlines()[int(line[1]) - 1]


def test_the_server_does_not_start(tmp_path: Path) -> None:
    """A checkout whose spec was edited serves nothing, and says why; so does the check, once and not for each scenario."""
    shutil.copytree(PACKAGE, tmp_path / "simulator", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("specs", "scenarios"):
        shutil.copytree(data_folder(name), tmp_path / name)
    draft = Draft(PROVIDERS[0])
    draft.operation["operationId"] = "renamed"
    path = tmp_path / "specs" / f"{draft.name}.yaml"
    path.write_text(draft.text, encoding="utf-8")
    for command in (["serve", "--port", "0"], ["check"]):
        started = [sys.executable, "-m", "simulator", *command]
        ended = subprocess.run(started, cwd=tmp_path, capture_output=True, text=True, timeout=30, check=False)
        assert (ended.returncode, ended.stdout) == (1, "")
        assert len(ended.stderr.splitlines()) == 2
        assert f"{path}:" in ended.stderr
        assert f": operation 'renamed' has no handler in {draft.name}\n" in ended.stderr


def test_a_spec_that_nobody_performs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It is no provider, so a server that is to serve it does not start; by itself it is a document like another."""
    draft = Draft(PROVIDERS[0])
    path = tmp_path / "seventh.yaml"
    path.write_text(draft.text, encoding="utf-8")
    with pytest.raises(
        BrokenFile,
        match=r"seventh\.yaml:1: cannot load the provider for this spec .built in.: .*'simulator\.providers\.seventh'",
    ):
        load_providers(SpecFolder(tmp_path, "simulator.providers", "built in"))
    assert main(["check", str(path)]) == 0
    assert capsys.readouterr().out == "1 file: no faults\n"
