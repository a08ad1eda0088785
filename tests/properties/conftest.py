"""How hard the properties are tried: a little and always the same in the suite, much and by chance in `scripts/fuzz`."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large]  # other work on the machine is no fault of a test

settings.register_profile(
    "short", derandomize=True, deadline=None, max_examples=8, stateful_step_count=15, suppress_health_check=SLOW
)
settings.register_profile(
    "long",
    deadline=None,
    max_examples=int(os.environ.get("FUZZ_EXAMPLES", "1000")),
    stateful_step_count=60,
    print_blob=True,
    suppress_health_check=SLOW,
)
settings.load_profile("short")  # `--hypothesis-profile long` takes the other
