"""The access log: a line for each request that reaches a provider or the control API, as text or as JSON."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import msgspec

from simulator.engine.access import Access, Kind
from simulator.engine.masking import Mask

HEALTH = "_simulator.health"  # polled every second by what watches a container: only failures are logged
MAX_TEXT = 200  # characters of a path or a name
MAX_KEPT = 1000  # characters of such a name that are looked at
KNOWN = 1024  # kinds of requests of which the part of the line is kept that they have in common


class AccessLog:
    """Makes the line of a request, in the thread that writes it.

    Lines of requests that end alike – in the same world, by the same operation, with the same status – differ only in time, id
    and duration: the rest is made once.
    """

    def __init__(self, mask: Mask, log_format: str) -> None:
        self._mask = mask
        is_json = log_format == "json"
        self.line: Callable[[Access], bytes] = self._json if is_json else self._text
        self._facts_of = self._json_facts if is_json else self._text_facts
        self._facts: dict[Kind, str] = {}  # of the kinds that were seen last; it ends with the server
        self._clock = "%Y-%m-%dT%H:%M:%S" if is_json else "%H:%M:%S"
        self._second, self._until_second = 0, ""

    def _time(self, now: float) -> str:
        """Return the time of day; the part up to the second is made once a second."""
        second = int(now)
        if second != self._second:
            self._second, self._until_second = second, datetime.fromtimestamp(second, UTC).strftime(self._clock)
        return f"{self._until_second}.{int((now - second) * 1000):03d}Z"

    def _new_facts(self, kind: Kind) -> str:
        """Make the part of a line that requests of a kind have in common; empty for those that have no line."""
        facts = "" if kind.operation == HEALTH and kind.status < 400 else self._facts_of(kind)
        if len(self._facts) >= KNOWN:
            self._facts.clear()
        if len(kind.world) + len(kind.rule) <= MAX_TEXT:
            self._facts[kind] = facts
        return facts

    def _masked(self, text: str) -> str:
        return self._mask.text(text[:MAX_KEPT])[:MAX_TEXT] if text else ""

    def _target(self, access: Access) -> tuple[str, str]:
        """Return method and path, for a request that has no operation, which would say more."""
        return self._mask.method(access.method), self._mask.address(access.path)[:MAX_TEXT]

    def _text(self, access: Access) -> bytes:
        facts = self._facts.get(access.kind)
        if facts is None:
            facts = self._new_facts(access.kind)
        if not facts:
            return b""
        if access.path:
            facts = f" {' '.join(self._target(access))}{facts}"
        if access.traceparent:
            facts = f"{facts} traceparent={access.traceparent}"
        line = f"{self._time(access.at)} {access.id or '-'}{facts} {access.seconds * 1000:.1f} ms\n"
        return line.encode("utf-8", "backslashreplace")

    def _text_facts(self, kind: Kind) -> str:
        parts = ["", kind.operation_name, str(kind.status)] if kind.operation else ["", str(kind.status)]
        if kind.world:
            parts.append(f"world={_quoted(self._masked(kind.world))}")
        if kind.error:
            parts.append(f"error={kind.error}")
        if kind.rule:
            parts.append(f"rule={_quoted(self._masked(kind.rule))}")
        if kind.fault:
            parts.append(f"fault={kind.fault}")
        return " ".join(parts)

    def _json(self, access: Access) -> bytes:
        facts = self._facts.get(access.kind)
        if facts is None:
            facts = self._new_facts(access.kind)
        if not facts:
            return b""
        if access.path or access.traceparent:
            facts += self._json_details(access)
        head = f'{{"time":"{self._time(access.at)}","level":"info","event":"request","id":"{access.id}",'
        return f'{head}{facts},"ms":{access.seconds * 1000:.3f}}}\n'.encode()

    def _json_details(self, access: Access) -> str:
        """Return what a line says of a request beside its kind."""
        more: dict[str, str] = {}
        if access.path:
            more["method"], more["path"] = self._target(access)
        if access.traceparent:
            more["traceparent"] = access.traceparent
        return f",{msgspec.json.encode(more).decode()[1:-1]}"

    def _json_facts(self, kind: Kind) -> str:
        members: dict[str, Any] = {
            "world": self._masked(kind.world) or None,
            "provider": kind.provider or None,
            "operation": kind.operation_name or None,
            "status": kind.status,
            "error": kind.error or None,
            "rule": self._masked(kind.rule) or None,
        }
        return msgspec.json.encode({**members, "fault": kind.fault} if kind.fault else members).decode()[1:-1]


def _quoted(text: str) -> str:
    """Return a name as it is, in quotes if it is more than one plain word."""
    return text if text.replace("-", "").replace("_", "").isalnum() else json.dumps(text, ensure_ascii=False)
