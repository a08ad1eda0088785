"""Every spec is sound OpenAPI, tells where it has its facts from, and links what it makes to what takes it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from simulator.cli.main import main
from simulator.documents import read
from simulator.openapi.head import METHODS
from simulator.registry import data_folder

NAMES = sorted(path.stem for path in data_folder("specs").glob("*.yaml"))
PROVIDERS = [name for name in NAMES if not name.startswith("_")]
EXTENSIONS = {
    "x-assumptions",
    "x-cost",
    "x-evidence",
    "x-idempotency-key",
    "x-key-pattern",
    "x-max-body",
    "x-note",
    "x-rate-limit",
    "x-simulated",
    "x-source",
}
MADE_ELSEWHERE = {"add_contacts", "list_contacts", "update_contact_note"}  # Cald's lists and Vantax's notes
GRADES = {"documented", "inferred", "assumed"}

Json = dict[str, Any]


@pytest.fixture(scope="module", params=NAMES)
def spec(request: pytest.FixtureRequest) -> Json:
    """Each spec, the control API's among them."""
    return _read(request.param)


@pytest.fixture(scope="module", params=PROVIDERS)
def provider(request: pytest.FixtureRequest) -> Json:
    """Each provider's spec."""
    return _read(request.param)


def _read(name: str) -> Json:
    content: Json = read(data_folder("specs") / f"{name}.yaml").content
    return content


def _operations(spec: Json) -> Iterator[tuple[str, Json]]:
    for path, item in spec["paths"].items():
        for method in METHODS:
            if method in item:
                yield f"{method.upper()} {path}", item[method]


def _resolved(spec: Json, node: Json) -> Json:
    while "$ref" in node:
        found: Any = spec
        for step in node["$ref"].removeprefix("#/").split("/"):
            found = found[step.replace("~1", "/").replace("~0", "~")]
        node = found
    return node


def _walk(node: Any, pointer: str = "#") -> Iterator[tuple[str, Any]]:
    """Every part of a document but what stands in its examples, which are the provider's own."""
    yield pointer, node
    if isinstance(node, dict):
        for key, value in node.items():
            if key not in ("example", "examples", "default", "enum", "const"):
                yield from _walk(value, f"{pointer}/{key.replace('~', '~0').replace('/', '~1')}")
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from _walk(value, f"{pointer}/{index}")


def test_it_is_openapi(spec: Json) -> None:
    """By the specification's own schema, of version 3.1."""
    assert re.fullmatch(r"3\.1\.[0-9]+", spec["openapi"])
    assert list(OpenAPIV31SpecValidator(spec).iter_errors()) == []


def test_check_finds_no_fault(capsys: pytest.CaptureFixture[str]) -> None:
    """`simulator check` is content with all of them."""
    code = main(["check", str(data_folder("specs"))])
    assert (code, capsys.readouterr().err) == (0, "")


def test_every_operation_says_what_it_does(spec: Json) -> None:
    """It has a name in snake case, a summary, and a tag that the document describes."""
    tags = {each["name"] for each in spec["tags"]}
    for name, operation in _operations(spec):
        assert re.fullmatch(r"[a-z][a-z0-9_]*", operation["operationId"]), name
        assert operation["summary"], name
        assert operation["tags"], name
        assert set(operation["tags"]) <= tags, name


def test_every_operation_tells_how_well_founded_it_is(spec: Json) -> None:
    """And every grade, wherever it stands, is one of three."""
    assert [name for name, operation in _operations(spec) if "x-evidence" not in operation] == []
    assert {node["x-evidence"] for _, node in _graded(spec)} <= GRADES


def test_every_refusal_tells_how_well_founded_it_is(provider: Json) -> None:
    """By itself; an answer of success may be as well founded as its operation."""
    silent = []
    for name, operation in _operations(provider):
        graded = {status for status, each in operation["responses"].items() if "x-evidence" in _resolved(provider, each)}
        silent += [f"{name} {status}" for status in operation["responses"].keys() - graded if not status.startswith("2")]
    assert silent == []


def test_a_guess_says_why(spec: Json) -> None:
    """Whatever is not documented – operation, answer, parameter, field – has a note beside its grade."""
    guesses = [(pointer, node) for pointer, node in _graded(spec) if node["x-evidence"] != "documented"]
    assert [pointer for pointer, node in guesses if not node.get("x-note")] == []


def test_what_deviates_is_graded(spec: Json) -> None:
    """A note has a grade beside it, but for those on the keys that are our own."""
    noted = [(pointer, node) for pointer, node in _walk(spec) if isinstance(node, dict) and isinstance(node.get("x-note"), str)]
    bare = [pointer for pointer, node in noted if "x-evidence" not in node]
    assert [pointer for pointer in bare if not pointer.startswith("#/components/securitySchemes/")] == []


def _graded(spec: Json) -> Iterator[tuple[str, Json]]:
    for pointer, node in _walk(spec):
        if isinstance(node, dict) and isinstance(node.get("x-evidence"), str):
            yield pointer, node


def test_every_operation_of_a_provider_names_its_page(provider: Json) -> None:
    """And so may any part of it."""
    assert [name for name, operation in _operations(provider) if "x-source" not in operation] == []


def test_every_source_is_a_page_and_when_it_was_read(provider: Json) -> None:
    """An address, and a month."""
    for pointer, node in _walk(provider):
        if isinstance(node, dict) and "x-source" in node:
            source = node["x-source"]
            assert set(source) == {"url", "read"}, pointer
            assert source["url"].startswith("https://"), pointer
            assert re.fullmatch(r"20[0-9]{2}-[01][0-9]", str(source["read"])), pointer


def test_only_our_extensions(spec: Json) -> None:
    """What no code reads would only pretend to mean something."""
    for pointer, node in _walk(spec):
        if isinstance(node, dict) and not pointer.endswith("/properties"):
            assert {key for key in node if key.startswith("x-")} <= EXTENSIONS, pointer


def test_no_text_ends_at_a_comma(spec: Json) -> None:
    """In braces a comma ends a text that has no quotes, and the rest of it would be a key that nobody misses."""
    assert [f"{pointer}: {key}" for pointer, node in _walk(spec) if isinstance(node, dict) for key in node if " " in key] == []


def test_every_reference_leads_somewhere(spec: Json) -> None:
    """And has nothing beside it, which readers of OpenAPI would drop."""
    for pointer, node in _walk(spec):
        if isinstance(node, dict) and isinstance(node.get("$ref"), str):
            assert _resolved(spec, node), pointer
            assert "/schemas/" in node["$ref"] or set(node) == {"$ref"}, pointer


def _examples(spec: Json) -> Iterator[tuple[str, Any]]:
    """Every example with the pointer of the schema that it must fit."""
    for pointer, node in _walk(spec):
        if not isinstance(node, dict) or pointer.endswith("/properties"):
            continue
        if isinstance(node.get("schema"), dict):
            yield from ((f"{pointer}/schema", each) for each in _of(spec, node))
        if "/schema" in pointer and ("example" in node or isinstance(node.get("examples"), list)):
            shown = [*node.get("examples", ()), *([node["example"]] if "example" in node else [])]
            yield from ((pointer, each) for each in shown)


def _of(spec: Json, node: Json) -> Iterator[Any]:
    if "example" in node:
        yield node["example"]
    named = node.get("examples", {})
    for each in named.values() if isinstance(named, dict) else ():
        yield _resolved(spec, each)["value"]


def test_every_example_fits_its_schema(spec: Json) -> None:
    """An example that the simulator itself would refuse or never send is no example."""
    registry = jsonschema_rs.Registry([("urn:spec", spec)], draft=jsonschema_rs.Draft202012)
    faults = []
    for pointer, example in _examples(spec):
        reference = "urn:spec" + pointer.replace("{", "%7B").replace("}", "%7D")
        validator = jsonschema_rs.Draft202012Validator({"$ref": reference}, registry=registry, validate_formats=True)
        faults += [f"{pointer}: {error.message}" for error in validator.iter_errors(example)]
    assert faults == []


def test_every_spec_has_examples(provider: Json) -> None:
    """Every operation with a body shows one, so that a newcomer has something to paste."""
    for name, operation in _operations(provider):
        if "requestBody" in operation:
            bodies = _resolved(provider, operation["requestBody"])["content"].values()
            assert [each for body in bodies for each in _of(provider, body)], name


def _links(spec: Json) -> Iterator[tuple[str, Json]]:
    for name, operation in _operations(spec):
        for status, response in operation["responses"].items():
            for link in _resolved(spec, response).get("links", {}).values():
                yield f"{name} {status}", _resolved(spec, link)


def test_links_lead_to_operations_and_their_parameters(spec: Json) -> None:
    """A link names an operation of the document, and only parameters that this operation has."""
    operations = {operation["operationId"]: (path, operation) for path, operation in _operations(spec)}
    for name, link in _links(spec):
        assert link["operationId"] in operations, name
        route, operation = operations[link["operationId"]]
        own = {_resolved(spec, each)["name"] for each in operation.get("parameters", ())}
        known = own | set(re.findall(r"{([^}]*)}", route)) | {"requestBody"}
        assert {each.rpartition(".")[2] for each in link.get("parameters", {})} <= known, name


def test_links_hold_nothing_that_is_no_expression(spec: Json) -> None:
    """A body is an expression or a literal: in an object, most tools take an expression for a text."""
    for name, link in _links(spec):
        body = link.get("requestBody")
        assert isinstance(body, str) or not _holds_expression(body), name


def _holds_expression(value: Any) -> bool:
    if isinstance(value, dict | list):
        return any(map(_holds_expression, value.values() if isinstance(value, dict) else value))
    return isinstance(value, str) and "$response" in value


def test_schemas_are_read_by_every_tool(spec: Json) -> None:
    """Generators know no property that is always null, and apply a pattern to a date that they have parsed already."""
    for pointer, node in _walk(spec):
        if isinstance(node, dict) and isinstance(properties := node.get("properties"), dict):
            kinds = {name: one.get("type") for name, one in properties.items() if isinstance(one, dict)}
            assert [name for name, kind in kinds.items() if kind in ("null", ["null"])] == [], pointer
        if isinstance(node, dict) and node.get("format") in ("date", "date-time"):
            assert "pattern" not in node, pointer


@pytest.mark.parametrize("folder", ["specs", "scenarios"])
def test_every_reader_of_yaml_reads_it(folder: str) -> None:
    """The reader in Python of PyYAML refuses a plain text with a question mark in braces; libyaml takes it."""
    found = [
        f"{path.name}:{number}"
        for path in sorted(data_folder(folder).rglob("*.yaml"))
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if re.search(r"[^\"'\s]\?[\]},]", line)
    ]
    assert found == []


def test_what_is_created_is_linked_to_what_takes_it(spec: Json) -> None:
    """Every id in a path comes from some answer, but for what a client chooses, a dashboard makes, or nobody performs here.

    Otherwise no test of states could get there.
    """
    linked = {link["operationId"] for _, link in _links(spec)}
    known = {*linked, "put_world", *MADE_ELSEWHERE}
    performed = [(name, operation) for name, operation in _operations(spec) if operation.get("x-simulated", True)]
    lost = [name for name, operation in performed if "{" in name and operation["operationId"] not in known]
    assert lost == []


def test_every_operation_can_refuse(provider: Json) -> None:
    """With a key comes the chance of a wrong one, with a body that of one too large, with an id that of an unknown one."""
    for name, operation in _operations(provider):
        statuses = set(operation["responses"])
        if operation.get("security", provider.get("security")):
            assert "401" in statuses, name
        if "requestBody" in operation:
            assert "413" in statuses, name
        assert [status for status in statuses if status.startswith("2")], name


def test_servers_are_the_real_ones(provider: Json) -> None:
    """A spec is the provider's; only the simulator's copy of it names another server."""
    assert provider["servers"]
    assert all(server["url"].startswith("https://") for server in provider["servers"])
