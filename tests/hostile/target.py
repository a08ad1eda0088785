"""The server under attack: a process of its own, with what it says, what it holds, and a way to steer it."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from tests.hostile.wire import Connection, Lost

SHELL = 1024  # descriptors that a program may have open in an ordinary shell, unless it asks for more


@dataclass(frozen=True)
class Scale:
    """How much is tried: as much as a machine has room for, or so much as a test suite has time for."""

    connections: int = 10_000  # opened and left
    senders: int = 500  # at the same time
    worlds: int = 1_200
    requests: int = 20_000  # in a flood
    seconds: float = 10.0  # a slow sender takes for one request
    records: int = 100_000  # of a seeded world
    rules: int = 1_000  # of a world
    patience: float = 0.25  # seconds in which 99 of 100 requests of the bystander must be answered
    pause: float = 0.005  # seconds between two requests of the bystander


FULL = Scale()
SHORT = Scale(
    connections=300, senders=20, worlds=30, requests=300, seconds=0.5, records=6_000, rules=100, patience=2.0, pause=0.02
)


@dataclass
class Target:
    """A server that is being attacked."""

    pid: int
    port: int
    scale: Scale
    log: Path
    left: list[Connection] = field(default_factory=list)  # what attacks open and never close

    def control(self, method: str, path: str, body: Any = None, media: str = "application/json") -> tuple[int, Any]:
        """Ask the control API; returns the status, and the body as JSON."""
        headers = {"Content-Type": media} if body is not None else {}
        status, document, is_bug = self._asked(method, f"/_simulator{path}", headers, body)
        if is_bug:
            raise Lost(f"{method} {path}: {document}")
        return status, document

    def ask(self, method: str, path: str, headers: dict[str, str], body: Any = None) -> tuple[int, Any]:
        """Ask a provider; returns the status, and the body as JSON."""
        return self._asked(method, path, headers, body)[:2]

    def _asked(self, method: str, path: str, headers: dict[str, str], body: Any) -> tuple[int, Any, bool]:
        """Send a request; returns the status, the body, and whether the simulator was at fault."""
        raw = body if isinstance(body, bytes) else None if body is None else json.dumps(body).encode()
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        with contextlib.closing(connection):
            try:
                connection.request(method, path, raw, headers)
                answer = connection.getresponse()
                said = answer.read()
            except (OSError, http.client.HTTPException) as error:
                raise Lost(f"{method} {path} went unanswered: {error!r}") from None
        return answer.status, json.loads(said) if said else None, bool(answer.headers["X-Simulator-Bug"])

    def make(self, world: str, scenario: Any = None) -> None:
        """Make a world for an attack."""
        status, told = self.control("PUT", f"/worlds/{world}", {"scenario": scenario} if scenario else {})
        if status not in (200, 201):
            raise Lost(f"the world {world} could not be made: {told}")

    def memory(self) -> float:
        """MiB of memory that are the process's own share (PSS)."""
        text = Path(f"/proc/{self.pid}/smaps_rollup").read_text(encoding="utf-8")
        return int(text.partition("\nPss:")[2].split()[0]) / 1024

    def forget_peak(self) -> None:
        """Begin to look for the peak of its memory anew."""
        Path(f"/proc/{self.pid}/clear_refs").write_text("5", encoding="utf-8")

    def peak(self) -> float:
        """MiB of memory that it had at most since the peak was forgotten."""
        text = Path(f"/proc/{self.pid}/status").read_text(encoding="utf-8")
        return int(text.partition("VmHWM:")[2].split()[0]) / 1024

    def work(self) -> float:
        """Seconds that processors have worked for it: what it costs, however busy the machine is."""
        user, system = Path(f"/proc/{self.pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")

    def descriptors(self) -> int:
        """How many files and connections the process has open."""
        return len(list(Path(f"/proc/{self.pid}/fd").iterdir()))

    def said(self) -> str:
        """All that the server has written, to whichever stream."""
        return self.log.read_text(encoding="utf-8", errors="replace")


def _limit_files(files: int) -> None:
    """Limit the open files: as a shell does, which a program may change, or for good."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (files, files) if files else (min(SHELL, most), most))


@contextlib.contextmanager
def serving(scale: Scale, *options: str, files: int = 0) -> Iterator[Target]:
    """A server on a free port, until the end of the block; it may open as many `files`, by default as the system allows."""
    lane = "--no-fast-lane" if os.environ.get("SIMULATOR_TEST_LANE") == "asgi" else "--fast-lane"
    command = [sys.executable, "-m", "simulator", "serve", "--port", "0", "--log-format", "json", lane, *options]
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log"
        with (
            log.open("wb") as out,
            subprocess.Popen(
                command,
                stdout=out,
                stderr=subprocess.STDOUT,
                preexec_fn=partial(_limit_files, files),  # noqa: PLW1509
            ) as server,
        ):
            try:
                yield Target(server.pid, _port(server, log), scale, log)
            finally:
                server.kill()


def _port(server: subprocess.Popen[bytes], log: Path) -> int:
    """Where the server answers, as soon as it says so."""
    while not (text := log.read_text(encoding="utf-8")).endswith("\n"):
        if server.poll() is not None:
            raise Lost(f"the server did not start: {text}")
        time.sleep(0.02)
    url: str = json.loads(text.splitlines()[0])["url"]
    return int(url.rpartition(":")[2])
