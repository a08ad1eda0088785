"""What the server logs: text for a terminal, or one JSON object a line for a machine, with keys cut short."""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime
from typing import Any

from simulator.engine.masking import Mask
from simulator.server.log_writer import LogWriter
from simulator.store.clock import millis

LEVELS = {"simulator": logging.INFO, "asyncio": logging.WARNING, "uvicorn": logging.ERROR}

log = logging.getLogger("simulator")


class TextFormatter(logging.Formatter):
    """The message as it is; what the server announces to its user is not masked, as it shows the keys to try."""

    def __init__(self, mask: Mask) -> None:
        super().__init__("%(message)s")
        self._mask = mask

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as text."""
        line = super().format(record)
        return line if hasattr(record, "facts") else self._mask.text(line)


class JsonFormatter(logging.Formatter):
    """One JSON object a record."""

    def __init__(self, mask: Mask) -> None:
        super().__init__()
        self._mask = mask

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as a line."""
        line: dict[str, Any] = {"time": millis(datetime.fromtimestamp(record.created, UTC)), "level": record.levelname.lower()}
        line |= getattr(record, "facts", None) or {"message": record.getMessage()}
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(self._mask.json(line), ensure_ascii=False)


def configure(log_format: str, mask: Mask) -> LogWriter:
    """Log to standard output, as `text` or `json`; close the writer at the end."""
    handler = LogWriter(sys.stdout.fileno())
    handler.setFormatter(JsonFormatter(mask) if log_format == "json" else TextFormatter(mask))
    for name, level in LEVELS.items():
        logger = logging.getLogger(name)
        logger.handlers = [handler]
        logger.propagate = False
        logger.setLevel(level)
    return handler


def announce(text: str, **facts: Any) -> None:
    """Log `text`, or as JSON `facts`."""
    log.info("%s", text, extra={"facts": facts})
