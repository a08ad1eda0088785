"""The command line, as a user and a container start it."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
COMMAND = [sys.executable, "-W", "error", "-m", "simulator"]


def environment_of(**more: str) -> dict[str, str]:
    """The environment without what steers a simulator, and with what is given."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("SIMULATOR_")}
    lane = "0" if os.environ.get("SIMULATOR_TEST_LANE") == "asgi" else "1"
    return {**clean, "PYTHONUNBUFFERED": "1", "SIMULATOR_FAST_LANE": lane, **more}


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    command = [*COMMAND, *arguments]
    environment = environment_of(**environment)
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120, check=False)


def end(process: subprocess.Popen[Any]) -> None:
    """End a program that a test no longer needs; where coverage is measured, give it time to write what it reached."""
    if "SIMULATOR_TEST_COVERAGE" in os.environ:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(20)
    process.kill()


def free_port() -> int:
    """A port on which nothing listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


class Serving:
    """A `simulator serve` in a process of its own, ready."""

    def __init__(self, *arguments: str, **environment: str) -> None:
        self.process = subprocess.Popen(
            [*COMMAND, "serve", *arguments],
            cwd=ROOT,
            env=environment_of(**environment),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        self.first = self.process.stdout.readline()
        found = re.search(r"https?://[^\s\"]+", self.first)
        assert found, self.process.communicate(timeout=30)
        self.url = found.group().rstrip("/")

    def get(self, path: str, **headers: str) -> tuple[int, Any]:
        """Ask the control API."""
        request = urllib.request.Request(f"{self.url}/_simulator{path}", headers=headers)  # noqa: S310  (our own server)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.load(error)

    def stop(self, number: int = signal.SIGTERM) -> tuple[int, float, str, str]:
        """Send a signal; how it ended, after how many seconds, and what it had said."""
        begun = time.monotonic()
        self.process.send_signal(number)
        code, took = self.process.wait(60), time.monotonic() - begun
        assert self.process.stdout is not None
        assert self.process.stderr is not None
        return code, took, self.first + self.process.stdout.read(), self.process.stderr.read()
