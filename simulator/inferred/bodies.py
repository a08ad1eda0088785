"""Where records are in bodies: of requests, and of answers."""

from __future__ import annotations

from typing import Any

from simulator.inferred.model import Model
from simulator.inferred.plans import Plan
from simulator.openapi.operation import Operation
from simulator.provider.extension import Decided


class Bodies:
    """Reads the bodies of one document."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._schemas: dict[str, Any] = {}  # of the record in the body of an operation, by its id

    def record_schema(self, schema: Any, plan: Plan) -> Any:
        """Return the schema of the record in an answer."""
        for name in plan.within:
            schema = self._model.properties(schema).get(name, {})
        return self._model.flat(schema).get("items", {}) if plan.kind == "list" or plan.is_many else schema

    def of(self, operation: Operation, plan: Plan) -> Any:
        """Return the schema of the record in the body of an operation."""
        if operation.id not in self._schemas:
            _, content = self._model.content(operation.definition.get("requestBody", {}))
            self._schemas[operation.id] = self.schema(content.get("schema", {}), plan)
        return self._schemas[operation.id]

    def schema(self, schema: Any, plan: Plan) -> Any:
        """Return the schema of the record in a body."""
        for name in plan.body:
            schema = self._model.properties(schema).get(name, {})
        flat = self._model.flat(schema)
        if self._model.kinds(flat)[:1] == ["array"]:
            return flat.get("items", {})
        inner = self._list_in(schema) if plan.is_many else ""
        return self._model.flat(self._model.properties(schema)[inner])["items"] if inner else schema

    def _list_in(self, schema: Any) -> str:
        """Return the member of a body that is a list of objects; empty for none."""
        lists = {name: self._model.flat(one) for name, one in self._model.properties(schema).items()}
        return next((name for name, one in lists.items() if self._model.properties(one.get("items"))), "")

    def each(self, operation: Operation, plan: Plan, body: Any) -> list[Any]:
        """Return what a body says of each record that it creates or changes."""
        if isinstance(body, Decided):
            bodies = self.each(operation, plan, dict(body))
            return [Decided(one if isinstance(one, dict) else {}, body.members) for one in bodies]
        for name in plan.body:
            body = body.get(name) if isinstance(body, dict) else None
        if isinstance(body, list) and (body or plan.is_many):
            return body
        if plan.is_many and isinstance(body, dict):
            _, content = self._model.content(operation.definition.get("requestBody", {}))
            inner = body.get(self._list_in(content.get("schema")))
            if isinstance(inner, list):
                return inner
        return [body if isinstance(body, dict) else {}]

    def first(self, operation: Operation, plan: Plan, body: Any) -> Any:
        """Return what a body says of the one record that it changes; {} for an empty list."""
        return next(iter(self.each(operation, plan, body)), {})
