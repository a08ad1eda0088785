"""`simulator check`: references that lead to nothing, to a missing file, or back to themselves."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.unit.cli.conftest import Ended

SPEC = """openapi: 3.1.0
info: {title: Acme, version: "1"}
servers: [{url: "https://api.acme.example"}]
paths:
  /pets:
    get:
      operationId: listPets
      parameters: [{$ref: "#/components/parameters/Limit"}]
      responses: {"200": {description: The pets., content: {application/json: {schema: {$ref: "#/components/schemas/Pet"}}}}}
components:
  parameters: {Limit: {name: limit, in: query, schema: {type: integer}}}
  schemas:
    Pet:
      type: object
      example: {$ref: "#/not/a/reference"}
      properties:
        $ref: {type: string}
        example: {$ref: "#/components/schemas/Name"}
        size: {$ref: "sizes.yaml#/Size"}
    Name: {type: string}
"""
SIZES = "Size: {type: object, properties: {unit: {$ref: '#/Unit'}}}\nUnit: {type: string}\n"
NOTHING = "leads to nothing: "
NAME = "did you mean '#/components/schemas/Name'?"
CASES = [  # what is replaced, by what, the line, and the problem
    ("schemas/Name", "schemas/Nam", 18, f"{NOTHING}components/schemas has no 'Nam'; {NAME}"),
    (
        "/parameters/",
        "/parameter/",
        8,
        f"{NOTHING}components has no 'parameter'; did you mean '#/components/parameters/Limit'?",
    ),
    ("#/components/schemas/Name", "Name", 18, f"leads to no file; {NAME}"),
    ("#/components/schemas/Name", "#Name", 18, "cannot be followed; expected a path such as #/components/schemas/Name"),
    ("sizes.yaml#", "size.yaml#", 19, "leads to no file; did you mean 'sizes.yaml#/Size'?"),
    ("yaml#/Size", "yaml#/Size/x/y", 19, f"{NOTHING}Size has no 'x'; expected one of type, properties"),
    ("yaml#/Size", "yaml#/Size/type/y", 19, f"{NOTHING}Size/type is neither an object nor a list"),
    ("{type: string}", "{$ref: '#/components/schemas/Name'}", 20, "leads back to itself: Name → Name; expected a definition"),
    (
        "{type: string}",
        "{allOf: [{$ref: '#/components/schemas/N2'}]}\n    N2: {$ref: '#/components/schemas/Name'}",
        20,
        "leads back to itself: N2 → Name → N2; expected a definition",
    ),
]


def write(folder: Path, spec: str = SPEC, sizes: str = SIZES) -> Path:
    """Write a provider of two files; return the path of its spec."""
    (folder / "acme").mkdir()
    (folder / "acme" / "sizes.yaml").write_text(sizes, encoding="utf-8")
    path = folder / "acme" / "openapi.yaml"
    path.write_text(spec, encoding="utf-8")
    return path


def test_references_that_lead_somewhere(run: Callable[..., Ended], tmp_path: Path) -> None:
    """Values and names that look like references are none."""
    write(tmp_path)
    ended = run("check", "--providers", str(tmp_path))
    assert (ended.code, ended.stderr) == (0, "")


@pytest.mark.parametrize(("before", "after", "line", "problem"), CASES)
def test_a_broken_reference_of_an_own_provider(
    run: Callable[..., Ended], tmp_path: Path, before: str, after: str, line: int, problem: str
) -> None:
    """One line with file, line and what is near; the last occurrence is the one that is broken."""
    head, _, tail = SPEC.rpartition(before)
    path = write(tmp_path, head + after + tail)
    ended = run("check", "--providers", str(tmp_path))
    start, _, told = ended.stderr.strip().partition(": the reference ")
    assert (ended.code, start, told.partition("' ")[2]) == (1, f"{path}:{line}", problem)


def test_a_broken_reference_in_a_file_beside_the_spec(run: Callable[..., Ended], tmp_path: Path) -> None:
    """It is reported there."""
    path = write(tmp_path, sizes=SIZES.replace("#/Unit", "#/Units"))
    problem = "the reference '#/Units' leads to nothing: the document has no 'Units'; did you mean '#/Unit'?"
    assert run("check", "--providers", str(tmp_path)).stderr.strip() == f"{path.parent}/sizes.yaml:1: {problem}"


def test_a_spec_on_its_own(run: Callable[..., Ended], tmp_path: Path) -> None:
    """A spec of the built-in kind is one file, and its circles do not crash the check."""
    path = write(tmp_path, SPEC.replace("Name: {type", "Nam: {$ref: '#/components/schemas/Nam'}\n    Name: {type"))
    problem = "leads to another file; expected a spec in one file, as the provider is written whole"
    assert run("check", str(path)).stderr.splitlines() == [
        f"{path}:19: the reference 'sizes.yaml#/Size' {problem}",
        f"{path}:20: the reference '#/components/schemas/Nam' leads back to itself: Nam → Nam; expected a definition",
    ]
