"""JSON Patches (RFC 6902) of response bodies."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from typing import Any

import msgspec

from simulator.provider import NO_BODY
from simulator.scenario.format import PatchOperation

MAX_COPIED = 64 * 1024  # bytes of a body of which a part is copied within it


class PatchMismatch(Exception):
    """A patch does not fit the body of a response; the text is the reason."""


def patched(body: Any, operations: Sequence[PatchOperation]) -> Any:
    """Return a body as the operations change it, one after the other.

    Raises:
        PatchMismatch: the body is not JSON, a path leads nowhere, a test fails, or copies make it too large.
    """
    import jsonpatch  # noqa: PLC0415  (an extra)

    if body is NO_BODY or isinstance(body, bytes):
        raise PatchMismatch("the response has no JSON body")
    body = deepcopy(body)
    for index, operation in enumerate(operations):
        try:
            if operation.op == "copy":
                _require_room(body)
            body = jsonpatch.apply_patch(body, [msgspec.to_builtins(operation)], in_place=True)
        except (jsonpatch.JsonPatchException, jsonpatch.JsonPointerException) as error:
            raise PatchMismatch(
                f"operation {index} ({operation.op} {operation.path}) does not fit the response: {error}"
            ) from None
    return body


def _require_room(body: Any) -> None:
    """Refuse to copy a part of a large body: each copy may double it.

    Raises:
        PatchMismatch: the body is too large.
    """
    if len(msgspec.json.encode(body)) > MAX_COPIED:
        raise PatchMismatch(f"the response has more than {MAX_COPIED} bytes by now, of which no further part can be copied")
