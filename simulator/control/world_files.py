"""Worlds in a folder, one file each: saved when a server ends, and loaded by the next one."""

from __future__ import annotations

import contextlib
import os
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

import msgspec

from simulator.documents import BrokenFile
from simulator.engine.saved import CannotBeSaved, write
from simulator.engine.world import World
from simulator.engine.worlds import Worlds, WorldTooLarge

SUFFIX = ".json"
BROKEN = ".broken"  # of a file that could not be loaded, and in whose place a world was saved


class WorldFiles:
    """The files of one server's worlds."""

    def __init__(self) -> None:
        self._loaded: dict[str, Path] = {}  # by the name of the world
        self._broken: set[Path] = set()  # which must not be lost

    def load(self, worlds: Worlds, folder: Path) -> list[str]:
        """Load the worlds of all files in a folder, and return the problems of files that could not be loaded."""
        return list(self._load(worlds, folder))

    def _load(self, worlds: Worlds, folder: Path) -> Iterator[str]:
        for path in sorted(folder.glob(f"*{SUFFIX}")):
            try:
                world = worlds.read(path.read_bytes(), str(path))
                if problem := self._in_the_way(worlds, world):
                    yield self._refused(path, problem)
                else:
                    worlds.add(world)
                    self._loaded[world.name] = path
            except (BrokenFile, WorldTooLarge) as error:
                self._broken.add(path.resolve())
                yield str(error)
            except OSError as error:
                yield self._refused(path, f"cannot be read: {error.strerror}")

    def _in_the_way(self, worlds: Worlds, world: World) -> str:
        """Return why a world cannot be added; empty if it can."""
        if world.name in self._loaded:
            return f"the world {world.name!r} was loaded from {self._loaded[world.name]} already"
        if world.name not in worlds and len(worlds.all()) >= worlds.limit:
            return f"there are {worlds.limit} worlds already; more are allowed by --max-worlds"
        return ""

    def _refused(self, path: Path, problem: str) -> str:
        self._broken.add(path.resolve())
        return f"{path}: {problem}"

    def save(self, worlds: Worlds, folder: Path) -> list[str]:
        """Write every world to its file, remove those of loaded worlds that were deleted, and return what failed.

        A file is replaced at once, and a fault of one world does not keep the others from being saved.
        """
        failed = [problem for world in worlds.all() if (problem := self._save(world, folder / f"{world.name}{SUFFIX}"))]
        for name, path in self._loaded.items():
            if name not in worlds and path.resolve().parent == folder.resolve():
                with contextlib.suppress(OSError):
                    path.unlink()
        return failed

    def _save(self, world: World, path: Path) -> str:
        """Write a world; return what failed."""
        try:
            text = msgspec.json.format(write(world), indent=1)
            if path.resolve() in self._broken:
                path.rename(_free(path))
            replace_file(path, text + b"\n")
        except CannotBeSaved as error:
            return str(error)
        except OSError as error:
            return f"the world {world.name!r} cannot be written to {path}: {error.strerror}"
        return ""


def replace_file(path: Path, content: bytes) -> None:
    """Write a file that its owner alone can read; a reader finds the old content or the new one, and nothing between.

    Raises:
        OSError: it cannot be written; the old file is unchanged.
    """
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
        try:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
            file.close()
            Path(file.name).chmod(stat.S_IRUSR | stat.S_IWUSR)
            Path(file.name).replace(path)
        except BaseException:
            file.close()
            Path(file.name).unlink(missing_ok=True)
            raise


def _free(path: Path) -> Path:
    """Return a name for a file that is kept beside the one that takes its place."""
    names = (path.with_name(f"{path.name}{BROKEN}{number or ''}") for number in range(10_000))
    return next(name for name in names if not name.exists())
