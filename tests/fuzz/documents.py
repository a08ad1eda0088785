"""A spec made ready to be fuzzed hard; what it says of requests and answers stays."""

from __future__ import annotations

import json

from simulator.testing.client import Json

WORLD = "/worlds/{world}"


def performed(document: Json) -> Json:
    """The document without the operations that are only declared: their 501 is no fault, and nothing lies behind it."""
    for path, item in [*document["paths"].items()]:
        kept = {name: node for name, node in item.items() if not _is_declared(node)}
        document["paths"][path] = kept
        if kept.keys() <= {"parameters"}:
            del document["paths"][path]
    return document


def _is_declared(node: Json | list[Json]) -> bool:
    return isinstance(node, dict) and node.get("x-simulated") is False


def unrepeated(document: Json) -> Json:
    """The document without idempotency keys: a replay tells of objects that may be gone, which looks like a fault."""
    operations = [node for item in document["paths"].values() for node in item.values() if isinstance(node, dict)]
    for operation in operations:
        header = operation.get("x-idempotency-key", {}).get("header")
        given = operation.get("parameters", [])
        operation["parameters"] = [each for each in given if header is None or _named(document, each) != header]
    return document


def _named(document: Json, parameter: Json) -> str:
    """The name of a parameter that may stand among the components."""
    shared = document["components"].get("parameters", {})
    return str(shared[parameter["$ref"].rpartition("/")[2]]["name"] if "$ref" in parameter else parameter["name"])


def with_bodies(document: Json, bodies: list[Json]) -> Json:
    """The document with the bodies of requests that links lead to: expressions within an object are beyond the standard."""
    responses = document["components"].get("responses", {})
    for path in document["paths"].values():
        for operation in path.values():
            if isinstance(operation, dict):
                responses = {**responses, operation["operationId"]: operation["responses"]}
    for one in bodies:
        found = responses[one["from"]]
        linked = [found, *(each for each in found.values() if isinstance(each, dict))]
        (link,) = [each["links"][one["link"]] for each in linked if one["link"] in each.get("links", {})]
        link["requestBody"] = one["body"]
    return document


def described(document: Json, schema: Json, *, whole: bool) -> Json:
    """The control API's with rules, and if so wished whole scenarios, described in full, so that many generated ones work.

    The document itself leaves that to `GET /scenarios/schema`, which is made from the types by which files are read.
    """
    text = json.dumps({name: part for name, part in schema.items() if name not in ("$schema", "title")})
    scenario = json.loads(text.replace("#/$defs/", "#/components/schemas/"))
    del scenario["required"]  # of a file, a description; what is uploaded needs none
    document["components"]["schemas"] |= {**scenario.pop("$defs"), "ScenarioFile": scenario}
    rule = document["paths"][f"{WORLD}/rules"]["post"]["requestBody"]["content"]
    rule["application/json"]["schema"] = {"$ref": "#/components/schemas/RuleFile"}
    if whole:
        world = document["paths"][WORLD]["put"]["requestBody"]["content"]
        world["application/yaml"]["schema"] = any_scenario = {"$ref": "#/components/schemas/ScenarioFile"}
        world["application/json"]["schema"]["properties"]["scenario"] = {"oneOf": [{"type": "string"}, any_scenario]}
    return document


def lasting(document: Json) -> Json:
    """The control API's in an order by which there mostly is what is asked for: lists are emptied late, worlds last."""
    paths = document["paths"]
    world = {part: paths[WORLD][part] for part in ("parameters", "get", "delete", "put")}
    others = sorted(paths.keys() - {WORLD}, key=lambda path: (not path.endswith("{id}"), path))
    document["paths"] = {path: paths[path] for path in others} | {WORLD: world}
    return document
