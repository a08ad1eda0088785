"""The result of an operation."""

from __future__ import annotations

from collections.abc import Container
from typing import Any

import msgspec

NO_BODY: Any = object()


class Reply(msgspec.Struct):
    """The result of an operation: `status` is the operation's only success status unless given.

    `body` is shown like the result of a handler: records, pages and lists of records by the response schema. JSON (dicts,
    lists, texts) is sent as it is, within the provider's envelope if it has one. Bytes, such as audio, are sent as they are. A
    reply without a body is sent empty. `only` leaves out members that the schema does not require and that it does not name.
    `synthetic` marks the reply of a scenario rule, which is not checked against the spec.
    """

    body: Any = NO_BODY
    status: int = 0
    headers: dict[str, str] = {}
    media: str = "application/json"
    synthetic: bool = False
    only: Container[str] | None = None
