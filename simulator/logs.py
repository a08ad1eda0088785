"""What the server says about itself: as text for a terminal, or one JSON object a line for a machine, with keys cut short."""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime
from typing import Any

from simulator.engine.masking import Mask
from simulator.store.clock import millis

_log = logging.getLogger("simulator")


class TextFormatter(logging.Formatter):
    """Each record as it reads; what the server itself says to its user is told whole, with the keys to try."""

    def __init__(self, mask: Mask) -> None:
        super().__init__("%(message)s")
        self._mask = mask

    def format(self, record: logging.LogRecord) -> str:
        """The record as text."""
        line = super().format(record)
        return line if hasattr(record, "facts") else self._mask.text(line)


class JsonFormatter(logging.Formatter):
    """One JSON object for each record."""

    def __init__(self, mask: Mask) -> None:
        super().__init__()
        self._mask = mask

    def format(self, record: logging.LogRecord) -> str:
        """The record as a line."""
        line: dict[str, Any] = {"time": millis(datetime.fromtimestamp(record.created, UTC)), "level": record.levelname.lower()}
        line |= getattr(record, "facts", None) or {"message": record.getMessage()}
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return self._mask.text(json.dumps(line, ensure_ascii=False))


def start(form: str, mask: Mask) -> None:
    """Log to standard output, as `text` or `json`."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonFormatter(mask) if form == "json" else TextFormatter(mask))
    for name in ("simulator", "asyncio"):
        logger = logging.getLogger(name)
        logger.handlers = [handler]
        logger.propagate = False
        logger.setLevel(logging.INFO if name == "simulator" else logging.WARNING)


def say(text: str, **facts: Any) -> None:
    """Log `text`, or where machines read, `facts`."""
    _log.info("%s", text, extra={"facts": facts})
