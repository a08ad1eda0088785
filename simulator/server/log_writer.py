"""Writing the log in a thread of its own, so that a slow or stopped reader of the log blocks no request."""

from __future__ import annotations

import logging
import os
import queue
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

T = TypeVar("T")

MAX_WAITING = 1024 * 1024  # bytes of lines that are not written yet; what comes on top of them is dropped
GATHER = 0.05  # seconds in which lines come together before they are written: waking the thread costs more than a line
MAX_LINE = 64 * 1024  # bytes of a line; what is longer is cut


class Batch:
    """Values of which lines are made when they are written, all by one function."""

    __slots__ = ("line_of", "size", "values")

    def __init__(self, line_of: Callable[[Any], bytes]) -> None:
        self.line_of = line_of
        self.values: list[Any] = []
        self.size = 0  # bytes, roughly

    def lines(self) -> Iterator[bytes]:
        """Make the lines; nothing that goes wrong with one may end the thread."""
        for value in self.values:
            try:
                yield self.line_of(value)[:MAX_LINE] + b"\n"
            except Exception as error:  # noqa: BLE001
                yield f"A log line could not be written: {type(error).__name__}\n".encode()


class LogWriter(logging.Handler):
    """Writes log records to a file descriptor from a thread of its own.

    A pipe that nobody reads fills up, and a write to it blocks until somebody does. The thread may block; requests and signal
    handlers never do. Records that do not fit into the queue are dropped, and the next line that fits says how many.
    The same warning again is counted, and reported once when another record comes.
    """

    def __init__(self, descriptor: int) -> None:
        super().__init__()
        self._descriptor = descriptor
        self._lines: queue.SimpleQueue[bytes | Batch | None] = queue.SimpleQueue()
        self._batch: Batch | None = None  # the last one of the queue, as long as nothing comes behind it
        self._queued = self._written = 0  # bytes: the first is counted under the handler's lock, the other by the thread alone
        self.dropped = 0  # lines, since the start
        self._unreported = self._repeated = 0
        self._warning: tuple[int, str] | None = None
        self._thread = threading.Thread(target=self._write_all, name="simulator-log", daemon=True)
        self._thread.start()

    @property
    def waiting(self) -> int:
        """The bytes that are not written yet."""
        return self._queued - self._written

    def emit(self, record: logging.LogRecord) -> None:
        """Queue a record."""
        try:
            warning = (record.levelno, record.getMessage()) if record.levelno >= logging.WARNING else None
            if warning and warning == self._warning:
                self._repeated += 1
                return
            self._report_repeated()
            self._warning = warning
            if self._fits():
                self._queue(record)
        except Exception:  # noqa: BLE001  (logging's convention: a fault in a record must not break the program)
            self.handleError(record)

    def write_later(self, line_of: Callable[[T], bytes], value: T, size: int) -> None:
        """Queue a line that the thread makes itself, of a value that takes `size` bytes, roughly.

        Many lines made in a row cost much less than each would in the course of a request, when the caches hold other code.
        """
        with self.lock or threading.RLock():
            if (self._unreported or self._queued - self._written > MAX_WAITING) and not self._fits():
                return
            batch = self._batch
            if batch is None or batch.line_of is not line_of:
                batch = self._batch = Batch(line_of)
                self._lines.put(batch)
            batch.values.append(value)
            batch.size += size
            self._queued += size

    def _fits(self) -> bool:
        """Return whether there is room for a line; one that does not fit counts as dropped."""
        if self.waiting > MAX_WAITING:
            self.dropped += 1
            self._unreported += 1
            return False
        self._report_dropped()
        return True

    def _report_repeated(self) -> None:
        if self._repeated:
            self._queue(_notice(f"The last warning was repeated {self._repeated} more times."))
        self._repeated = 0

    def _report_dropped(self) -> None:
        if self._unreported:
            self._queue(_notice(f"{self._unreported} log lines were dropped because the log is not read fast enough."))
        self._unreported = 0

    def _queue(self, record: logging.LogRecord) -> None:
        self._put(self.format(record).encode("utf-8", "backslashreplace"))

    def _put(self, line: bytes) -> None:
        line = line[:MAX_LINE] + b"\n"
        self._batch = None
        self._queued += len(line)
        self._lines.put(line)

    def _write_all(self) -> None:
        is_open = True
        while is_open:
            first = self._lines.get()
            time.sleep(GATHER)
            lines = [first, *[self._lines.get() for _ in range(self._lines.qsize())]]
            is_open = lines[-1] is not None
            made, size = self._made(line for line in lines if line is not None)
            try:
                _write(self._descriptor, b"".join(made))
            except OSError:
                return  # nobody will ever read the log: what follows is dropped once the queue is full
            self._written += size

    def _made(self, lines: Iterable[bytes | Batch]) -> tuple[list[bytes], int]:
        """Return lines as they are written, and the bytes that they took in the queue."""
        made: list[bytes] = []
        size = 0
        for line in lines:
            if isinstance(line, Batch):
                self._end(line)
                made += line.lines()
                size += line.size
            else:
                made.append(line)
                size += len(line)
        return made, size

    def _end(self, batch: Batch) -> None:
        """Let further lines come behind a batch."""
        with self.lock or threading.RLock():
            if self._batch is batch:
                self._batch = None

    def close(self) -> None:
        """Write the queued lines, for at most a second."""
        with self.lock or threading.RLock():
            self._report_repeated()
            self._report_dropped()
        self._lines.put(None)
        self._thread.join(1)
        super().close()


def _write(descriptor: int, line: bytes) -> None:
    while line:
        try:
            line = line[os.write(descriptor, line) :]
        except BlockingIOError:  # somebody has made the pipe non-blocking
            time.sleep(0.05)


def _notice(text: str) -> logging.LogRecord:
    return logging.LogRecord("simulator", logging.WARNING, __file__, 0, text, None, None)
