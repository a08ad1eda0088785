"""The bodies of answers: records shown by the schema of a response, examples, values made from schemas."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from typing import Any, NamedTuple

import msgspec

from simulator.inferred.identity import IDS, NAMES
from simulator.inferred.model import Model, plain
from simulator.inferred.samples import Sampler
from simulator.inferred.xml import is_document, is_structured, is_xml
from simulator.openapi.operation import Operation
from simulator.openapi.schema_validator import SchemaValidator
from simulator.openapi.spec import Spec
from simulator.provider import Reply

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360000002000001e221bc330000000049454e44ae426082"
)
REPAIRABLE = {  # keywords of schemas that say what a member may be
    "const",
    "enum",
    "format",
    "maximum",
    "maxLength",
    "minimum",
    "minLength",
    "pattern",
    "required",
    "type",
}

Place = tuple[str, ...]  # the names that lead to a member; empty for none


class Member(NamedTuple):
    """A member of an object in an answer."""

    name: str
    schema: Any
    is_required: bool
    is_hidden: bool  # clients write it, and never see it
    is_plain: bool  # a text, a number or a boolean is shown as it is


class Answers:
    """Makes the answers of one document."""

    def __init__(self, model: Model, spec: Spec) -> None:
        self._model, self._spec = model, spec
        self._contents: dict[tuple[str, int], tuple[str, dict[str, Any]]] = {}  # by operation and status
        self._members: dict[int, tuple[Any, list[Member]]] = {}  # by schema: itself, and the members of its objects

    def status(self, operation: Operation, *, creates: bool = False) -> int:
        """Return the status of success: of several the first, and 201 for what creates something."""
        if operation.success:
            return operation.success
        statuses = [status for status in operation.responses if 200 <= status < 300]
        statuses = statuses or [status for status in operation.responses if 300 <= status < 400]
        return 201 if creates and 201 in statuses else statuses[0]

    def content(self, operation: Operation, status: int) -> tuple[str, dict[str, Any]]:
        """Return the media type and the content of an answer; an empty text without a body."""
        place = operation.id, status
        if place not in self._contents:
            self._contents[place] = self._model.content(operation.definition["responses"][str(status)])
        return self._contents[place]

    def example(self, operation: Operation, status: int, sampler: Sampler) -> Reply:
        """Return the example of an answer, or a value made from its schema."""
        media, content = self.content(operation, status)
        schema = content.get("schema", {})
        is_written = is_xml(media) and is_document(content.get("example"))
        if media and (is_written or not is_structured(media, schema, self._model)):
            return Reply(_other(media, content), status, media=media)
        shown = [content["example"]] if "example" in content else []
        shown += [schema["example"]] if isinstance(schema, dict) and "example" in schema else []
        return self._first(operation, status, media, sampler, iter([*shown, *self._samples(schema, sampler)]))

    def record(
        self, operation: Operation, status: int, sampler: Sampler, members: Any, within: tuple[str, ...], kept: str = ""
    ) -> Reply:
        """Return an answer with a record, in the members of the answer that lead to it.

        `kept` is a member of it that the schema does not describe and that is shown if the schema allows others.
        """
        media, content = self.content(operation, status)
        if media and not is_structured(media, content.get("schema", {}), self._model):
            return Reply(_other(media, content), status, media=media)
        place = (*within, kept) if kept else ()
        return self._first(operation, status, media, sampler, self._with(content, sampler, members, within, kept), place)

    def listed(
        self, operation: Operation, status: int, sampler: Sampler, body: Any, within: tuple[str, ...], kept: str
    ) -> Reply:
        """Return an answer with a list of records; `kept` as in `record`, a member of each."""
        reply = self.record(operation, status, sampler, body, ())
        given, shown = (member_at(place, within) for place in (body, reply.body))
        if not kept or not isinstance(given, list) or not isinstance(shown, list):
            return reply
        pairs = zip(shown, given, strict=False)
        lacking = [(item, source) for item, source in pairs if isinstance(item, dict) and kept not in item]
        for item, source in lacking:
            item[kept] = source[kept]
        check = operation.responses[status].schema(reply.media) if lacking else None
        if check is not None and check.violations(reply.body, "response"):
            for item, _ in lacking:
                del item[kept]
        return reply

    def _with(self, content: dict[str, Any], sampler: Sampler, value: Any, within: tuple[str, ...], kept: str) -> Iterator[Any]:
        schema = content.get("schema", {})
        if not within:
            shown = self.shown(schema, value, sampler)
            if kept and isinstance(shown, dict) and kept not in shown and isinstance(value, dict) and kept in value:
                yield {kept: value[kept], **shown}
            yield shown
            yield self.shown(schema, value, sampler, lean=True)
            yield value
            return
        inner = self._model.properties(schema).get(within[0], {})
        for lean in (False, True):
            outer = sampler.value(schema, lean=lean)
            shown = next(self._with({"schema": inner}, sampler, value, within[1:], kept))
            yield {**(outer if isinstance(outer, dict) else {}), within[0]: shown}

    def _samples(self, schema: Any, sampler: Sampler) -> Iterator[Any]:
        yield sampler.value(schema)
        yield sampler.value(schema, lean=True)

    def _first(
        self, operation: Operation, status: int, media: str, sampler: Sampler, candidates: Iterator[Any], kept: Place = ()
    ) -> Reply:
        """Return the first body that fits the schema; the first of all if none does, unchecked. The member `kept` stays."""
        if not media:
            return Reply(status=status)
        check = operation.responses[status].schema(media)
        first = next(candidates)
        if check is None or not check.violations(first, "response"):
            return Reply(sent(first), status, media=media)
        repaired = (self._repaired(check, first), self._repaired(check, first, sampler, kept))
        for body in (*repaired, *candidates):
            if not check.violations(body, "response"):
                return Reply(sent(body), status, media=media)
        return Reply(sent(first), status, media=media, synthetic=True)

    def _repaired(self, check: SchemaValidator, body: Any, sampler: Sampler | None = None, kept: Place = ()) -> Any:
        """Return a body whose members, at any depth, have the types that the schema asks for.

        Those that cannot be converted are left out; or else a `sampler` makes values for them, and for members that lack,
        except for the one that is `kept`.
        """
        repaired = deepcopy(body)
        for violation in check.violations(body, "response"):
            *path, last = violation.field.split(".")
            place = repaired
            for step in path:
                place = _inside(place, step)
            schema = self._spec.broken_schema(violation)
            if violation.keyword == "required":
                schema = schema.get(str(violation.rule[-1]), {})
            value = _converted(_inside(place, last), self._model.kinds(schema)) if violation.keyword == "type" else None
            if value is None and sampler is not None and (*path, last) != kept and violation.keyword in REPAIRABLE:
                value = sampler.value(schema, 1, lean=True)
            if isinstance(place, dict) and value is None:
                place.pop(last, None)
            elif isinstance(place, dict):
                place[last] = value
            elif isinstance(place, list) and last.isdigit() and int(last) < len(place) and value is not None:
                place[int(last)] = value
        return repaired

    def shown(self, schema: Any, value: Any, sampler: Sampler, *, lean: bool = False, depth: int = 0) -> Any:
        """Return a value as a schema describes it: members that it does not know are left out, required ones filled in."""
        if not isinstance(value, dict | list):
            is_one_of_several = isinstance(value, str | int) and self._model.is_list(schema, value)
            named = None if is_one_of_several else self._named(schema, value)
            return [value] if is_one_of_several else value if named is None else self.shown(schema, named, sampler, lean=lean)
        node = self._model.flat(schema, value)
        if isinstance(value, list):
            items = node.get("items", {})
            return [self.shown(items, item, sampler, lean=lean, depth=depth + 1) for item in value]
        properties = node.get("properties")
        if not properties or depth > 20:
            return value
        shown: dict[str, Any] = {}
        for name, member, is_required, is_hidden, is_plain in self._members_of(schema, node):
            if name not in value:
                if is_required:
                    shown[name] = sampler.value(member, 1, lean=lean)
            elif not is_hidden:
                held = value[name]
                is_as_it_is = is_plain and not isinstance(held, dict | list)
                shown[name] = held if is_as_it_is else self.shown(member, held, sampler, lean=lean, depth=depth + 1)
        if node.get("additionalProperties"):
            shown |= {name: member for name, member in value.items() if name not in properties}
        return shown

    def _named(self, schema: Any, value: Any) -> dict[str, Any] | None:
        """Return the object that an id or a name stands for; None where the schema describes no object that has it."""
        if isinstance(value, bool) or not isinstance(value, str | int):
            return None
        flat = self._model.flat(schema, value)
        properties = flat.get("properties", {}) if self._model.kinds(flat)[:1] == ["object"] else {}
        for name in [name for short in (*IDS, "login", *NAMES) for name in properties if plain(name) == short]:
            kinds = self._model.kinds(self._model.flat(properties[name]))
            if "string" in kinds or (isinstance(value, int) and "integer" in kinds):
                return {name: value if isinstance(value, int) and "integer" in kinds else str(value)}
        return None

    def _members_of(self, schema: Any, node: dict[str, Any]) -> list[Member]:
        """Return the members that a flat schema describes; computed once for a schema that is the same for all values."""
        known = self._members.get(id(schema))
        if known is not None:
            return known[1]
        model, required = self._model, node.get("required", ())
        members = [
            Member(
                name,
                member,
                is_required=name in required,
                is_hidden=bool(model.follow(member).get("writeOnly")),
                is_plain=model.is_same_for_all(member) and model.kinds(model.flat(member))[:1] not in (["array"], ["object"]),
            )
            for name, member in node["properties"].items()
        ]
        if model.is_same_for_all(schema):
            self._members[id(schema)] = schema, members
        return members


def member_at(body: Any, within: tuple[str, ...]) -> Any:
    """Return what stands in a body where members lead to; None for nothing."""
    for name in within:
        body = body.get(name) if isinstance(body, dict) else None
    return body


def _inside(place: Any, step: str) -> Any:
    """Return a member or an item; None if there is none."""
    if isinstance(place, dict):
        return place.get(step)
    return place[int(step)] if isinstance(place, list) and step.isdigit() and int(step) < len(place) else None


def _converted(value: Any, kinds: list[str]) -> Any:
    """Return a number as a text, or a text of digits as a number, if the types allow only that; None for what cannot be."""
    if isinstance(value, int | float) and not isinstance(value, bool) and kinds[:1] == ["string"]:
        return str(value)
    is_digits = isinstance(value, str) and value.isascii() and value.isdigit()
    return int(value) if is_digits and not {"integer", "number"}.isdisjoint(kinds) else None


def sent(body: Any) -> Any:
    """Return a body as a reply has it, where None stands for no body, and a text for what is not JSON."""
    return msgspec.json.encode(body) if body is None or isinstance(body, str) else body


def _other(media: str, content: dict[str, Any]) -> Any:
    """Return a body that is not JSON: its example as text, or bytes."""
    example = content.get("example")
    if is_xml(media):
        return example.strip().encode() if isinstance(example, str) and is_document(example) else b"<response/>"
    if isinstance(example, str) and example:
        return example.encode()
    return PNG if media == "image/png" else b"text" if media.startswith("text/") else b"sample"
