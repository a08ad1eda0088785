"""The files of scenarios: their names, and whether they have changed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from simulator.documents import BrokenFile, Fault

SUFFIXES = (".yaml", ".yml")


def stamp_of(path: Path) -> tuple[int, int, int]:
    """Return what changes with the content of a file; zeros for a file that cannot be read, which `read` reports."""
    try:
        status = path.stat()
    except OSError:
        return 0, 0, 0
    return status.st_mtime_ns, status.st_size, status.st_ino


def scenario_files(folder: Path) -> Iterator[tuple[str, Path]]:
    """Yield the scenarios of a folder by name, which is the path without the suffix.

    Hidden folders are skipped, as a mounted folder may keep older versions in them.

    Raises:
        BrokenFile: two files have the same name but for the suffix.
    """
    for parent, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        inside = Path(parent).relative_to(folder).parts
        seen: dict[str, Path] = {}
        for name in sorted(files):
            if name.endswith(SUFFIXES) and not name.startswith("."):
                scenario, path = "/".join((*inside, name.rpartition(".")[0])), Path(parent, name)
                if scenario in seen:
                    problem = f"the scenario {scenario!r} is also in {seen[scenario].name}; expected one file of the name"
                    raise BrokenFile([Fault(str(path), 1, problem)])
                seen[scenario] = path
                yield scenario, path
