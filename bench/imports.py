"""What the package costs those who have it installed and do not use it."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator

from bench.effort import Effort
from bench.figures import Figure, Samples, at_most
from bench.package import installed, pytest_alone
from bench.servers import said

REPEATED = 4  # runs of pytest in a round, of which the shortest counts: the differences are small
IMPORT = "import time; begun = time.perf_counter(); import simulator; print(time.perf_counter() - begun)"
PYTEST = """
import time, sys
import pytest
begun = time.process_time()
pytest.main(["-p", "no:cacheprovider", "--collect-only", "-qq", *sys.argv[1:]])
print(time.process_time() - begun)
"""


def measure(effort: Effort) -> Iterator[Figure]:
    """New processes: one imports the package; others run pytest on nothing: without it, with it, with its plugin."""
    found = Samples()
    for turn in effort.short_turns("imports"):
        imported = _run([str(installed())], IMPORT)
        without, beside, using = _shortest()
        if turn:
            found.note("import", "ms", imported)
            found.note("plugin", "ms", using - beside)
            found.note("package", "ms", using - without)
    yield Figure("ms of `import simulator`", found.of("import", "ms"), goal=at_most(10))
    yield Figure("ms of CPU of the plugin in a run of pytest that does not use it", found.of("plugin", "ms"), goal=at_most(2))
    yield Figure("ms of CPU that such a run takes more where the package is installed", found.of("package", "ms"))


def _shortest() -> tuple[float, ...]:
    """Runs of pytest: where the package is not installed, where it is and its plugin is kept out, and with the plugin."""
    alone, both = [str(pytest_alone())], [str(pytest_alone()), str(installed())]
    ways: tuple[tuple[list[str], list[str]], ...] = ((alone, []), (both, ["-p", "no:simulator"]), (both, []))
    turns = [[_run(path, PYTEST, *options) for path, options in ways] for _ in range(REPEATED)]
    return tuple(min(way) for way in zip(*turns, strict=True))


def _run(path: list[str], program: str, *arguments: str) -> float:
    """The milliseconds that a program says it took, which finds nothing but what is on its path."""
    with tempfile.TemporaryDirectory() as empty:
        command = [sys.executable, "-S", "-c", program, *arguments]
        return float(said(command, empty, path).split()[-1]) * 1000
