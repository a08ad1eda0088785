"""The access log: a line for each request that reaches a provider or the control API, as text or as JSON."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import msgspec

from simulator.engine.access import Access
from simulator.engine.masking import Mask
from simulator.server.log_writer import LogWriter

HEALTH = "_simulator.health"  # asked for by whatever watches a container, once a second: only failures are logged
MAX_TEXT = 200  # characters of a path or a name
MAX_KEPT = 1000  # characters of such a name that are looked at
KNOWN = 1024  # names of worlds and rules that are masked once


class AccessLog:
    """Writes a line for each request; no request waits for a reader of the log."""

    def __init__(self, writer: LogWriter, mask: Mask, log_format: str) -> None:
        self._writer, self._mask = writer, mask
        self._line = self._json if log_format == "json" else self._text
        self._shown = lru_cache(KNOWN)(self._masked)  # ends with the server
        self._second, self._until_second = 0, ""

    def __call__(self, access: Access) -> None:
        """Write the line of a request."""
        if access.operation != HEALTH or access.status >= 400:
            self._writer.write(self._line(access))

    def _now(self) -> str:
        """Return the time of day; the part up to the second is made once a second."""
        now = time.time()
        second = int(now)
        if second != self._second:
            self._second, self._until_second = second, f"{datetime.fromtimestamp(second, UTC):%Y-%m-%dT%H:%M:%S}"
        return f"{self._until_second}.{int((now - second) * 1000):03d}Z"

    def _masked(self, text: str) -> str:
        return self._mask.text(text)[:MAX_TEXT]

    def _path(self, access: Access) -> str:
        """Return the path of a request that has no operation, which says more than nothing."""
        return "" if access.operation else self._mask.address(access.path)[:MAX_TEXT]

    def _text(self, access: Access) -> bytes:
        what = access.operation or f"{access.method} {self._path(access)}"
        parts = [self._now()[11:], access.id or "-", what, str(access.status)]
        if access.world:
            parts.append(f"world={_quoted(self._shown(access.world[:MAX_KEPT]))}")
        if access.error:
            parts.append(f"error={access.error}")
        if access.rule:
            parts.append(f"rule={_quoted(self._shown(access.rule[:MAX_KEPT]))}")
        if access.fault:
            parts.append(f"fault={access.fault}")
        if access.traceparent:
            parts.append(f"traceparent={access.traceparent}")
        return f"{' '.join(parts)} {access.seconds * 1000:.1f} ms".encode("utf-8", "backslashreplace")

    def _json(self, access: Access) -> bytes:
        line: dict[str, Any] = {
            "time": self._now(),
            "level": "info",
            "event": "request",
            "id": access.id,
            "world": self._shown(access.world[:MAX_KEPT]) or None,
            "provider": access.provider or None,
            "operation": access.operation or None,
            "status": access.status,
            "error": access.error or None,
            "rule": self._shown(access.rule[:MAX_KEPT]) or None,
            "ms": round(access.seconds * 1000, 3),
        }
        if not access.operation:
            line |= {"method": access.method, "path": self._path(access)}
        if access.fault:
            line["fault"] = access.fault
        if access.traceparent:
            line["traceparent"] = access.traceparent
        return msgspec.json.encode(line)


def _quoted(text: str) -> str:
    """Return a name as it is, in quotes if it is more than one plain word."""
    return text if text.replace("-", "").replace("_", "").isalnum() else json.dumps(text, ensure_ascii=False)
