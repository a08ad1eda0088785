"""The package as a user has it: installed, and not in a checkout, where every start reads all files with distrust."""

from __future__ import annotations

import atexit
import shutil
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent


@cache
def installed() -> Path:
    """A folder for PYTHONPATH with the package; it is gone when this process ends."""
    return _folder_of(str(ROOT), "--no-deps")


@cache
def pytest_alone() -> Path:
    """A folder for PYTHONPATH with pytest and no plugin."""
    return _folder_of("pytest")


def _folder_of(*wanted: str) -> Path:
    """What pip installs."""
    folder = Path(tempfile.mkdtemp(prefix="bench-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "--constraint", ROOT / "constraints.txt", "--target", folder, *wanted], check=True)
    return folder
