"""A folder of providers: `NAME/openapi.yaml` is one, and `NAME/provider.py` beside it performs some of its operations."""

from __future__ import annotations

import importlib.util
import re
import sys
import traceback
from collections.abc import Iterator
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import CodeType

import msgspec

from simulator import inferred
from simulator.documents import BrokenFile, Fault
from simulator.inferred.files import NAMES
from simulator.provider import BoundProvider, Extension, Provider

NAME = re.compile("[a-z][a-z0-9_-]*")
RESERVED = ("w",)  # the first part of the addresses of worlds
CODE = "provider.py"


class _SourceLoader(SourceFileLoader):
    """Compiles a file on every load: cached bytecode would be stale if an edit kept the size and the second of the file."""

    def get_code(self, fullname: str) -> CodeType:
        """Return the code of the current file."""
        return self.source_to_code(self.get_data(self.path), self.path)


class FolderPackage(msgspec.Struct, frozen=True):
    """A provider of a folder that is not loaded yet."""

    name: str
    spec: Path
    origin: str

    def load(self) -> BoundProvider:
        """Read the spec, and the code beside it if there is any.

        Raises:
            BrokenFile: one of them cannot be used, or they do not fit each other.
        """
        return inferred.load(self.name, self.spec, _code(self.spec.parent / CODE, self.name))


class ProviderFolder:
    """A folder of providers, each a folder with a spec."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def packages(self) -> Iterator[FolderPackage]:
        """Yield the providers of the folder.

        Raises:
            BrokenFile: it has none, or the name of one cannot be part of an address.
        """
        folders = [path for path in sorted(self._folder.iterdir()) if path.is_dir() and not path.name.startswith((".", "_"))]
        specs = {path: spec for path in folders if (spec := _spec(path)) is not None}
        if not specs:
            problem = (
                f"the folder has no providers; expected a folder for each with one of {', '.join(NAMES)}, as in acme/{NAMES[0]}"
            )
            raise BrokenFile([Fault(str(self._folder), 0, problem)])
        for path, spec in specs.items():
            if not NAME.fullmatch(path.name) or path.name in RESERVED:
                problem = (
                    f"{path.name!r} cannot be the name of a provider; expected lower-case letters, digits, - and _, not w alone"
                )
                raise BrokenFile([Fault(str(path), 0, problem)])
            yield FolderPackage(path.name, spec, f"folder {self._folder}")


def _spec(folder: Path) -> Path | None:
    """Return the spec of a provider's folder."""
    return next((folder / name for name in NAMES if (folder / name).is_file()), None)


def _code(path: Path, name: str) -> Extension | Provider[object] | None:
    """Return what the code beside a spec defines as `provider`; None without code.

    Raises:
        BrokenFile: it cannot be imported, or defines no such thing.
    """
    if not path.is_file():
        return None
    module_name = f"simulator_provider_{re.sub('[^a-z0-9]', '_', name)}"
    loader = _SourceLoader(module_name, str(path))
    description = importlib.util.spec_from_file_location(
        module_name, path, loader=loader, submodule_search_locations=[str(path.parent)]
    )
    if description is None:
        raise BrokenFile([Fault(str(path), 1, "this file cannot be imported")])
    for former in [one for one in sys.modules if one.startswith(f"{module_name}.")]:  # of an earlier state of the files
        del sys.modules[former]
    module = importlib.util.module_from_spec(description)
    sys.modules[module_name] = module  # dataclasses and msgspec look the module of a class up there
    importlib.invalidate_caches()
    writes, sys.dont_write_bytecode = sys.dont_write_bytecode, True  # bytecode of modules beside it may be out of date, too
    try:
        loader.exec_module(module)
    except Exception as error:
        frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(path)]
        line = (frames[-1].lineno if frames else getattr(error, "lineno", 1)) or 1
        problem = error.msg if isinstance(error, SyntaxError) else error  # whose text names file and line once more
        raise BrokenFile([Fault(str(path), line, f"{type(error).__name__}: {problem}")]) from error
    finally:
        sys.dont_write_bytecode = writes
    provider = getattr(module, "provider", None)
    if not isinstance(provider, Extension | Provider):
        problem = "this file defines no `provider`; expected `provider = Extension()` of simulator.provider"
        raise BrokenFile([Fault(str(path), 1, problem)])
    return provider
