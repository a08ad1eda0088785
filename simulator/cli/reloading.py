"""`simulator serve --reload`: load providers and scenarios again when their files change."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from simulator.documents import BrokenFile
from simulator.registry import UnknownScenario
from simulator.scenario.files import stamp_of

INTERVAL = 0.25  # seconds between two looks; what changed must stand still for one before it is loaded
SKIPPED = ("__pycache__",)
Stamps = Mapping[Path, tuple[int, int, int]]

log = logging.getLogger("simulator")


class Reloader:
    """A thread that watches files and folders, and calls a function when they have changed."""

    def __init__(self, places: Sequence[Path], reload: Callable[[], None], interval: float = INTERVAL) -> None:
        """Watch `places`; `reload` raises what is wrong with the files, and then changes nothing."""
        self._places, self._reload, self._interval = places, reload, interval
        self._loaded = self._seen = stamps(places)
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="simulator-reload", daemon=True)

    def __enter__(self) -> Reloader:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join(5)

    def _run(self) -> None:
        while not self._ended.wait(self._interval):
            self.look()

    def look(self) -> None:
        """Reload if files have changed since they were loaded, and not since the last look: editors write in several steps."""
        before, self._seen = self._seen, stamps(self._places)
        if self._seen != before or self._seen == self._loaded:
            return
        changed = sorted(path for path in {*self._seen, *self._loaded} if self._seen.get(path) != self._loaded.get(path))
        self._loaded = self._seen
        names = ", ".join(map(str, changed[:3])) + (f" and {len(changed) - 3} more" if len(changed) > 3 else "")
        try:
            self._reload()
        except BrokenFile as broken:
            for fault in broken.faults:
                log.error("%s", fault)
            log.error("not reloaded; still serving the previous version (changed: %s)", names)
        except UnknownScenario as error:
            log.error("%s; not reloaded, still serving the previous version (changed: %s)", error, names)
        except Exception:
            log.exception("not reloaded; still serving the previous version (changed: %s)", names)
        else:
            log.info("reloaded, every world was reset (changed: %s)", names)


def stamps(places: Sequence[Path]) -> Stamps:
    """Return what changes with the content of the files, by path; hidden files and folders are left out."""
    return {path: stamp_of(path) for place in places for path in _files(place)}


def _files(place: Path) -> Iterator[Path]:
    if not place.is_dir():
        yield place
        return
    for parent, folders, files in os.walk(place):
        folders[:] = [name for name in folders if not name.startswith(".") and name not in SKIPPED]
        yield from (Path(parent, name) for name in files if not name.startswith("."))
