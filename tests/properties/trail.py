"""What answers name, remembered for the operations that take it: the links of the specs, followed."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from simulator.http.response import Response
from simulator.provider.bound import BoundProvider
from simulator.testing.client import Json

NEWEST = 8  # so many of a kind are remembered


class Trail:
    """Values by the operation, and the parameter or member of its body, that takes them."""

    def __init__(self) -> None:
        self._values: dict[tuple[str, str, str], list[str]] = defaultdict(list)

    def of(self, provider: str, operation: str, name: str) -> list[str]:
        """The newest values that an operation could take there, the newest one last."""
        return self._values[provider, operation, name][-NEWEST:]

    def note(self, bound: BoundProvider, operation: str, answer: Response) -> None:
        """Remember what an answer names."""
        is_json = dict(answer.headers).get("Content-Type", "").startswith("application/json")
        body = json.loads(answer.body) if answer.status < 300 and answer.body and is_json else None
        for link in _links(bound.spec.content, bound.spec.operations[operation].definition, answer.status):
            for name, expression in _taken(link):
                known = self._values[bound.name, link["operationId"], name]
                known += [value for value in _found(expression, body) if value not in known]


def _taken(link: Json) -> Iterator[tuple[str, str]]:
    """The parameters that a link fills, and the members of the body, nested ones with dots; each with its expression."""
    for name, expression in link.get("parameters", {}).items():
        yield name.rpartition(".")[2], expression
    yield from _members(link.get("requestBody", {}), "")


def _members(body: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(body, dict):
        for name, each in body.items():
            yield from _members(each, f"{path}.{name}".lstrip("."))
    elif isinstance(body, list):
        for each in body:
            yield from _members(each, path)
    elif isinstance(body, str):
        yield path, body.strip("{}")


def _links(document: Json, operation: Json, status: int) -> Iterator[Json]:
    response = resolved(document, operation["responses"].get(str(status), {}))
    for link in response.get("links", {}).values():
        yield resolved(document, link)


def resolved(document: Json, node: Json) -> Json:
    """What a reference leads to, if it is one."""
    while "$ref" in node:
        found: Any = document
        for step in node["$ref"].removeprefix("#/").split("/"):
            found = found[step.replace("~1", "/").replace("~0", "~")]
        node = found
    return node


def _found(expression: str, body: Any) -> Iterator[str]:
    """What a runtime expression finds in an answer; where it says 0, in any place of a list."""
    if expression.startswith("$response.body#/"):
        yield from _at(body, expression.removeprefix("$response.body#/").split("/"))


def _at(node: Any, steps: list[str]) -> Iterator[str]:
    if not steps:
        yield from [node] if isinstance(node, str) else []
    elif isinstance(node, dict):
        yield from _at(node.get(steps[0]), steps[1:])
    elif isinstance(node, list) and steps[0] == "0":
        for each in node[:NEWEST]:
            yield from _at(each, steps[1:])
