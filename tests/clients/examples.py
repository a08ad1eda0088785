"""Write the requests of the specs' examples as JSON: python examples.py > examples.json (with the simulator installed)."""

from __future__ import annotations

import base64
import json
import sys
from typing import Any
from urllib.parse import quote

from simulator.openapi.curl import encoded_example
from simulator.openapi.operation import Operation
from simulator.provider.bound import BoundProvider
from simulator.registry import built_in_registry


def requests_of(bound: BoundProvider, operation: Operation) -> list[dict[str, Any]]:
    """Return a request for each example of an operation's body, or the one of an operation without a body."""
    scheme = operation.schemes[0] if operation.schemes else None
    keys = [key for key in bound.provider.keys if scheme and scheme.pattern.fullmatch(key)]
    headers, query = scheme.present(keys[0]) if scheme and keys else ({}, {})
    path = operation.path
    for parameter in operation.parameters:
        example = str(parameter.example)
        if parameter.where == "path":
            path = path.replace(f"{{{parameter.name}}}", quote(example, safe=""))
        elif parameter.required:
            (query if parameter.where == "query" else headers)[parameter.name] = example
    found = []
    for example in (operation.body.examples if operation.body else None) or [None]:
        media, raw = encoded_example(operation, example)
        content = {"content-type": media} if raw else {}
        sent = {"method": operation.method, "path": path.removeprefix(bound.spec.base_path), "query": query}
        body = base64.b64encode(raw).decode()
        found.append({**sent, "operation": operation.id, "headers": {**headers, **content}, "body": body})
    return found


if __name__ == "__main__":
    simulated = {
        name: [(bound, operation) for operation in bound.spec.operations.values() if operation.simulated]
        for name, bound in built_in_registry().providers.items()
    }
    json.dump({name: [one for pair in pairs for one in requests_of(*pair)] for name, pairs in simulated.items()}, sys.stdout)
