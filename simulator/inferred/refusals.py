"""The refusals that every operation may give, in the error schema that the document has."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

from simulator.inferred.model import JSON
from simulator.inferred.xml import is_xml

STATUSES = (400, 401, 403, 404, 405, 409, 413, 422, 429, 503)  # those that the pipeline and the inferred operations give

PLAIN = {  # the body of refusals in a document that describes none
    "application/json": {
        "schema": {
            "type": "object",
            "required": ["code", "message"],
            "properties": {"code": {"type": "string"}, "message": {"type": "string"}},
        }
    }
}


def title(status: int) -> str:
    """Return the usual title of a status."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return f"Status {status}"


class Refusals:
    """Completes the responses of operations: each lists every status that it may refuse with."""

    def __init__(self, operations: list[dict[str, Any]], statuses: Iterable[int]) -> None:
        self._operations = operations
        documented = {
            int(status) for one in operations for status in one["responses"] if status.isdigit() and status[0] in "45"
        }
        self._statuses = sorted({*STATUSES, *documented, *statuses})

    def complete(self) -> dict[str, Any]:
        """Add the refusals that an operation does not list, and return them: components by name."""
        by_status = {status: self._usual(lambda given, status=status: given == str(status)) for status in self._statuses}
        usual = self._usual(lambda given: given == "default" or given[0] in "45") or PLAIN
        added = {
            f"Refused{status}": {
                "description": title(status),
                "x-evidence": "assumed",
                **({"content": content} if (content := by_status[status] or usual) else {}),
            }
            for status in self._statuses
        }
        for operation in self._operations:
            responses = operation["responses"]
            default = responses.pop("default", None)
            for status in self._statuses:
                if str(status) in responses:
                    continue
                if default is not None and "content" in default:
                    responses[str(status)] = {**default, "x-evidence": "assumed"}
                else:
                    responses[str(status)] = {"$ref": f"#/components/responses/Refused{status}"}
        return added

    def _usual(self, is_meant: Any) -> dict[str, Any] | None:
        """Return the content that most of the responses of some statuses have; None if none has any."""
        counts: Counter[str] = Counter()
        contents: dict[str, dict[str, Any]] = {}
        for operation in self._operations:
            for status, response in operation["responses"].items():
                content = response.get("content", {})
                kinds = [JSON, *(kind for kind in content if "json" in kind), *filter(is_xml, content)]
                kind = next((kind for kind in kinds if kind in content), "")
                if is_meant(status) and kind:
                    schema = json.dumps([kind, content[kind].get("schema")], sort_keys=True, default=str)
                    counts[schema] += 1
                    contents.setdefault(schema, {kind: {"schema": content[kind]["schema"]}})
        return contents[counts.most_common(1)[0][0]] if counts else None
