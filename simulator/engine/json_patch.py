"""JSON Patches (RFC 6902) of response bodies."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from simulator.provider import NO_BODY
from simulator.scenario.format import PatchOperation


class PatchMismatch(Exception):
    """A patch does not fit the body of a response; the text is the reason."""


def patched(body: Any, operations: Sequence[PatchOperation]) -> Any:
    """Return a body as the operations change it, one after the other.

    Raises:
        PatchMismatch: the body is not JSON, a path does not exist, or a test fails.
    """
    import jsonpatch  # noqa: PLC0415  (an extra)

    if body is NO_BODY or isinstance(body, bytes):
        raise PatchMismatch("the response has no JSON body")
    for index, operation in enumerate(operations):
        try:
            body = jsonpatch.apply_patch(body, [msgspec.to_builtins(operation)])
        except (jsonpatch.JsonPatchException, jsonpatch.JsonPointerException) as error:
            raise PatchMismatch(
                f"operation {index} ({operation.op} {operation.path}) does not fit the response: {error}"
            ) from None
    return body
