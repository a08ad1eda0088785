"""Specs: whatever cannot be served is refused with file and line, and spec and code cannot drift apart."""

from __future__ import annotations

from pathlib import Path

import pytest

from simulator.cli.main import main
from simulator.documents import BrokenFile, parse
from simulator.openapi.spec import Spec
from simulator.provider import Error, Extension, bind
from simulator.registry import SpecFolder, load_providers
from tests.demo_provider import SPEC, Errors, Toy, drop, provider

LINES = SPEC.splitlines()


def _line(words: str) -> int:
    return next(number for number, line in enumerate(LINES, 1) if words in line)


FAULTS = [
    ("operationId: list", "operationId: make", _line("paths:"), "duplicate operationId 'make'"),
    (', x-key-pattern: "toy_(?P<tenant>[a-z]+)"', "", _line("    key:"), "'key' has no x-key-pattern"),
    ("toy_(?P<tenant>[a-z]+)", "toy_(", 1, "unterminated subpattern"),
    ("x-evidence: documented", "x-evidence: sure", _line("    post:"), "unknown x-evidence 'sure'; expected one of assumed"),
    ("x-evidence: inferred", "x-evidence: sure", _line("    Refused:"), "unknown x-evidence 'sure'"),
    ('"204": {description', '"400": {description', _line("    delete:"), "'drop' has no 2xx response"),
    ("x-idempotency-key: {header", "x-magic: {header", _line("x-idempotency"), "unknown extension 'x-magic'"),
    (
        "requestBody:",
        "requestBody:\n        x-max-body: 16 MiB",
        _line("requestBody:") + 1,
        "not a limit of a body: '16 MiB'",
    ),
    ("requestBody:", "requestBody:\n        x-max-body: 99999999", _line("requestBody:") + 1, "expected a number of bytes"),
    ("{type: array}", "{type: aray}", _line("paths:"), "list: a schema cannot be used"),
    (
        "#/components/schemas/Thing",
        "#/components/schemas/Thin",
        _line("schemas/Thing"),
        "did you mean '#/components/schemas/Thing'?",
    ),
    ("responses/Refused", "responses/Refusal", _line("responses/Refused"), "did you mean '#/components/responses/Refused'?"),
    ("paths:", "routes:", 1, "not an OpenAPI 3.1 document"),
    ('servers: [{url: "https://toy.example/v1"}]', "servers: []", 1, "not an OpenAPI 3.1 document"),
    ("info: {title: Toy", "info: {titel: Toy", 1, "not an OpenAPI 3.1 document"),
    ("paths:", "paths: ]", _line("paths:"), "not readable as YAML"),
    ("    get:", "    post:", _line("    get:"), "duplicate key 'post'"),
    (
        "security: [{key: []}]",
        "security: [{kye: []}]",
        _line("    post:"),
        "'make' uses undefined security scheme 'kye'; expected one of key",
    ),
    (
        "/things/{id}:",
        "/things/{ID}:",
        _line("    delete:"),
        "path parameter 'ID' of 'drop' is missing from the parameters",
    ),
    (
        "/things/{id}:",
        "/things/id:",
        _line("    delete:"),
        "path parameter 'id' of 'drop' is missing from the path",
    ),
]


@pytest.mark.parametrize(("old", "new", "line", "words"), FAULTS)
def test_a_faulty_spec_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], old: str, new: str, line: int, words: str
) -> None:
    """`simulator check` names file, line, and what was expected."""
    assert old in SPEC
    path = tmp_path / "toy.yaml"
    path.write_text(SPEC.replace(old, new), encoding="utf-8")
    assert main(["check", str(path)]) == 1
    said = capsys.readouterr().err
    assert words in said
    faults = [int(each.removeprefix(f"{path}:").partition(":")[0]) for each in said.splitlines() if words in each]
    assert faults[0] == line


def test_a_sound_spec_has_no_faults(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The spec that the faults are cut into is clean by itself."""
    path = tmp_path / "toy.yaml"
    path.write_text(SPEC, encoding="utf-8")
    assert main(["check", str(path)]) == 0
    assert capsys.readouterr().out == "1 file: no faults\n"


def _spec(text: str = SPEC) -> Spec:
    return Spec(parse(text, "toy.yaml"))


def test_an_operation_without_a_handler_is_refused() -> None:
    """At start-up, not when somebody asks for it; both are told, each where it stands."""
    with pytest.raises(BrokenFile) as refused:
        bind(provider(), _spec(SPEC.replace("operationId: drop", "operationId: remove")))
    hint = "which is not an operation of the spec; expected one of remove"
    assert str(refused.value).splitlines() == [
        f"toy.yaml:{_line('paths:')}: toy has a handler for 'drop', {hint}",
        f"toy.yaml:{_line('    delete:')}: operation 'remove' has no handler in toy",
    ]


def test_a_handler_without_an_operation_is_refused() -> None:
    """Code that no spec describes cannot be reached by mistake."""
    with pytest.raises(
        BrokenFile, match=r"toy.yaml:[0-9]+: toy has a handler for 'extra', which is not an operation of the spec"
    ):
        bind(provider({"extra": drop}), _spec())


def test_an_operation_with_two_handlers_is_refused() -> None:
    """The second one would replace the first in silence."""
    with pytest.raises(LookupError, match="'drop' has two handlers"):
        provider().operation("drop")(drop)
    beside = Extension()
    beside.operation("drop")(drop)
    with pytest.raises(LookupError, match="'drop' has two handlers"):
        beside.operation("drop")(drop)


def test_a_handler_of_an_operation_that_is_not_simulated_is_refused() -> None:
    """The spec says that it returns 501."""
    spec = SPEC.replace("operationId: drop", "operationId: drop\n      x-simulated: false")
    with pytest.raises(
        BrokenFile, match=r"toy\.yaml:[0-9]+: operation 'drop' has x-simulated: false, but toy has a handler for it"
    ):
        bind(provider(), _spec(spec))


def test_a_demo_key_must_be_of_the_documented_form() -> None:
    """A banner with a key that is refused would mislead."""
    with pytest.raises(BrokenFile, match=r"toy\.yaml:[0-9]+: the key 'sk_1' of toy fits no x-key-pattern"):
        bind(provider(keys=["sk_1"]), _spec())


def test_a_provider_must_say_how_the_pipeline_refuses() -> None:
    """An error that the pipeline needs cannot be left out."""

    class Few:
        UNAUTHORIZED = Error(401, None, "No key")

    with pytest.raises(BrokenFile, match=r"the errors of toy lack INVALID_KEY\ntoy.yaml:1: the errors of toy lack LIMITED\n"):
        bind(provider(errors=Few), _spec())
    assert {"INVALID_KEY", "NO_THING"} <= set(provider(errors=Errors).errors_by_name)


def test_a_folder_without_specs_is_refused(tmp_path: Path) -> None:
    """A simulator of nothing does not start; the control API's spec is no provider."""
    (tmp_path / "_simulator.yaml").write_text(SPEC, encoding="utf-8")
    with pytest.raises(BrokenFile, match="the folder has no specs; expected one"):
        load_providers(SpecFolder(tmp_path, "simulator.providers", "built in"))


def test_a_literal_hides_a_template_and_the_path_comes_first() -> None:
    """`/things/latest` is not a thing's id, and a wrong method there names the methods of that very path."""
    latest = "  /things/latest:\n    get:\n      operationId: latest\n      responses: {'200': {description: Newest.}}\n"
    spec = SPEC.replace("components:\n  sec", f"{latest}components:\n  sec")
    toy = Toy({"latest": drop}, spec)
    assert toy("PUT", "/things/latest").headers["Allow"] == "GET"
    assert toy("PUT", "/things/other").headers["Allow"] == "DELETE"
    assert toy("PUT", "/things").headers["Allow"] == "GET, POST"
    assert toy("DELETE", "/things/lat%65st").status_code == 405


@pytest.mark.parametrize(
    "path", ["", "/", "/things/", "//things", "/things//", "/things/1/2", "/thing", "/THINGS", "/things%2F1"]
)
def test_what_is_no_route_is_not_found(path: str) -> None:
    """Slashes count, and an encoded one is no slash."""
    answer = Toy()("GET", path)
    assert (answer.status_code, answer.json()) == (404, {"error": "No route"})


def test_an_encoded_slash_stays_in_its_segment() -> None:
    """It is part of an id."""
    toy = Toy()
    assert toy("DELETE", "/things/a%2Fb").json() == {"error": "No thing"}


TINY = """
openapi: 3.1.0
info: {{title: Tiny, version: "1"}}
servers: [{{url: "https://tiny.example"}}]
paths:
  /things:
    post:
      operationId: make
      x-evidence: documented
      requestBody: {}
      responses: {{"200": {{description: Made.}}}}
"""
OBJECT = "type: object, required: [a], properties: {a: {type: object, required: [b]}, c: {type: string}}"


@pytest.mark.parametrize(
    ("schema", "path", "is_required"),
    [
        (OBJECT, "a", True),
        (OBJECT, "a.b", True),
        (OBJECT, "a.b.c", False),
        (OBJECT, "c", False),
        ("type: object, required: [a], properties: {a: {type: [object, 'null'], required: [b]}}", "a.b", False),
        ("type: object, properties: {a: {type: object, required: [b]}}", "a.b", False),
        ("type: [object, array], required: [a]", "a", False),
        ("required: [a]", "a", False),
        ("type: object, allOf: [{required: [a]}, {required: [b]}]", "b", True),
        ("type: object, anyOf: [{required: [a]}, {required: [a, b]}]", "a", True),
        ("type: object, oneOf: [{required: [a]}, {required: [a, b]}]", "b", False),
        ("anyOf: [{type: object, required: [a]}, {type: 'null'}]", "a", False),
    ],
)
def test_which_fields_every_body_has(schema: str, path: str, *, is_required: bool) -> None:
    """A field within another is there only if the other one is, and is an object."""
    for required in ("true", "false"):
        body = f"{{required: {required}, content: {{application/json: {{schema: {{{schema}}}}}}}}}"
        spec = Spec(parse(TINY.format(body), "tiny.yaml"))
        spec.compile()
        held = spec.fields.requires(spec.operations["make"], path.split("."))
        assert held is (is_required and required == "true")


@pytest.mark.parametrize("is_whole", [False, True])
def test_validators_that_are_compiled_together(*, is_whole: bool) -> None:
    """They are one for all operations, whichever is requested first; an operation that has its own leaves the others alone."""
    body = f"{{content: {{application/json: {{schema: {{{OBJECT}}}}}}}}}"
    other = "    put:\n      operationId: replace\n      x-evidence: documented\n      requestBody: {}\n"
    text = f"{TINY}{other}      responses: {{{{'200': {{{{description: Made.}}}}}}}}\n".format(body, body)
    spec = Spec(parse(text, "tiny.yaml"), is_whole=is_whole)
    validators = []
    for name in ("make", "replace"):
        described = spec.operation(name).body
        assert described is not None
        assert described.media["application/json"].is_valid({"a": {"b": 1}})
        assert not described.media["application/json"].is_valid({"a": {}})
        validators.append(described.media["application/json"].validator)
    assert (validators[0] is validators[1]) == is_whole
