"""What is logged shows no key, in either form, though whoever logs it did not think of that."""

from __future__ import annotations

import json
import logging
import os
import re
import threading
import time
from collections.abc import Iterator

import pytest

from simulator.engine.masking import Mask
from simulator.registry import built_in_registry
from simulator.server import logging as server_logging
from simulator.server.log_writer import GATHER, MAX_LINES, MAX_WAITING, LogWriter

KEYS = ["sk_car_" + "1" * 20, "caldLive" + "a1" * 16, "vx_live_" + "2" * 20]


@pytest.fixture
def mask() -> Iterator[Mask]:
    """What masks the keys of all providers; the loggers are put back."""
    loggers = [logging.getLogger(name) for name in server_logging.LEVELS]
    before = [(each, each.handlers, each.propagate, each.level) for each in loggers]
    yield Mask(built_in_registry().providers.values())
    for each, handlers, propagate, level in before:
        each.handlers, each.propagate = handlers, propagate
        each.setLevel(level)


@pytest.mark.parametrize("form", ["text", "json"])
def test_keys_are_cut_short(mask: Mask, capfd: pytest.CaptureFixture[str], form: str) -> None:
    """In messages, in tracebacks, and in what the server beneath us says."""
    writer = server_logging.configure(form, mask)
    logging.getLogger("simulator").warning("found %s", KEYS[0])
    logging.getLogger("asyncio").error("found %s", KEYS[1])
    try:
        raise ValueError(f"not {KEYS[2]!r}")
    except ValueError:
        logging.getLogger("simulator").exception("failed")
    writer.close()
    said = capfd.readouterr().out
    assert [key for key in KEYS if key in said] == []
    assert [key for key in KEYS if f"{key[:12]}…" not in said] == []
    if form == "json":
        assert [json.loads(line)["level"] for line in said.splitlines()] == ["warning", "error", "error"]
        assert "Traceback" in json.loads(said.splitlines()[-1])["traceback"]


def test_the_banner_shows_the_keys_to_try(mask: Mask, capfd: pytest.CaptureFixture[str]) -> None:
    """What the server says to its user as text is shown whole; machines get the facts instead."""
    for form, shown in (("text", f"try {KEYS[1]}\n"), ("json", '"event": "ready"}\n')):
        writer = server_logging.configure(form, mask)
        server_logging.announce(f"try {KEYS[1]}", event="ready")
        writer.close()
        assert capfd.readouterr().out.endswith(shown)


def test_json_stays_json_when_a_secret_is_masked(mask: Mask, capfd: pytest.CaptureFixture[str]) -> None:
    """Whatever surrounds the secret."""
    writer = server_logging.configure("json", mask)
    logging.getLogger("simulator").warning('webhook_secret: "a\\b" and secret="c\n"')
    writer.close()
    assert [json.loads(line)["level"] for line in capfd.readouterr().out.splitlines()] == ["warning"]


class Pipe:
    """A pipe that nobody reads until `read` is called, with a writer to it."""

    def __init__(self) -> None:
        self.reader, self.descriptor = os.pipe()
        self.writer = LogWriter(self.descriptor)
        self.log = logging.Logger("pipe")
        self.log.addHandler(self.writer)

    def read(self) -> list[str]:
        """Everything that is written until the writer is closed."""
        read: list[bytes] = []
        thread = threading.Thread(target=lambda: read.extend(iter(lambda: os.read(self.reader, 65536), b"")))
        thread.start()
        while self.writer.waiting or self.writer.lines_waiting:
            time.sleep(0.01)
        self.log.info("the last line")
        self.writer.close()
        os.close(self.descriptor)
        thread.join()
        os.close(self.reader)
        return b"".join(read).decode().splitlines()


def test_a_pipe_that_nobody_reads_holds_nobody_up() -> None:
    """Lines are dropped once the queue is full, and counted."""
    pipe = Pipe()
    count, line = 3 * MAX_WAITING // 1000, "x" * 1000
    for _ in range(count):
        pipe.log.info(line)
    assert MAX_WAITING < pipe.writer.waiting < MAX_WAITING + 3000
    lines = pipe.read()
    notices = [re.fullmatch(r"(\d+) log lines were dropped because the log is not read fast enough\.", text) for text in lines]
    dropped = sum(int(notice[1]) for notice in notices if notice)
    assert (dropped > 0, lines.count(line) + dropped, lines[-1]) == (True, count, "the last line")
    assert pipe.writer.dropped == dropped


def test_lines_that_are_made_later_are_bounded_too() -> None:
    """By their number; a line that cannot be made is replaced, and the next ones follow."""
    pipe = Pipe()
    count = 3 * MAX_LINES
    pipe.writer.write_later(lambda text: text.encode("ascii"), "ä")
    for number in range(count):
        pipe.writer.write_later(lambda value: f"{value}{'x' * 1000}\n".encode(), number)
        if number == MAX_LINES // 2:
            time.sleep(2 * GATHER)  # what the thread took by now does not fit into the pipe
    lines = pipe.read()
    assert lines[0] == "A log line could not be written: UnicodeEncodeError"
    kept = [int(line.rstrip("x")) for line in lines if line.endswith("xx")]
    assert kept == list(range(len(kept)))
    assert MAX_LINES < len(kept) <= 2 * MAX_LINES
    assert len(kept) + pipe.writer.dropped == count
    assert f"{pipe.writer.dropped} log lines were dropped because the log is not read fast enough." in lines


def test_records_and_lines_that_are_made_later_keep_their_order() -> None:
    """A warning stands between the requests between which it was logged."""
    pipe = Pipe()
    for number in range(0, 10, 2):
        pipe.writer.write_later(lambda value: f"{value}\n".encode(), number)
        pipe.log.info(number + 1)
    assert pipe.read() == [*map(str, range(10)), "the last line"]


def test_a_warning_that_repeats_is_counted() -> None:
    """One line says how often it came again."""
    pipe = Pipe()
    for _ in range(500):
        pipe.log.warning("out of %s", "file descriptors")
    assert pipe.read() == ["out of file descriptors", "The last warning was repeated 499 more times.", "the last line"]


def test_a_closed_pipe_is_no_error(capfd: pytest.CaptureFixture[str]) -> None:
    """The reader has gone."""
    pipe = Pipe()
    os.close(pipe.reader)
    pipe.log.info("one")
    pipe.log.info("two")
    pipe.writer.close()
    os.close(pipe.descriptor)
    assert capfd.readouterr() == ("", "")
