"""What the package costs those who have it installed and do not use it."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator

from bench.effort import Effort
from bench.figures import Figure, Samples, at_most
from bench.servers import said

IMPORT = "import time; begun = time.perf_counter(); import simulator; print(time.perf_counter() - begun)"
PYTEST = """
import time, sys
import pytest
begun = time.process_time()
pytest.main(["-p", "no:cacheprovider", "--collect-only", "-qq", *sys.argv[1:]])
print(time.process_time() - begun)
"""


def measure(effort: Effort) -> Iterator[Figure]:
    """New processes: one imports the package, one runs pytest with the plugin on an empty folder, one without."""
    found = Samples()
    for turn in effort.short_turns("imports"):
        took = {"import": _run(IMPORT), "without": _run(PYTEST), "with": _run(PYTEST, "-p", "simulator.pytest_plugin")}
        if turn:
            found.note("import", "ms", took["import"])
            found.note("plugin", "ms", took["with"] - took["without"])
    yield Figure("ms of `import simulator`", found.of("import", "ms"), goal=at_most(10))
    yield Figure("ms of CPU that the plugin adds to a run of pytest without tests", found.of("plugin", "ms"), goal=at_most(2))


def _run(program: str, *arguments: str) -> float:
    """The milliseconds that a program says it took."""
    with tempfile.TemporaryDirectory() as empty:
        return float(said([sys.executable, "-c", program, *arguments], empty).split()[-1]) * 1000
