"""The programs that a client runs: noted where it starts them, and killed where a fault stops the client."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from simulator.lab.client import Signals, Stopped

PAUSE = 0.005  # real seconds between two looks whether a fault was met
KILL = getattr(signal, "SIGKILL", signal.SIGTERM)
PROCESSES = Path("/proc")  # of Linux: elsewhere the programs that a program starts are not known


Wrap = Callable[[Callable[..., Any]], Callable[..., Any]]


class Programs:
    """What the client has started in this run: programs of `subprocess`, of asyncio and of `multiprocessing`."""

    def __init__(self, signals: Signals) -> None:
        self._signals = signals
        self._pids: list[int] = []  # of this run
        self._killed: set[int] = set()

    @contextmanager
    def installed(self) -> Iterator[None]:
        """Note each start, and stop the client where it waits for a program that was killed, until the end of the block."""
        replaced: tuple[tuple[type[Any], str, Wrap], ...] = (
            (subprocess.Popen, "__init__", self._starting),
            (subprocess.Popen, "wait", self._waiting),
            (subprocess.Popen, "communicate", self._waiting),
            (BaseProcess, "start", self._starting),
            (BaseProcess, "join", self._waiting),
        )
        with ExitStack() as originals:
            for owner, name, wrap in replaced:
                original = getattr(owner, name)
                originals.callback(setattr, owner, name, original)
                setattr(owner, name, wrap(original))
            yield

    def _starting(self, original: Callable[..., None]) -> Callable[..., None]:
        def start(process: Any, *arguments: Any, **named: Any) -> None:
            original(process, *arguments, **named)
            if process.pid is not None:
                self._pids.append(process.pid)

        return start

    def _waiting(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def wait(process: Any, *arguments: Any, **named: Any) -> Any:
            result = original(process, *arguments, **named)
            if process.pid in self._killed:
                raise Stopped
            return result

        return wait

    @property
    def were_started(self) -> bool:
        """Whether the client has started any in this run."""
        return bool(self._pids)

    def begin(self) -> None:
        """Begin a run."""
        self._pids.clear()
        self._killed.clear()

    def _kill(self) -> None:
        """Kill the programs of this run, with those that they have started, and stop what else the client does."""
        self._killed.update(self._pids)
        self._signals.stop()
        for pid in [*_descendants(self._pids), *self._pids]:
            with suppress(ProcessLookupError, PermissionError):
                os.kill(pid, KILL)

    @contextmanager
    def killed_when(self, met: list[Callable[[], bool]]) -> Iterator[None]:
        """Kill the programs as often as one of these functions begins to return True, until the end of the block."""
        waiting, end = list(met), threading.Event()

        def watch() -> None:
            while waiting and not end.wait(PAUSE):
                for is_met in [one for one in waiting if one()]:
                    waiting.remove(is_met)
                    self._kill()

        thread = threading.Thread(target=watch, name="lab", daemon=True)
        thread.start()
        try:
            yield
        finally:
            end.set()
            thread.join()


def _descendants(pids: list[int]) -> list[int]:
    """Return the programs that some programs have started, and those that these have."""
    children: dict[int, list[int]] = {}
    for stat in PROCESSES.glob("[0-9]*/stat"):
        with suppress(OSError, ValueError):  # it has ended meanwhile
            parent = int(stat.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()[1])
            children.setdefault(parent, []).append(int(stat.parent.name))
    nearest = [child for pid in pids for child in children.get(pid, [])]
    found = []
    while nearest:
        found += nearest
        nearest = [child for pid in nearest for child in children.get(pid, [])]
    return found[::-1]
