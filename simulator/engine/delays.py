"""How long a rule delays a response."""

from __future__ import annotations

import math
import random

from msgspec import UNSET, UnsetType

from simulator.scenario.format import MAX_DELAY, Spread
from simulator.store.duration import duration


def delay_seconds(delay: str | Spread | UnsetType, chance: random.Random) -> float:
    """Return the delay of a response in seconds, at most MAX_DELAY; a spread is drawn from `chance`."""
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
    return min(drawn, MAX_DELAY)
