"""How long an answer is held back; what else can happen to it on its way is done in `wire.answers`."""

from __future__ import annotations

import math
import random

from msgspec import UNSET, UnsetType

from simulator.format import LONGEST, Spread, duration


def seconds(delay: str | Spread | UnsetType, chance: random.Random) -> float:
    """How long an answer is held back; what is drawn is never longer than the longest that can be asked for."""
    if isinstance(delay, UnsetType):
        return 0.0
    if isinstance(delay, str):
        return duration(delay).total_seconds()
    drawn = 0.0
    if delay.uniform is not UNSET:
        low, high = (duration(bound).total_seconds() for bound in delay.uniform)
        drawn = chance.uniform(low, high)
    if delay.lognormal is not UNSET:
        drawn = chance.lognormvariate(math.log(duration(delay.lognormal.median).total_seconds()), delay.lognormal.sigma)
    return min(drawn, LONGEST)
