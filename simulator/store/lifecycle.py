"""When a provider finishes what it does asynchronously, such as activating a number."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

Duration = Annotated[
    str, Meta(pattern=r"^[0-9]{1,6}(\.[0-9]{1,3})?(ms|s|m|h|d)$", description="a duration such as 200ms, 30s, 5m, 2h or 1d")
]


class Delayed(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Finish after a time on the world's clock, or after a number of reads."""

    after: Duration | UnsetType = UNSET
    after_reads: Annotated[int, Meta(ge=1, le=1_000_000_000)] | UnsetType = UNSET


Lifecycle = Literal["immediate", "never"] | Delayed
