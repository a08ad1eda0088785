"""Servers as processes of their own: started, waited for, and what they take of the machine. Reads Linux's /proc."""

from __future__ import annotations

import contextlib
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.calls import PURCHASE, Call
from bench.package import ROOT, installed

PATIENCE = 60  # seconds for a server to start
SAID = "said.log"  # what a server prints, in its folder

Command = Callable[[int], Sequence[str]]  # how a server is started on a port


class Unavailable(Exception):
    """A program that is needed is not on this machine; the text says which."""


class Failed(Exception):
    """A server does not do what it should; the text says what it did."""


@dataclass(frozen=True)
class Server:
    """A running server."""

    pid: int
    port: int
    started: float  # seconds from the start of the process to its first answer


def simulator(port: int) -> Sequence[str]:
    """The simulator as a user gets it."""
    return sys.executable, "-m", "simulator", "serve", "--port", str(port)


def without_fast_lane(port: int) -> Sequence[str]:
    """The simulator on the plain ASGI path."""
    return *simulator(port), "--no-fast-lane"


def bare(port: int, path: str = PURCHASE.path) -> Sequence[str]:
    """The bare stack, with a route for one path."""
    return sys.executable, "-m", "bench.bare", str(port), path


@contextlib.contextmanager
def running(command: Command, call: Call) -> Iterator[Server]:
    """Start a server and wait until it has answered a call."""
    port = free_port()
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as ending:
        begun = time.perf_counter()
        process = ending.enter_context(started(command(port), folder))
        try:
            took = first_answer(process, port, call) - begun
        except Failed as why:
            raise Failed(f"{why}\n{Path(folder, SAID).read_text(errors='replace')[-1000:]}") from None
        yield Server(process.pid, port, took)


@contextlib.contextmanager
def started(command: Sequence[str], folder: str) -> Iterator[subprocess.Popen[bytes]]:
    """Start a process in a folder of its own, and end it."""
    with (
        Path(folder, SAID).open("wb") as out,
        subprocess.Popen(command, cwd=folder, env=environment(), stdout=out, stderr=subprocess.STDOUT) as process,
    ):
        try:
            yield process
        finally:
            process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(5)
            process.kill()


def said(command: Sequence[str], folder: str, path: Sequence[str] = ()) -> str:
    """What a program prints that ends by itself; `path` is where it finds modules before all others."""
    return subprocess.run(command, cwd=folder, env=environment(path), stdout=subprocess.PIPE, text=True, check=True).stdout


def environment(path: Sequence[str] = ()) -> dict[str, str]:
    """What a process is started with: nothing that steers the simulator or pytest."""
    own = ("SIMULATOR_", "PYTEST_", "PYTHONDONTWRITEBYTECODE")  # without byte code every start would compile all modules anew
    clean = {name: value for name, value in os.environ.items() if not name.startswith(own)}
    return {**clean, "PYTHONPATH": os.pathsep.join(path or (str(installed()), str(ROOT)))}


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def first_answer(process: subprocess.Popen[bytes], port: int, call: Call) -> float:
    """When a server first answered a call.

    Raises:
        Failed: it ended, or does not answer as it should.
    """
    deadline = time.perf_counter() + PATIENCE
    while time.perf_counter() < deadline and process.poll() is None:
        with contextlib.suppress(OSError):
            ask(port, call)
            return time.perf_counter()
        time.sleep(0.001)
    raise Failed(f"did not start: {' '.join(map(str, process.args))}")  # type: ignore[arg-type]


def ask(port: int, call: Call) -> bytes:
    """Make one call, on a connection of its own, and return the body of the answer.

    Raises:
        Failed: the answer is no success.
    """
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as connection:
        connection.sendall(call.raw())
        answer = connection.recv(65536)
    if not answer:
        raise ConnectionAbortedError
    if not re.match(rb"HTTP/1\.[01] 2", answer):
        raise Failed(f"{call.method} {call.path} was answered {answer[:200].decode(errors='replace')!r}, expected 2xx")
    return answer.partition(b"\r\n\r\n")[2]


def tree(pid: int) -> list[int]:
    """A process and all that it has started."""
    found = [pid]
    for parent in found:
        for children in Path(f"/proc/{parent}/task").glob("*/children"):
            with contextlib.suppress(FileNotFoundError):  # of a thread that has just ended
                found.extend(map(int, children.read_text(encoding="ascii").split()))
    return found


def cpu_seconds(pid: int) -> float:
    """CPU time that a server has used."""
    used = 0
    for each in tree(pid):
        fields = Path(f"/proc/{each}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        used += int(fields[11]) + int(fields[12])
    return used / os.sysconf("SC_CLK_TCK")


def memory(pid: int) -> int:
    """Bytes of memory that are a server's own share (PSS)."""
    texts = [Path(f"/proc/{each}/smaps_rollup").read_text(encoding="utf-8") for each in tree(pid)]
    return sum(int(text.partition("\nPss:")[2].split()[0]) for text in texts) * 1024
