"""Where the time of one purchase goes, step by step of the pipeline, under load with everything on."""

from __future__ import annotations

import json
import os
import signal
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from bench import calls
from bench.calls import PURCHASE
from bench.effort import Effort
from bench.figures import Figure
from bench.load import load
from bench.servers import ask, running

SHOWN = 0.015  # what takes a smaller share of the whole is only counted in what has called it
Path_ = tuple[str, ...]


def measure(effort: Effort) -> Iterator[Figure]:
    """A server that samples itself; the shares of the samples, times the CPU time of a request."""
    whole, rounds = [], []
    for _ in effort.turns("steps"):
        cpu, seen = _sampled(effort)
        whole.append(cpu)
        total = sum(seen.values())
        rounds.append({path: count / total * cpu for path, count in _inclusive(seen).items()})
    yield Figure("µs of CPU a purchase", whole)
    known = {path: sum(each.get(path, 0) for each in rounds) / len(rounds) for path in set().union(*rounds)}
    for path in sorted(known, key=lambda path: _order(path, known)):
        if known[path] >= SHOWN * sum(whole) / len(whole):
            indent = "&emsp;" * (len(path) - 1)
            yield Figure(f"{indent}{path[-1]}", [each.get(path, 0.0) for each in rounds])


def _sampled(effort: Effort) -> tuple[float, Counter[Path_]]:
    """CPU time of a request, and how often the server was seen where."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "seen.json")

        def sampled(port: int) -> Sequence[str]:
            return sys.executable, "-m", "bench.sampling", str(port), str(file)

        with running(sampled, PURCHASE) as server:
            load(server, PURCHASE, 32, effort.warm)
            ask(server.port, calls.reset("default"))
            os.kill(server.pid, signal.SIGUSR1)
            got = load(server, PURCHASE, 32, 2 * effort.seconds)
        seen = json.loads(file.read_text(encoding="utf-8"))
    return got.cpu_us, Counter({tuple(place.split(" › ")): count for place, count in seen.items()})


def _inclusive(seen: Counter[Path_]) -> Counter[Path_]:
    """Each place with all that it has called."""
    found: Counter[Path_] = Counter()
    for path, count in seen.items():
        for length in range(1, len(path) + 1):
            found[path[:length]] += count
    return found


def _order(path: Path_, known: dict[Path_, float]) -> list[tuple[float, str]]:
    """What takes longest first, and what it has called below it."""
    return [(-known[path[: length + 1]], path[length]) for length in range(len(path))]
