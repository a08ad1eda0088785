"""A provider from its spec, and from the code beside it if there is any."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from simulator.documents import BrokenFile, Fault, read
from simulator.inferred.document import rewritten
from simulator.inferred.files import Files
from simulator.inferred.provider import inferred
from simulator.openapi.spec import Spec
from simulator.provider import BoundProvider, Error, Extension, Provider
from simulator.provider.bound import join


def load(name: str, path: Path, code: Any) -> BoundProvider:
    """Return a provider: inferred from its spec but for the operations of an `Extension`, or a whole `Provider` of the kit.

    Raises:
        BrokenFile: the spec cannot be served, the code is neither, or they do not fit each other.
    """
    if isinstance(code, Provider):
        spec = Spec(read(path))  # held to the same as a built-in one
        spec.name = name
        bound = join(code, spec)
    elif code is None or isinstance(code, Extension):
        errors = vars(code.errors).values() if code and code.errors else ()
        statuses = [error.status for error in errors if isinstance(error, Error)]
        bound = inferred(name, rewritten(Files(path), name, statuses), code)
    else:
        problem = f"`provider` is a {type(code).__name__}, expected an Extension or a Provider of simulator.provider"
        raise BrokenFile([Fault(str(path.parent), 0, problem)])
    bound.spec.raise_faults()
    return bound
