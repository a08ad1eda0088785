"""Print an OpenAPI document without the defaults of its objects.

openapi-generator writes such a default into a Go client as `= {}`, which is no Go:
https://github.com/OpenAPITools/openapi-generator/issues/18012, open in version 7.26.
"""

import json
import sys
from pathlib import Path
from typing import Any


def without(node: Any) -> Any:
    """Return a part of a document without the defaults that are objects."""
    if isinstance(node, list):
        return [without(item) for item in node]
    if not isinstance(node, dict):
        return node
    return {name: without(value) for name, value in node.items() if name != "default" or not isinstance(value, dict)}


sys.stdout.write(json.dumps(without(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")))))
