"""The control API's document, made ready to be fuzzed hard."""

from __future__ import annotations

import json

from simulator.client import Json

WORLD = "/worlds/{world}"


def described(document: Json, schema: Json, *, whole: bool) -> Json:
    """The document with rules, and if so wished whole scenarios, described in full, so that many that are generated work.

    The document itself leaves that to `GET /scenarios/schema`, which is made from the types by which files are read.
    """
    text = json.dumps({name: part for name, part in schema.items() if name not in ("$schema", "title")})
    scenario = json.loads(text.replace("#/$defs/", "#/components/schemas/"))
    document["components"]["schemas"] |= {**scenario.pop("$defs"), "ScenarioFile": scenario}
    bodies = {path: document["paths"][path][method]["requestBody"]["content"] for path, method in _TAKE.items()}
    bodies[f"{WORLD}/rules"]["application/json"]["schema"] = {"$ref": "#/components/schemas/RuleFile"}
    if whole:
        any_scenario = {"oneOf": [{"type": "string"}, {"$ref": "#/components/schemas/ScenarioFile"}]}
        bodies[WORLD]["application/json"]["schema"]["properties"]["scenario"] = any_scenario
        bodies[WORLD]["application/yaml"]["schema"] = {"$ref": "#/components/schemas/ScenarioFile"}
    return document


_TAKE = {WORLD: "put", f"{WORLD}/rules": "post"}


def lasting(document: Json) -> Json:
    """The document in an order by which there mostly is what an operation asks for: lists are emptied late, worlds last."""
    paths = document["paths"]
    world = {part: paths[WORLD][part] for part in ("parameters", "get", "delete", "put")}
    others = sorted(paths.keys() - {WORLD}, key=lambda path: (not path.endswith("{id}"), path))
    document["paths"] = {path: paths[path] for path in others} | {WORLD: world}
    return document
