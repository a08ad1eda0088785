"""The errors of an inferred provider, shown in the error schema of the spec."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from simulator.inferred.answers import sent
from simulator.inferred.model import Model, kind_of, plain
from simulator.inferred.refusals import title
from simulator.inferred.samples import Sampler
from simulator.inferred.xml import as_accepted, as_text, is_structured, is_xml
from simulator.openapi.operation import Operation
from simulator.openapi.spec import Spec
from simulator.provider import Error, Problem, Reply, RequestInfo, StandardErrors, Violation

TEXTS = (
    "message",
    "detail",
    "errormessage",
    "errordescription",
    "errorcodelabel",
    "errorsummary",
    "description",
    "summary",
    "issue",
    "reason",
    "msg",
    "title",
    "error",
)
LISTS = ("errors", "details", "violations", "params", "parameters", "fields", "issues", "causes")  # ends of the names of lists
FIELDS = {"field", "pointer", "path", "param", "parameter", "property", "attribute", "fieldname"}
CODES = {"code", "errorcode"}
MAX_DEPTH = 3  # of objects around the text
STATUSES = {"status", "statuscode", "httpstatus", "httpcode", "httpstatuscode", "code", "errorcode"}
ANY_OTHER = 0  # among statuses: where the operation documents a response for all that it does not list
# The statuses that mean the same: of several the first counts that the operation documents.
ALTERNATIVES = {
    "UNAUTHORIZED": (401, 403),
    "INVALID_KEY": (401, 403),
    "WRONG_KEY": (403, 401),
    "INVALID": (400, 422),
    "NO_RECORD": (404, 410, ANY_OTHER, 400),
    "NO_REFERENCE": (404, 422, 400),
    "TAKEN": (409, ANY_OTHER, 422, 400),
}


def errors_class(statuses: Iterable[int], own: type | None) -> type[StandardErrors]:
    """Return the errors: those of the pipeline, those of records, one for each other documented status, a provider's own."""
    errors: dict[str, Any] = {
        "NO_RECORD": Error(404, "not_found", "Not found", evidence="inferred"),
        "NO_REFERENCE": Error(404, "not_found", "Not found", evidence="inferred"),
        "TAKEN": Error(409, "conflict", "Conflict", evidence="assumed"),
    }
    known = {error.status for error in vars(StandardErrors).values() if isinstance(error, Error)} | {404, 409}
    for status in sorted(set(statuses) - known):
        errors[_name(status)] = Error(status, None, title(status), evidence="inferred")
    bases: tuple[type, ...] = (own, StandardErrors) if own else (StandardErrors,)
    made: type[StandardErrors] = type("Errors", bases, {k: v for k, v in errors.items() if own is None or not hasattr(own, k)})
    return made


def _name(status: int) -> str:
    try:
        return HTTPStatus(status).name
    except ValueError:
        return f"STATUS_{status}"


class ErrorRenderer:
    """Shows problems as the error schema of an operation describes them; that of the document where there is no operation."""

    def __init__(self, model: Model, spec: Spec, content: dict[str, Any]) -> None:
        self._model, self._spec, self._content = model, spec, content

    def __call__(self, problem: Problem, request: RequestInfo) -> Reply:
        """Return the answer to a problem."""
        operation = self._spec.operations.get(request.operation_id)
        status = self._status(problem, operation)
        if operation is None:
            response = self._content["components"]["responses"].get(f"Refused{status}", {})
        else:
            response = self._model.follow(operation.definition["responses"].get(str(status), {}))
        media, content = self._model.content(response)
        if not media:
            return Reply(status=status) if operation else Reply({"error": problem.detail}, status)
        if not is_structured(media, content.get("schema", {}), self._model):
            text = as_text(problem.detail) if is_xml(media) else problem.detail
            return Reply(text.encode(), status, media=media)
        check = operation.responses[status].schema(media) if operation else None
        candidates = list(self._bodies(problem, status, content, is_borrowed=response.get("x-evidence") == "assumed"))
        fitting = [body for body in candidates if check is None or not check.violations(body, "response")]
        reply = Reply(sent((fitting or candidates)[0]), status, media=media, synthetic=not fitting)
        return as_accepted(self._model, response, reply, request.headers.get("accept", ""))

    def _status(self, problem: Problem, operation: Operation | None) -> int:
        choices = ALTERNATIVES.get(problem.error.name, ()) if not problem.has_own_status else ()
        if operation is None:
            return problem.status
        documented = {status for status, response in operation.responses.items() if response.evidence != "assumed"}
        if "$ref" not in operation.definition["responses"].get(str(problem.status), {"$ref": ""}):
            documented.add(ANY_OTHER)
        return next((status for status in choices if status in documented), ANY_OTHER) or problem.status

    def _bodies(self, problem: Problem, status: int, content: dict[str, Any], *, is_borrowed: bool) -> Iterator[Any]:
        """Yield bodies, the best first; the code in an example of another status is not that of this one."""
        schema = content.get("schema", {})
        sampler = Sampler(self._model, datetime(2026, 3, 1, tzinfo=UTC), lambda: "0" * 32)
        example = content.get("example")
        bases = [example, sampler.value(schema), sampler.value(schema, lean=True)]
        for base in [*map(_without_codes, bases), *bases] if is_borrowed else bases:
            if isinstance(base, list) and base:
                items = self._model.flat(schema).get("items", {})
                yield [self._filled(base[0], items, problem, status, 1)]
            elif base is not None:
                yield self._filled(base, schema, problem, status)
        if isinstance(example, dict):
            yield example
        yield sampler.value(schema, lean=True)

    def _filled(self, base: Any, schema: Any, problem: Problem, status: int, depth: int = 0) -> Any:
        """Return a body with the text, the status and the code of a problem, where the schema has members for them."""
        if not isinstance(base, dict):
            return problem.detail if kind_of(base) == "string" else base
        if not base and depth == 0 and not self._model.properties(schema):
            return {"error": problem.detail}
        body, faults = dict(base), _faults(problem)
        properties = self._model.properties(schema)
        texts = {plain(name): name for name, value in body.items() if isinstance(value, str)}
        place = next(
            (texts[word] for word in TEXTS if word in texts and not _is_fixed(self._model, properties, texts[word])), ""
        )
        for name, value in body.items():
            schema_of = properties.get(name, {})
            if name == place:
                body[name] = problem.detail
            elif not isinstance(value, dict | list):
                allowed = self._model.flat(schema_of).get("enum", ())
                body[name] = _allowed_code(plain(name), allowed, problem, status) or _fact(plain(name), value, problem, status)
            elif isinstance(value, list) and plain(name).endswith(LISTS) and (place or faults):
                node = self._model.flat(schema_of)
                shown = [self._violated(one, node.get("items", {}), problem, status) for one in faults]
                body[name] = shown or value[: node.get("minItems", 0)]
            elif not place and depth < MAX_DEPTH:
                body[name] = self._deeper(value, schema_of, problem, status, depth + 1)
        return body

    def _deeper(self, value: Any, schema: Any, problem: Problem, status: int, depth: int) -> Any:
        """Return an object, or a list of one, that has the text of a problem; an empty list as it is."""
        if isinstance(value, dict):
            return self._filled(value, schema, problem, status, depth)
        items = self._model.flat(schema).get("items", {})
        return [self._without_field(self._filled(one, items, problem, status, depth), items) for one in value[:1]]

    def _without_field(self, item: Any, schema: Any) -> Any:
        """Return an item about no field in particular: without that of an example, unless the schema requires one."""
        required = self._model.flat(schema).get("required", ())
        is_named = isinstance(item, dict) and any(plain(name) in FIELDS - set(required) for name in item)
        return {k: v for k, v in item.items() if plain(k) not in FIELDS or k in required} if is_named else item

    def _violated(self, violation: Violation, items: Any, problem: Problem, status: int) -> Any:
        """Return an item of a list that tells each fault by itself: its text, and the field where there is a member for it."""
        sampler = Sampler(self._model, datetime(2026, 3, 1, tzinfo=UTC), lambda: "0" * 32)
        one = Problem(problem.error, violation.message, status=problem.status)
        item = self._filled(_without_codes(sampler.value(items, 1), self._model.properties(items)), items, one, status, 1)
        if isinstance(item, dict):
            for name, value in [(name, value) for name, value in item.items() if isinstance(value, dict)]:
                within = [inner for inner, one in value.items() if plain(inner) in FIELDS and isinstance(one, str)]
                item[name] = value | dict.fromkeys(within, violation.field)  # such as the `source` of JSON:API
            texts = [name for name, value in item.items() if isinstance(value, str)]
            named = [name for name in texts if plain(name) in FIELDS] or [name for name in texts if plain(name) == "name"]
            item |= dict.fromkeys([name for name in named if item[name] != violation.message], violation.field)
        return item


def _fact(short: str, value: Any, problem: Problem, status: int) -> Any:
    """Return the value of a member, by its plain name, that has the status or the code of a problem."""
    if short in STATUSES and kind_of(value) == "integer":
        return status if short not in CODES or 100 <= value < 600 or value == 0 else value
    if value != "text":  # which an example holds
        return value
    if short in CODES:
        return problem.code or problem.error.name.lower()
    return str(status) if short in STATUSES else title(status) if short == "title" else value


def _faults(problem: Problem) -> Sequence[Violation]:
    """Return what is wrong with single fields: what violates the document, or the field that names no record."""
    field = problem.facts.get("field")
    return [Violation("body", field, problem.detail, "reference")] if field else problem.violations


def _allowed_code(short: str, allowed: Iterable[Any], problem: Problem, status: int) -> str:
    """Return the code among those that the schema allows which is called like a problem, or like its status."""
    meant = {plain(problem.code or ""), plain(problem.error.name), plain(title(status))} if short in CODES else set()
    return next((one for one in allowed if isinstance(one, str) and plain(one) in meant), "")


def _without_codes(value: Any, properties: Mapping[str, Any] | None = None) -> Any:
    """Return a body with the text of the sampler in place of each code, as the code of an example is that of its own error."""
    if isinstance(value, list):
        return [_without_codes(item) for item in value]
    if not isinstance(value, dict):
        return value
    codes = {name for name, one in value.items() if plain(name) in CODES and isinstance(one, str)}
    codes -= {name for name in codes if "enum" in (properties or {}).get(name, {})}
    return {name: "text" if name in codes else _without_codes(one) for name, one in value.items()}


def _is_fixed(model: Model, properties: dict[str, Any], name: str) -> bool:
    node = model.flat(properties.get(name, {}))
    return not node.keys().isdisjoint({"enum", "const", "pattern"})
