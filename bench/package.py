"""The package as a user has it: installed, and not in a checkout, where every start reads all files with distrust."""

from __future__ import annotations

import atexit
import compileall
import shutil
import tempfile
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent


@cache
def installed() -> Path:
    """A folder for PYTHONPATH with the package as the wheel lays it out, compiled; it is gone when this process ends."""
    folder = Path(tempfile.mkdtemp(prefix="bench-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    package = folder / "simulator"
    shutil.copytree(ROOT / "simulator", package, ignore=shutil.ignore_patterns("__pycache__"))
    for data in ("specs", "scenarios"):
        shutil.copytree(ROOT / data, package / data, ignore=shutil.ignore_patterns("__pycache__"))
    compileall.compile_dir(package, quiet=2)
    return folder
