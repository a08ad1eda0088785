"""What an operation returns."""

from __future__ import annotations

from typing import Any

import msgspec

NO_BODY: Any = object()


class Reply(msgspec.Struct):
    """The result of an operation: `status` is the operation's only success status unless given.

    A reply without a body is sent empty. `synthetic` marks the reply of a scenario rule, which is not checked against the spec.
    """

    body: Any = NO_BODY
    status: int = 0
    headers: dict[str, str] = {}
    media: str = "application/json"
    synthetic: bool = False
