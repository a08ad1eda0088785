"""A provider of the author's kit, made from a document."""

from __future__ import annotations

from typing import Any

from simulator.documents import Document
from simulator.inferred.errors import ErrorRenderer, errors_class
from simulator.inferred.model import Model
from simulator.inferred.operations import Operations
from simulator.inferred.recognition import Recognition
from simulator.inferred.records import InferredSeed, State
from simulator.inferred.security import demo_keys
from simulator.inferred.undescribed import describe_answers, describe_lists_in_xml
from simulator.inferred.xml import as_accepted
from simulator.openapi.spec import Spec
from simulator.provider import BoundProvider, Extension, Provider
from simulator.provider.bound import join


def inferred(name: str, document: Document, extension: Extension | None = None) -> BoundProvider:
    """Return the provider that a rewritten document describes; an `extension` performs some of its operations.

    Raises:
        BrokenFile: the document cannot be served, or the extension performs an operation that it does not have.
    """
    content = document.content
    model = Model(content)
    recognition = Recognition(content, model)
    describe_answers(content, recognition)
    describe_lists_in_xml(content, recognition, model)
    plans = dict(recognition.plans())
    for operation in [operation for item in content["paths"].values() for operation in item.values()]:
        operation["x-taken-for"] = plans[operation["operationId"]].text
    spec = Spec(document, is_whole=True)
    spec.name = name
    errors = errors_class(_statuses(content), extension.errors if extension else None)
    operations = Operations(content, model, recognition, plans, spec, errors)
    provider: Provider[State] = Provider(
        name,
        state=lambda account, seed: operations.state(account),
        errors=errors,
        render=ErrorRenderer(model, spec, content),
        seed=InferredSeed,
        keys=demo_keys(name, content["components"]["securitySchemes"]),
        example_operation=_example_operation(content),
        seeding=operations.seed,
        succeed=lambda reply, request: as_accepted(
            model, operations.response(request.operation_id, reply.status), reply, request.headers.get("accept", "")
        ),
    )
    for operation_id, handler in operations.handlers():
        provider.operation(operation_id)(handler)
    if extension is not None:
        extension.apply(provider)
    return join(provider, spec)


def _statuses(content: dict[str, Any]) -> set[int]:
    operations = [operation for item in content["paths"].values() for operation in item.values()]
    return {int(status) for operation in operations for status in operation["responses"] if status[0] in "45"}


def _example_operation(content: dict[str, Any]) -> str:
    """Return the operation that the banner shows: the first that reads without a parameter of the path."""
    operations = [(path, method, one["operationId"]) for path, item in content["paths"].items() for method, one in item.items()]
    ranked = sorted(operations, key=lambda place: (place[1] != "get", "{" in place[0]))
    return str(ranked[0][2])
