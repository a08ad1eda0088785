"""The properties of `tests/properties`, tried at length: round after round, each by another chance."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from pathlib import Path

from tests.fuzz.run import Report

NAME = "properties"
ROOT = Path(__file__).parents[2]
EXAMPLES = 30  # of each property in a round, which is told as a whole


def hold(into: Path, seconds: float) -> Report:
    """Go on for some seconds, at least for one round; `into` takes what was said of a round that failed."""
    begun, rounds, cases, failures = time.monotonic(), 0, 0, []
    held, output = 0, ""
    while not rounds or time.monotonic() - begun < seconds:
        seed = str(int.from_bytes(os.urandom(4)))
        done = once(seed)
        held = sum(map(int, re.findall(r"([0-9]+) (?:passed|failed)", done.stdout)))
        rounds, cases = rounds + 1, cases + held * EXAMPLES
        if done.returncode:
            failures.append(seed)
            output += done.stdout
    into.mkdir(parents=True, exist_ok=True)
    (into / "output.txt").write_text(output, encoding="utf-8")
    return Report(NAME, not failures, cases, held, rounds, tuple(failures), time.monotonic() - begun, output)


def once(seed: str) -> subprocess.CompletedProcess[str]:
    """One round; the same seed brings the same cases."""
    options = ["--hypothesis-profile", "long", "--hypothesis-seed", seed, "-p", "no:cacheprovider", "-v", "--tb", "short"]
    command = [sys.executable, "-m", "pytest", *options, "tests/properties"]
    environment = {**os.environ, "FUZZ_EXAMPLES": str(EXAMPLES)}
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
