"""What the figures were measured on."""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from bench.effort import Effort
from simulator import __version__

PACKAGES = ("starlette", "uvicorn", "httptools", "uvloop", "msgspec", "jsonschema-rs", "pytest")


def told(effort: Effort) -> str:
    """One paragraph: versions, machine, and how often was measured."""
    named = ", ".join(f"{name} {_version(name)}" for name in PACKAGES)
    rounds = f"{effort.rounds} rounds, of {effort.rounds * effort.often} where one is short"
    return (
        f"provider-simulator {__version__}, Python {platform.python_version()}, {named}, wrk {_wrk()}; "
        f"{os.cpu_count()} cores of {_processor()}, {platform.system()} {platform.release()}, "
        f"load {os.getloadavg()[0]:.1f} before. Medians of {rounds}; a load lasts {effort.seconds:g} s. "
        "Ratios are taken within a round; the spread is from the least to the greatest."
    )


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "(not installed)"


def _wrk() -> str:
    if shutil.which("wrk") is None:
        return "(not installed)"
    said = subprocess.run(["wrk", "--version"], capture_output=True, text=True, check=False).stdout
    found = re.search(r"[0-9]+\.[0-9.]+", said)
    return found.group() if found else "of unknown version"


def _processor() -> str:
    text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    found = re.search(r"^model name\s*: (.+)$", text, re.MULTILINE)
    return found[1] if found else platform.machine()
