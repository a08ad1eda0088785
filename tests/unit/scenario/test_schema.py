"""The JSON Schema of scenario files: it ships beside them, is served, and knows every name that an editor can complete."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from simulator import Simulator
from simulator.cli.main import main
from simulator.documents import read
from simulator.registry import Registry, built_in_registry, data_folder
from simulator.testing.addresses import ControlError

SHIPPED = data_folder("scenarios") / "schema.json"
FILES = sorted(data_folder("scenarios").rglob("*.yaml"))


@pytest.fixture(scope="module")
def schema() -> Any:
    """The schema that ships."""
    return json.loads(SHIPPED.read_text(encoding="utf-8"))


def test_the_file_is_current(schema: Any) -> None:
    """Where this fails, scripts/scenario-schema writes it anew."""
    assert schema == built_in_registry().scenarios.schema


def test_the_schema_is_served(schema: Any) -> None:
    """For whoever has a server and no files."""
    assert Simulator().client.call("GET", "/scenarios/schema") == schema


def test_it_is_a_json_schema(schema: Any) -> None:
    """Of draft 2020-12, with a title, and a description for what does not explain itself."""
    jsonschema_rs.meta.validate(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    rule = schema["$defs"]["RuleFile"]["properties"]
    assert all("description" in rule[name] for name in ("name", "skip", "times", "probability"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_scenario_fits_it(schema: Any, path: Path) -> None:
    """What the simulator takes an editor takes too."""
    jsonschema_rs.Draft202012Validator(schema, validate_formats=True).validate(read(path).content)


def test_it_knows_the_names_there_are(schema: Any) -> None:
    """Providers, operations, errors, lifecycles, and what an account of each provider may hold."""
    registry = built_in_registry()
    when, then = schema["$defs"]["When"]["properties"], schema["$defs"]["Then"]["properties"]
    assert when["provider"]["examples"] == list(registry.providers)
    operations = [f"{name}.{each}" for name, bound in registry.providers.items() for each in bound.spec.operations]
    assert when["operation"]["examples"] == operations
    assert {"QUOTA_EXCEEDED", "NONE_FOR_SALE", "LIMITED"} <= set(then["error"]["examples"])
    assert {"truedy.number", "truedy.agent", "cartesia.call"} <= set(schema["properties"]["lifecycles"]["properties"])
    assert set(registry.providers) < set(schema["properties"]["accounts"]["items"]["properties"])


def test_it_is_no_scenario(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Neither the catalogue nor `simulator check` takes it for one, in our folder or in a user's."""
    assert "schema" not in built_in_registry().scenario_names()
    (tmp_path / "schema.json").write_text(SHIPPED.read_text(encoding="utf-8"), encoding="utf-8")
    (tmp_path / "mine.yaml").write_text("# yaml-language-server: $schema=schema.json\ndescription: x\n", encoding="utf-8")
    (tmp_path / "other.yml").write_text("description: y\n", encoding="utf-8")
    assert Registry(built_in_registry().providers, tmp_path).scenario_names() == ["mine", "other"]
    assert main(["check", str(tmp_path)]) == 0
    assert capsys.readouterr().out == "2 files: no faults\n"


def test_every_pattern_is_described(schema: Any) -> None:
    """The error of a value says in words what is expected, never as a regular expression."""
    assert [node["pattern"] for node in _with_pattern(schema) if not node.get("description")] == []


def test_every_pattern_means_the_same_in_each_engine(schema: Any) -> None:
    r"""Editors, jsonschema-rs and msgspec disagree about `\s`, `\d`, `\w`, `\b` and `.`: characters beyond ASCII, line ends."""
    patterns = {node["pattern"] for node in _with_pattern(schema)}
    assert [pattern for pattern in patterns if re.search(r"\\[sSdDwWbB]", pattern)] == []
    assert [pattern for pattern in patterns if "." in re.sub(r"\\.|\[(\\.|[^\]])*\]", "", pattern)] == []


@pytest.mark.parametrize("origin", ["https://a\x1db", "https://a\x85b", "https://a\xa0b", "https://a\n", "https://ü.example"])
def test_an_origin_that_no_browser_sends_is_refused(origin: str) -> None:
    """A page's origin is ASCII; U+001D is a space to Python and none to other engines."""
    with pytest.raises(ControlError, match=r"expected .*https://app\.example\.com") as refused:
        Simulator().client.call("PUT", "/worlds/w", {"scenario": {"cors": [origin]}})
    assert refused.value.status == 422


def _with_pattern(node: Any) -> Iterator[Any]:
    for part in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from _with_pattern(part)
    if isinstance(node, dict) and isinstance(node.get("pattern"), str):
        yield node
