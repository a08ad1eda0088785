"""The control API's document with scenarios and rules described in full, so that what is generated is mostly one that works."""

from __future__ import annotations

import json

from simulator.client import Json


def described(document: Json, schema: Json) -> Json:
    """The document, in which a scenario and a rule are what the schema of scenario files says.

    The document itself leaves that to `GET /scenarios/schema`, which is made from the types that read the files.
    """
    text = json.dumps({name: part for name, part in schema.items() if name not in ("$schema", "title")})
    scenario = json.loads(text.replace("#/$defs/", "#/components/schemas/"))
    schemas = document["components"]["schemas"]
    schemas |= scenario.pop("$defs")
    schemas["ScenarioFile"] = scenario
    worlds = document["paths"]["/worlds/{world}"]["put"]["requestBody"]["content"]
    worlds["application/yaml"]["schema"] = whole = {"$ref": "#/components/schemas/ScenarioFile"}
    worlds["application/json"]["schema"]["properties"]["scenario"] = {"oneOf": [{"type": "string"}, whole]}
    rules = document["paths"]["/worlds/{world}/rules"]["post"]["requestBody"]["content"]["application/json"]
    rules["schema"] = {"$ref": "#/components/schemas/RuleFile"}
    return document
