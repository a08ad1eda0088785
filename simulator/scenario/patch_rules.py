"""Validation of the JSON Patches (RFC 6902) of rules."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from importlib.util import find_spec

from msgspec import UNSET

from simulator.scenario.format import PatchOperation

NOT_INSTALLED = "a patch needs jsonpatch, which is not installed: pip install 'provider-simulator[jsonpatch]'"
WITH_VALUE, WITH_SOURCE = ("add", "replace", "test"), ("move", "copy")


def patch_faults(operations: Sequence[PatchOperation]) -> Iterator[tuple[list[str | int], str]]:
    """Yield the faults of the operations of a patch that do not depend on the body."""
    place: list[str | int] = ["then", "amend", "patch"]
    if operations and not _is_installed():
        yield place, NOT_INSTALLED
    for index, operation in enumerate(operations):
        for name, part, names in (("value", operation.value, WITH_VALUE), ("from", operation.source, WITH_SOURCE)):
            if operation.op in names and part is UNSET:
                yield [*place, index], f"{operation.op} needs {name}"
            elif operation.op not in names and part is not UNSET:
                yield [*place, index, name], f"{operation.op} takes no {name}; expected one of {', '.join(names)}"


def _is_installed() -> bool:
    try:
        return find_spec("jsonpatch") is not None
    except ValueError:  # another module of this name, or a test that hides it
        return False
