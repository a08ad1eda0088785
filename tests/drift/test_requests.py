"""What a spec says of requests: the code has no opinion on most of it, so there is nothing that could drift apart."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import simulator
from simulator.documents import BrokenFile
from simulator.openapi.head import METHODS
from simulator.openapi.operation import Operation
from tests.drift.drafts import PROVIDERS, SPECS, Draft, Json

FOR_ALL = {"preview_voice", "voices_get"}  # operations on what no account has to itself
PACKAGE = Path(simulator.__file__).parent


def test_where_an_operation_answers_and_how(draft: Draft) -> None:
    """Path and method stand in the spec alone, and so does the status of success where there is only one."""
    path = next(path for path, item in draft.content["paths"].items() if item is draft.place)
    item = {**draft.content["paths"][path]}
    moved = item.pop(draft.method)
    moved["responses"]["299"] = moved["responses"].pop(draft.success)
    draft.content["paths"][path] = item
    draft.content["paths"][f"{path}/moved"] = {"put": moved, "parameters": item.get("parameters", [])}
    if len(draft.successes) == 1:
        assert draft.serve().call().status == 299
    elif any(
        draft.operation["operationId"] in switch.get("status-of", ()) for switch in draft.content["x-assumptions"].values()
    ):
        with pytest.raises(BrokenFile, match=f"decides the status of .*, which lists no {draft.success}"):
            draft.serve()
    else:
        assert draft.serve().call().status == 500


@pytest.mark.parametrize("where", ["query", "header"])
def test_what_an_operation_wants(draft: Draft, where: str) -> None:
    """Where the spec says more of a request, the provider refuses more, in its own words."""
    wanted = {"name": "X-New", "in": where, "required": True, "schema": {"enum": ["new"]}, "example": "new"}
    draft.operation.setdefault("parameters", []).append(wanted)
    assert draft.serve().call().status == int(draft.success)
    wanted["example"] = "old"
    served = draft.serve()
    answer = served.call()
    assert answer.status == served.bound.provider.errors.INVALID.status
    assert "X-Simulator-Bug" not in dict(answer.headers)


@pytest.mark.parametrize("name", [name for name in PROVIDERS if "x-idempotency-key" in Draft(name).operation])
def test_whether_a_request_can_be_repeated(name: str) -> None:
    """Idempotency keys work where the spec has them, and nowhere else."""
    draft = Draft(name)
    header = draft.operation["x-idempotency-key"]["header"].lower()
    for same in (True, False):
        served = draft.serve()
        assert len({served.call(more={header: "1"}).body for _ in range(2)}) == (1 if same else 2)
        draft.operation.pop("x-idempotency-key", None)


@pytest.mark.parametrize("name", [name for name in PROVIDERS if "x-rate-limit" in SPECS[name]])
def test_how_an_operation_is_paced(name: str) -> None:
    """Where the scenario has rate limits on, they are those of the spec."""
    draft = Draft(name)
    draft.operation["x-rate-limit"] = {"limit": 1, "window-seconds": 86_400, "scope": "new"}
    served = draft.serve(f"{name}/rate-limits-on")
    assert [served.call().status == served.bound.provider.errors.LIMITED.status for _ in range(2)] == [False, True]


def _renamed(node: Any) -> Any:
    """A part of a document in which the parameters of paths have another name, in the paths as well."""
    if isinstance(node, list):
        return [_renamed(each) for each in node]
    if not isinstance(node, dict):
        return node
    parts = {key.replace("{", "{other_") if key[:1] == "/" else key: _renamed(each) for key, each in node.items()}
    return {**parts, "name": f"other_{node['name']}"} if node.get("in") == "path" else parts


def test_the_parameters_of_paths_are_renamed(draft: Draft) -> None:
    """The code asks for the old names, and finds nothing."""
    draft.content = _renamed(draft.content)
    assert set(_outcomes(draft, lambda operation: operation.simulated and bool(operation.arguments))) == {"bug"}


@pytest.mark.parametrize("edit", [lambda each: each["schema"].pop("default"), lambda each: each.update(name="most")])
@pytest.mark.parametrize("name", [name for name in PROVIDERS if list(Draft(name).parameters("limit"))])
def test_a_parameter_of_queries_is_renamed_or_loses_its_default(name: str, edit: Callable[[Json], Any]) -> None:
    """The lists do not know how long a page is; some of them want more than the examples, and refuse before."""
    draft = Draft(name)
    for parameter in draft.parameters("limit"):
        edit(parameter)
    outcomes = _outcomes(draft, lambda operation: bool({"limit", "most"} & {each.name for each in operation.parameters}))
    assert {"bug"} <= set(outcomes) <= {"bug", "refusal"}


def test_no_key_is_wanted_any_more(draft: Draft) -> None:
    """Without a key the code does not know whose objects are meant."""
    for path, item in draft.content["paths"].items():
        for method in METHODS if "{" in path else ():
            item.get(method, {})["security"] = []
    owned = _outcomes(draft, lambda operation: bool(operation.arguments) and operation.id not in FOR_ALL, key=False)
    assert set(owned) == {"bug"}


def _outcomes(draft: Draft, wanted: Callable[[Operation], bool], **more: Any) -> Iterator[str]:
    """What the wanted operations come to, called by the examples; those that nobody performs are left out."""
    served = draft.serve()
    for operation in served.bound.spec.operations.values():
        if not operation.simulated or not wanted(operation):
            continue
        answer = served.call(operation, **more)
        bug = "X-Simulator-Bug" in dict(answer.headers)
        yield "bug" if bug else "success" if answer.status < 300 else "refusal"


def _asked(name: str) -> Iterator[tuple[str, str]]:
    """What the code of a provider asks of a request, by name: of its body, or of its parameters."""
    for path in (PACKAGE / "providers" / name).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            holder, asked = _reading(node)
            if holder in ("call.body", "call.params") and isinstance(asked, ast.Constant):
                yield holder, str(asked.value)


def _reading(node: ast.AST) -> tuple[str, ast.expr | None]:
    """What is asked, and for what: `call.body["x"]`, `call.body.get("x")`, `"x" in call.body`."""
    if isinstance(node, ast.Subscript):
        return ast.unparse(node.value), node.slice
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "get" and node.args:
        return ast.unparse(node.func.value), node.args[0]
    if isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.In):
        return ast.unparse(node.comparators[0]), node.left
    return "", None


def _described(draft: Draft) -> dict[str, set[str]]:
    """What a spec says that a request may hold."""
    bodies = {name for _, _, node in draft.operations() for name in _names(draft, node.get("requestBody", {}))}
    return {"call.body": bodies, "call.params": {each["name"] for each in draft.parameters()}}


def _names(draft: Draft, node: Any) -> Iterator[str]:
    """The properties that a part of a document describes, references followed."""
    if isinstance(node, dict):
        node = draft.resolved(node)
        yield from node.get("properties", ())
    inner = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    for each in inner:
        yield from _names(draft, each)


def test_what_code_asks_of_a_request_is_described(draft: Draft) -> None:
    """What is asked for in vain is taken as left out, and nobody would notice: so code asks for nothing that the spec lacks."""
    asked, described = set(_asked(draft.name)), _described(draft)
    assert [(holder, name) for holder, name in asked if name not in described[holder]] == []
    assert {holder for holder, _ in asked} == {"call.body", "call.params"}
