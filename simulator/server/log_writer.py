"""Writing the log in a thread of its own, so that a slow or stopped reader of the log blocks no request."""

from __future__ import annotations

import logging
import os
import queue
import threading
import time
from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")

MAX_WAITING = 1024 * 1024  # bytes of records that are not written yet; what comes on top of them is dropped
MAX_LINES = 4096  # lines that are not written yet, likewise: those that are made later are of values of some hundred bytes
GATHER = 0.05  # seconds in which lines come together before they are written: waking the thread costs more than a line
MAX_LINE = 64 * 1024  # bytes of a record; what is longer is cut

Making = tuple[Callable[[Any], bytes], Any]  # what makes a line, and of what


class LogWriter(logging.Handler):
    """Writes log records to a file descriptor from a thread of its own.

    A pipe that nobody reads fills up, and a write to it blocks until somebody does. The thread may block; requests and signal
    handlers never do. Records that do not fit into the queue are dropped, and the next line that fits says how many.
    The same warning again is counted, and reported once when another record comes.
    """

    def __init__(self, descriptor: int) -> None:
        super().__init__()
        self._descriptor = descriptor
        self._lines: queue.SimpleQueue[Making] = queue.SimpleQueue()
        self._queued = 0  # bytes of records, counted under the handler's lock
        self._taken = self._written = 0  # bytes of them, counted by the thread
        self.dropped = 0  # lines, since the start
        self._unreported = self._repeated = 0
        self._warning: tuple[int, str] | None = None
        self._is_open = True
        self._thread = threading.Thread(target=self._write_all, name="simulator-log", daemon=True)
        self._thread.start()

    @property
    def waiting(self) -> int:
        """The bytes of records that are not written yet."""
        return self._queued - self._written

    @property
    def lines_waiting(self) -> int:
        """The lines, of records and others, that the thread has not taken yet."""
        return self._lines.qsize()

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

    def write_later(self, line_of: Callable[[T], bytes], value: T) -> None:
        """Queue a line that the thread makes itself, with its line break; `b""` for none.

        Many lines made in a row cost much less than each would in the course of a request, when the caches hold other code.
        No lock is taken unless lines are dropped: the queue has its own.
        """
        if self._unreported or self._lines.qsize() >= MAX_LINES:
            with self.lock or threading.RLock():
                if not self._fits():
                    return
        self._lines.put((line_of, value))

    def _fits(self) -> bool:
        """Return whether there is room for a line; one that does not fit counts as dropped."""
        if self.waiting > MAX_WAITING or self.lines_waiting >= MAX_LINES:
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
        self._queued += len(line)
        self._lines.put((self._taking, line))

    def _taking(self, line: bytes) -> bytes:
        """Return the line of a record, and count it."""
        self._taken += len(line)
        return line

    def _ending(self, _: None) -> bytes:
        """Let the thread end behind this line, which is none."""
        self._is_open = False
        return b""

    def _write_all(self) -> None:
        while self._is_open:
            first = self._lines.get()
            time.sleep(GATHER)
            made = _made([first, *[self._lines.get() for _ in range(self._lines.qsize())]])
            try:
                _write(self._descriptor, b"".join(made))
            except OSError:
                return  # nobody will ever read the log: what follows is dropped once the queue is full
            self._written = self._taken

    def close(self) -> None:
        """Write the queued lines, for at most a second."""
        with self.lock or threading.RLock():
            self._report_repeated()
            self._report_dropped()
        self._lines.put((self._ending, None))
        self._thread.join(1)
        super().close()


def _made(lines: list[Making]) -> list[bytes]:
    """Make lines; nothing that goes wrong with one may end the thread."""
    made = []
    for line_of, value in lines:
        try:
            made.append(line_of(value))
        except Exception as error:  # noqa: BLE001
            made.append(f"A log line could not be written: {type(error).__name__}\n".encode())
    return made


def _write(descriptor: int, line: bytes) -> None:
    while line:
        try:
            line = line[os.write(descriptor, line) :]
        except BlockingIOError:  # somebody has made the pipe non-blocking
            time.sleep(0.05)


def _notice(text: str) -> logging.LogRecord:
    return logging.LogRecord("simulator", logging.WARNING, __file__, 0, text, None, None)
