"""The verdict on an exchange: whether the simulator answers as the recording does."""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from typing import Any, Literal, NamedTuple

from simulator.http.response import Response
from simulator.lab.comparison.bindings import Bindings, Stranger
from simulator.lab.comparison.differences import DEPEND_ON_OTHERS, Differ, Difference
from simulator.lab.traffic.har import Exchange
from simulator.lab.traffic.knowledge import Knowledge
from simulator.openapi.json_body import decode
from simulator.openapi.operation import Operation

Kind = Literal["matched", "differs", "not simulated", "could not be checked"]
KINDS: tuple[Kind, ...] = ("matched", "differs", "not simulated", "could not be checked")
METHOD_NOT_ALLOWED = 405
TEMPORARY = frozenset({429, 500, 502, 503, 504})  # statuses that depend on more than the request
CONTENT_TYPE = "content-type"
STATE_INDEPENDENT = frozenset({"required", "type", "enum", "const", "additionalProperties"})


class Verdict(NamedTuple):
    """The verdict on one exchange."""

    exchange: Exchange
    operation: str  # empty: the spec has none
    kind: Kind
    reason: str = ""
    differences: tuple[Difference, ...] = ()
    uncompared: int = 0  # texts

    @property
    def is_checked(self) -> bool:
        """Whether the two were compared."""
        return self.kind in ("matched", "differs")


class Judge:
    """Compares a recorded response with a simulated one."""

    def __init__(self, knowledge: Knowledge, bindings: Bindings, seeded: Container[str]) -> None:
        self._knowledge, self._bindings, self._seeded = knowledge, bindings, seeded

    def verdict(
        self, exchange: Exchange, operation: Operation | None, response: Response, strangers: Sequence[Stranger]
    ) -> Verdict:
        """Return the verdict; `strangers` are the references of the request that have no counterpart."""
        name = f"{self._knowledge.bound.name}.{operation.id}" if operation else ""
        if operation is not None and not operation.simulated:
            return Verdict(exchange, name, "not simulated", "the simulator declares the operation and returns 501")
        content_type = {key.lower(): value for key, value in response.headers}.get("content-type", "")
        recorded, simulated = _decoded(exchange.content_type, exchange.content), _decoded(content_type, response.body)
        listed = operation.responses.keys() - {429} if operation else ()
        if exchange.status != response.status and (reason := _unclear(exchange, response.status, listed, strangers)):
            self._bindings.lose(recorded, exchange.number)
            return Verdict(exchange, name, "could not be checked", reason)
        found: list[Difference] = []
        if exchange.status != response.status:
            found.append(Difference("status", f"{exchange.status}, the simulator returns {response.status}"))
        if exchange.status // 100 != response.status // 100:
            self._bindings.lose(recorded, exchange.number)
            return Verdict(exchange, name, "differs", "", tuple(found))
        if exchange.content is None and "json" in content_type:
            return Verdict(exchange, name, "could not be checked", "the recording has no body", tuple(found))
        found += self._heads(exchange, operation, response, content_type)
        differ = Differ(self._knowledge, self._bindings, exchange.number, self._seeded)
        is_read = exchange.content is not None and not isinstance(recorded, bytes) and not isinstance(simulated, bytes)
        if is_read and not any(one.where == CONTENT_TYPE for one in found):
            schemas = self._knowledge.response_schemas(operation, response.status, content_type)
            found += differ.compare(recorded, simulated, schemas)
        found += self._off_spec(exchange, operation, recorded, {one.where for one in found})
        return self._concluded(exchange, name, found, differ)

    def _concluded(self, exchange: Exchange, name: str, found: list[Difference], differ: Differ) -> Verdict:
        if differ.strangers:
            found = [one for one in found if one.where.rpartition(".")[2] not in DEPEND_ON_OTHERS]
        if found:
            return Verdict(exchange, name, "differs", "", tuple(found), differ.uncompared)
        if differ.strangers:
            reason = f"{differ.strangers[0]} lists records from before the recording began, or numbers that are for sale"
            return Verdict(exchange, name, "could not be checked", reason, (), differ.uncompared)
        if differ.unfounded:
            reason = (
                f"{differ.unfounded[0].where} differs in a record from before the recording began; describe it in a scenario"
            )
            return Verdict(exchange, name, "could not be checked", reason, (), differ.uncompared)
        return Verdict(exchange, name, "matched", "", (), differ.uncompared)

    def _heads(
        self, exchange: Exchange, operation: Operation | None, response: Response, content_type: str
    ) -> Iterator[Difference]:
        media, simulated = (text.partition(";")[0].strip().lower() for text in (exchange.content_type, content_type))
        if response.body and media != simulated:
            yield Difference(CONTENT_TYPE, f"{media or 'missing'}, the simulator has {simulated}")
        elif not response.body and exchange.content:
            yield Difference("the body", "the simulator has none")
        elif response.body and exchange.content == b"" and exchange.method != "HEAD":
            yield Difference("the body", "only the simulator has one")
        sent = {name.lower() for name, _ in response.headers}
        for name in sorted(self._knowledge.response_headers(operation)) if operation else ():
            if (name in sent) != (name in exchange.response_headers):
                yield Difference(
                    f"header {name}", "only the simulator has it" if name in sent else "the simulator does not have it"
                )

    def _off_spec(
        self, exchange: Exchange, operation: Operation | None, recorded: Any, known: set[str]
    ) -> Iterator[Difference]:
        """Yield where a recorded body breaks the spec, whatever the simulator returns."""
        described = operation.responses.get(exchange.status) if operation else None
        schema = described.schema(exchange.content_type) if described else None
        if schema is None or exchange.content is None or isinstance(recorded, bytes):
            return
        for violation in schema.violations(recorded, "response"):
            where = _dotted(violation.field) or "the body"
            if violation.keyword in STATE_INDEPENDENT and not any(_is_within(where, other) for other in known):
                known.add(where)
                yield Difference(where, f"it breaks the spec ({violation.keyword})")


def _unclear(exchange: Exchange, simulated: int, listed: Container[int], strangers: Sequence[Stranger]) -> str:
    """Return why statuses that differ prove nothing; empty if they do."""
    if exchange.status in TEMPORARY and simulated not in TEMPORARY and (simulated < 400 or exchange.status not in listed):
        return f"the provider returned {exchange.status}, which depends on more than the request"
    if exchange.method == "HEAD" and simulated == METHOD_NOT_ALLOWED:
        return ""  # whatever the request refers to
    if exchange.status == 401:
        return "the provider refused the key, which has the form of a valid one"
    if exchange.files:
        return f"{exchange.files[0]} is a file, and files are left out of recordings"
    if exchange.status < 400 <= simulated and strangers:
        first = strangers[0]
        hint = "" if first.is_lost else "; describe it in a scenario (--scenario)"
        return f"{first.name} refers to something from {first.origin}{hint}"
    return ""


def _decoded(content_type: str, content: bytes | None) -> Any:
    """Return a body as JSON, as text, or as bytes."""
    if not content:
        return b""
    if "json" in content_type:
        try:
            return decode(content)
        except ValueError:
            return content.decode("utf-8", "replace")
    return content.decode("utf-8", "replace") if content_type.startswith("text/") else content


def _dotted(field: str) -> str:
    """Return a field as differences name it: `data[0].id` for `data.0.id`."""
    parts = field.split(".") if field else []
    return "".join(f"[{part}]" if part.isdigit() else f".{part}" for part in parts).lstrip(".")


def _is_within(where: str, other: str) -> bool:
    return where == other or where.startswith((f"{other}.", f"{other}[")) or other.startswith((f"{where}.", f"{where}["))
