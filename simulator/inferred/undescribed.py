"""Answers that a document leaves undescribed, as those do that were made from code: the operation tells what they hold."""

from __future__ import annotations

from typing import Any

from simulator.inferred.model import JSON
from simulator.inferred.plans import Recognition

HOLDING = ("create", "read", "replace", "change")  # kinds of operations whose answer holds the record


def describe_answers(content: dict[str, Any], recognition: Recognition) -> None:
    """Add a body to the answers of success that have none, if the operation is known to answer a record, or a list of them.

    Only 200 and 201 are completed: other statuses say themselves that there is no body.
    """
    plans = dict(recognition.plans())
    for operation in [operation for item in content["paths"].values() for operation in item.values()]:
        kind = plans[operation["operationId"]].kind
        success = next((status for status in operation["responses"] if status[0] == "2"), "")
        response = operation["responses"].get(success, {})
        if success in ("200", "201") and "content" not in response and (kind in HOLDING or kind == "list"):
            schema = {"type": "array", "items": {}} if kind == "list" else {}
            response["content"] = {JSON: {"schema": schema}}
