"""Let aiopenapi3 read a spec, with all its operations: python aiopenapi3_reads.py SPEC.json."""

from __future__ import annotations

import json
import sys
from importlib import import_module
from pathlib import Path

text = Path(sys.argv[1]).read_text(encoding="utf-8")
paths = json.loads(text)["paths"].values()
described = {operation["operationId"] for path in paths for operation in path.values() if "operationId" in operation}
api = import_module("aiopenapi3").OpenAPI.loads("http://127.0.0.1/spec.json", text)
found = set(api._.Iter(api, False))
assert len(found) == len(described), described ^ found
