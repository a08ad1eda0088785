"""A load of some seconds by wrk, over connections that stay open, and what it came to."""

from __future__ import annotations

import math
import re
import shutil
import signal
import subprocess
import tempfile
from typing import NamedTuple

from bench.calls import Call, script
from bench.servers import Failed, Server, Unavailable, cpu_seconds

MILLISECONDS = {"us": 0.001, "ms": 1.0, "s": 1000.0, "m": 60_000.0}


class Load(NamedTuple):
    """What a load came to."""

    requests: int
    per_second: float
    p50_ms: float
    p99_ms: float
    cpu_us: float  # CPU time of the server for each request


def load(server: Server, call: Call, connections: int, seconds: float) -> Load:
    """Make one call over and over."""
    return drive(server, script(call), connections, seconds, call.path)


def drive(server: Server, lua: str, connections: int, seconds: float, path: str = "/") -> Load:
    """Run a script of wrk against a server.

    Raises:
        Unavailable: there is no wrk.
        Failed: not every answer was a success.
    """
    if shutil.which("wrk") is None:
        raise Unavailable("needs wrk, Debian's package of that name")
    with tempfile.NamedTemporaryFile("w", suffix=".lua", encoding="utf-8") as file:
        file.write(lua)
        file.flush()
        command = [
            "wrk",
            "-t1",
            f"-c{connections}",
            f"-d{math.ceil(seconds)}s",
            "--timeout",
            "30s",
            "--latency",
            "-s",
            file.name,
        ]
        before = cpu_seconds(server.pid)
        said = _said([*command, f"http://127.0.0.1:{server.port}{path}"], seconds)
        return _read(said, cpu_seconds(server.pid) - before)


def _said(command: list[str], seconds: float) -> str:
    """What wrk says when it ends: it counts in whole seconds, and is interrupted for less, unless less brings no answer."""
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as wrk:
        try:
            said = wrk.communicate(timeout=seconds if seconds < 1 else None)[0]
        except subprocess.TimeoutExpired:
            wrk.send_signal(signal.SIGINT)
            said = wrk.communicate()[0]
    return _said(command, 1) if seconds < 1 and " 0 requests in" in said else said


def _read(said: str, cpu: float) -> Load:
    total, rate = re.search(r"(\d+) requests in", said), re.search(r"Requests/sec:\s+([\d.]+)", said)
    times = {name: float(value) * MILLISECONDS[unit] for name, value, unit in re.findall(r"(\d+)%\s+([\d.]+)(us|ms|s|m)", said)}
    if "Non-2xx" in said or "Socket errors" in said or not total or not rate or not int(total[1]):
        raise Failed(f"not every answer was a success:\n{said}")
    return Load(int(total[1]), float(rate[1]), times["50"], times["99"], cpu / int(total[1]) * 1e6)
