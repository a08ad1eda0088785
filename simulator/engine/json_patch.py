"""JSON Patches (RFC 6902) of response bodies."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from typing import Any

import msgspec

from simulator.provider import NO_BODY
from simulator.scenario.format import PatchOperation

MAX_COPIED = 64 * 1024  # bytes that the copies of a patch have together, as each one may double the body


class PatchMismatch(Exception):
    """A patch does not fit the body of a response; the text is the reason."""


def patched(body: Any, operations: Sequence[PatchOperation]) -> Any:
    """Return a body as the operations change it, one after the other.

    Raises:
        PatchMismatch: the body is not JSON, a path does not exist, a test fails, or copies make it too large.
    """
    import jsonpatch  # noqa: PLC0415  (an extra)
    import jsonpointer  # noqa: PLC0415  (which jsonpatch needs)

    if body is NO_BODY or isinstance(body, bytes):
        raise PatchMismatch("the response has no JSON body")
    body, copied = deepcopy(body), 0
    for index, operation in enumerate(operations):
        try:
            if operation.op == "copy":
                copied += len(msgspec.json.encode(jsonpointer.resolve_pointer(body, str(operation.source))))
                if copied > MAX_COPIED:
                    raise PatchMismatch(f"operation {index} copies too much: all copies may have {MAX_COPIED} bytes together")
            body = jsonpatch.apply_patch(body, [msgspec.to_builtins(operation)], in_place=True)
        except (jsonpatch.JsonPatchException, jsonpatch.JsonPointerException) as error:
            raise PatchMismatch(
                f"operation {index} ({operation.op} {operation.path}) does not fit the response: {error}"
            ) from None
    return body
