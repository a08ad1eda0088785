"""How well a behaviour is supported by a provider's documentation."""

from __future__ import annotations

from typing import Literal

Evidence = Literal["documented", "inferred", "assumed"]
WEAKEST_FIRST: tuple[Evidence, ...] = ("assumed", "inferred", "documented")
