"""The access log: a line for each request that reaches a provider or the control API, as text or as JSON."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import msgspec

from simulator.engine.access import Access
from simulator.engine.masking import Mask
from simulator.server.log_writer import LogWriter

HEALTH = "_simulator.health"  # polled every second by what watches a container: only failures are logged
MAX_TEXT = 200  # characters of a path or a name
MAX_KEPT = 1000  # characters of such a name that are looked at
LINE = 200  # bytes of a request that waits to be logged, beside path and world, roughly
KNOWN = 1024  # kinds of requests of which a part of the line is kept


class AccessLog:
    """Writes a line for each request; no request waits for a reader of the log.

    Lines of requests that end alike – in the same world, by the same operation, with the same status – differ only in time, id
    and duration: the rest is made once.
    """

    def __init__(self, writer: LogWriter, mask: Mask, log_format: str) -> None:
        self._writer, self._mask = writer, mask
        self._line, facts = (self._json, self._json_facts) if log_format == "json" else (self._text, self._text_facts)
        self._new_facts, self._known_facts = facts, lru_cache(KNOWN)(facts)  # which ends with the server
        self._clock = "%Y-%m-%dT%H:%M:%S" if log_format == "json" else "%H:%M:%S"
        self._second, self._until_second = 0, ""

    def __call__(self, access: Access) -> None:
        """Write the line of a request; the thread of the writer makes it."""
        if access.operation != HEALTH or access.status >= 400:
            size = LINE + len(access.path) + len(access.world)
            self._writer.write_later(self._line, access, size)

    def _time(self, now: float) -> str:
        """Return the time of day; the part up to the second is made once a second."""
        second = int(now)
        if second != self._second:
            self._second, self._until_second = second, datetime.fromtimestamp(second, UTC).strftime(self._clock)
        return f"{self._until_second}.{int((now - second) * 1000):03d}Z"

    def _facts(self, access: Access) -> str:
        """Return the part of a line that many requests have in common; one with a long name, as clients send, is not kept."""
        facts = self._new_facts if len(access.world) + len(access.rule) > MAX_TEXT else self._known_facts
        return facts(access.world, access.provider, access.operation, access.status, access.error, access.rule, access.fault)

    def _masked(self, text: str) -> str:
        return self._mask.text(text[:MAX_KEPT])[:MAX_TEXT] if text else ""

    def _target(self, access: Access) -> tuple[str, str]:
        """Return method and path, for a request that has no operation, which would say more."""
        return self._mask.method(access.method), self._mask.address(access.path)[:MAX_TEXT]

    def _text(self, access: Access) -> bytes:
        ending = f" {access.seconds * 1000:.1f} ms"
        if access.traceparent:
            ending = f" traceparent={access.traceparent}{ending}"
        what = self._facts(access)
        if not access.operation:
            what = f" {' '.join(self._target(access))}{what}"
        return f"{self._time(access.at)} {access.id or '-'}{what}{ending}".encode("utf-8", "backslashreplace")

    def _text_facts(self, world: str, _: str, operation: str, status: int, error: str, rule: str, fault: str) -> str:
        parts = ["", operation, str(status)] if operation else ["", str(status)]
        if world:
            parts.append(f"world={_quoted(self._masked(world))}")
        if error:
            parts.append(f"error={error}")
        if rule:
            parts.append(f"rule={_quoted(self._masked(rule))}")
        if fault:
            parts.append(f"fault={fault}")
        return " ".join(parts)

    def _json(self, access: Access) -> bytes:
        more: dict[str, str] = {}
        if not access.operation:
            more["method"], more["path"] = self._target(access)
        if access.traceparent:
            more["traceparent"] = access.traceparent
        ending = f",{msgspec.json.encode(more).decode()[1:]}" if more else "}"
        head = f'{{"time":"{self._time(access.at)}","level":"info","event":"request","id":"{access.id}",'
        return f'{head}{self._facts(access)},"ms":{access.seconds * 1000:.3f}{ending}'.encode()

    def _json_facts(self, world: str, provider: str, operation: str, status: int, error: str, rule: str, fault: str) -> str:
        members: dict[str, Any] = {
            "world": self._masked(world) or None,
            "provider": provider or None,
            "operation": operation or None,
            "status": status,
            "error": error or None,
            "rule": self._masked(rule) or None,
        }
        return msgspec.json.encode({**members, "fault": fault} if fault else members).decode()[1:-1]


def _quoted(text: str) -> str:
    """Return a name as it is, in quotes if it is more than one plain word."""
    return text if text.replace("-", "").replace("_", "").isalnum() else json.dumps(text, ensure_ascii=False)
