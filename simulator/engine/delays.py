"""How long a rule delays a response."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping
from itertools import pairwise

from msgspec import UNSET, UnsetType

from simulator.scenario.format import MAX_DELAY, Spread
from simulator.store.duration import duration

# Of a normal distribution, the standard deviations below which a share of it lies: `statistics` takes long to import.
DEVIATIONS = {
    0.5: 0.0,
    0.75: 0.6744897501960817,
    0.9: 1.2815515655446008,
    0.95: 1.6448536269514715,
    0.99: 2.3263478740408408,
    0.999: 3.090232306167813,
}
LONGEST = 2  # times the last percentile


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
    if percentiles := delay.percentiles():
        drawn = _through(percentiles, chance.gauss())
    return min(drawn, MAX_DELAY)


def _through(percentiles: Mapping[float, str], drawn: float) -> float:
    """Return the delay for a number of standard deviations, of a distribution that has these percentiles.

    Between two of them it is log-normal, as it is beyond the first and the last one, up to twice the last: percentiles that
    lie far apart would otherwise give delays of many times the last one.
    """
    points = [(DEVIATIONS[share], math.log(duration(text).total_seconds())) for share, text in percentiles.items()]
    segments = list(pairwise(points))
    (low, shortest), (high, longest) = next((pair for pair in segments if drawn <= pair[1][0]), segments[-1])
    exponent = shortest + (drawn - low) * (longest - shortest) / (high - low)
    return math.exp(min(exponent, points[-1][1] + math.log(LONGEST)))
